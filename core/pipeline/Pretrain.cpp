// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/Pretrain.h"

#include "base/AtomicFile.h"
#include "nn/Classifier.h"
#include "nn/ExportWeights.h"
#include "pipeline/DiskPause.h"
#include "pipeline/PrecisionFile.h"
#include "pipeline/Resolve.h"
#include "runs/RunFolder.h"
#include "train/SelfSupervised.h"

#include <algorithm>
#include <set>
#include <span>

namespace diascope::pipeline {

namespace {

using base::Error;
using base::ErrorCode;
using base::Json;
using dataset::Role;

constexpr runs::FoldKey kOnlyFold{};

/// Pictures that the source itself keeps for validation or test, as far as the plan heeds it.
std::vector<bool> heldOut(const Plan::Pretrain& options, const dataset::Dataset& data)
{
    std::vector<bool> held(data.samples.size(), false);
    if (options.pictures != "training") {
        return held;
    }
    const int fold = options.leaveOutFold;
    if (fold >= 0 && std::find(data.givenFolds.begin(), data.givenFolds.end(), fold) == data.givenFolds.end()) {
        throw Error(ErrorCode::Plan, "pretrain.leaveOutFold",
            "is " + std::to_string(fold) + ", but the data "
                + (data.givenFolds.empty() ? "have no column of folds" : "have no such fold"),
            "Set data.foldColumn, or pretrain.leaveOutFold to -1.");
    }
    for (std::size_t i = 0; i < held.size(); ++i) {
        held[i] = (!data.givenRoles.empty() && data.givenRoles[i] != Role::Train)
            || (fold >= 0 && data.givenFolds[i] == fold);
    }
    return held;
}

std::string receiptOf(std::size_t used, std::size_t held, std::size_t related)
{
    const std::string all = std::to_string(used + held + related);
    if (held == 0) {
        return "Pre-training sees all " + all
            + " pictures, not their labels. A later training that is tested on some of them is transductive: its "
              "figures "
              "are to be called so. To keep pictures out name a split column or pretrain.leaveOutFold.";
    }
    return "Pre-training sees " + std::to_string(used) + " of " + all
        + " pictures, not their labels: " + std::to_string(held) + " of a validation or test part are left out"
        + (related > 0 ? ", and " + std::to_string(related) + " more of the same patients or that look the same."
                       : ".");
}

class CheckpointFiles final : public train::CheckpointSink {
public:
    CheckpointFiles(runs::RunFolder& folder, DiskPause& disk)
        : m_folder(folder)
        , m_disk(disk)
    {
    }
    void save(const std::string& bytes, int, int) override
    {
        m_disk.write([&] { m_folder.saveCheckpoint(kOnlyFold, std::as_bytes(std::span(bytes))); });
    }

private:
    runs::RunFolder& m_folder;
    DiskPause& m_disk;
};

Json figure(double value, std::size_t pictures, const char* method)
{
    return {{"value", value}, {"low", Json()}, {"high", Json()}, {"method", method}, {"n", pictures}};
}

Json resultOf(const Experiment& experiment, const train::SelfSupervisedOutcome& outcome)
{
    const dataset::FoldPlan& fold = experiment.folds.plans.front();
    const std::size_t pictures = rowsOf(fold, Role::Train).size();
    Json json;
    json["version"] = 1;
    json["kind"] = "pretraining";
    json["method"] = "SimSiam";
    json["architecture"] = experiment.plan.model.architecture;
    json["startedFrom"] = startOf(experiment.plan);
    json["weights"] = kBackboneFile;
    json["n"] = pictures;
    json["leftOut"] = fold.roles.size() - pictures;
    json["metrics"]
        = {{"loss", figure(outcome.loss, pictures, "negative cosine of the last epoch, -1 is best; no interval")},
            {"spread",
                figure(outcome.spread, pictures,
                    "spread of the outputs in the last epoch, 0 = collapsed, 1 = full; no interval")}};
    json["epochs"] = outcome.epochsDone;
    json["split"] = experiment.folds.receipt;
    json["datasetSha256"] = dataHash(experiment);
    json["bitExact"] = outcome.bitExact;
    json["notBitExactBecause"] = outcome.notBitExactBecause;
    return json;
}

/// For the file's metadata: whoever finds the file alone can tell what it is, and which preprocessing it wants.
Json originOf(const Experiment& experiment, const Json& result)
{
    Json json{{"recipe", experiment.plan.recipe}, {"seed", experiment.plan.training.seed}, {"build", buildId()},
        {"preprocess", experiment.preprocess.toJson()}};
    for (const char* key :
        {"method", "architecture", "startedFrom", "n", "leftOut", "epochs", "split", "datasetSha256"}) {
        json[key] = result.at(key);
    }
    json["loss"] = result.at("metrics").at("loss").at("value");
    json["spread"] = result.at("metrics").at("spread").at("value");
    return json;
}

} // namespace

dataset::FoldSet pretrainingPictures(const Plan::Pretrain& options, const dataset::Dataset& data)
{
    const std::vector<bool> held = heldOut(options, data);
    std::set<std::string> heldGroups, groups;
    for (std::size_t i = 0; i < held.size(); ++i) {
        groups.insert(data.samples[i].group);
        if (held[i]) {
            heldGroups.insert(data.samples[i].group);
        }
    }
    dataset::FoldSet set;
    set.groups = static_cast<int>(groups.size());
    dataset::FoldPlan plan;
    for (const dataset::Sample& sample : data.samples) {
        plan.roles.push_back(heldGroups.contains(sample.group) ? Role::Test : Role::Train);
    }
    const auto used = static_cast<std::size_t>(std::count(plan.roles.begin(), plan.roles.end(), Role::Train));
    const auto kept = static_cast<std::size_t>(std::count(held.begin(), held.end(), true));
    if (used < 2) {
        throw Error(ErrorCode::Plan, "pretrain.pictures",
            "of " + std::to_string(held.size()) + " pictures " + std::to_string(used)
                + " remain to learn from; the others belong to validation or test parts or their patients",
            "Use other data, or pretrain.pictures: all.");
    }
    set.receipt = receiptOf(used, kept, held.size() - used - kept);
    set.plans.push_back(std::move(plan));
    return set;
}

std::optional<Json> pretrain(const Experiment& experiment, runs::RunFolder& folder, train::TrainingObserver& observer,
    const Holds& holds)
{
    const Plan& plan = experiment.plan;
    const Part pictures = partOf(experiment, experiment.folds.plans.front(), Role::Train);
    const auto model = makeModel(experiment, experiment.config.seed, observer);
    CheckpointFiles sink(folder, holds.disk);
    PrecisionFile precisions(PrecisionFile::defaultPath());
    train::FitContext context{observer, holds.stop, &sink, {}, holds.pause, &precisions};
    if (const auto checkpoint = folder.newestCheckpoint(kOnlyFold)) {
        context.resumeFrom = checkpoint->bytes;
        if (!checkpoint->newest) {
            observer.onMessage(checkpoint->message);
        }
    }
    const train::SelfSupervisedOutcome outcome = train::fitWithoutLabels(
        *model, pictures.tensors, experiment.config, {plan.pretrain.projection, plan.pretrain.bottleneck}, context);
    if (outcome.state != train::RunState::Finished) {
        return std::nullopt;
    }
    const Json result = resultOf(experiment, outcome);
    const std::string bytes = nn::serialiseBackbone(*model, originOf(experiment, result));
    holds.disk.write([&] { base::writeFileAtomically(folder.file(kBackboneFile), bytes); });
    observer.onMessage("Finished: the backbone is in " + folder.file(kBackboneFile).string()
        + ". Name this file in model.weights of a plan to start from it.");
    return result;
}

} // namespace diascope::pipeline
