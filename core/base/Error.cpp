// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Error.h"

#include "base/Text.h"

#include <utility>

namespace diascope::base {

namespace {

struct CodeText {
    std::string_view name;
    std::string_view remedy;
};

CodeText textOf(ErrorCode code)
{
    switch (code) {
    case ErrorCode::Usage:
        return {"usage", "See --help for what is expected here."};
    case ErrorCode::Plan:
        return {"plan", "Correct the named key; 'diascope-cli config' prints every key with its default."};
    case ErrorCode::NotFound:
        return {"not-found", "Check the name and that the disk it lies on is connected."};
    case ErrorCode::Unreadable:
        return {"unreadable", "Check the permissions and that it is an ordinary file or folder."};
    case ErrorCode::Unsupported:
        return {"unsupported", "Convert it to a kind that this program reads."};
    case ErrorCode::Malformed:
        return {"malformed", "The content is damaged or incomplete; get a fresh copy."};
    case ErrorCode::TooLarge:
        return {"too-large", "Use a smaller file, or split it."};
    case ErrorCode::Timeout:
        return {"timeout", "The file may be damaged; get a fresh copy, or raise the time limit."};
    case ErrorCode::Crashed:
        return {"crashed", "The file is most likely damaged; other files are not affected."};
    case ErrorCode::OutOfMemory:
        return {"out-of-memory", "Close other programs, or use a smaller image or batch."};
    case ErrorCode::DiskFull:
        return {"disk-full", "Free some space on that disk and try again; nothing already saved was lost."};
    case ErrorCode::Mismatch:
        return {"mismatch", "Use parts that were made together, or make them again."};
    case ErrorCode::Device:
        return {"device", "Choose the device 'cpu' or 'auto', or check the driver."};
    case ErrorCode::Busy:
        return {"busy", "Close the other instance, or choose another folder."};
    case ErrorCode::Stopped:
        return {"stopped", "Start it again to go on; what was done is kept."};
    case ErrorCode::Internal:
        break;
    }
    return {"internal", "This is a fault of the program; please report it with the log."};
}

bool needsEscape(char32_t c)
{
    return c < 0x20 || (c >= 0x7F && c <= 0x9F)       // control characters
        || c == 0x061C || c == 0x200E || c == 0x200F  // direction marks
        || (c >= 0x202A && c <= 0x202E)               // embeddings and overrides
        || (c >= 0x2066 && c <= 0x2069)               // isolates
        || c == 0x2028 || c == 0x2029 || c == 0xFEFF; // line breaks and the byte order mark
}

std::string escapeOf(char32_t c)
{
    switch (c) {
    case U'\n':
        return "\\n";
    case U'\r':
        return "\\r";
    case U'\t':
        return "\\t";
    default:
        break;
    }
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text = c < 0x100 ? "\\x" : "\\u";
    for (int shift = c < 0x100 ? 4 : 12; shift >= 0; shift -= 4) {
        text += kDigits[(c >> static_cast<unsigned>(shift)) & 0xFU];
    }
    return text;
}

} // namespace

std::string_view name(ErrorCode code)
{
    return textOf(code).name;
}

std::string_view remedy(ErrorCode code)
{
    return textOf(code).remedy;
}

Error::Error(ErrorCode code, std::string subject, std::string detail)
    : Error(code, std::move(subject), std::move(detail), std::string(remedy(code)))
{
}

Error::Error(ErrorCode code, std::string subject, std::string detail, std::string remedyText)
    : m_code(code)
    , m_subject(std::move(subject))
    , m_detail(std::move(detail))
    , m_remedy(std::move(remedyText))
{
    m_what = (m_subject.empty() ? std::string() : visibleText(m_subject) + ": ") + visibleText(m_detail);
    if (!m_remedy.empty()) {
        m_what += " (" + visibleText(m_remedy) + ")";
    }
}

Problem toProblem(const Error& error)
{
    std::string detail = error.detail();
    if (!error.remedyText().empty()) {
        detail += " (" + error.remedyText() + ")";
    }
    return {error.code(), error.subject(), std::move(detail)};
}

std::string visibleText(std::string_view text)
{
    std::string visible;
    visible.reserve(text.size());
    while (!text.empty()) {
        const std::string_view before = text;
        if (const auto character = takeUtf8(text)) {
            if (needsEscape(*character)) {
                visible += escapeOf(*character);
            } else {
                visible += before.substr(0, before.size() - text.size());
            }
        } else {
            visible += escapeOf(static_cast<unsigned char>(before.front()));
        }
    }
    return visible;
}

} // namespace diascope::base
