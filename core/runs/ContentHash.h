// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>

namespace diascope::runs {

/// What lies at a path, as dvc.lock says it.
struct ContentHash {
    std::string md5;        ///< Of a file its MD5; of a folder that of its list of files, with ".dir" behind it.
    std::uint64_t size = 0; ///< Bytes of the file, or of all files of the folder.
    std::optional<std::uint64_t> files; ///< Of a folder: how many files lie in it, at any depth.
    bool operator==(const ContentHash&) const = default;
};

/// The hash that DVC 3 gives it (dvc-data, hashfile/tree.py: MD5 over the JSON list of {"md5", "relpath"}, by path).
/// Links are followed. In folders .git and .dvc are passed over, as DVC does; there are no other exceptions. Nothing
/// when the path does not exist. Throws Error{Unreadable|Stopped}.
[[nodiscard]] std::optional<ContentHash> contentHash(
    const std::filesystem::path& path, const std::stop_token& stop = {});

} // namespace diascope::runs
