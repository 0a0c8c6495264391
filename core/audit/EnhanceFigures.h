// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "audit/ImageStatistics.h"
#include "dataset/Dataset.h"
#include "image/Enhance.h"

#include <variant>

namespace diascope::audit {

/// A step that a plan's preprocessing may have.
using EnhanceStep = std::variant<image::ClaheStep, image::DenoiseStep, image::EqualiseStep>;
[[nodiscard]] std::string_view name(const EnhanceStep& step); ///< "clahe", "denoise", "equalise".

/// What one step does to a few pictures of the data set.
struct EnhanceFigures {
    std::string step;
    struct Picture {
        std::string sample;
        ImageStatistics before, after;
        double meanAbsoluteChange = 0.0; ///< Grey levels.
    };
    std::vector<Picture> pictures;
    /// Medians over the pictures, mean, std, snr, entropy; empty without pictures. SNR of those where it is defined, 0
    /// where it never is.
    std::vector<double> medianBefore, medianAfter;
};

/// CLAHE, median and equalisation with their defaults on up to `count` evenly chosen samples, each as 8-bit grey.
/// Unreadable ones are passed over. Throws Error{Stopped}.
[[nodiscard]] std::vector<EnhanceFigures> enhanceFigures(const dataset::Dataset& data, decode::DecoderPool& pool,
    std::size_t count, int threads = 0, const dataset::ProgressFunction& progress = {},
    const std::stop_token& stop = {});
/// Of one grey 8-bit picture.
[[nodiscard]] EnhanceFigures::Picture enhanceOne(const image::Image& grey, const EnhanceStep& step);

} // namespace diascope::audit
