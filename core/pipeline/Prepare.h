// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Progress.h"
#include "dataset/PixelStore.h"
#include "dataset/Split.h"
#include "image/Preprocess.h"
#include "nn/ModelSpec.h"
#include "pipeline/Plan.h"
#include "train/Fit.h"

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace diascope::nn {
class Classifier;
}

namespace diascope::pipeline {

/// Samples of one part, decoded, as the engine eats them. The tensors look into the store's block: no pixel is copied.
struct Part {
    dataset::Dataset data;     ///< The part's samples only.
    dataset::PixelStore store;
    train::TrainingData tensors;
    /// The sample of row `row`.
    [[nodiscard]] const dataset::Sample& sample(std::size_t row) const { return data.samples[store.samples[row]]; }
    [[nodiscard]] std::size_t count() const { return store.count(); }
};

/// A plan together with its data, in the order in which the sentence "train" needs them.
struct Experiment {
    Plan plan;
    dataset::Dataset data;
    dataset::Split split;
    image::Preprocess preprocess;
    train::TrainConfig config;
    nn::ModelSpec spec;
    std::vector<base::Problem> problems;
};

using Progress = std::function<void(const base::Progress&)>;

/// What a plan says about its data. The image folder and so on, for dataset::readDataset.
[[nodiscard]] dataset::Source sourceOf(const Plan& plan);

/// Reads and splits. `device` is resolved. Throws Error{Plan} for fewer than two classes, groups that are shared between parts,
/// or a graph that does not fit the network; else as readDataset and holdOut.
[[nodiscard]] Experiment prepareExperiment(const Plan& plan, const std::string& device, decode::DecoderPool& pool, const Progress& progress,
                                           std::stop_token stop);

/// Decodes the samples of one role. Files that cannot be read are added to `experiment.problems`.
[[nodiscard]] Part loadPart(Experiment& experiment, dataset::Role role, decode::DecoderPool& pool, const Progress& progress, std::stop_token stop);

/// A new network, with the plan's weights when it names some. What was taken from them is told to `observer`.
[[nodiscard]] std::shared_ptr<nn::Classifier> makeModel(const Experiment& experiment, train::TrainingObserver& observer);

/// SHA-256 over names, labels and decoded pixels of the parts.
[[nodiscard]] std::string dataHash(const std::vector<const Part*>& parts);

} // namespace diascope::pipeline
