// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/Confusion.h"

namespace diascope::metrics {

/// Mean sensitivity over the classes that have cases. Undefined for no cases.
[[nodiscard]] Figure balancedAccuracy(const ConfusionMatrix& matrix);

/// Matthews correlation coefficient for any number of classes (Gorodkin 2004). 0 when truth or prediction is constant,
/// as scikit-learn; undefined for no cases.
[[nodiscard]] Figure matthewsCorrelation(const ConfusionMatrix& matrix);

enum class KappaWeights { None, Linear, Quadratic };
/// Cohen's kappa (1960); weights are by distance of class numbers, for ordered classes. Undefined where chance
/// agreement is complete.
[[nodiscard]] Figure cohenKappa(const ConfusionMatrix& matrix, KappaWeights weights = KappaWeights::None);

} // namespace diascope::metrics
