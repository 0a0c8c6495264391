// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Encoding.h"

#include "base/Text.h"

#include <algorithm>
#include <array>

namespace diascope::base {

namespace {

/// Windows-1252's 0x80 to 0x9F; the five bytes it leaves open keep their Latin-1 meaning.
constexpr std::array<char32_t, 32> kWindows1252 = {
    0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x008D, 0x017D, 0x008F,
    0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178};

std::string fromWindows1252(std::string_view bytes)
{
    std::string text;
    text.reserve(bytes.size() + bytes.size() / 8);
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80) {
            text += c;
        } else {
            text += toUtf8(byte < 0xA0 ? kWindows1252[byte - 0x80U] : char32_t{byte});
        }
    }
    return text;
}

std::string fromUtf16(std::string_view bytes, bool bigEndian)
{
    const auto unit = [bytes, bigEndian](std::size_t i) {
        const auto first = static_cast<unsigned char>(bytes[i]);
        const auto second = static_cast<unsigned char>(bytes[i + 1]);
        return bigEndian ? char32_t{first} << 8U | second : char32_t{second} << 8U | first;
    };
    std::string text;
    text.reserve(bytes.size() / 2);
    std::size_t i = 0;
    for (; i + 1 < bytes.size(); i += 2) {
        char32_t c = unit(i);
        if (c >= 0xD800 && c < 0xDC00 && i + 3 < bytes.size()) {
            const char32_t low = unit(i + 2);
            if (low >= 0xDC00 && low < 0xE000) {
                c = 0x10000 + ((c - 0xD800) << 10U) + (low - 0xDC00);
                i += 2;
            }
        }
        text += toUtf8(c);
    }
    if (i < bytes.size()) {
        text += toUtf8(U'\uFFFD'); // half a unit at the end
    }
    return text;
}

/// Latin text in UTF-16 without a mark has a zero in (nearly) every second byte, on one side only.
std::string_view guessUtf16(std::string_view bytes)
{
    const std::string_view start = bytes.substr(0, 4096);
    std::array<std::size_t, 2> zeros{};
    for (std::size_t i = 0; i < start.size(); ++i) {
        zeros[i % 2] += start[i] == '\0' ? 1 : 0;
    }
    const std::size_t most = start.size() / 2 - start.size() / 16;
    if (start.size() < 4 || std::max(zeros[0], zeros[1]) < most || std::min(zeros[0], zeros[1]) != 0) {
        return {};
    }
    return zeros[0] > zeros[1] ? "UTF-16BE" : "UTF-16LE";
}

} // namespace

DecodedText decodeText(std::string_view bytes)
{
    if (bytes.starts_with("\xEF\xBB\xBF")) {
        bytes.remove_prefix(3);
    } else if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF")) {
        const bool bigEndian = bytes.front() == '\xFE';
        return {fromUtf16(bytes.substr(2), bigEndian), bigEndian ? "UTF-16BE" : "UTF-16LE"};
    } else if (const auto guess = guessUtf16(bytes); !guess.empty()) {
        return {fromUtf16(bytes, guess == "UTF-16BE"), guess};
    }
    if (isUtf8(bytes)) {
        return {std::string(bytes), "UTF-8"};
    }
    return {fromWindows1252(bytes), "Windows-1252"};
}

} // namespace diascope::base
