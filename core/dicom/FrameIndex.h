// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dicom/PixelHeader.h"
#include "dicom/PreScan.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace diascope::dicom {

/// Where the compressed bytes of each frame are. Built once from the fragments and the offset tables without reading pixel data
/// (but the first bytes of a fragment where no table helps); then every frame is found at once.
class FrameIndex {
public:
    FrameIndex() = default;
    /// `frames` is the declared number (>= 1). Offset tables that contradict the fragments are ignored.
    FrameIndex(const Scan& scan, std::int64_t frames);

    /// How many frames have data; may be fewer than declared.
    [[nodiscard]] std::int64_t size() const { return static_cast<std::int64_t>(m_first.size()); }
    /// The fragments of one frame.
    [[nodiscard]] std::span<const Fragment> fragments(std::int64_t frame) const;

private:
    bool fromOffsets(const std::vector<std::uint64_t>& offsets);
    void fromStartMarkers(std::span<const std::byte> bytes, std::int64_t frames);

    std::span<const Fragment> m_fragments;
    std::vector<std::uint32_t> m_first; ///< First fragment of each frame, ascending.
};

} // namespace diascope::dicom
