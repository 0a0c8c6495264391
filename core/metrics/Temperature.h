// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/Figure.h"

#include <span>
#include <vector>

namespace diascope::metrics {

/// Where a temperature is looked for; a minimum at an end is reported as none.
inline constexpr double kLowestTemperature = 0.01;
inline constexpr double kHighestTemperature = 100.0;

/// One number that every logit is divided by before sigmoid or softmax (Guo et al., ICML 2017). It changes no ranking
/// and no argmax.
struct TemperatureFit {
    Figure temperature; ///< Undefined with a reason: no cases, one class only, NaN, or a minimum at the border (0.01 or
                        ///< 100).
    double lossBefore = 0.0; ///< Mean negative log likelihood (natural logarithm) at T = 1; 0 when undefined.
    double lossAfter = 0.0;  ///< The same at the temperature found.
};

/// Binary: labels 0/1, one logit of class 1 a case. Fit it on predictions that the network did not learn from (out of
/// fold). Throws Error{Internal} when the sizes differ or a label is neither 0 nor 1.
[[nodiscard]] TemperatureFit fitTemperature(std::span<const int> labels, std::span<const double> logits);

/// Several classes: `logits` is labels.size() x classes, row by row; labels 0 .. classes-1, classes >= 2.
[[nodiscard]] TemperatureFit fitTemperature(std::span<const int> labels, std::span<const double> logits, int classes);

/// sigmoid(z / T) a case, T > 0.
[[nodiscard]] std::vector<double> sigmoidAtTemperature(std::span<const double> logits, double temperature);
/// softmax(z / T) a row of classes, same shape, T > 0.
[[nodiscard]] std::vector<double> softmaxAtTemperature(std::span<const double> logits, int classes, double temperature);

} // namespace diascope::metrics
