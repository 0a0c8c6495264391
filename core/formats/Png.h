// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "formats/PictureHeader.h"
#include "image/Image.h"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace diascope::formats {

/// IHDR and the list of chunks, walked to the end (PNG specification, third edition, 5).
struct PngHeader : PictureHeader {
    int colourType = 0;
    bool ancillary = false; ///< There are chunks that the decoder need not see.
};
[[nodiscard]] PngHeader pngHeader(std::span<const std::byte> bytes, const std::string& subject);

/// The file without its ancillary chunks (but tRNS of a palette): compressed text and profiles are never inflated.
[[nodiscard]] std::vector<std::byte> withoutAncillaryChunks(std::span<const std::byte> bytes);

[[nodiscard]] image::Image readPng(std::span<const std::byte> bytes, const std::string& subject);

} // namespace diascope::formats
