// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "nn/PackageManifest.h"

#include <cstddef>
#include <string>
#include <vector>

namespace diascope::pipeline {

/// Answers of networks on pictures that they did not learn from: all folds together, with repeats a picture more than once.
struct OutOfFold {
    int outputs = 1;                  ///< 1: a logit of the second of two classes.
    std::vector<double> logits;       ///< Rows x outputs.
    std::vector<int> labels;          ///< Rows.
    std::vector<std::size_t> samples; ///< Rows: which picture. Rows of one picture are averaged where pictures are counted.
    std::vector<std::string> groups;  ///< Rows: its patient.
    [[nodiscard]] int classes() const { return outputs == 1 ? 2 : outputs; }
    [[nodiscard]] std::size_t rows() const { return labels.size(); }
};

/// When a calibration is fitted, and which. Everything that decides is cross-fitted: the patients are dealt into five parts, each judged by a
/// calibration of the other four.
///   temperature  from kFewestForTemperature pictures; kept when the log loss of the parts falls.
///   isotonic     one logit, from metrics::kIsotonicMinimumCases pictures with kFewestOfClass of each class; kept when the Brier score of the
///                parts is below the temperature's. A thousandth of the score itself is mixed in, so that the curve rises everywhere: ranks, AUC
///                and the decisions at the operating point stay as they are.
struct CalibrationRules {
    static constexpr std::size_t kFewestForTemperature = 30;
    static constexpr std::size_t kFewestOfClass = 100;
    static constexpr double kRise = 1e-3;
    static constexpr std::size_t kParts = 5;
};

/// The calibration of a package, and what is known about it: figures ("calibration" of PackageEvidence: n, method, reason, before and after with
/// log loss, Brier score (summed over the classes) and expected calibration error, reliability curve, all cross-fitted) and conformal quantiles for alpha .05, .1 and .2 by
/// both scores, with the coverage that quantiles of four parts had on the fifth. The set of a package is LAC's at .1.
struct CalibrationEvidence {
    nn::PackageCalibration calibration;
    base::Json figures;
    std::vector<nn::PackageQuantile> quantiles;
};
/// Throws Error{Internal} when sizes do not agree.
[[nodiscard]] CalibrationEvidence calibrationEvidence(const OutOfFold& answers);

/// A threshold on the plain probability of the second class -> the same decisions on the calibrated one.
[[nodiscard]] double calibratedThreshold(const nn::PackageCalibration& calibration, double threshold);

} // namespace diascope::pipeline
