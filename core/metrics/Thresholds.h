// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/Roc.h"

#include <optional>

namespace diascope::metrics {

// Operating points besides youdenPoint(). All choose among the scores that occur (and infinity) and give nothing where
// rocAuc() is undefined. Choose on validation data, report on others.

/// The highest threshold whose sensitivity is at least `wanted` (0 to 1): the best specificity for it.
[[nodiscard]] std::optional<OperatingPoint> specificityAtSensitivity(const ScoreSteps& sorted, double wanted);

/// The lowest threshold whose specificity is at least `wanted` (0 to 1): the best sensitivity for it.
[[nodiscard]] std::optional<OperatingPoint> sensitivityAtSpecificity(const ScoreSteps& sorted, double wanted);

/// What a wrong answer costs, in any one unit, and how common the disease is where the model will be used.
struct Costs {
    double falsePositive = 1.0, falseNegative = 1.0; ///< >= 0, not both 0.
    std::optional<double> prevalence;                ///< 0 to 1; none: that of the data.
};
struct CostPoint {
    OperatingPoint point;
    double cost = 0.0; ///< Expected cost of a case at this point and prevalence.
};
/// The threshold with the least expected cost; of several the highest. Throws Error{Usage} for costs or a prevalence
/// out of range.
[[nodiscard]] std::optional<CostPoint> leastCostPoint(const ScoreSteps& sorted, const Costs& costs);

/// What a given threshold does.
[[nodiscard]] std::optional<OperatingPoint> pointAt(const ScoreSteps& sorted, double threshold);

} // namespace diascope::metrics
