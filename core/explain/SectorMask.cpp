// SPDX-License-Identifier: GPL-3.0-or-later
#include "explain/SectorMask.h"

#include "base/Error.h"

#include <algorithm>

namespace diascope::explain {

namespace {

constexpr std::uint8_t kDark = 12; ///< Grey levels that still are the surround (noise of lossy compression).
constexpr int kGap = 4;            ///< Pixels in each direction that are closed.

/// 1 where any pixel within kGap is bright: first along rows, then along columns.
std::vector<std::uint8_t> closed(std::span<const std::uint8_t> grey, int width, int height)
{
    std::vector<std::uint8_t> rows(grey.size()), both(grey.size());
    const auto at = [width](int x, int y) { return static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x); };
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            for (int k = std::max(0, x - kGap); k <= std::min(width - 1, x + kGap) && grey[at(x, y)] > kDark; ++k) {
                rows[at(k, y)] = 1;
            }
        }
    }
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            for (int k = std::max(0, y - kGap); k <= std::min(height - 1, y + kGap) && rows[at(x, y)] != 0; ++k) {
                both[at(x, k)] = 1;
            }
        }
    }
    return both;
}

/// The pixels of the largest area of ones, connected along edges.
std::vector<std::size_t> largestArea(const std::vector<std::uint8_t>& mask, std::size_t width)
{
    std::vector<std::uint8_t> seen(mask.size());
    std::vector<std::size_t> largest;
    for (std::size_t seed = 0; seed < mask.size(); ++seed) {
        if (mask[seed] == 0 || seen[seed] != 0) {
            continue;
        }
        std::vector<std::size_t> area{seed};
        seen[seed] = 1;
        const auto visit = [&](bool possible, std::size_t next) {
            if (possible && mask[next] != 0 && seen[next] == 0) {
                seen[next] = 1;
                area.push_back(next);
            }
        };
        for (std::size_t i = 0; i < area.size(); ++i) {
            const std::size_t p = area[i];
            visit(p % width > 0, p - 1);
            visit(p % width + 1 < width, p + 1);
            visit(p >= width, p - width);
            visit(p + width < mask.size(), p + width);
        }
        if (area.size() > largest.size()) {
            largest = std::move(area);
        }
    }
    return largest;
}

} // namespace

std::vector<std::uint8_t> sectorMask(std::span<const std::uint8_t> grey, int width, int height)
{
    if (width < 1 || height < 1 || grey.size() != static_cast<std::size_t>(width) * static_cast<std::size_t>(height)) {
        throw base::Error(base::ErrorCode::Internal, "sector", "the picture does not have the size that it is said to have");
    }
    const auto columns = static_cast<std::size_t>(width);
    std::vector<std::uint8_t> inside(grey.size());
    for (const std::size_t pixel : largestArea(closed(grey, width, height), columns)) {
        inside[pixel] = 1;
    }
    for (auto row = inside.begin(); row != inside.end(); row += width) { // dark tissue within the sector belongs to it
        const auto end = row + width, first = std::find(row, end, 1);
        const auto last = std::find(std::make_reverse_iterator(end), std::make_reverse_iterator(first), 1).base();
        std::fill(first, std::max(first, last), std::uint8_t{1});
    }
    return inside;
}

metrics::Figure mapShare(const HeatMap& map, std::span<const std::uint8_t> mask, int width, int height, std::uint8_t of)
{
    constexpr double kLeastPlace = 0.02;
    const auto place = static_cast<double>(std::count(mask.begin(), mask.end(), of)) / static_cast<double>(std::max<std::size_t>(mask.size(), 1));
    if (map.nothingToShow || map.values.empty()) {
        return metrics::Figure::undefined("the map has nothing to show");
    }
    if (place < kLeastPlace) {
        return metrics::Figure::undefined("less than 2 % of the picture is such a place");
    }
    double there = 0.0, all = 0.0;
    for (int y = 0; y < height; ++y) {
        const int row = y * map.rows / height;
        for (int x = 0; x < width; ++x) {
            const double value = std::max(0.0F, map.values[static_cast<std::size_t>(row * map.columns + x * map.columns / width)]);
            all += value;
            there += mask[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)] == of ? value : 0.0;
        }
    }
    return all > 0.0 ? metrics::Figure{there / all, {}} : metrics::Figure::undefined("the map has nothing to show");
}

} // namespace diascope::explain
