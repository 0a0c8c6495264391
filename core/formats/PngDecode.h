// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "formats/Png.h"

namespace diascope::formats {

/// Samples as libpng delivers them: palettes as RGB or RGBA, fewer than 8 bits spread to 8, 16 bits in the machine's order.
struct PngSamples {
    int stored = 1; ///< Samples a pixel.
    std::vector<std::byte> bytes;
};
/// `header` has been checked against the limits. Throws Error{Malformed}.
[[nodiscard]] PngSamples decodePng(std::span<const std::byte> bytes, const PngHeader& header, const std::string& subject);

} // namespace diascope::formats
