// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dicom/DataSet.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace diascope::dicom {

/// Palette Color Lookup Table module (PS3.3 C.7.6.3.1.5, segmented tables C.7.9.2), reduced to 8 bits a channel for show.
class Palette {
public:
    /// Throws Error{Malformed} when a table is missing or contradicts its descriptor.
    Palette(const DataSet& data, bool signedIndices, const std::string& subject);

    /// Interleaved RGB of `count` indices of `bytesPerIndex` (1 or 2) bytes. Indices outside the table take its nearest end.
    [[nodiscard]] std::vector<std::byte> apply(std::span<const std::byte> indices, int bytesPerIndex, bool isSigned) const;

private:
    struct Channel {
        std::int32_t first = 0;
        std::vector<std::uint8_t> values; ///< Never empty.
    };
    std::array<Channel, 3> m_channels;
};

/// Expands segmented table data; at most 65,536 entries. Throws Error{Malformed} on a bad opcode or reference.
[[nodiscard]] std::vector<std::uint16_t> expandSegments(const std::vector<std::uint16_t>& data, const std::string& subject);

} // namespace diascope::dicom
