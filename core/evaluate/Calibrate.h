// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "evaluate/Evaluation.h"

#include <vector>

namespace diascope::evaluate {

/// Reliability, recalibration line and temperature of all rows; what a temperature or isotonic recalibration would do
/// on rows it was not learned from.
[[nodiscard]] Calibration calibrationOf(const Predictions& predictions, const EvaluationConfig& config);

/// LAC and APS sets at config.alpha.
[[nodiscard]] std::vector<ConformalFigures> conformalOf(const Predictions& predictions, const EvaluationConfig& config);

/// Puts "ece", "mce", "calibrationSlope", "calibrationIntercept" and "temperature" among the figures.
void addCalibrationFigures(FigureSet& set, const Calibration& calibration, std::int64_t cases);

} // namespace diascope::evaluate
