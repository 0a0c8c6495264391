// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "decode/UniqueFd.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>

namespace diascope::decode {

/// Which content a path had when it was looked at: a changed or replaced file has another identity.
struct FileIdentity {
    std::uint64_t device = 0, inode = 0, size = 0;
    std::int64_t modifiedNs = 0, changedNs = 0; ///< Since the epoch; mtime and ctime.
    bool operator==(const FileIdentity&) const = default;
};

/// An open file and its identity.
struct InputFile {
    UniqueFd fd;
    FileIdentity identity;
};

/// Opens a regular, non-empty file for reading without ever blocking: pipes, devices and folders are refused by kind.
/// Throws Error{NotFound|Unreadable|Malformed}.
[[nodiscard]] InputFile openInput(const std::filesystem::path& file);

/// The identity alone, without opening. Throws the same errors.
[[nodiscard]] FileIdentity identify(const std::filesystem::path& file);

} // namespace diascope::decode

template <> struct std::hash<diascope::decode::FileIdentity> {
    std::size_t operator()(const diascope::decode::FileIdentity& identity) const noexcept
    {
        // Inode and time tell files apart almost always; equality decides the rest.
        return std::hash<std::uint64_t>()(identity.inode * 0x9e3779b97f4a7c15u
                                          ^ static_cast<std::uint64_t>(identity.modifiedNs));
    }
};
