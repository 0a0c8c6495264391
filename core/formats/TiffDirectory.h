// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "formats/ByteReader.h"

#include <cstdint>
#include <optional>
#include <string>

namespace diascope::formats {

/// The tags of one directory that decide about size, meaning and place of the data (TIFF 6.0, 8).
struct TiffDirectory {
    std::uint32_t width = 0, height = 0, bits = 1, compression = 1, photometric = 1, orientation = 1;
    std::uint32_t samples = 1, planar = 1, sampleFormat = 1, tileWidth = 0, tileHeight = 0;
    std::uint64_t offsetsEntry = 0, countsEntry = 0; ///< File positions of the strip or tile lists; 0 when absent.
    std::uint32_t next = 0;
    [[nodiscard]] bool sameShape(const TiffDirectory& other) const
    {
        return width == other.width && height == other.height && bits == other.bits && samples == other.samples
               && photometric == other.photometric && sampleFormat == other.sampleFormat;
    }
};

/// Nothing when the file ends within the directory.
[[nodiscard]] std::optional<TiffDirectory> tiffDirectoryAt(const ByteReader& reader, std::uint64_t at);

/// Throws Error{Malformed} when a strip or tile is not wholly in the file, or when uncompressed data are too few. The
/// codec would show such a picture with the missing part black.
void requireTiffData(const ByteReader& reader, const TiffDirectory& directory, const std::string& subject);

} // namespace diascope::formats
