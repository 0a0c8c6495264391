// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/Figure.h"

#include <span>

namespace diascope::metrics {

/// Brier score of binary labels: mean of (p - y)^2, 0 is best (Brier 1950, one class). Undefined for no cases and NaN.
/// Throws Error{Internal} when the sizes differ or a label is neither 0 nor 1.
[[nodiscard]] Figure brierScore(std::span<const int> labels, std::span<const double> probabilityOfOne);

/// Several classes: mean of the sum over classes of (p_c - [y = c])^2, from 0 to 2; not halved.
[[nodiscard]] Figure brierScore(std::span<const int> labels, std::span<const double> probabilities, int classes);

} // namespace diascope::metrics
