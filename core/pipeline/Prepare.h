// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Progress.h"
#include "dataset/FoldPlan.h"
#include "dataset/PixelStore.h"
#include "image/Preprocess.h"
#include "nn/ModelSpec.h"
#include "nn/PackageEvidence.h"
#include "pipeline/DataSource.h"
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

/// A plan together with its data, in the order in which the sentence "train" needs them.
struct Experiment {
    Plan plan;
    dataset::Dataset data;     ///< The samples that can be read, one for each row of the store; what cannot is in `problems`.
    dataset::PixelStore store; ///< Decoded and preprocessed once, for all folds.
    train::Pictures pictures;  ///< Its rows, shared by all parts of all folds.
    dataset::FoldSet folds;    ///< Every training of the experiment.
    image::Preprocess preprocess;
    train::TrainConfig config;
    nn::ModelSpec spec;
    std::vector<base::Problem> problems;
    std::vector<std::string> notes; ///< What is worth a line in the log.
    std::string dataSha256;         ///< dataHash(), where a run has computed it: names what is cached of the pictures.
    nn::PackageSources sources;     ///< What the source files are like; of those who asked for it (lookAtSources()).
};

/// Samples of one part of one fold, as the engine eats them.
struct Part {
    std::vector<std::size_t> rows; ///< Of the experiment's data set; ascending.
    train::TrainingData tensors;   ///< The store's pictures, not a copy of them.
    [[nodiscard]] std::size_t count() const { return rows.size(); }
};

using Progress = std::function<void(const base::Progress&)>;

/// Reads the data, decodes every picture, joins duplicates and splits. `device` is resolved. With plan.pretrain.enabled labels are not looked
/// at: all pictures are of one class, and what is used of them is the training part (pretrainingPictures()). Throws Error{Plan} for fewer than two classes or
/// a graph that does not fit the network; else as readDataset, openPixelStore and makeFolds. Pixels beyond pixelBudget() go to a file and are streamed; the
/// results are the same.
[[nodiscard]] Experiment prepareExperiment(const Plan& plan, const std::string& device, decode::DecoderPool& pool, const Progress& progress,
                                           std::stop_token stop);

/// Decodes and preprocesses every picture of `experiment.data`, or takes them from plan.data.storeFolder; those that cannot be read leave the data.
/// Throws Error{NotFound} when none can, else as dataset::buildPixelStore and openPixelStore.
void fillStore(Experiment& experiment, decode::DecoderPool& pool, const Progress& progress, const std::stop_token& stop);

/// The samples of one role in one fold, as rows of the store; ascending.
[[nodiscard]] std::vector<std::size_t> rowsOf(const dataset::FoldPlan& fold, dataset::Role role);
/// Their labels, int64 N.
[[nodiscard]] at::Tensor labelsOf(const Experiment& experiment, const dataset::FoldPlan& fold, dataset::Role role);
/// The same with their pixels and labels; empty when there are none.
[[nodiscard]] Part partOf(const Experiment& experiment, const dataset::FoldPlan& fold, dataset::Role role);

/// The engine's options for one fold: the first fold has the plan's own seed, each other one its own.
[[nodiscard]] train::TrainConfig configOf(const Experiment& experiment, const dataset::FoldPlan& fold);

/// What a network of this plan starts from, in a word for results: "scratch", or the file's name.
[[nodiscard]] std::string startOf(const Plan& plan);

/// A new network, with the plan's weights when it names some. What was taken from them is told to `observer`.
[[nodiscard]] std::shared_ptr<nn::Classifier> makeModel(const Experiment& experiment, std::uint64_t seed, train::TrainingObserver& observer);

/// SHA-256 over names, labels and decoded pixels.
[[nodiscard]] std::string dataHash(const Experiment& experiment);

} // namespace diascope::pipeline
