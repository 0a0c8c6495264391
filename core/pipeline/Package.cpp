// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/Package.h"

#include "nn/Classifier.h"
#include "nn/Registry.h"
#include "nn/TorchErrors.h"
#include "pipeline/FoldFiles.h"
#include "pipeline/RunPackage.h"
#include "runs/RunFolder.h"
#include "train/Scope.h"

#include <optional>

namespace diascope::pipeline {

namespace {

using base::Error;
using base::ErrorCode;

/// Best weights of every fold that has finished an epoch, each with its logits on the part it did not learn from.
struct Stored {
    std::vector<nn::State> members;
    std::vector<at::Tensor> logits, labels;
    std::optional<Error> missing; ///< Why a fold is not among them.
};

Stored readStored(const runs::RunFolder& run, const Experiment& experiment)
{
    Stored stored;
    for (const dataset::FoldPlan& fold : experiment.folds.plans) {
        nn::State weights;
        try {
            weights = storedWeights(run, {fold.repeat, fold.fold});
        } catch (const Error& error) {
            stored.missing = error;
            continue;
        }
        const std::shared_ptr<nn::Classifier> model = nn::makeEmptyClassifier(experiment.spec);
        nn::loadState(*model, weights, "best epoch");
        model->train(false);
        const Part validation = partOf(experiment, fold, dataset::Role::Validation);
        stored.logits.push_back(train::logitsOf(*model, validation.tensors.images, experiment.config));
        stored.labels.push_back(validation.tensors.labels);
        stored.members.push_back(std::move(weights));
    }
    return stored;
}

} // namespace

std::filesystem::path makePackage(const std::filesystem::path& runFolder, decode::DecoderPool& pool, const std::filesystem::path& package)
{
    return nn::translated("package", [&] {
        const runs::RunFolder run = runs::RunFolder::view(runFolder);
        const Plan plan = planFromYaml(run.readText("plan.yaml"), run.file("plan.yaml").string());
        if (plan.pretrain.enabled) {
            throw Error(ErrorCode::Usage, runFolder.string(), "this run learned without labels; it has starting weights, not a classifier to pack",
                        "Name its backbone.safetensors in model.weights of a plan and train with labels.");
        }
        if (plan.split.folds * plan.split.repeats <= 1) {
            (void)storedWeights(run, {}); // Before the pictures are decoded: whether there is anything to pack.
        }
        const train::EngineScope engine(plan.threads);
        const Experiment experiment = prepareExperiment(plan, "cpu", pool, {}, {});
        const Stored stored = readStored(run, experiment);
        if (stored.members.empty()) {
            throw Error(*stored.missing);
        }
        const at::Tensor logits = concatenated(stored.logits), labels = concatenated(stored.labels);
        PackageParts parts;
        parts.threshold = chooseThreshold(logits, labels);
        parts.figures = figuresJson(logits, labels, parts.threshold);
        parts.trainedOn = describeData(experiment);
        parts.datasetSha256 = dataHash(experiment);
        const std::filesystem::path target = package.empty() ? run.packageFile() : package;
        writeRunPackage(target, stored.members, experiment, parts);
        return target;
    });
}

} // namespace diascope::pipeline
