// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "nn/State.h"
#include "pipeline/Evidence.h"
#include "pipeline/Results.h"

#include <filesystem>

namespace diascope::pipeline {

/// What a package is made of, besides the experiment.
struct PackageParts {
    OperatingThreshold threshold;
    base::Json figures;       ///< Of the validation part, or of all folds' out-of-fold predictions.
    std::string trainedOn;    ///< For an empty plan.package.trainedOn.
    std::string datasetSha256;
    RunEvidence evidence;     ///< Calibration, conformal sets, training cases; the threshold is moved along with the calibration.
};

/// Writes the package of a trained network, or of all folds as an ensemble: `members` are state dicts of the experiment's network. Its two test pictures
/// are computed, not taken from the data: a package holds no picture of a patient. Returns the package's SHA-256.
std::string writeRunPackage(const std::filesystem::path& file, const std::vector<nn::State>& members, const Experiment& experiment, const PackageParts& parts);

/// "412 images of 87 groups; classes a, b".
[[nodiscard]] std::string describeData(const Experiment& experiment);

} // namespace diascope::pipeline
