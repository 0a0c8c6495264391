// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "image/Windowing.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace diascope::image {

/// 0..255, rounded; NaN is 0.
inline std::uint8_t toByte(double level)
{
    return level > 0.0 ? static_cast<std::uint8_t>(std::min(level, 255.0) + 0.5) : std::uint8_t{0};
}

/// What turns a level round when MONOCHROME1 or `invert`, but not both, ask for it.
inline std::uint8_t inversionMask(const Image& image, bool invert)
{
    return (image.photometric == Photometric::Monochrome1) != invert ? 255 : 0;
}

/// The rows of an image as 8-bit display values, one at a time so that what follows finds them in the cache. All that is
/// passed in must outlive it. `lut` is displayLut() of the same image, window and invert; where it is empty (32- and 64-bit
/// types) the values are computed one by one.
class DisplayRows {
public:
    DisplayRows(const Image& image, const Window& window, bool invert, const std::vector<std::uint8_t>& lut);
    /// Pixels [x0, x1) of row `y`, channels interleaved.
    void read(int y, int x0, int x1, std::uint8_t* out) const;

private:
    const Image& m_image;
    const Window& m_window;
    const std::vector<std::uint8_t>& m_lut;
    std::uint8_t m_mask = 0;
    bool m_isIdentity = false;
};

} // namespace diascope::image
