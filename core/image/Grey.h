// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "image/Image.h"

#include <cstdint>

namespace diascope::image {

/// Pillow's convert("L") (ITU-R 601-2 luma in 16-bit fixed point).
[[nodiscard]] constexpr std::uint32_t luma(std::uint32_t red, std::uint32_t green, std::uint32_t blue)
{
    return (red * 19595U + green * 38470U + blue * 7471U + 32768U) >> 16;
}

/// One channel. A one-channel image comes back as it is. UInt8 and UInt16 by luma(), Float32 by the same weights.
/// Throws Error{Unsupported} for other types.
[[nodiscard]] Image toGrey(const Image& image);

/// Three channels by repetition. A three-channel image comes back as it is.
[[nodiscard]] Image toRgb(const Image& image);

} // namespace diascope::image
