// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <exception>
#include <string>
#include <string_view>

namespace diascope::base {

/// What kind of failure it is. The user interface and the exit code of the command line follow from it.
enum class ErrorCode {
    Usage,       ///< The command line or a call was used wrongly.
    Plan,        ///< A plan, recipe or manifest says something that cannot be done.
    NotFound,    ///< A file or folder is not there.
    Unreadable,  ///< It is there, but the system does not let us read or write it.
    Unsupported, ///< Well formed, but a kind that this program does not read (the text names the kind).
    Malformed,   ///< Truncated, damaged or contradictory content.
    TooLarge,    ///< Over a stated limit of bytes, pixels or depth.
    Timeout,     ///< Took longer than the stated wall-clock limit.
    Crashed,     ///< The process that read it died.
    OutOfMemory,
    DiskFull,
    Mismatch,    ///< Two things that must agree do not (hash, classes and outputs, weights and network).
    Device,      ///< The asked-for accelerator is not there or failed.
    Busy,        ///< Another instance holds it.
    Stopped,     ///< Stopped on request; what was done is kept.
    Internal,    ///< A bug of ours.
};

/// Stable, lower-case, hyphenated name as written in JSON ("not-found", "out-of-memory", ...).
[[nodiscard]] std::string_view name(ErrorCode code);

/// What a user can do about a failure of this kind, one English sentence. Never empty.
[[nodiscard]] std::string_view remedy(ErrorCode code);

/// The one error family: what failed (code), on what (subject: a file, key or device), why (detail).
/// Thrown for what a caller cannot go on from; foreign exceptions are translated to it at the border.
class Error : public std::exception {
public:
    Error(ErrorCode code, std::string subject, std::string detail);
    /// `remedyText` replaces the general remedy of the code where a better one is known.
    Error(ErrorCode code, std::string subject, std::string detail, std::string remedyText);

    [[nodiscard]] ErrorCode code() const noexcept { return m_code; }
    [[nodiscard]] const std::string& subject() const noexcept { return m_subject; }
    [[nodiscard]] const std::string& detail() const noexcept { return m_detail; }
    [[nodiscard]] const std::string& remedyText() const noexcept { return m_remedy; }
    /// "subject: detail (remedy)", control characters made visible; one line.
    [[nodiscard]] const char* what() const noexcept override { return m_what.c_str(); }

private:
    ErrorCode m_code;
    std::string m_subject;
    std::string m_detail;
    std::string m_remedy;
    std::string m_what;
};

/// A failure that did not stop the rest: one entry of a list that is reported whole.
struct Problem {
    ErrorCode code = ErrorCode::Internal;
    std::string subject; ///< File, row or key.
    std::string detail;  ///< Why, and what to do.
};

[[nodiscard]] Problem toProblem(const Error& error);

/// The text with control characters and bidirectional overrides replaced by a visible escape (safety rule 7).
[[nodiscard]] std::string visibleText(std::string_view text);

} // namespace diascope::base
