// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "pipeline/Folds.h"

#include <optional>

namespace diascope::runs {
class RunFolder;
}

namespace diascope::pipeline {

/// The file of a pre-training run that later plans name in model.weights: the backbone under the usual key names, and
/// in its metadata "diascope.pretraining" how it came about (method, recipe, pictures, epochs, figures, preprocessing).
inline constexpr const char* kBackboneFile = "backbone.safetensors";

/// Which pictures a pre-training may see: one "fold" whose training part is used and whose test part is left out
/// (Plan::Pretrain::pictures). Its receipt says what that means for the figures of later trainings. Throws Error{Plan}
/// when the source has no such fold, or fewer than two pictures remain.
[[nodiscard]] dataset::FoldSet pretrainingPictures(const Plan::Pretrain& options, const dataset::Dataset& data);

/// The rest of a pre-training run once pictures and splits.csv are there: train without labels, with checkpoints in
/// `folder`, then backbone.safetensors. Returns result.json without its problems; nothing when it was stopped. Throws
/// as train::fitWithoutLabels().
[[nodiscard]] std::optional<base::Json> pretrain(const Experiment& experiment, runs::RunFolder& folder,
    train::TrainingObserver& observer, const Holds& holds);

} // namespace diascope::pipeline
