// SPDX-License-Identifier: GPL-3.0-or-later
#include "audit/Blocks.h"

#include "dataset/ParallelFor.h"

#include <algorithm>

namespace diascope::audit {

void forBlocks(
    const BlockJob& job, const std::function<void(std::size_t, std::size_t)>& work, const std::stop_token& stop)
{
    const std::size_t blocks = (job.count + job.block - 1) / job.block;
    const auto one = [&](std::size_t index) { work(index * job.block, std::min(job.count, (index + 1) * job.block)); };
    if (job.threads != 1 && blocks > 1) {
        dataset::parallelFor({"Computing", blocks, job.threads}, one, {}, stop);
        return;
    }
    for (std::size_t index = 0; index < blocks; ++index) {
        if (stop.stop_requested()) {
            throw base::Error(base::ErrorCode::Stopped, "Computing", "stopped on request");
        }
        one(index);
    }
}

} // namespace diascope::audit
