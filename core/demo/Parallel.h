// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <functional>
#include <stop_token>

namespace diascope::demo {

/// Calls work(0) .. work(count - 1), each once, on up to `threads` threads (0 = all cores) and joins them. The first exception
/// ends the rest and is thrown again here; a stop is thrown as Error{Stopped}.
void parallelFor(int count, int threads, const std::stop_token& stop, const std::function<void(int)>& work);

/// Makes a folder and its parents. Throws Error{DiskFull|Unreadable}.
void makeFolder(const std::filesystem::path& folder);

} // namespace diascope::demo
