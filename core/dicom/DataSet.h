// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace diascope::dicom {

/// Group in the upper, element in the lower 16 bits: 0x00280010 is Rows.
using Tag = std::uint32_t;

/// A value representation as its two characters, first one in the upper byte; 0 = not given (implicit VR).
using Vr = std::uint16_t;
[[nodiscard]] constexpr Vr vr(const char (&name)[3])
{
    return static_cast<Vr>((static_cast<unsigned char>(name[0]) << 8) | static_cast<unsigned char>(name[1]));
}
[[nodiscard]] std::string vrName(Vr value);

inline constexpr Tag kItem = 0xFFFEE000;
inline constexpr Tag kItemEnd = 0xFFFEE00D;
inline constexpr Tag kSequenceEnd = 0xFFFEE0DD;
inline constexpr std::uint32_t kUndefined = 0xFFFFFFFF;

/// One entry of the index: an element, or an item of a sequence (tag kItem). Entries stand in file order, a sequence
/// before its items, an item before its elements; `next` is the entry after all that it contains.
struct Element {
    Tag tag = 0;
    Vr vr = 0;
    bool bigEndian = false;
    bool sequence = false;
    std::uint32_t next = 0;
    std::size_t offset = 0; ///< Of the value, into the scanned bytes.
    std::size_t length = 0; ///< Of the value in bytes, always inside the scanned bytes.
};

/// The indexed bytes. Owned by the scan; a DataSet is a cheap view of it.
struct ElementIndex {
    std::span<const std::byte> bytes;
    std::vector<Element> elements;
};

/// Siblings of one level: the root data set, or one item. Reads are tolerant: a missing, empty or ill-formed value is "nothing".
class DataSet {
public:
    DataSet(const ElementIndex* index, std::uint32_t first, std::uint32_t end) : m_index(index), m_first(first), m_end(end) {}

    /// The first element of that tag on this level, or nullptr.
    [[nodiscard]] const Element* find(Tag tag) const;
    [[nodiscard]] bool has(Tag tag) const { return find(tag) != nullptr; }
    [[nodiscard]] std::span<const std::byte> bytes(Tag tag) const;
    [[nodiscard]] std::span<const std::byte> bytes(const Element& element) const;

    /// All values as numbers, text (DS, IS) or binary; NaN where one is not a number. At most 65,536 values.
    [[nodiscard]] std::vector<double> numbers(Tag tag) const;
    [[nodiscard]] std::optional<double> number(Tag tag) const; ///< The first value when it is finite.
    [[nodiscard]] std::optional<std::int64_t> integer(Tag tag) const;
    /// 16-bit words of OW, US and SS data in native order; 8-bit OB data gives one entry per two bytes, low byte first.
    [[nodiscard]] std::vector<std::uint16_t> words(Tag tag) const;
    /// Code string or UID: raw bytes with padding removed, characters outside printable ASCII replaced by '?'.
    [[nodiscard]] std::string code(Tag tag) const;
    /// Raw text bytes without padding.
    [[nodiscard]] std::string_view raw(Tag tag) const;

    /// The items of a sequence; empty when absent or not a sequence.
    [[nodiscard]] std::vector<DataSet> items(Tag tag) const;
    /// The first item of a sequence.
    [[nodiscard]] std::optional<DataSet> item(Tag tag) const;

    [[nodiscard]] std::uint32_t first() const { return m_first; }
    [[nodiscard]] std::uint32_t end() const { return m_end; }
    [[nodiscard]] const ElementIndex& index() const { return *m_index; }

private:
    const ElementIndex* m_index;
    std::uint32_t m_first;
    std::uint32_t m_end;
};

/// Values of one element, read by `kind` (its own VR, or the dictionary's for implicit VR).
[[nodiscard]] std::vector<double> numbersOf(const Element& element, std::span<const std::byte> value, Vr kind);
/// The numeric VR of the tags that this reader needs when the file does not give one; 0 otherwise.
[[nodiscard]] Vr knownVr(Tag tag);
/// Without leading blanks, trailing blanks and NULs.
[[nodiscard]] std::string_view trimmed(std::string_view text);
/// A decimal number that stands at the beginning of `text`, or nothing. Independent of the locale.
[[nodiscard]] std::optional<double> parseNumber(std::string_view text);

/// 16 and 32 bit reads; the caller has checked the bounds.
[[nodiscard]] std::uint16_t read16(const std::byte* at, bool bigEndian);
[[nodiscard]] std::uint32_t read32(const std::byte* at, bool bigEndian);
[[nodiscard]] std::uint64_t read64(const std::byte* at, bool bigEndian);

} // namespace diascope::dicom
