// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/DataSet.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

namespace diascope::dicom {

namespace {

constexpr std::size_t kMaxValues = 65536;

/// Tags whose binary values this reader needs from implicit-VR files (PS3.6).
constexpr std::array<std::pair<Tag, Vr>, 46> kKnown{{
    {0x00186011, vr("SQ")}, {0x00186012, vr("US")}, {0x00186014, vr("US")}, {0x00186016, vr("UL")},
    {0x00186018, vr("UL")}, {0x0018601A, vr("UL")}, {0x0018601C, vr("UL")}, {0x0018601E, vr("UL")},
    {0x00186020, vr("SL")}, {0x00186022, vr("SL")}, {0x00186024, vr("US")}, {0x00186026, vr("US")},
    {0x00186028, vr("FD")}, {0x0018602A, vr("FD")}, {0x0018602C, vr("FD")}, {0x0018602E, vr("FD")},
    {0x00280002, vr("US")}, {0x00280006, vr("US")}, {0x00280009, vr("AT")}, {0x00280010, vr("US")},
    {0x00280011, vr("US")}, {0x00280014, vr("US")}, {0x00280100, vr("US")}, {0x00280101, vr("US")},
    {0x00280102, vr("US")}, {0x00280103, vr("US")}, {0x00280106, vr("SS")}, {0x00280107, vr("SS")},
    {0x00280120, vr("SS")}, {0x00280121, vr("SS")}, {0x00281101, vr("US")}, {0x00281102, vr("US")},
    {0x00281103, vr("US")}, {0x00281201, vr("OW")}, {0x00281202, vr("OW")}, {0x00281203, vr("OW")},
    {0x00281221, vr("OW")}, {0x00281222, vr("OW")}, {0x00281223, vr("OW")}, {0x00283002, vr("US")},
    {0x00283006, vr("OW")}, {0x7FE00001, vr("OV")}, {0x7FE00002, vr("OV")}, {0x7FE00008, vr("OF")},
    {0x7FE00009, vr("OD")}, {0x7FE00010, vr("OW")},
}};

bool isNumericVr(Vr kind)
{
    switch (kind) {
    case vr("US"): case vr("SS"): case vr("UL"): case vr("SL"): case vr("UV"): case vr("SV"): case vr("FL"): case vr("FD"):
    case vr("AT"): case vr("OV"): case vr("OF"): case vr("OD"): case vr("OW"): case vr("OL"): case vr("DS"): case vr("IS"):
        return true;
    default:
        return false;
    }
}

std::size_t width(Vr kind)
{
    switch (kind) {
    case vr("US"): case vr("SS"): case vr("OW"): return 2;
    case vr("UL"): case vr("SL"): case vr("FL"): case vr("AT"): case vr("OF"): case vr("OL"): return 4;
    case vr("UV"): case vr("SV"): case vr("FD"): case vr("OV"): case vr("OD"): return 8;
    default: return 0;
    }
}

double binaryNumber(const std::byte* at, Vr kind, bool big)
{
    switch (kind) {
    case vr("US"): case vr("OW"): return read16(at, big);
    case vr("SS"): return static_cast<std::int16_t>(read16(at, big));
    case vr("UL"): case vr("OL"): return read32(at, big);
    case vr("SL"): return static_cast<std::int32_t>(read32(at, big));
    case vr("FL"): case vr("OF"): return std::bit_cast<float>(read32(at, big));
    case vr("FD"): case vr("OD"): return std::bit_cast<double>(read64(at, big));
    case vr("SV"): return static_cast<double>(static_cast<std::int64_t>(read64(at, big)));
    case vr("AT"): return static_cast<double>((std::uint32_t{read16(at, big)} << 16) | read16(at + 2, big));
    default: return static_cast<double>(read64(at, big));
    }
}

std::vector<double> textNumbers(std::string_view text)
{
    std::vector<double> values;
    while (values.size() < kMaxValues) {
        const auto cut = text.find('\\');
        values.push_back(parseNumber(text.substr(0, cut)).value_or(std::numeric_limits<double>::quiet_NaN()));
        if (cut == std::string_view::npos) {
            break;
        }
        text.remove_prefix(cut + 1);
    }
    return values;
}

} // namespace

std::uint16_t read16(const std::byte* at, bool bigEndian)
{
    const auto a = std::to_integer<unsigned>(at[0]);
    const auto b = std::to_integer<unsigned>(at[1]);
    return static_cast<std::uint16_t>(bigEndian ? (a << 8 | b) : (b << 8 | a));
}

std::uint32_t read32(const std::byte* at, bool bigEndian)
{
    const std::uint32_t a = read16(at, bigEndian);
    const std::uint32_t b = read16(at + 2, bigEndian);
    return bigEndian ? (a << 16 | b) : (b << 16 | a);
}

std::uint64_t read64(const std::byte* at, bool bigEndian)
{
    const std::uint64_t a = read32(at, bigEndian);
    const std::uint64_t b = read32(at + 4, bigEndian);
    return bigEndian ? (a << 32 | b) : (b << 32 | a);
}

std::string vrName(Vr value)
{
    const char first = static_cast<char>(value >> 8);
    const char second = static_cast<char>(value & 0xFF);
    const auto isLetter = [](char c) { return c >= 'A' && c <= 'Z'; };
    return isLetter(first) && isLetter(second) ? std::string{first, second} : std::string("??");
}

std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && (text.back() == ' ' || text.back() == '\0')) {
        text.remove_suffix(1);
    }
    while (!text.empty() && text.front() == ' ') {
        text.remove_prefix(1);
    }
    return text;
}

