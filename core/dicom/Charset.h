// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace diascope::dicom {

/// Opens everything that this library takes from the file system (character set tables, tag names, log set-up). Call once
/// before a sandbox closes; without it, texts outside ASCII, Latin-1 and UTF-8 show replacement characters and tags have no names.
void warmUp();
[[nodiscard]] bool isWarm();

/// Text of a data set as UTF-8 (always valid). `terms` are the values of Specific Character Set (0008,0005), PS3.3 C.12.1.1.2, code
/// extensions included. Bytes that do not fit become U+FFFD; without a declared set, valid UTF-8 is taken as such, else Latin-1.
/// Control characters and bidirectional overrides are left in: use base::visibleText for show.
[[nodiscard]] std::string toUtf8(std::string_view bytes, const std::vector<std::string>& terms);

[[nodiscard]] bool isValidUtf8(std::string_view text);

} // namespace diascope::dicom
