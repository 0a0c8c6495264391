// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dataset/Dataset.h"

#include <cstddef>

namespace diascope::dataset {

struct ParallelJob {
    std::string stage;      ///< For the progress.
    std::size_t count = 0;
    int threads = 0;        ///< 0 = all cores.
};

/// Calls `work(i)` for 0 <= i < count on the job's threads, each index once, in any order. The calling thread waits, reports about 14 times a second
/// and joins. The first exception of `work` ends the job and is thrown here; a stop request throws Error{Stopped}.
void parallelFor(const ParallelJob& job, const std::function<void(std::size_t)>& work, const ProgressFunction& progress,
                 const std::stop_token& stop);

/// Threads for work that waits for one of `decoders` processes and then computes: so many more than `threads` (0 = all cores) that neither cores nor
/// decoders stand idle. One thread stays one.
[[nodiscard]] int decodingThreads(int threads, int decoders);

} // namespace diascope::dataset
