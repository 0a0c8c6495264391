// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace diascope::base {

/// Takes one character off the front of `text` and returns its code point; nothing (and one byte taken) when the bytes are
/// not valid UTF-8 (RFC 3629: overlong forms, surrogates and values over U+10FFFF are invalid). `text` must not be empty.
[[nodiscard]] std::optional<char32_t> takeUtf8(std::string_view& text);
/// The character as UTF-8; U+FFFD for surrogates and values over U+10FFFF.
[[nodiscard]] std::string toUtf8(char32_t character);
[[nodiscard]] bool isUtf8(std::string_view text);

/// The whole text as a finite number in the C notation ("-3.2", "1e-5"), whatever the locale; nothing otherwise.
[[nodiscard]] std::optional<double> parseNumber(std::string_view text);
/// The shortest decimal text that reads back to exactly the same number, whatever the locale ("0.1", "1e-05", "nan").
[[nodiscard]] std::string numberText(double value);
/// With `digits` decimals, rounded half to even of the binary value as printf does, whatever the locale ("0.920"; never "-0.000"; "nan", "inf").
[[nodiscard]] std::string fixedText(double value, int digits);
/// With `digits` significant digits at most, in printf's %g notation, whatever the locale ("0.0123", "1.5e+08").
[[nodiscard]] std::string significantText(double value, int digits);

/// ASCII letters to lower case; other bytes untouched, whatever the locale.
[[nodiscard]] std::string asciiLower(std::string_view text);
/// Without ASCII blanks at both ends.
[[nodiscard]] std::string_view trimmed(std::string_view text);
/// At most `maxBytes` of the text, cut between characters, with "..." when something was left out. For messages.
[[nodiscard]] std::string shortened(std::string_view text, std::size_t maxBytes = 80);

} // namespace diascope::base
