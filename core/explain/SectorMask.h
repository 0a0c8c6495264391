// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "explain/HeatMap.h"
#include "metrics/Figure.h"

#include <cstdint>
#include <span>
#include <vector>

namespace diascope::explain {

/// Where the scanned part of a picture (the sector of an ultrasound) lies: the largest connected area that is brighter than the dark
/// surround, after gaps of a few pixels are closed, filled row by row. `grey`: width * height levels, row by row. 1 = inside; a uniformly
/// dark picture has no inside.
[[nodiscard]] std::vector<std::uint8_t> sectorMask(std::span<const std::uint8_t> grey, int width, int height);

/// Share of a map's values that lies where `mask` is `of` (0 or 1), 0..1; each pixel has its cell's value. The map covers the whole mask.
/// Undefined when there is nothing to show, and when less than 2 % of the mask is `of`: then there is no such place.
[[nodiscard]] metrics::Figure mapShare(const HeatMap& map, std::span<const std::uint8_t> mask, int width, int height, std::uint8_t of);

} // namespace diascope::explain
