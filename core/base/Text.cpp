// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace diascope::base {

namespace {

struct Lead {
    int length;      ///< Bytes of the character; 0 for a byte that cannot start one.
    char32_t bits;   ///< What the first byte gives.
    char32_t lowest; ///< Smallest code point that needs this length.
};

Lead leadOf(unsigned char byte)
{
    if (byte < 0x80) {
        return {1, byte, 0};
    }
    if (byte >= 0xC2 && byte < 0xE0) {
        return {2, byte & 0x1FU, 0x80};
    }
    if (byte >= 0xE0 && byte < 0xF0) {
        return {3, byte & 0x0FU, 0x800};
    }
    if (byte >= 0xF0 && byte < 0xF5) {
        return {4, byte & 0x07U, 0x10000};
    }
    return {0, 0, 0};
}

bool isScalar(char32_t c)
{
    return c < 0xD800 || (c > 0xDFFF && c <= 0x10FFFF);
}

} // namespace

std::optional<char32_t> takeUtf8(std::string_view& text)
{
    const Lead lead = leadOf(static_cast<unsigned char>(text.front()));
    if (lead.length == 0 || text.size() < static_cast<std::size_t>(lead.length)) {
        text.remove_prefix(1);
        return std::nullopt;
    }
    char32_t code = lead.bits;
    for (int i = 1; i < lead.length; ++i) {
        const auto byte = static_cast<unsigned char>(text[static_cast<std::size_t>(i)]);
        if ((byte & 0xC0U) != 0x80) {
            text.remove_prefix(1);
            return std::nullopt;
        }
        code = (code << 6U) | (byte & 0x3FU);
    }
    if (code < lead.lowest || !isScalar(code)) {
        text.remove_prefix(1);
        return std::nullopt;
    }
    text.remove_prefix(static_cast<std::size_t>(lead.length));
    return code;
}

std::string toUtf8(char32_t character)
{
    const char32_t c = isScalar(character) ? character : U'\uFFFD';
    const auto tail = [c](unsigned shift) { return static_cast<char>(0x80U | ((c >> shift) & 0x3FU)); };
    if (c < 0x80) {
        return {static_cast<char>(c)};
    }
    if (c < 0x800) {
        return {static_cast<char>(0xC0U | (c >> 6U)), tail(0)};
    }
    if (c < 0x10000) {
        return {static_cast<char>(0xE0U | (c >> 12U)), tail(6), tail(0)};
    }
    return {static_cast<char>(0xF0U | (c >> 18U)), tail(12), tail(6), tail(0)};
}

bool isUtf8(std::string_view text)
{
    while (!text.empty()) {
        if (static_cast<unsigned char>(text.front()) < 0x80) {
            text.remove_prefix(1);
        } else if (!takeUtf8(text)) {
            return false;
        }
    }
    return true;
}

std::optional<double> parseNumber(std::string_view text)
{
    if (text.size() > 1 && text.front() == '+' && text[1] != '-' && text[1] != '+') {
        text.remove_prefix(1);
    }
    double value = 0.0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) {
        return std::nullopt;
    }
    return value;
}

std::string numberText(double value)
{
    std::array<char, 32> buffer{};
    const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
    return {buffer.data(), result.ptr};
}

std::string fixedText(double value, int digits)
{
    std::array<char, 512> buffer{}; // the largest double has 309 digits before its point
    const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed, std::clamp(digits, 0, 100));
    std::string text(buffer.data(), result.ptr);
    if (text.starts_with('-') && text.find_first_not_of("-0.") == std::string::npos) {
        text.erase(0, 1);
    }
    return text;
}

std::string significantText(double value, int digits)
{
    std::array<char, 128> buffer{};
    const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::general, std::clamp(digits, 1, 100));
    return {buffer.data(), result.ptr};
}

std::string asciiLower(std::string_view text)
{
    std::string lower(text);
    for (char& c : lower) {
        if (c >= 'A' && c <= 'Z') {
            c = static_cast<char>(c - 'A' + 'a');
        }
    }
    return lower;
}

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view kBlanks = " \t\r\n\v\f";
    const auto first = text.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::string shortened(std::string_view text, std::size_t maxBytes)
{
    if (text.size() <= maxBytes) {
        return std::string(text);
    }
    std::size_t cut = maxBytes;
    while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0U) == 0x80) {
        --cut;
    }
    return std::string(text.substr(0, cut)) + "...";
}

} // namespace diascope::base
