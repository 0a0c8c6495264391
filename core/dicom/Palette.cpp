// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/Palette.h"

#include "base/Error.h"

#include <algorithm>

namespace diascope::dicom {

namespace {

using base::Error;
using base::ErrorCode;

constexpr std::size_t kMaxEntries = 65536;

/// One pass over segments; an indirect segment copies others once, never another indirect one, so the work is bounded.
class SegmentExpander {
public:
    SegmentExpander(const std::vector<std::uint16_t>& data, const std::string& subject) : m_data(data), m_subject(subject) {}

    std::vector<std::uint16_t> run()
    {
        std::size_t at = 0;
        while (at + 1 < m_data.size() && m_out.size() < kMaxEntries) {
            at = m_data[at] == 2 ? indirect(at) : direct(at);
        }
        return std::move(m_out);
    }

private:
    [[noreturn]] void fail() const { throw Error(ErrorCode::Malformed, m_subject, "the segmented palette is damaged"); }

    std::size_t direct(std::size_t at)
    {
        const std::uint16_t opcode = m_data[at];
        const std::size_t length = m_data[at + 1];
        at += 2;
        if (opcode == 0) {
            if (length > m_data.size() - at) {
                fail();
            }
            const auto begin = m_data.begin() + static_cast<std::ptrdiff_t>(at);
            append(begin, begin + static_cast<std::ptrdiff_t>(length));
            return at + length;
        }
        if (opcode != 1 || m_out.empty() || at >= m_data.size()) {
            fail();
        }
        const double from = m_out.back();
        const double to = m_data[at];
        for (std::size_t i = 1; i <= length && m_out.size() < kMaxEntries; ++i) {
            m_out.push_back(static_cast<std::uint16_t>(from + (to - from) * static_cast<double>(i) / static_cast<double>(length) + 0.5));
        }
        return at + 1;
    }

    std::size_t indirect(std::size_t at)
    {
        if (at + 3 >= m_data.size()) {
            fail();
        }
        const std::size_t segments = m_data[at + 1];
        std::size_t from = (std::size_t{m_data[at + 3]} << 16) | m_data[at + 2];
        from /= 2; // A byte offset.
        for (std::size_t i = 0; i < segments && m_out.size() < kMaxEntries; ++i) {
            if (from + 1 >= m_data.size() || m_data[from] == 2) {
                fail();
            }
            from = direct(from);
        }
        return at + 4;
    }

    template <typename Iterator> void append(Iterator begin, Iterator end)
    {
        m_out.insert(m_out.end(), begin, end);
        if (m_out.size() > kMaxEntries) {
            m_out.resize(kMaxEntries);
        }
    }

    const std::vector<std::uint16_t>& m_data;
    const std::string& m_subject;
    std::vector<std::uint16_t> m_out;
};

/// 8-bit entries are packed two in a word; some writers use a word for each all the same.
std::vector<std::uint16_t> unpackBytes(const std::vector<std::uint16_t>& words, std::size_t entries)
{
    if (words.size() >= entries) {
        return words;
    }
    std::vector<std::uint16_t> values;
    for (const std::uint16_t word : words) {
        values.push_back(word & 0xFF);
        values.push_back(word >> 8);
    }
    return values;
}

} // namespace

std::vector<std::uint16_t> expandSegments(const std::vector<std::uint16_t>& data, const std::string& subject)
{
    return SegmentExpander(data, subject).run();
}

Palette::Palette(const DataSet& data, bool signedIndices, const std::string& subject)
{
    for (std::size_t c = 0; c < 3; ++c) {
        const auto offset = static_cast<Tag>(c);
        const auto descriptor = data.words(0x00281101 + offset);
        std::vector<std::uint16_t> words = data.words(0x00281201 + offset);
        const bool segmented = words.empty();
        if (segmented) {
            words = expandSegments(data.words(0x00281221 + offset), subject);
        }
        if (descriptor.size() < 3 || words.empty()) {
            throw Error(ErrorCode::Malformed, subject, "a colour table of the palette is missing");
        }
        const std::size_t entries = descriptor[0] == 0 ? kMaxEntries : descriptor[0];
        const bool isWide = descriptor[2] > 8;
        std::vector<std::uint16_t> values = isWide || segmented ? words : unpackBytes(words, entries);
        values.resize(std::min(values.size(), entries));
        // Some writers declare 16 bits and store 8.
        const bool shift = isWide && *std::max_element(values.begin(), values.end()) > 255;
        Channel& channel = m_channels[c];
        channel.first = signedIndices ? static_cast<std::int16_t>(descriptor[1]) : descriptor[1];
        for (const std::uint16_t value : values) {
            channel.values.push_back(static_cast<std::uint8_t>(shift ? value >> 8 : std::min<int>(value, 255)));
        }
    }
}

std::vector<std::byte> Palette::apply(std::span<const std::byte> indices, int bytesPerIndex, bool isSigned) const
{
    const std::size_t count = indices.size() / static_cast<std::size_t>(bytesPerIndex);
    std::vector<std::byte> rgb(count * 3);
    for (std::size_t i = 0; i < count; ++i) {
        std::int32_t index = 0;
        if (bytesPerIndex == 2) {
            const std::uint16_t word = read16(indices.data() + 2 * i, false);
            index = isSigned ? static_cast<std::int16_t>(word) : word;
        } else {
            const auto byte = std::to_integer<std::uint8_t>(indices[i]);
            index = isSigned ? static_cast<std::int8_t>(byte) : byte;
        }
        for (std::size_t c = 0; c < 3; ++c) {
            const Channel& channel = m_channels[c];
            const auto last = static_cast<std::int32_t>(channel.values.size()) - 1;
            rgb[3 * i + c] = std::byte{channel.values[static_cast<std::size_t>(std::clamp(index - channel.first, 0, last))]};
        }
    }
    return rgb;
}

} // namespace diascope::dicom
