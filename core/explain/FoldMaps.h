// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "explain/HeatMap.h"
#include "metrics/Figure.h"

#include <vector>

namespace diascope::explain {

/// The maps of several folds for one picture and one class, together.
struct MeanOfMaps {
    HeatMap map;               ///< `values`: mean of the folds' 0..1 maps, not stretched again: a low peak says that they disagree. `raw`: the mean too.
    metrics::Figure agreement; ///< Mean Spearman correlation of the raw maps over all pairs of folds that have one.
};

/// Throws Error{Internal} for no maps or different grids. A fold with nothing to show counts as zeros.
[[nodiscard]] MeanOfMaps meanOfMaps(const std::vector<HeatMap>& folds);

} // namespace diascope::explain
