// SPDX-License-Identifier: GPL-3.0-or-later
#include "dataset/Listing.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cmath>
#include <set>
#include <string_view>

namespace diascope::dataset {

namespace {

/// A finite number written as text, independent of the locale.
std::optional<double> numberFrom(std::string label)
{
    const std::size_t comma = label.find(',');
    if (comma != std::string::npos && label.find('.') == std::string::npos) {
        label[comma] = '.'; // decimal comma; a second one ends the number and makes it a text
    }
    double value = 0.0;
    const char* const end = label.data() + label.size();
    const char* const begin = label.starts_with('+') ? label.data() + 1 : label.data();
    const auto [stopped, failure] = std::from_chars(begin, end, value);
    const bool whole = failure == std::errc() && stopped == end && begin != end;
    return whole && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

/// "1.0" and "1" are one class called "1"; other values keep the shortest text that means them.
std::string nameOf(double value)
{
    std::array<char, 64> buffer{};
    const auto [end, failure] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value == 0.0 ? 0.0 : value);
    assert(failure == std::errc());
    return {buffer.data(), end};
}

} // namespace

Classes::Classes(std::span<const std::string> labels)
    : m_numeric(!labels.empty() && std::all_of(labels.begin(), labels.end(), [](const std::string& label) { return numberFrom(label).has_value(); }))
{
    if (m_numeric) {
        std::set<double> values;
        for (const std::string& label : labels) {
            values.insert(*numberFrom(label));
        }
        std::transform(values.begin(), values.end(), std::back_inserter(m_names), nameOf);
        return;
    }
    // Byte order of UTF-8 is code point order, which is how Python sorts texts.
    const std::set<std::string> values(labels.begin(), labels.end());
    m_names.assign(values.begin(), values.end());
}

int Classes::indexOf(const std::string& label) const
{
    const std::string name = m_numeric ? nameOf(numberFrom(label).value_or(0.0)) : label;
    const auto found = std::find(m_names.begin(), m_names.end(), name);
    assert(found != m_names.end());
    return static_cast<int>(found - m_names.begin());
}

bool isMissingValue(const std::string& text)
{
    static constexpr std::array<std::string_view, 19> kMissing{
        "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA", "NULL", "NaN", "None",
        "n/a", "nan", "null"};
    static constexpr std::array<std::string_view, 2> kInfinite{"inf", "infinity"};
    const std::string bare = lowered(text.starts_with('+') || text.starts_with('-') ? text.substr(1) : text);
    return std::find(kInfinite.begin(), kInfinite.end(), bare) != kInfinite.end() || std::find(kMissing.begin(), kMissing.end(), text) != kMissing.end();
}

} // namespace diascope::dataset
