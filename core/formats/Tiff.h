// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "formats/PictureHeader.h"
#include "image/Image.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace diascope::formats {

/// The pages of a TIFF file that share the first page's shape, by a bounded walk over the directories (TIFF 6.0, 2).
struct TiffHeader : PictureHeader {
    bool bigEndian = false;
    bool isFloat = false;
    bool converted = false; ///< Brought to 8-bit RGB by the codec.
    int samples = 1;        ///< Stored for one pixel.
    std::vector<std::uint32_t> pages; ///< File offset of each page's directory; `frames` of them.
};
[[nodiscard]] TiffHeader tiffHeader(std::span<const std::byte> bytes, const std::string& subject);

[[nodiscard]] image::Image readTiff(std::span<const std::byte> bytes, const std::string& subject, int page);

} // namespace diascope::formats