std::optional<double> parseNumber(std::string_view text)
{
    text = trimmed(text);
    if (!text.empty() && text.front() == '+') {
        text.remove_prefix(1);
    }
    double value = 0.0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
    if (result.ec != std::errc() || !std::isfinite(value)) {
        return std::nullopt;
    }
    return value;
}

Vr knownVr(Tag tag)
{
    const auto found = std::lower_bound(kKnown.begin(), kKnown.end(), tag,
                                        [](const auto& entry, Tag wanted) { return entry.first < wanted; });
    return found != kKnown.end() && found->first == tag ? found->second : Vr{0};
}

std::vector<double> numbersOf(const Element& element, std::span<const std::byte> value, Vr kind)
{
    if (value.empty()) {
        return {};
    }
    const std::size_t size = width(kind);
    if (size == 0) {
        return textNumbers({reinterpret_cast<const char*>(value.data()), std::min<std::size_t>(value.size(), 1u << 20)});
    }
    std::vector<double> values(std::min(value.size() / size, kMaxValues));
    for (std::size_t i = 0; i < values.size(); ++i) {
        values[i] = binaryNumber(value.data() + i * size, kind, element.bigEndian);
    }
    return values;
}

const Element* DataSet::find(Tag tag) const
{
    for (std::uint32_t i = m_first; i < m_end; i = m_index->elements[i].next) {
        if (m_index->elements[i].tag == tag) {
            return &m_index->elements[i];
        }
    }
    return nullptr;
}

std::span<const std::byte> DataSet::bytes(const Element& element) const
{
    return m_index->bytes.subspan(element.offset, element.length);
}

std::span<const std::byte> DataSet::bytes(Tag tag) const
{
    const Element* element = find(tag);
    return element != nullptr ? bytes(*element) : std::span<const std::byte>();
}

std::vector<double> DataSet::numbers(Tag tag) const
{
    const Element* element = find(tag);
    if (element == nullptr || element->sequence) {
        return {};
    }
    // A VR that cannot hold a number (UN, OB, LO by mistake) gives way to the dictionary's.
    Vr kind = isNumericVr(element->vr) ? element->vr : knownVr(tag);
    if (kind != 0 && width(kind) > element->length && element->length > 0) {
        return {};
    }
    return numbersOf(*element, bytes(*element), kind);
}

std::optional<double> DataSet::number(Tag tag) const
{
    const auto values = numbers(tag);
    if (values.empty() || !std::isfinite(values.front())) {
        return std::nullopt;
    }
    return values.front();
}

std::optional<std::int64_t> DataSet::integer(Tag tag) const
{
    const auto value = number(tag);
    if (!value || std::abs(*value) > 9.0e15) {
        return std::nullopt;
    }
    return static_cast<std::int64_t>(*value);
}

std::vector<std::uint16_t> DataSet::words(Tag tag) const
{
    const Element* element = find(tag);
    if (element == nullptr || element->sequence) {
        return {};
    }
    const auto value = bytes(*element);
    const bool big = element->bigEndian && element->vr != vr("OB");
    std::vector<std::uint16_t> result(std::min<std::size_t>(value.size() / 2, 1u << 20));
    for (std::size_t i = 0; i < result.size(); ++i) {
        result[i] = read16(value.data() + 2 * i, big);
    }
    return result;
}

std::string_view DataSet::raw(Tag tag) const
{
    const auto value = bytes(tag);
    return trimmed({reinterpret_cast<const char*>(value.data()), value.size()});
}

std::string DataSet::code(Tag tag) const
{
    std::string text(raw(tag).substr(0, 256));
    std::replace_if(text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
    return text;
}

std::vector<DataSet> DataSet::items(Tag tag) const
{
    std::vector<DataSet> result;
    const Element* sequence = find(tag);
    if (sequence == nullptr || !sequence->sequence) {
        return result;
    }
    const auto at = static_cast<std::uint32_t>(sequence - m_index->elements.data());
    for (std::uint32_t i = at + 1; i < sequence->next; i = m_index->elements[i].next) {
        result.emplace_back(m_index, i + 1, m_index->elements[i].next);
    }
    return result;
}

std::optional<DataSet> DataSet::item(Tag tag) const
{
    const Element* sequence = find(tag);
    if (sequence == nullptr || !sequence->sequence) {
        return std::nullopt;
    }
    const auto at = static_cast<std::uint32_t>(sequence - m_index->elements.data());
    if (at + 1 >= sequence->next) {
        return std::nullopt;
    }
    return DataSet(m_index, at + 2, m_index->elements[at + 1].next);
}

} // namespace diascope::dicom
