// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "audit/BurntIn.h"
#include "audit/ImageStatistics.h"
#include "dataset/Dataset.h"
#include "dataset/Fingerprint.h"

#include <array>
#include <string>

namespace diascope::audit {

/// All that the audit needs of one sample's picture; it is decoded once.
struct PictureFacts {
    static constexpr int kSide = 32;
    base::Problem problem; ///< Why it could not be read; `detail` empty when it could.
    int width = 0, height = 0;
    double colour = 0.0;  ///< Share of pixels whose channels differ by more than 24 levels.
    std::string modality; ///< DICOM; empty for plain pictures.
    ImageStatistics statistics;
    BurntIn burntIn;
    dataset::Fingerprint fingerprint;
    std::array<std::uint8_t, kSide * kSide>
        pixels{}; ///< The grey picture at 32 x 32, antialiased, proportions given up.
    [[nodiscard]] bool readable() const { return problem.detail.empty(); }
};

/// Of an image as decoded.
[[nodiscard]] PictureFacts factsOf(const image::Image& image);
/// Of every sample, on `threads` threads (0 = all cores). What cannot be read is a problem, not an error.
/// Throws Error{Stopped}.
[[nodiscard]] std::vector<PictureFacts> takeFacts(const dataset::Dataset& data, decode::DecoderPool& pool,
    int threads = 0, const dataset::ProgressFunction& progress = {}, const std::stop_token& stop = {});

/// "mean", "std", "snr", "entropy" of the pictures `rows`: Neuroflux's columns, unscaled. Their SNR must be defined.
[[nodiscard]] Matrix qualityColumns(const std::vector<PictureFacts>& facts, const std::vector<std::size_t>& rows);
/// 32 x 32 grey levels of the pictures `rows`, 0..255.
[[nodiscard]] Matrix pixelColumns(const std::vector<PictureFacts>& facts, const std::vector<std::size_t>& rows);

} // namespace diascope::audit
