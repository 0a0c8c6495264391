// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace diascope::base {

/// When a written file must survive a power cut. Later: when the system gets round to it (it survives a crash of the
/// program all the same); for small files in great number that can be made again.
enum class Flush { Now, Later };

/// The one writer of everything that must not be lost (safety rule 4): free-space check, exclusive temporary
/// file of mode 0600 in the same folder, full write loop, fsync, read back and compare SHA-256, rename, fsync of the folder;
/// with Flush::Later neither fsync nor the read-back.
/// After any failure the old file is untouched and the temporary one removed.
/// Throws Error{DiskFull|Unreadable|NotFound} naming the file and the remedy. Returns the SHA-256 of the content.
std::string writeFileAtomically(const std::filesystem::path& file, std::span<const std::byte> bytes, Flush flush = Flush::Now);
std::string writeFileAtomically(const std::filesystem::path& file, std::string_view text, Flush flush = Flush::Now);

/// Reads a whole regular file. `maxBytes` guards against hostile sizes.
/// Throws Error{NotFound|Unreadable|TooLarge}; folders, devices and pipes are Unreadable.
[[nodiscard]] std::string readFile(const std::filesystem::path& file, std::size_t maxBytes = std::size_t{1} << 31);

/// Appends one whole line, flushed to the disk as a rule (epochs.csv, log.txt). Throws as above.
void appendLine(const std::filesystem::path& file, std::string_view line, Flush flush = Flush::Now);

/// Removes stale temporary files that a killed process left in `folder`.
void removeStaleTemporaries(const std::filesystem::path& folder);

} // namespace diascope::base
