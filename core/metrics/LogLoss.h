// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/Figure.h"

#include <span>

namespace diascope::metrics {

/// Mean negative log likelihood (natural logarithm) of binary labels 0/1 under the probability of 1, clipped to
/// [2.2e-16, 1 - 2.2e-16] as scikit-learn does. Undefined for no cases and for probabilities that are not numbers.
[[nodiscard]] Figure logLoss(std::span<const int> labels, std::span<const double> probabilityOfOne);

/// The same for several classes. `probabilities` is labels.size() x classes, row by row, each row summing to 1; labels 0 .. classes-1.
[[nodiscard]] Figure logLoss(std::span<const int> labels, std::span<const double> probabilities, int classes);

} // namespace diascope::metrics
