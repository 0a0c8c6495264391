// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "nn/PackageManifest.h"
#include "pipeline/Folds.h"

#include <string>
#include <vector>

namespace diascope::pipeline {

/// What a run's package carries beside its weights and figures, so that it can say how far an answer is to be trusted.
struct RunEvidence {
    nn::PackageCalibration calibration;
    nn::PackageEvidence evidence;
    nn::PackageCases cases;
};

/// What the pixels of pictures are like, from their figures (float64 n,kPixelFigures): fitted on `known`, the threshold from `heldOut`.
[[nodiscard]] nn::PackagePixels pixelsOf(const at::Tensor& known, const at::Tensor& heldOut);

/// From the folds of a run, one entry a plan of experiment.folds (without weights where a fold failed), and experiment.sources. Pictures are not needed.
/// Which training pictures are unusual is the first fold's word; without its pictures (a run of an older version) nothing is said of that.
[[nodiscard]] RunEvidence evidenceOf(const Experiment& experiment, const std::vector<TrainedFold>& folds);

/// "Calibrated on the same pictures …." or "Not calibrated: why.", for the limitations of a package.
[[nodiscard]] std::string calibrationSentence(const RunEvidence& evidence);

} // namespace diascope::pipeline
