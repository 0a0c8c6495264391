// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "image/Image.h"

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace diascope::formats {

/// The orientation (1..8) in an EXIF block that starts with its TIFF header, or nothing (EXIF 2.32, 4.6.4, tag 0x0112).
[[nodiscard]] std::optional<int> exifOrientation(std::span<const std::byte> tiff);

/// The picture turned and mirrored so that `orientation` becomes 1. Width and height swap for 5..8.
[[nodiscard]] image::Image oriented(const image::Image& image, int orientation);

} // namespace diascope::formats
