// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Progress.h"
#include "predict/Predictor.h"

#include <functional>
#include <stop_token>

namespace diascope::predict {

/// Watches a cine being scored. Called on the thread of predictFrames().
class FrameObserver {
public:
    virtual ~FrameObserver() = default;
    /// The answer to frame `frame`; with Options::explain its map stands in it.
    virtual void onFrame(int frame, const Predictor::Answer& answer) = 0;
    /// A frame that cannot be answered on; the others go on.
    virtual void onRefused(int frame, const base::Error& error) = 0;
    virtual void onProgress(const base::Progress& progress) = 0;
};

/// The frames of a cine or the slices of a series, read one at a time.
struct FrameSource {
    int count = 0;
    std::function<image::Image(int frame)> image; ///< May throw base::Error: that frame is refused.
    SourceBinding binding;                        ///< Of all frames; the frame's number is filled in.
};

/// Answers, and explains where `options` ask for it, every frame in order; a stop ends within one frame. Returns how many frames were answered.
int predictFrames(Predictor& predictor, const FrameSource& frames, const Predictor::Options& options, FrameObserver& observer, std::stop_token stop = {});

} // namespace diascope::predict
