// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/CrossFit.h"
#include "metrics/Reliability.h"
#include "pipeline/CalibrationEvidence.h"

#include <optional>
#include <string>
#include <vector>

namespace diascope::pipeline {

/// A calibration, or why there is none.
struct Fitted {
    std::optional<nn::PackageCalibration> calibration;
    std::string reason;
};

/// Ways to fit one on answers: none at all, a temperature, a rising curve (one logit).
using Fit = Fitted (*)(const OutOfFold&);
[[nodiscard]] Fitted withNothing(const OutOfFold& answers);
[[nodiscard]] Fitted withTemperature(const OutOfFold& answers);
[[nodiscard]] Fitted withIsotonic(const OutOfFold& answers);

/// Calibrated probabilities, rows x classes.
[[nodiscard]] std::vector<double> calibrated(const nn::PackageCalibration& calibration, const OutOfFold& answers);

/// One case a picture: the mean of its rows. `probabilities`: rows x classes.
[[nodiscard]] metrics::LabelledProbabilities byPicture(const OutOfFold& answers, const std::vector<double>& probabilities);

/// Some of the rows.
[[nodiscard]] OutOfFold rowsAmong(const OutOfFold& all, const std::vector<std::size_t>& rows);
/// The rows dealt into CalibrationRules::kParts parts, patients whole.
[[nodiscard]] metrics::RowParts partsOf(const OutOfFold& answers);

/// A way to calibrate, judged on pictures that it was not fitted on.
struct Candidate {
    Fitted fitted;                     ///< On all rows.
    Fit fit = nullptr;
    std::vector<double> crossFitted{}; ///< Rows x classes.
    std::optional<double> logLoss{}, brier{}, calibrationError{};
};
/// Without figures where it cannot be fitted, on all rows or on those of four parts.
[[nodiscard]] Candidate judged(const OutOfFold& answers, Fit fit);

/// Of the second of two classes, else of the most probable one; ten bins. `cases.probabilities`: cases x classes.
[[nodiscard]] metrics::Reliability reliabilityOf(const metrics::LabelledProbabilities& cases, int classes);

} // namespace diascope::pipeline
