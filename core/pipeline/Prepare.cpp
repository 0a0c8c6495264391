// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/Prepare.h"

#include "base/Hash.h"
#include "base/Rng.h"
#include "dataset/Duplicates.h"
#include "decode/DecoderPool.h"
#include "nn/ImportWeights.h"
#include "nn/Registry.h"
#include "pipeline/Pretrain.h"
#include "pipeline/Resolve.h"
#include "pipeline/StorePixels.h"
#include "pipeline/Train.h"

#include <torch/torch.h>

#include <algorithm>
#include <numeric>

namespace diascope::pipeline {

namespace {

using base::Error;
using base::ErrorCode;

void joinDuplicatesOf(Experiment& experiment, const Progress& progress, const std::stop_token& stop)
{
    if (experiment.plan.data.duplicates != "join") {
        return;
    }
    dataset::DuplicateConfig config;
    config.threads = experiment.plan.threads;
    const auto fingerprints = dataset::takeFingerprints(experiment.data, experiment.store, config.threads, progress, stop);
    const dataset::Duplicates found = dataset::findDuplicates(experiment.data, fingerprints, config, progress, stop);
    experiment.problems.insert(experiment.problems.end(), found.problems.begin(), found.problems.end());
    const int joined = dataset::joinDuplicates(experiment.data, found); // Without any, receipts can still say that somebody looked.
    if (!found.pairs.empty()) {
        experiment.notes.push_back(found.receipt + " " + std::to_string(joined) + " groups were joined with another because of them.");
    }
}

dataset::SplitConfig splitConfigOf(const Plan& plan)
{
    dataset::SplitConfig config;
    config.kind = plan.split.kind;
    config.validationFraction = plan.split.validationFraction;
    config.testFraction = plan.split.testFraction;
    config.seed = plan.training.seed;
    config.folds = std::max(2, plan.split.folds);
    config.repeats = plan.split.repeats;
    config.nested = plan.split.nested;
    return config;
}

dataset::FoldSet foldsOf(const Plan& plan, const dataset::Dataset& data)
{
    return plan.pretrain.enabled ? pretrainingPictures(plan.pretrain, data) : dataset::makeFolds(data, splitConfigOf(plan));
}

} // namespace

void fillStore(Experiment& experiment, decode::DecoderPool& pool, const Progress& progress, const std::stop_token& stop)
{
    const Plan& plan = experiment.plan;
    dataset::StoreConfig config;
    config.folder = plan.data.storeFolder;
    config.budgetBytes = pixelBudget(plan);
    config.threads = plan.threads;
    const std::uint64_t bytes = experiment.data.samples.size() * dataset::networkRows(experiment.preprocess).shape.bytesPerImage();
    if (plan.data.storeFolder.empty() && bytes <= config.budgetBytes) {
        experiment.store = dataset::buildPixelStore(experiment.data, experiment.preprocess, pool, plan.threads, progress, stop);
    } else {
        config.folder = plan.data.storeFolder.empty() ? cacheFolder() : config.folder;
        experiment.store = dataset::openPixelStore(experiment.data, experiment.preprocess, pool, config, progress, stop);
    }
    dataset::PixelStore& store = experiment.store;
    if (!store.note.empty()) {
        experiment.notes.push_back("Pixel store: " + store.note);
    }
    if (store.streams()) {
        experiment.notes.push_back("The " + std::to_string(bytes >> 20U) + " MiB of pixels are more than the " + std::to_string(config.budgetBytes >> 20U) +
                                   " MiB of memory for them: they are read from " + config.folder.string() + " while training (data.memoryMiB).");
    }
    experiment.problems.insert(experiment.problems.end(), store.problems.begin(), store.problems.end());
    if (store.count() == 0) {
        throw Error(ErrorCode::NotFound, plan.data.source, "none of its images can be read" +
                    (store.problems.empty() ? std::string() : "; the first: " + store.problems.front().subject + ": " + store.problems.front().detail));
    }
    if (store.count() < experiment.data.samples.size()) {
        experiment.data = dataset::partOf(experiment.data, store.samples);
    }
    std::iota(store.samples.begin(), store.samples.end(), std::size_t{0});
    experiment.pictures = picturesOf(store);
}

Experiment prepareExperiment(const Plan& plan, const std::string& device, decode::DecoderPool& pool, const Progress& progress, std::stop_token stop)
{
    Experiment experiment;
    experiment.plan = plan;
    experiment.preprocess = image::Preprocess::fromJson(resolvedPreprocess(plan), "preprocess");
    experiment.data = dataset::readDataset(sourceOf(plan), pool, progress, stop);
    experiment.problems = experiment.data.problems;
    if (!experiment.data.fixed.empty()) {
        experiment.notes.push_back(experiment.data.fixed);
    }
    const dataset::GroupSuggestion& suggestion = experiment.data.report.suggestion;
    if (!suggestion.pattern.empty()) {
        experiment.notes.push_back("The file names look like " + suggestion.reason + " (" + std::to_string(suggestion.groups) +
                                   " groups): to keep them together set data.groupPattern to " + suggestion.pattern);
    }
    constexpr std::size_t kOfAnyHead = 2; // without labels the head is not trained
    const std::size_t classes = plan.pretrain.enabled ? kOfAnyHead : experiment.data.classNames.size();
    if (classes < 2) {
        throw Error(ErrorCode::Plan, plan.data.source, "all images are of one class, '" + experiment.data.classNames.front() + "': there is nothing to tell apart");
    }
    experiment.config = trainConfigOf(plan, experiment.preprocess, classes, device);
    experiment.spec = modelSpecOf(plan, experiment.preprocess, classes);
    // Before hours of decoding: whether the data can be split at all.
    (void)foldsOf(plan, experiment.data);
    fillStore(experiment, pool, progress, stop);
    joinDuplicatesOf(experiment, progress, stop);
    experiment.folds = foldsOf(plan, experiment.data);
    experiment.problems.insert(experiment.problems.end(), experiment.folds.problems.begin(), experiment.folds.problems.end());
    if (experiment.folds.sharedGroups > 0 && !experiment.folds.ungrouped) {
        throw Error(ErrorCode::Plan, "data.splitColumn", std::to_string(experiment.folds.sharedGroups) +
                    " patients stand in more than one part, so the figures would be too good", "Correct the column, or leave it out.");
    }
    return experiment;
}

std::vector<std::size_t> rowsOf(const dataset::FoldPlan& fold, dataset::Role role)
{
    std::vector<std::size_t> rows;
    for (std::size_t row = 0; row < fold.roles.size(); ++row) {
        if (fold.roles[row] == role) {
            rows.push_back(row);
        }
    }
    return rows;
}

at::Tensor labelsOf(const Experiment& experiment, const dataset::FoldPlan& fold, dataset::Role role)
{
    std::vector<std::int64_t> labels;
    for (const std::size_t row : rowsOf(fold, role)) {
        labels.push_back(experiment.data.samples[row].label);
    }
    return torch::tensor(labels, torch::kInt64);
}

Part partOf(const Experiment& experiment, const dataset::FoldPlan& fold, dataset::Role role)
{
    Part part;
    part.rows = rowsOf(fold, role);
    part.tensors.images = experiment.pictures.part(std::vector<std::int64_t>(part.rows.begin(), part.rows.end()));
    part.tensors.labels = labelsOf(experiment, fold, role);
    return part;
}

train::TrainConfig configOf(const Experiment& experiment, const dataset::FoldPlan& fold)
{
    train::TrainConfig config = experiment.config;
    config.repeat = fold.repeat;
    config.fold = fold.fold;
    if (fold.repeat != 0 || fold.fold != 0) {
        const auto number = static_cast<std::uint64_t>(fold.repeat) * 1000 + static_cast<std::uint64_t>(fold.fold);
        config.seed = base::Rng::stream(experiment.plan.training.seed, "fold", number).next64();
    }
    return config;
}

std::string startOf(const Plan& plan)
{
    return plan.model.weights.empty() ? "scratch" : std::filesystem::path(plan.model.weights).filename().string();
}

std::shared_ptr<nn::Classifier> makeModel(const Experiment& experiment, std::uint64_t seed, train::TrainingObserver& observer)
{
    std::shared_ptr<nn::Classifier> model = nn::makeClassifier(experiment.spec, seed);
    const std::string& weights = experiment.plan.model.weights;
    if (!weights.empty()) {
        nn::ImportOptions options;
        options.head = nn::HeadRule::Auto;
        const nn::ImportReport report = nn::importWeights(*model, weights, options);
        observer.onMessage("Starting from " + nn::summary(report, std::filesystem::path(weights).filename().string()));
    }
    return model;
}

std::string dataHash(const Experiment& experiment)
{
    base::Sha256 hash;
    for (const dataset::Sample& sample : experiment.data.samples) {
        hash.update(sample.id + "\t" + experiment.data.classNames[static_cast<std::size_t>(sample.label)] + "\n");
    }
    const dataset::PixelStore& store = experiment.store;
    std::vector<std::byte> picture(store.bytesPerImage());
    for (std::size_t row = 0; row < store.count(); ++row) {
        store.copyRow(row, picture);
        hash.update(picture);
    }
    return hash.hex();
}

} // namespace diascope::pipeline
