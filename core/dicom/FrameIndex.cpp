// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/FrameIndex.h"

#include <algorithm>

namespace diascope::dicom {

namespace {

constexpr Tag kExtendedOffsets = 0x7FE00001;

std::vector<std::uint64_t> basicOffsets(const Scan& scan, std::int64_t frames)
{
    std::vector<std::uint64_t> offsets;
    if (scan.offsetTable.size() / 4 == static_cast<std::uint64_t>(frames)) {
        for (std::size_t i = 0; i + 4 <= scan.offsetTable.size(); i += 4) {
            offsets.push_back(read32(scan.offsetTable.data() + i, false));
        }
    }
    return offsets;
}

std::vector<std::uint64_t> extendedOffsets(const Scan& scan, std::int64_t frames)
{
    std::vector<std::uint64_t> offsets;
    const auto table = scan.dataSet().bytes(kExtendedOffsets);
    if (table.size() / 8 == static_cast<std::uint64_t>(frames)) {
        for (std::size_t i = 0; i + 8 <= table.size(); i += 8) {
            offsets.push_back(read64(table.data() + i, false));
        }
    }
    return offsets;
}

bool startsImage(std::span<const std::byte> bytes)
{
    const auto is = [&](std::size_t i, unsigned value) { return std::to_integer<unsigned>(bytes[i]) == value; };
    if (bytes.size() < 4) {
        return false;
    }
    const bool jpeg = is(0, 0xFF) && is(1, 0xD8) && is(2, 0xFF);
    const bool codestream = is(0, 0xFF) && is(1, 0x4F) && is(2, 0xFF) && is(3, 0x51);
    const bool boxed = is(0, 0) && is(1, 0) && is(2, 0) && is(3, 0x0C);
    return jpeg || codestream || boxed;
}

} // namespace

FrameIndex::FrameIndex(const Scan& scan, std::int64_t frames)
    : m_fragments(scan.fragments)
{
    const auto count = static_cast<std::int64_t>(m_fragments.size());
    if (count == 0) {
        return;
    }
    if (frames == 1) {
        m_first = {0};
        return;
    }
    if (count == frames) {
        for (std::uint32_t i = 0; i < m_fragments.size(); ++i) {
            m_first.push_back(i);
        }
        return;
    }
    if (fromOffsets(extendedOffsets(scan, frames)) || fromOffsets(basicOffsets(scan, frames))) {
        return;
    }
    fromStartMarkers(scan.index.bytes, frames);
}

bool FrameIndex::fromOffsets(const std::vector<std::uint64_t>& offsets)
{
    if (offsets.empty() || offsets.front() != 0) {
        return false;
    }
    std::vector<std::uint32_t> first;
    std::size_t at = 0;
    for (const std::uint64_t offset : offsets) {
        while (at < m_fragments.size() && m_fragments[at].itemOffset < offset) {
            ++at;
        }
        const bool isStart = at < m_fragments.size() && m_fragments[at].itemOffset == offset;
        if (!isStart || (!first.empty() && first.back() == at)) {
            return false;
        }
        first.push_back(static_cast<std::uint32_t>(at));
    }
    m_first = std::move(first);
    return true;
}

void FrameIndex::fromStartMarkers(std::span<const std::byte> bytes, std::int64_t frames)
{
    std::vector<std::uint32_t> starts;
    for (std::uint32_t i = 0; i < m_fragments.size(); ++i) {
        const Fragment& fragment = m_fragments[i];
        if (i == 0 || startsImage(bytes.subspan(fragment.offset, fragment.length))) {
            starts.push_back(i);
        }
    }
    const auto found = static_cast<std::int64_t>(starts.size());
    if (found > 1 && found <= frames) {
        m_first = std::move(starts);
        return;
    }
    // Without signatures (RLE) or with too many: one fragment a frame, what is left over is not shown.
    const auto shown = std::min<std::int64_t>(frames, static_cast<std::int64_t>(m_fragments.size()));
    for (std::int64_t i = 0; i < shown; ++i) {
        m_first.push_back(static_cast<std::uint32_t>(i));
    }
}

std::span<const Fragment> FrameIndex::fragments(std::int64_t frame) const
{
    const auto i = static_cast<std::size_t>(frame);
    const std::size_t first = m_first.at(i);
    const std::size_t end = i + 1 < m_first.size() ? m_first[i + 1] : m_fragments.size();
    return m_fragments.subspan(first, end - first);
}

} // namespace diascope::dicom
