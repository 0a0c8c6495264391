// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/Package.h"

#include "nn/Classifier.h"
#include "nn/Registry.h"
#include "nn/TorchErrors.h"
#include "pipeline/RunPackage.h"
#include "runs/RunFolder.h"
#include "train/Checkpoint.h"
#include "train/Scope.h"

namespace diascope::pipeline {

namespace {

using base::Error;
using base::ErrorCode;

nn::State bestWeights(const runs::RunFolder& run)
{
    const auto stored = run.newestCheckpoint();
    if (!stored) {
        throw Error(ErrorCode::NotFound, run.path().string(), "the run has no checkpoint yet", "Let it finish at least one epoch.");
    }
    train::Checkpoint checkpoint = train::checkpointFromBytes(stored->bytes, stored->file.string());
    if (checkpoint.best.empty()) {
        throw Error(ErrorCode::NotFound, run.path().string(), "the run has not finished an epoch yet", "Resume it and let it finish at least one epoch.");
    }
    return std::move(checkpoint.best);
}

} // namespace

std::filesystem::path makePackage(const std::filesystem::path& runFolder, decode::DecoderPool& pool, const std::filesystem::path& package)
{
    return nn::translated("package", [&] {
        const runs::RunFolder run = runs::RunFolder::view(runFolder);
        const Plan plan = planFromYaml(run.readText("plan.yaml"), run.file("plan.yaml").string());
        const nn::State best = bestWeights(run);
        const train::EngineScope engine(plan.threads);
        Experiment experiment = prepareExperiment(plan, "cpu", pool, {}, {});
        const Part training = loadPart(experiment, dataset::Role::Train, pool, {}, {});
        const Part validation = loadPart(experiment, dataset::Role::Validation, pool, {}, {});
        const std::shared_ptr<nn::Classifier> model = nn::makeEmptyClassifier(experiment.spec);
        nn::loadState(*model, best, "best epoch");
        model->train(false);
        const at::Tensor logits = train::logitsOf(*model, validation.tensors.images, experiment.config);
        PackageParts parts;
        parts.threshold = chooseThreshold(logits, validation.tensors.labels);
        parts.figures = figuresJson(logits, validation.tensors.labels, parts.threshold);
        parts.trainedOn = describeData(experiment);
        parts.datasetSha256 = dataHash({&training, &validation});
        const std::filesystem::path target = package.empty() ? run.packageFile() : package;
        writeRunPackage(target, *model, experiment, parts);
        return target;
    });
}

} // namespace diascope::pipeline
