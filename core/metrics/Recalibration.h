// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/Figure.h"

#include <span>

namespace diascope::metrics {

/// Logistic regression of the label on logit(p), without penalty (Cox 1958; Van Calster et al. 2019). A calibrated
/// model has slope 1 and intercept 0; slope < 1: probabilities too extreme (overfitted); intercept at slope 1
/// (calibration in the large) < 0: probabilities too high on average.
struct Recalibration {
    Figure slope,
        intercept; ///< Undefined with a reason: no cases, NaN, one class only, constant score, separable classes.
    Figure interceptAtSlope1; ///< Undefined for no cases, NaN and one class only.
};

/// Probabilities are clipped to [1e-12, 1 - 1e-12] first. Throws Error{Internal} when the sizes differ or a label is
/// neither 0 nor 1.
[[nodiscard]] Recalibration recalibration(std::span<const int> labels, std::span<const double> probabilityOfOne);

} // namespace diascope::metrics
