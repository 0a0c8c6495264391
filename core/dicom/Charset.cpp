// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/Charset.h"

#include "dicom/Limits.h"
#include "dicom/TagNames.h"

#include <iconv.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>

namespace diascope::dicom {

namespace {

constexpr const char* kReplacement = "\xEF\xBF\xBD";

struct Term {
    std::string_view number; ///< What follows "ISO_IR " or "ISO 2022 IR ".
    const char* encoding;    ///< Name for iconv.
};
constexpr Term kTerms[] = {
    {"6", "ASCII"},          {"100", "ISO-8859-1"}, {"101", "ISO-8859-2"}, {"109", "ISO-8859-3"}, {"110", "ISO-8859-4"},
    {"144", "ISO-8859-5"},   {"127", "ISO-8859-6"}, {"126", "ISO-8859-7"}, {"138", "ISO-8859-8"}, {"148", "ISO-8859-9"},
    {"203", "ISO-8859-15"},  {"166", "TIS-620"},    {"13", "SHIFT_JIS"},   {"192", "UTF-8"},
};

/// Escape sequences of ISO 2022 as DICOM uses them (PS3.3 tables C.12-3 and C.12-4).
struct Escape {
    std::string_view sequence; ///< After ESC.
    const char* encoding;
    const char* prefix;        ///< Put before the run so that iconv is in the right state.
    bool twoByteG0;            ///< Delimiters cannot occur as such inside.
};
constexpr Escape kEscapes[] = {
    {"$B", "ISO-2022-JP", "\x1B$B", true}, {"$(D", "ISO-2022-JP-2", "\x1B$(D", true},
    {"(J", "SHIFT_JIS", "", false},        {")I", "SHIFT_JIS", "", false},
    {"(B", nullptr, "", false},            {"$)C", "EUC-KR", "", false},
    {"$)A", "GB2312", "", false},          {"-A", "ISO-8859-1", "", false},
    {"-B", "ISO-8859-2", "", false},       {"-C", "ISO-8859-3", "", false},
    {"-D", "ISO-8859-4", "", false},       {"-L", "ISO-8859-5", "", false},
    {"-G", "ISO-8859-6", "", false},       {"-F", "ISO-8859-7", "", false},
    {"-H", "ISO-8859-8", "", false},       {"-M", "ISO-8859-9", "", false},
    {"-b", "ISO-8859-15", "", false},      {"-T", "TIS-620", "", false},
};

/// Converters opened while the file system was reachable.
struct Converters {
    std::mutex mutex;
    std::map<std::string, iconv_t> open;
    std::atomic<bool> warm = false;
};
Converters& converters()
{
    static Converters instance;
    return instance;
}

std::string latin1(std::string_view bytes)
{
    std::string text;
    for (const char c : bytes) {
        const auto u = static_cast<unsigned char>(c);
        if (u < 0x80) {
            text += c;
        } else {
            text += static_cast<char>(0xC0 | (u >> 6));
            text += static_cast<char>(0x80 | (u & 0x3F));
        }
    }
    return text;
}

/// ASCII kept, every other byte replaced.
std::string asciiOnly(std::string_view bytes)
{
    std::string text;
    for (const char c : bytes) {
        text += static_cast<unsigned char>(c) < 0x80 ? std::string(1, c) : kReplacement;
    }
    return text;
}

/// Length of the valid UTF-8 sequence at `at`, 0 when there is none.
std::size_t utf8Length(std::string_view text, std::size_t at)
{
    const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
    const unsigned lead = byte(at);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(at + i) & 0xC0) != 0x80) {
            return 0;
        }
    }
    const unsigned second = byte(at + 1);
    const bool bad = (lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) || (lead == 0xF0 && second < 0x90)
                     || (lead == 0xF4 && second > 0x8F);
    return bad ? 0 : length;
}

std::string repairedUtf8(std::string_view text)
{
    std::string result;
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t length = utf8Length(text, i);
        if (length == 0) {
            result += kReplacement;
            ++i;
        } else {
            result += text.substr(i, length);
            i += length;
        }
    }
    return result;
}

