// SPDX-License-Identifier: GPL-3.0-or-later
#include "predict/Frames.h"

#include "base/Clock.h"
#include "base/Error.h"

namespace diascope::predict {

int predictFrames(Predictor& predictor, const FrameSource& frames, const Predictor::Options& options, FrameObserver& observer, std::stop_token stop)
{
    const base::Stopwatch watch;
    Predictor::Options each = options;
    each.work.stop = stop;
    int answered = 0;
    for (int frame = 0; frame < frames.count && !stop.stop_requested(); ++frame) {
        try {
            SourceBinding binding = frames.binding;
            binding.frame = frame;
            binding.pixelSha256.clear();
            observer.onFrame(frame, predictor.predict(frames.image(frame), binding, each));
            ++answered;
        } catch (const base::Error& error) {
            if (error.code() == base::ErrorCode::Stopped) {
                break;
            }
            observer.onRefused(frame, error);
        }
        base::Progress progress{.stage = "Scoring frames", .done = frame + 1, .total = frames.count};
        progress.secondsLeft = watch.milliseconds() / 1000.0 / (frame + 1) * (frames.count - frame - 1);
        observer.onProgress(progress);
    }
    return answered;
}

} // namespace diascope::predict
