// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/Package.h"

#include "nn/Classifier.h"
#include "nn/PackageFile.h"
#include "nn/Registry.h"
#include "nn/TorchErrors.h"
#include "pipeline/CalibrationEvidence.h"
#include "pipeline/Evaluate.h"
#include "pipeline/FoldFiles.h"
#include "pipeline/RunPackage.h"
#include "pipeline/SourceFacts.h"
#include "runs/RunFolder.h"
#include "train/Scope.h"

#include <cmath>
#include <optional>

namespace diascope::pipeline {

namespace {

using base::Error;
using base::ErrorCode;

/// Fills in what a fold's weights say of the part they did not learn from, and for the first fold of its training pictures.
void answerHeldOut(TrainedFold& fold, const Experiment& experiment, const dataset::FoldPlan& plan)
{
    const std::shared_ptr<nn::Classifier> model = nn::makeEmptyClassifier(experiment.spec);
    nn::loadState(*model, fold.weights, "weights of a fold");
    model->train(false);
    const Part validation = partOf(experiment, plan, dataset::Role::Validation);
    fold.validationLogits = train::logitsOf(*model, validation.tensors.images, experiment.config);
    if (&plan == &experiment.folds.plans.front()) {
        fold.cases = casesOf(*model, experiment, plan, experiment.config);
    }
}

/// Best weights of every fold that has finished an epoch, each with its logits on the part it did not learn from.
struct Stored {
    std::vector<TrainedFold> folds; ///< One a plan; without weights where `missing` is.
    std::optional<Error> missing;   ///< Why a fold is not among them.
};

Stored readStored(const runs::RunFolder& run, const Experiment& experiment)
{
    Stored stored;
    for (const dataset::FoldPlan& plan : experiment.folds.plans) {
        TrainedFold& fold = stored.folds.emplace_back();
        try {
            fold.weights = storedWeights(run, {plan.repeat, plan.fold});
        } catch (const Error& error) {
            stored.missing = error;
            continue;
        }
        answerHeldOut(fold, experiment, plan);
    }
    return stored;
}

/// Of all folds that have some, one below the other.
std::pair<at::Tensor, at::Tensor> pooledAnswers(const Experiment& experiment, const std::vector<TrainedFold>& folds)
{
    std::vector<at::Tensor> logits, labels;
    for (std::size_t i = 0; i < folds.size(); ++i) {
        if (!folds[i].weights.empty()) {
            logits.push_back(folds[i].validationLogits);
            labels.push_back(labelsOf(experiment, experiment.folds.plans[i], dataset::Role::Validation));
        }
    }
    return {concatenated(logits), concatenated(labels)};
}

/// Whether the networks do on their held-out pictures what the package says they did: then pictures, labels and split are those of its training. (The data's
/// hash would say so too, but versions of this program took it in different ways.)
bool giveItsFigures(const Experiment& experiment, const std::vector<TrainedFold>& folds, const nn::PackageManifest& manifest)
{
    if (experiment.folds.plans.size() != folds.size() || !folds.front().validationLogits.defined()) {
        return false;
    }
    const auto [logits, labels] = pooledAnswers(experiment, folds);
    const base::Json now = figuresJson(logits, labels, {manifest.threshold, manifest.thresholdLocked});
    const auto number = [](const base::Json& figures, const char* pointer) {
        const auto at = base::Json::json_pointer(pointer);
        return figures.contains(at) && figures[at].is_number() ? figures[at].get<double>() : -1.0;
    };
    constexpr double kRounding = 1e-4; // another machine, another order of sums
    return experiment.data.classNames == manifest.classes && number(now, "/n") == number(manifest.figures, "/n") &&
        std::abs(number(now, "/auc/value") - number(manifest.figures, "/auc/value")) < kRounding &&
        std::abs(number(now, "/logLoss") - number(manifest.figures, "/logLoss")) < kRounding;
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
        Experiment experiment = prepareExperiment(plan, "cpu", pool, {}, {});
        experiment.sources = lookAtSources(experiment.data, pool);
        const Stored stored = readStored(run, experiment);
        const std::vector<nn::State> members = membersOf(stored.folds);
        if (members.empty()) {
            throw Error(*stored.missing);
        }
        const auto [logits, labels] = pooledAnswers(experiment, stored.folds);
        PackageParts parts;
        parts.threshold = chooseThreshold(logits, labels);
        parts.figures = figuresJson(logits, labels, parts.threshold);
        parts.trainedOn = describeData(experiment);
        parts.datasetSha256 = dataHash(experiment);
        parts.evidence = evidenceOf(experiment, stored.folds);
        const std::filesystem::path target = package.empty() ? run.packageFile() : package;
        writeRunPackage(target, members, experiment, parts);
        return target;
    });
}

std::filesystem::path addEvidence(const std::filesystem::path& package, const std::filesystem::path& source, decode::DecoderPool& pool,
                                  const std::filesystem::path& out)
{
    return nn::translated("package", [&] {
        nn::PackageFile file = nn::readPackage(package);
        nn::PackageManifest& manifest = file.manifest;
        const bool calibrated = manifest.evidence.any() || manifest.calibration.method != "none";
        if (manifest.evidence.pixels.any() || (calibrated && !manifest.evidence.neighbours.any())) {
            throw Error(ErrorCode::Usage, package.string(), "the package has evidence or a calibration already");
        }
        Plan plan = planFromYaml(manifest.provenance.plan, package.string());
        plan.data.source = source.string();
        const train::EngineScope engine(plan.threads);
        Experiment experiment = prepareExperiment(plan, "cpu", pool, {}, {});
        std::vector<TrainedFold> folds(file.members.size());
        for (std::size_t i = 0; i < folds.size() && experiment.folds.plans.size() == folds.size(); ++i) {
            folds[i].weights = file.members[i];
            answerHeldOut(folds[i], experiment, experiment.folds.plans[i]);
        }
        if (!giveItsFigures(experiment, folds, manifest)) {
            throw Error(ErrorCode::Mismatch, source.string(), "on these pictures the networks of " + package.filename().string() + " do not have the figures that it carries",
                        "Name the data of its training.");
        }
        if (calibrated) { // format 2: what is calibrated stays as it is
            manifest.evidence.pixels = evidenceOf(experiment, folds).evidence.pixels;
            nn::writePackage(out, manifest, file.members, file.testVectors, file.cases);
            return out;
        }
        experiment.sources = lookAtSources(experiment.data, pool);
        const RunEvidence found = evidenceOf(experiment, folds);
        manifest.calibration = found.calibration;
        manifest.evidence = found.evidence;
        manifest.threshold = manifest.classes.size() == 2 ? calibratedThreshold(found.calibration, manifest.threshold) : manifest.threshold;
        if (manifest.figures.contains("threshold")) {
            manifest.figures["threshold"] = manifest.threshold;
        }
        const std::string before = "Not calibrated.";
        if (const std::size_t at = manifest.limitations.find(before); at != std::string::npos) {
            manifest.limitations.replace(at, before.size(), calibrationSentence(found));
        }
        nn::writePackage(out, manifest, file.members, file.testVectors, found.cases);
        return out;
    });
}

} // namespace diascope::pipeline
