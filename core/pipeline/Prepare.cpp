// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/Prepare.h"

#include "base/Hash.h"
#include "decode/DecoderPool.h"
#include "nn/Registry.h"
#include "nn/Safetensors.h"
#include "pipeline/Resolve.h"

#include <torch/torch.h>

#include <set>

namespace diascope::pipeline {

namespace {

using base::Error;
using base::ErrorCode;

dataset::Dataset subset(const Experiment& experiment, dataset::Role role)
{
    dataset::Dataset part;
    part.classNames = experiment.data.classNames;
    part.groupedBy = experiment.data.groupedBy;
    for (std::size_t i = 0; i < experiment.data.samples.size(); ++i) {
        if (experiment.split.roles[i] == role) {
            part.samples.push_back(experiment.data.samples[i]);
        }
    }
    return part;
}

std::string layerOf(const std::string& name)
{
    return name.substr(0, name.rfind('.'));
}

/// Layers that hold the head's parameters, and so its buffers.
std::set<std::string> headLayersOf(const nn::Classifier& model)
{
    std::set<std::string> layers;
    for (const auto& [name, parameter] : model.headParameters()) {
        layers.insert(layerOf(name));
    }
    return layers;
}

/// Takes everything when it fits; else the backbone, which must be there whole, while the head keeps its first values.
void startFrom(nn::Classifier& model, const nn::State& given, const std::string& file, train::TrainingObserver& observer)
{
    const std::string shown = std::filesystem::path(file).filename().string();
    if (nn::differences(model.state(), given).empty()) {
        nn::loadState(model, given, file);
        observer.onMessage("Starting from " + shown + ", all of it.");
        return;
    }
    const std::set<std::string> headLayers = headLayersOf(model);
    nn::State merged;
    std::vector<std::string> missing;
    for (const auto& [name, tensor] : model.state()) {
        const at::Tensor* found = nn::find(given, name);
        const bool ofHead = headLayers.contains(layerOf(name));
        const bool needed = !ofHead && !name.ends_with("num_batches_tracked"); // files of old PyTorch versions have no counters
        if (found == nullptr && needed) {
            missing.push_back(name);
        }
        merged.emplace_back(name, found != nullptr && !ofHead ? *found : tensor.detach().clone());
    }
    if (!missing.empty()) {
        throw Error(ErrorCode::Mismatch, file, "it does not hold the weights of " + model.spec().architecture + ": " + missing.front() +
                    (missing.size() > 1 ? " and " + std::to_string(missing.size() - 1) + " more are missing" : " is missing"));
    }
    nn::loadState(model, merged, file);
    observer.onMessage("Starting from " + shown + "; the head is new.");
}

} // namespace

dataset::Source sourceOf(const Plan& plan)
{
    dataset::Source source;
    source.path = plan.data.source;
    source.imageFolder = plan.data.imageFolder;
    source.imageColumn = plan.data.imageColumn;
    source.labelColumn = plan.data.labelColumn;
    source.groupColumn = plan.data.groupColumn;
    source.splitColumn = plan.data.splitColumn;
    source.groupPattern = plan.data.groupPattern;
    return source;
}

Experiment prepareExperiment(const Plan& plan, const std::string& device, decode::DecoderPool& pool, const Progress& progress, std::stop_token stop)
{
    Experiment experiment;
    experiment.plan = plan;
    experiment.preprocess = image::Preprocess::fromJson(resolvedPreprocess(plan), "preprocess");
    experiment.data = dataset::readDataset(sourceOf(plan), pool, progress, stop);
    experiment.problems = experiment.data.problems;
    const std::size_t classes = experiment.data.classNames.size();
    if (classes < 2) {
        throw Error(ErrorCode::Plan, plan.data.source, "all images are of one class, '" + experiment.data.classNames.front() + "': there is nothing to tell apart");
    }
    experiment.config = trainConfigOf(plan, experiment.preprocess, classes, device);
    experiment.spec = modelSpecOf(plan, experiment.preprocess, classes);
    experiment.split = dataset::holdOut(experiment.data, {plan.split.validationFraction, plan.split.testFraction, plan.training.seed});
    experiment.problems.insert(experiment.problems.end(), experiment.split.problems.begin(), experiment.split.problems.end());
    if (experiment.split.sharedGroups > 0) {
        throw Error(ErrorCode::Plan, "data.splitColumn", std::to_string(experiment.split.sharedGroups) +
                    " patients stand in more than one part, so the figures would be too good", "Correct the column, or leave it out.");
    }
    return experiment;
}

Part loadPart(Experiment& experiment, dataset::Role role, decode::DecoderPool& pool, const Progress& progress, std::stop_token stop)
{
    Part part;
    part.data = subset(experiment, role);
    const Progress named = !progress ? Progress() : [&](const base::Progress& step) {
        base::Progress renamed = step;
        renamed.stage += " (" + std::string(dataset::name(role)) + ")";
        progress(renamed);
    };
    part.store = dataset::buildPixelStore(part.data, experiment.preprocess, pool, experiment.plan.threads, named, stop);
    const dataset::PixelStore& store = part.store;
    experiment.problems.insert(experiment.problems.end(), store.problems.begin(), store.problems.end());
    if (store.count() == 0) {
        if (role == dataset::Role::Test) {
            return part;
        }
        throw Error(ErrorCode::NotFound, std::string(dataset::name(role)) + " part", "none of its images can be read" +
                    (store.problems.empty() ? std::string() : "; the first: " + store.problems.front().subject + ": " + store.problems.front().detail));
    }
    const auto keepAlive = store.pixels; // the tensor owns a share of the block
    const at::Tensor block = torch::from_blob(store.pixels->data(), {static_cast<std::int64_t>(store.count()), store.height, store.width, store.channels},
                                              [keepAlive](void*) {}, torch::kUInt8);
    part.tensors.images = block.permute({0, 3, 1, 2}); // N,C,H,W over N,H,W,C memory
    part.tensors.labels = torch::empty({static_cast<std::int64_t>(store.count())}, torch::kInt64);
    for (std::size_t row = 0; row < store.count(); ++row) {
        part.tensors.labels.data_ptr<std::int64_t>()[row] = part.sample(row).label;
    }
    return part;
}

std::shared_ptr<nn::Classifier> makeModel(const Experiment& experiment, train::TrainingObserver& observer)
{
    std::shared_ptr<nn::Classifier> model = nn::makeClassifier(experiment.spec, experiment.plan.training.seed);
    const std::string& weights = experiment.plan.model.weights;
    if (!weights.empty()) {
        startFrom(*model, nn::readSafetensors(weights).tensors, weights, observer);
    }
    return model;
}

std::string dataHash(const std::vector<const Part*>& parts)
{
    base::Sha256 hash;
    for (const Part* part : parts) {
        for (std::size_t row = 0; row < part->count(); ++row) {
            const dataset::Sample& sample = part->sample(row);
            hash.update(sample.id + "\t" + part->data.classNames[static_cast<std::size_t>(sample.label)] + "\n");
        }
        if (part->store.pixels) {
            hash.update(std::as_bytes(std::span(*part->store.pixels)));
        }
    }
    return hash.hex();
}

} // namespace diascope::pipeline
