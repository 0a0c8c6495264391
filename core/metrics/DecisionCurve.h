// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/ScoreSteps.h"

#include <span>
#include <vector>

namespace diascope::metrics {

/// Net benefit at one threshold probability t: TP/n - FP/n * t/(1-t) (Vickers and Elkin 2006). Treating nobody is 0.
struct NetBenefit {
    double threshold = 0.0; ///< Above this probability one would act; 0 < t < 1.
    double model = 0.0;
    double treatAll = 0.0;
};

/// Scores must be probabilities. One point a threshold; empty where there are no cases or a probability is not a
/// number. One class only is allowed. Throws Error{Internal} for a threshold outside (0, 1).
[[nodiscard]] std::vector<NetBenefit> decisionCurve(const ScoreSteps& sorted, std::span<const double> thresholds);

/// 0.01, 0.02, … 0.99.
[[nodiscard]] std::vector<double> hundredths();

} // namespace diascope::metrics
