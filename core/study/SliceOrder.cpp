// SPDX-License-Identifier: GPL-3.0-or-later
#include "study/SliceOrder.h"

#include "base/Text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <optional>
#include <utility>

namespace diascope::study {

namespace {

using Vector = std::array<double, 3>;

constexpr double kSameDirection = 1.0 - 1e-4; ///< Cosine of 0.8 degrees.
constexpr double kMissingSlice = 1.5;         ///< A gap of more than this many usual ones lacks a slice.
constexpr double kUnevenSlices = 0.1;         ///< Slice distances may differ by this part of the usual one.
constexpr double kSameSpacing = 0.01;         ///< Pixel spacings may differ by this part.
constexpr std::size_t kNamedGaps = 5;         ///< So many gaps are named one by one.

double dot(const Vector& a, const Vector& b)
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

Vector cross(const Vector& a, const Vector& b)
{
    return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

/// Unit length and right angle within 1 %; false for NaN as well.
bool isUsable(const image::Geometry& geometry)
{
    const double row = dot(geometry.rowDirection, geometry.rowDirection);
    const double column = dot(geometry.columnDirection, geometry.columnDirection);
    const double angle = dot(geometry.rowDirection, geometry.columnDirection);
    const double position = dot(geometry.position, geometry.position);
    return std::abs(row - 1.0) < 0.02 && std::abs(column - 1.0) < 0.02 && std::abs(angle) < 0.01 && std::isfinite(position);
}

bool sameOrientation(const image::Geometry& a, const image::Geometry& b)
{
    return dot(a.rowDirection, b.rowDirection) > kSameDirection && dot(a.columnDirection, b.columnDirection) > kSameDirection;
}

void reportMalformed(Series& series, std::string detail)
{
    series.problems.push_back({base::ErrorCode::Malformed, series.title, std::move(detail)});
}

/// How many instances differ in orientation from the most frequent one; nothing when not all have a usable geometry.
std::optional<std::size_t> oddOnes(const Series& series)
{
    std::vector<std::pair<const image::Geometry*, std::size_t>> kinds;
    for (const Instance& instance : series.instances) {
        if (!instance.info.geometry || !isUsable(*instance.info.geometry)) {
            return std::nullopt;
        }
        const image::Geometry& geometry = *instance.info.geometry;
        const auto kind = std::find_if(kinds.begin(), kinds.end(),
                                       [&](const auto& known) { return sameOrientation(*known.first, geometry); });
        if (kind != kinds.end()) {
            ++kind->second;
        } else {
            kinds.emplace_back(&geometry, 1);
        }
    }
    std::size_t most = 0;
    for (const auto& [geometry, count] : kinds) {
        most = std::max(most, count);
    }
    return series.instances.size() - most;
}

bool byNumberAndName(const Instance& a, const Instance& b)
{
    if (a.info.instanceNumber != b.info.instanceNumber) {
        return a.info.instanceNumber < b.info.instanceNumber;
    }
    return naturalLess(a.file.string(), b.file.string());
}

std::string millimetres(double value)
{
    return base::numberText(std::round(value * 100.0) / 100.0) + " mm";
}

/// `positions` are those of the sorted instances. Repeated ones (several times or phases) are no gap.
void checkGaps(Series& series, const std::vector<double>& positions)
{
    constexpr double kSamePositionMm = 1e-3;
    std::vector<std::pair<double, std::size_t>> gaps; // width and the image before it, counted from 1
    for (std::size_t i = 1; i < positions.size(); ++i) {
        if (positions[i] - positions[i - 1] > kSamePositionMm) {
            gaps.emplace_back(positions[i] - positions[i - 1], i);
        }
    }
    if (gaps.size() < 2) {
        return;
    }
    std::vector<double> widths(gaps.size());
    std::transform(gaps.begin(), gaps.end(), widths.begin(), [](const auto& gap) { return gap.first; });
    std::sort(widths.begin(), widths.end());
    const double usual = widths[(widths.size() - 1) / 2]; // the lower median: of two gaps the smaller is the usual one
    std::size_t missing = 0;
    for (const auto& [width, before] : gaps) {
        if (width > kMissingSlice * usual && ++missing <= kNamedGaps) {
            reportMalformed(series, "a slice may be missing between image " + std::to_string(before) + " and "
                               + std::to_string(before + 1) + ": " + millimetres(width) + " apart instead of " + millimetres(usual));
        }
    }
    if (missing > kNamedGaps) {
        reportMalformed(series, "slices may be missing at " + std::to_string(missing - kNamedGaps) + " more places");
    }
    const auto ordinaryEnd = std::upper_bound(widths.begin(), widths.end(), kMissingSlice * usual);
    const double widest = *std::prev(ordinaryEnd);
    if (widths.front() < usual * (1.0 - kUnevenSlices) || widest > usual * (1.0 + kUnevenSlices)) {
        reportMalformed(series, "the distance between slices is mixed: from " + millimetres(widths.front()) + " to " + millimetres(widest));
    }
}

void sortAlongNormal(Series& series)
{
    const image::Geometry& first = *series.instances.front().info.geometry;
    const Vector normal = cross(first.rowDirection, first.columnDirection);
    const auto positionOf = [&normal](const Instance& instance) { return dot(instance.info.geometry->position, normal); };
    // Compared in whole micrometres, so that the order is strict whatever the rounding of a writer.
    const auto micrometres = [&](const Instance& instance) { return std::round(positionOf(instance) * 1000.0); };
    std::sort(series.instances.begin(), series.instances.end(), [&](const Instance& a, const Instance& b) {
        const double positionA = micrometres(a);
        const double positionB = micrometres(b);
        return positionA != positionB ? positionA < positionB : byNumberAndName(a, b);
    });
    series.sortedByGeometry = true;
    std::vector<double> positions(series.instances.size());
    std::transform(series.instances.begin(), series.instances.end(), positions.begin(), positionOf);
    const bool singleFrames = std::all_of(series.instances.begin(), series.instances.end(),
                                          [](const Instance& instance) { return instance.info.frames == 1; });
    if (singleFrames) { // the slices of a multi-frame image are not known here
        checkGaps(series, positions);
    }
}

bool closeTo(double a, double b)
{
    return std::abs(a - b) <= kSameSpacing * std::max(std::abs(a), std::abs(b));
}

/// Ultrasound is calibrated image by image (each depth has its own scale): different spacings are regular there.
void checkSpacing(Series& series)
{
    const auto& first = series.instances.front().info.spacing;
    const bool mixed = std::any_of(series.instances.begin(), series.instances.end(), [&](const Instance& instance) {
        const auto& spacing = instance.info.spacing;
        return spacing.has_value() != first.has_value()
            || (spacing && (!closeTo(spacing->rowMm, first->rowMm) || !closeTo(spacing->columnMm, first->columnMm)));
    });
    const bool perImage = std::any_of(series.instances.begin(), series.instances.end(), [](const Instance& instance) {
        return instance.info.spacing && instance.info.spacing->source == image::Spacing::Source::UltrasoundRegion;
    });
    if (mixed && !perImage) {
        reportMalformed(series, "the pixel spacing is mixed: lengths differ from image to image");
    }
}

} // namespace

void sortInstances(Series& series)
{
    if (series.instances.empty()) {
        return;
    }
    const auto odd = oddOnes(series);
    if (odd == std::size_t{0}) {
        sortAlongNormal(series);
    } else {
        std::sort(series.instances.begin(), series.instances.end(), byNumberAndName);
        if (odd) {
            reportMalformed(series, "an odd orientation: " + std::to_string(*odd) + " of " + std::to_string(series.instances.size())
                               + " images lie in another plane; they are in the order of their numbers");
        }
    }
    checkSpacing(series);
}

} // namespace diascope::study
