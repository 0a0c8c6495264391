// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace diascope::base {

/// A text of unknown encoding as UTF-8, without byte order mark, and the name of the encoding it was read as.
struct DecodedText {
    std::string text;
    std::string_view encoding; ///< "UTF-8", "UTF-16LE", "UTF-16BE" or "Windows-1252".
};

/// By byte order mark; else UTF-16 when nearly every second byte is zero; else UTF-8 when valid; else Windows-1252.
/// Unpaired surrogates become U+FFFD. Never fails.
[[nodiscard]] DecodedText decodeText(std::string_view bytes);

} // namespace diascope::base
