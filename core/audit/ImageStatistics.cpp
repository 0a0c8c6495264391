// SPDX-License-Identifier: GPL-3.0-or-later
#include "audit/ImageStatistics.h"

#include "base/Error.h"
#include "image/Grey.h"
#include "image/Windowing.h"

#include <cmath>

namespace diascope::audit {

image::Image greyOf(const image::Image& image)
{
    const bool isDisplay = image.type == image::PixelType::UInt8 && image.photometric != image::Photometric::Monochrome1
        && image.windows.empty();
    return image::toGrey(isDisplay ? image : image::toDisplay8(image, image::defaultWindow(image)));
}

ImageStatistics statisticsOf(const image::Image& image)
{
    return statisticsOf(greyOf(image).samples<std::uint8_t>());
}

ImageStatistics statisticsOf(std::span<const std::uint8_t> levels)
{
    if (levels.empty()) {
        throw base::Error(base::ErrorCode::Usage, "image statistics", "there are no pixels");
    }
    std::array<std::uint64_t, 256> histogram{};
    for (const std::uint8_t level : levels) {
        ++histogram[level];
    }
    const auto n = static_cast<double>(levels.size());
    ImageStatistics result;
    for (std::size_t level = 0; level < histogram.size(); ++level) {
        result.mean += static_cast<double>(histogram[level]) * static_cast<double>(level);
    }
    result.mean /= n;
    double squares = 0.0;
    for (std::size_t level = 0; level < histogram.size(); ++level) {
        const double count = static_cast<double>(histogram[level]), away = static_cast<double>(level) - result.mean;
        squares += count * away * away;
        if (count > 0.0) {
            result.entropy -= count / n * std::log2(count / n);
        }
    }
    result.std = std::sqrt(squares / n);
    result.snr = result.std > 0.0
        ? metrics::Figure{result.mean / result.std, {}}
        : metrics::Figure::undefined("all pixels have one level, so there is no noise to compare with");
    return result;
}

Outliers zScoreOutliers(const Matrix& columns, double limit)
{
    requireFinite(columns, "outliers");
    constexpr double kFlat = 1e-10; // Neuroflux's guard against division by zero
    Outliers found;
    found.maxAbsZ.assign(columns.rows, 0.0);
    found.column.assign(columns.rows, 0);
    const auto n = static_cast<double>(columns.rows);
    for (std::size_t j = 0; j < columns.columns; ++j) {
        double mean = 0.0, squares = 0.0;
        for (std::size_t i = 0; i < columns.rows; ++i) {
            mean += columns.at(i, j) / n;
        }
        for (std::size_t i = 0; i < columns.rows; ++i) {
            squares += (columns.at(i, j) - mean) * (columns.at(i, j) - mean) / n;
        }
        for (std::size_t i = 0; i < columns.rows; ++i) {
            const double z = std::abs(columns.at(i, j) - mean) / (std::sqrt(squares) + kFlat);
            if (z > found.maxAbsZ[i]) {
                found.maxAbsZ[i] = z;
                found.column[i] = j;
            }
        }
    }
    for (std::size_t i = 0; i < columns.rows; ++i) {
        if (found.maxAbsZ[i] > limit) {
            found.rows.push_back(i);
        }
    }
    return found;
}

} // namespace diascope::audit
