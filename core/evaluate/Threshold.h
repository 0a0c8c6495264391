// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "evaluate/Evaluation.h"

#include <vector>

namespace diascope::evaluate {

/// The threshold to report at, with where it comes from. Given before stored before Youden's point of these rows, which
/// is told as optimistic.
[[nodiscard]] OperatingThreshold operatingThreshold(const Predictions& predictions, const EvaluationConfig& config);

/// What one might choose on these rows: Youden, specificity at 95 and 90 % sensitivity, sensitivity at 95 and 90 %
/// specificity, least cost. Empty where both classes are needed and one is missing. Two classes only.
[[nodiscard]] std::vector<Candidate> candidatesOf(const Predictions& predictions, const metrics::Costs& costs);

} // namespace diascope::evaluate
