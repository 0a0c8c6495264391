// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dataset/FoldPlan.h"

namespace diascope::dataset {

struct PlannedFolds {
    std::vector<FoldPlan> plans;
    int groups = 0;
    bool wholeGroups = false; ///< Groups of several samples were split as wholes.
};

/// The plans of one kind, unchecked for what their parts share. Throws Error{Plan} as makeFolds().
[[nodiscard]] PlannedFolds planFolds(const Dataset& dataset, const SplitConfig& config, const SplitKind& kind);

} // namespace diascope::dataset
