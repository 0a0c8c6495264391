// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "search/Trial.h"

#include <span>

namespace diascope::search {

/// Gives up a trial whose best report so far is worse than the median of what the complete trials reported at the same
/// step (Golovin et al. 2017, as Optuna's MedianPruner). Trials that stopped before that step have no say.
struct MedianPruner {
    bool enabled = true;
    int startTrials = 5; ///< So many trials must be complete before any is pruned.
    int warmupSteps = 0; ///< No trial is pruned before this step (0-based).

    /// Whether `trial` should end after its newest report. `others`: all trials of the search; only complete ones
    /// count.
    [[nodiscard]] bool shouldPrune(const Trial& trial, std::span<const Trial> others, Direction direction) const;
    bool operator==(const MedianPruner&) const = default;
};

} // namespace diascope::search
