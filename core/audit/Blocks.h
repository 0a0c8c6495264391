// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <functional>
#include <stop_token>

namespace diascope::audit {

/// Work on 0 <= i < count in blocks of fixed size, so that the number of threads changes nothing but the time.
struct BlockJob {
    std::size_t count = 0, block = 64;
    int threads = 0; ///< 0 = all cores; 1 = the calling thread.
};

/// Calls work(begin, end) once for each block, in any order. The first exception is thrown here; a stop request throws
/// Error{Stopped}.
void forBlocks(
    const BlockJob& job, const std::function<void(std::size_t, std::size_t)>& work, const std::stop_token& stop);

} // namespace diascope::audit
