// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/Figure.h"
#include "metrics/ScoreSteps.h"

#include <span>
#include <string>
#include <vector>

namespace diascope::metrics {

/// Precision and recall at every distinct score, thresholds ascending, as scikit-learn's precision_recall_curve: one
/// more point than thresholds, the last is precision 1, recall 0 (nothing is called positive).
struct PrecisionRecallCurve {
    std::vector<double> precision, recall, thresholds;
    std::string reason; ///< Why there is none: no cases, NaN, no positives.
};
[[nodiscard]] PrecisionRecallCurve precisionRecallCurve(const ScoreSteps& sorted);

/// Average precision: the sum of precision times the step in recall, no interpolation. Undefined without positives.
[[nodiscard]] Figure averagePrecision(const ScoreSteps& sorted);
[[nodiscard]] Figure averagePrecision(std::span<const int> labels, std::span<const double> scores);

/// One a class, that class against the rest; `probabilities` is labels.size() x classes.
[[nodiscard]] std::vector<Figure> averagePrecisionPerClass(
    std::span<const int> labels, std::span<const double> probabilities, int classes);

} // namespace diascope::metrics