std::string viaIconv(std::string_view bytes, const char* encoding, const char* prefix)
{
    Converters& all = converters();
    const std::lock_guard lock(all.mutex);
    const auto found = all.open.find(encoding);
    if (found == all.open.end()) {
        return asciiOnly(bytes);
    }
    std::string in = std::string(prefix) + std::string(bytes);
    std::string out(in.size() * 4 + 16, '\0');
    char* from = in.data();
    char* to = out.data();
    std::size_t left = in.size();
    std::size_t room = out.size();
    iconv(found->second, nullptr, nullptr, nullptr, nullptr);
    while (left > 0 && room >= 8) {
        if (iconv(found->second, &from, &left, &to, &room) != static_cast<std::size_t>(-1) || left == 0) {
            break;
        }
        for (const char* c = kReplacement; *c != '\0'; ++c, --room) {
            *to++ = *c;
        }
        ++from;
        --left;
    }
    out.resize(out.size() - room);
    return out;
}

std::string convert(std::string_view bytes, const char* encoding, const char* prefix)
{
    const std::string_view name = encoding;
    if (name == "UTF-8") {
        return repairedUtf8(bytes);
    }
    if (name == "ASCII") {
        return isValidUtf8(bytes) ? std::string(bytes) : latin1(bytes);
    }
    if (name == "ISO-8859-1") {
        return latin1(bytes);
    }
    return viaIconv(bytes, encoding, prefix);
}

const char* encodingOf(std::string_view term)
{
    if (term == "GB18030" || term == "GBK") {
        return "GB18030";
    }
    for (const std::string_view prefix : {std::string_view("ISO_IR "), std::string_view("ISO 2022 IR ")}) {
        if (term.substr(0, prefix.size()) == prefix) {
            for (const Term& known : kTerms) {
                if (known.number == term.substr(prefix.size())) {
                    return known.encoding;
                }
            }
        }
    }
    return "ASCII";
}

const Escape* escapeAt(std::string_view rest)
{
    for (const Escape& escape : kEscapes) {
        if (rest.substr(0, escape.sequence.size()) == escape.sequence) {
            return &escape;
        }
    }
    return nullptr;
}

std::string withExtensions(std::string_view bytes, const char* initial)
{
    const Escape start{"", initial, "", false};
    const Escape* active = &start;
    std::string text;
    std::size_t from = 0;
    for (std::size_t i = 0; i <= bytes.size(); ++i) {
        const bool atEnd = i == bytes.size();
        const bool isEscape = !atEnd && bytes[i] == '\x1B';
        const bool isDelimiter =
            !atEnd && !active->twoByteG0 && std::string_view("\\^=\r\n\t\f").find(bytes[i]) != std::string_view::npos;
        if (!atEnd && !isEscape && !isDelimiter) {
            continue;
        }
        const char* encoding = active->encoding != nullptr ? active->encoding : initial;
        text += convert(bytes.substr(from, i - from), encoding, active->prefix);
        from = i;
        if (isEscape) {
            const Escape* next = escapeAt(bytes.substr(i + 1));
            from = i + 1 + (next != nullptr ? next->sequence.size() : 0);
            i = from - 1;
            active = next != nullptr ? next : &start;
        } else if (isDelimiter) {
            active = &start; // PS3.5 6.1.2.5.3: delimiters return to the initial set.
        }
    }
    return text;
}

} // namespace

void warmUp()
{
    Converters& all = converters();
    const std::lock_guard lock(all.mutex);
    if (all.warm) {
        return;
    }
    const auto open = [&](const char* encoding) {
        const iconv_t handle = iconv_open("UTF-8", encoding);
        // A C library without that table leaves the replacement characters.
        if (handle != reinterpret_cast<iconv_t>(static_cast<std::intptr_t>(-1))) {
            all.open.emplace(encoding, handle);
        }
    };
    for (const Term& term : kTerms) {
        open(term.encoding);
    }
    for (const char* encoding : {"ISO-2022-JP", "ISO-2022-JP-2", "EUC-KR", "GB2312", "GB18030"}) {
        open(encoding);
    }
    loadTagNames();
    all.warm = true;
}

bool isWarm()
{
    return converters().warm;
}

bool isValidUtf8(std::string_view text)
{
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t length = utf8Length(text, i);
        if (length == 0) {
            return false;
        }
        i += length;
    }
    return true;
}

std::string toUtf8(std::string_view bytes, const std::vector<std::string>& terms)
{
    bytes = bytes.substr(0, kMaxTextBytes);
    const char* initial = terms.empty() ? "ASCII" : encodingOf(terms.front());
    if (bytes.find('\x1B') != std::string_view::npos) {
        return withExtensions(bytes, initial);
    }
    return convert(bytes, initial, "");
}

} // namespace diascope::dicom
