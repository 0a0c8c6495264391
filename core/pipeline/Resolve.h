// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Json.h"
#include "nn/ModelSpec.h"
#include "pipeline/Plan.h"
#include "train/TrainConfig.h"

#include <string>

namespace diascope::image {
class Preprocess;
}

namespace diascope::pipeline {

/// The preprocessing graph of a plan: its own, or for an empty one the usual graph: file window, one or three channels as the architecture
/// asks, the whole image to 224x224 antialiased, mean and deviation 0.5.
[[nodiscard]] base::Json resolvedPreprocess(const Plan& plan);

/// "auto" becomes cross entropy for more than two classes, else binary cross entropy (one output) for two.
/// Throws Error{Plan} for binary cross entropy with more than two classes.
[[nodiscard]] train::Loss resolvedLoss(const Plan& plan, std::size_t classes);

/// The network of a plan for so many classes, with the channels that the graph gives. Throws Error{Plan}.
[[nodiscard]] nn::ModelSpec modelSpecOf(const Plan& plan, const image::Preprocess& preprocess, std::size_t classes);

/// A key of the plan that takes one of several words.
struct TrainingWord {
    std::string key, value;
    std::vector<std::string> known;
};
/// All words of the training section but `loss`.
[[nodiscard]] std::vector<TrainingWord> trainingWords(const Plan::Training& training);

/// plan.training.augmentation as the engine's type: the named preset ("standard" without one), changed by the fields that stand beside it.
/// Throws Error{Plan} for unknown keys, by name.
[[nodiscard]] train::AugmentConfig augmentationOf(const Plan::Training& training);

/// The training options of a plan, resolved. Throws Error{Plan}. `device` is a resolved device name.
[[nodiscard]] train::TrainConfig trainConfigOf(const Plan& plan, const image::Preprocess& preprocess, std::size_t classes, const std::string& device);

/// Name and version of the program that makes runs: part of bit-exactness.
[[nodiscard]] std::string buildId();

} // namespace diascope::pipeline
