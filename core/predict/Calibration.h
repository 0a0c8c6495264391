// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "nn/PackageManifest.h"

#include <string>
#include <vector>

namespace diascope::predict {

/// Logits of one member and view -> probabilities of all classes, in the manifest's order, through the calibration.
/// One logit ("sigmoid"): the positive class gets 1 / (1 + exp(-z / T)), for "isotonic" through
/// the curve, the other one the rest. Else softmax(z / T).
[[nodiscard]] std::vector<double> probabilities(const nn::PackageManifest& manifest, const std::vector<double>& logits);

/// One value a class: for "sigmoid" z for the positive class and -z for the other, else the logits as they are.
[[nodiscard]] std::vector<double> logitsByClass(const nn::PackageManifest& manifest, const std::vector<double>& logits);

/// The class at the operating point: the positive class when its probability reaches the threshold (>=), else the most probable of the
/// others. Without a positive class: the most probable one (the first on ties).
[[nodiscard]] std::string verdict(const nn::PackageManifest& manifest, const std::vector<double>& probabilities);

/// "none", "temperature T=1.8" or "isotonic, 40 knots".
[[nodiscard]] std::string describe(const nn::PackageCalibration& calibration);

} // namespace diascope::predict
