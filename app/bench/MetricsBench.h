// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/bench/Measure.h"

#include <stop_token>
#include <string>
#include <vector>

namespace diascope::bench {

struct MetricsBenchOptions {
    std::string peer; ///< Called as `peer metrics FILE`: a CSV of label and score. Prints JSON {"seconds", "auc",
                      ///< "bootstrapSeconds"}. Empty = none.
    int threads = 0;
    int runs = 3;
    std::stop_token stop;
};

/// Seconds for every figure of core/metrics that two classes have, without bootstrap, over 1,000,000 predictions (one
/// thread), and for a BCa bootstrap of 2,000 resamples of 1,000 patients with 4 cases each: of the area alone and of
/// all 13 figures. Medians of `runs`. With a peer its times on the same numbers and the ratios.
[[nodiscard]] std::vector<Figure> metricsFigures(const MetricsBenchOptions& options);

} // namespace diascope::bench
