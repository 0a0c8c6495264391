// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"

#include <cstddef>
#include <filesystem>
#include <stop_token>
#include <vector>

namespace diascope::study {

/// What was found below a folder.
struct FileListing {
    std::vector<std::filesystem::path> files; ///< Ordinary files, in natural order, folder by folder.
    std::vector<base::Problem> problems;      ///< Unreadable folders, a reached limit: in words.
    bool complete = true;                     ///< False when the limit was reached or a stop was asked for.
};

/// Every ordinary file in `path` and its folders, at most `limit`; `path` itself when it is a file. Hidden entries, pipes, sockets and
/// devices are left out; links are followed, but no folder is entered twice. A folder's files come before its subfolders.
/// Throws Error{NotFound|Unreadable} only for `path` itself; folders below that cannot be read are listed as problems.
[[nodiscard]] FileListing listFiles(const std::filesystem::path& path, std::size_t limit, std::stop_token stop = {});

} // namespace diascope::study
