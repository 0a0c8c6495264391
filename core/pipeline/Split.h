// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Progress.h"
#include "pipeline/Plan.h"

#include <functional>
#include <stop_token>

namespace diascope::decode {
class DecoderPool;
}

namespace diascope::pipeline {

/// What "split" finds, and would be what "train" uses.
struct SplitOutcome {
    std::string csv;      ///< splits.csv whole.
    std::size_t samples = 0;
    int groups = 0, trainings = 0, sharedGroups = 0, sharedDuplicates = 0;
    std::string receipt;
    std::vector<std::string> notes;
    std::vector<base::Problem> problems;
};

/// The one sentence "split": read the data, decode once, join duplicates, split, count what the parts share. Throws as train() for plan and data.
[[nodiscard]] SplitOutcome split(const Plan& plan, decode::DecoderPool& pool, const std::function<void(const base::Progress&)>& progress,
                                 std::stop_token stop);

} // namespace diascope::pipeline
