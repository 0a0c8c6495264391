// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "image/Image.h"

#include <optional>
#include <string_view>

namespace diascope::image {

/// Filters of Pillow's Image.resize. Support in output pixels: 0.5, 1, 2 and 3.
enum class Filter { Box, Bilinear, Bicubic, Lanczos };

[[nodiscard]] std::string_view name(Filter filter); ///< "box", "bilinear", "bicubic", "lanczos".
[[nodiscard]] std::optional<Filter> filterFromName(std::string_view name);

/// Antialiased resizing, Pillow's algorithm (libImaging/Resample.c): the filter is stretched by the reduction, horizontal pass first,
/// 8-bit data with 22-bit fixed-point weights and rounding between the passes (Pillow 11.3: every bit; Pillow 13, which sometimes
/// takes the vertical pass first: to one grey level). UInt8, UInt16, Int16 (rounded) and
/// Float32 (not rounded), 1 or 3 channels. Spacing and geometry follow; the padding value does not (it is blended).
/// Throws Error{Unsupported} for other types, Error{Internal} for an empty image or a size below 1.
[[nodiscard]] Image resizeAntialiased(const Image& image, int width, int height, Filter filter = Filter::Bilinear);

/// cv2.resize: INTER_LINEAR (no antialiasing), INTER_AREA, INTER_CUBIC, INTER_NEAREST. Same types, same errors.
enum class PlainFilter { Bilinear, Area, Bicubic, Nearest };
[[nodiscard]] std::string_view name(PlainFilter filter); ///< "bilinear", "area", "bicubic", "nearest".
[[nodiscard]] std::optional<PlainFilter> plainFilterFromName(std::string_view name);
[[nodiscard]] Image resizePlain(const Image& image, int width, int height, PlainFilter filter);

/// resizePlain(…, Bilinear): what cv2.resize does by default.
[[nodiscard]] Image resizeBilinear(const Image& image, int width, int height);

} // namespace diascope::image
