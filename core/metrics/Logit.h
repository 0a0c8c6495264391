// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <vector>

namespace diascope::metrics {

/// Probabilities are kept this far from 0 and 1 before a logarithm is taken of them.
inline constexpr double kLogitClip = 1e-12;

/// log(p / (1 - p)) of p clipped to [1e-12, 1 - 1e-12].
[[nodiscard]] double clippedLogit(double probability);
/// 1 / (1 + exp(-logit)), exact to rounding for large values of either sign.
[[nodiscard]] double sigmoid(double logit);

/// One logit a case, from the probability of the positive class.
[[nodiscard]] std::vector<double> logitsOf(std::span<const double> probabilityOfOne);
/// Logits of several classes up to a constant a row: log of p clipped to [1e-12, 1]. Same shape as given.
[[nodiscard]] std::vector<double> logProbabilities(std::span<const double> probabilities);

} // namespace diascope::metrics
