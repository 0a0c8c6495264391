// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dataset/FoldPlan.h"

namespace diascope::dataset {

/// Writes `set.receipt` and `set.problems` from its plans and counts. `groupsMatter`: whole groups of several samples
/// were split.
void describeFolds(const Dataset& dataset, const SplitConfig& config, bool groupsMatter, FoldSet& set);

} // namespace diascope::dataset
