// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "audit/Matrix.h"
#include "image/Image.h"
#include "metrics/Figure.h"

#include <array>
#include <span>
#include <vector>

namespace diascope::audit {

/// Neuroflux's four figures of a picture's 8-bit grey levels.
struct ImageStatistics {
    double mean = 0.0;    ///< Intensity, 0..255.
    double std = 0.0;     ///< Contrast: standard deviation over n.
    metrics::Figure snr;  ///< mean / std; undefined for a picture of one level.
    double entropy = 0.0; ///< Bits, of the histogram of 256 levels, 0..8.
};
inline constexpr std::array<const char*, 4> kQualityColumns{"mean", "std", "snr", "entropy"};

/// Of an image as decoded: deep data through their default window, colour as Pillow's luma.
[[nodiscard]] ImageStatistics statisticsOf(const image::Image& image);
/// Of grey levels, at least one. Throws Error{Usage} for none.
[[nodiscard]] ImageStatistics statisticsOf(std::span<const std::uint8_t> levels);
/// The picture as 8-bit grey levels, as statisticsOf() and the checks of this folder see it.
[[nodiscard]] image::Image greyOf(const image::Image& image);

/// How far each row lies from the others: max over the columns of |x - mean| / (std + 1e-10), std over n.
/// Rows are outliers when it exceeds `limit` (Neuroflux: 2). Throws Error{Malformed} for numbers that are not finite.
struct Outliers {
    std::vector<double> maxAbsZ;     ///< One a row.
    std::vector<std::size_t> column; ///< Where it is reached.
    std::vector<std::size_t> rows;   ///< The outliers, rising.
};
[[nodiscard]] Outliers zScoreOutliers(const Matrix& columns, double limit = 2.0);

} // namespace diascope::audit
