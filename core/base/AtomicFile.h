// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace diascope::base {

/// The one writer of everything that must not be lost (safety rule 4): free-space check, exclusive temporary
/// file of mode 0600 in the same folder, full write loop, fsync, read back and compare SHA-256, rename, fsync of the folder.
/// After any failure the old file is untouched and the temporary one removed.
/// Throws Error{DiskFull|Unreadable|NotFound} naming the file and the remedy. Returns the SHA-256 of the content.
std::string writeFileAtomically(const std::filesystem::path& file, std::span<const std::byte> bytes);
std::string writeFileAtomically(const std::filesystem::path& file, std::string_view text);

/// Reads a whole regular file. `maxBytes` guards against hostile sizes.
/// Throws Error{NotFound|Unreadable|TooLarge}; folders, devices and pipes are Unreadable.
[[nodiscard]] std::string readFile(const std::filesystem::path& file, std::size_t maxBytes = std::size_t{1} << 31);

/// Appends one line and flushes it to the disk (epochs.csv, log.txt). Throws as above.
void appendLine(const std::filesystem::path& file, std::string_view line);

/// Removes stale temporary files that a killed process left in `folder`.
void removeStaleTemporaries(const std::filesystem::path& folder);

} // namespace diascope::base
