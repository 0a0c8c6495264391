// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace diascope::dicom {

/// What inflating gave.
struct Inflated {
    enum class End {
        Complete,
        Truncated, ///< The deflated bytes ended early; `bytes` is what there was.
        Damaged,   ///< Not deflate, or broken in the middle.
        TooLarge,  ///< More than `limit`.
    };
    std::vector<std::byte> bytes;
    End end = End::Complete;
};

/// Raw deflate (RFC 1951; a zlib header is accepted), never more than `limit` bytes of output.
[[nodiscard]] Inflated inflateBytes(std::span<const std::byte> deflated, std::size_t limit);

} // namespace diascope::dicom
