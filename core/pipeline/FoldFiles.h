// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "pipeline/Folds.h"

#include <string>
#include <vector>

namespace diascope::pipeline {

/// Where a fold keeps what it has learned, below the run folder: "checkpoints/<repeat>-<fold>/fold.safetensors".
[[nodiscard]] std::string foldWeightsFile(runs::FoldKey key);

/// Writes that file: weights, logits, whether the fold is bit-exact.
void writeFold(const TrainedFold& fold, runs::RunFolder& folder);
/// Reads it back; without weights when the fold has failed.
[[nodiscard]] TrainedFold readFold(const runs::RunFolder& folder, const runs::FoldEntry& entry);
/// All folds of a run. Throws Error{NotFound} when one is not done.
[[nodiscard]] std::vector<TrainedFold> storedFolds(const Experiment& experiment, const runs::RunFolder& folder);

/// The weights of one fold of a run that is finished or stopped. Throws Error{NotFound} when it has not finished an epoch.
[[nodiscard]] nn::State storedWeights(const runs::RunFolder& folder, runs::FoldKey key);

/// The fold's rows of oof.csv and, where it has a test part, test.csv.
void writePredictions(const Experiment& experiment, const dataset::FoldPlan& plan, const TrainedFold& fold, runs::RunFolder& folder);

} // namespace diascope::pipeline
