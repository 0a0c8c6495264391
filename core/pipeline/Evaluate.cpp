// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/Evaluate.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace diascope::pipeline {

namespace {

using base::Error;
using base::ErrorCode;
using base::Json;
using dataset::Role;

/// Predictions of all folds on the parts they did not learn from. With repeats a sample stands once for each of them.
struct Pooled {
    at::Tensor logits, labels; ///< Undefined when no fold has such a part.
    std::size_t training = 0;  ///< Samples of the training parts, over the folds.
};

Pooled pool(const Experiment& experiment, const std::vector<TrainedFold>& folds, Role role)
{
    std::vector<at::Tensor> logits, labels;
    Pooled pooled;
    for (std::size_t i = 0; i < folds.size(); ++i) {
        const at::Tensor& ofFold = role == Role::Test ? folds[i].testLogits : folds[i].validationLogits;
        if (!ofFold.defined() || folds[i].weights.empty()) {
            continue;
        }
        const dataset::FoldPlan& plan = experiment.folds.plans[i];
        logits.push_back(ofFold);
        labels.push_back(labelsOf(experiment, plan, role));
        pooled.training += static_cast<std::size_t>(std::count(plan.roles.begin(), plan.roles.end(), Role::Train));
    }
    if (!logits.empty()) {
        pooled.logits = concatenated(logits);
        pooled.labels = concatenated(labels);
    }
    return pooled;
}

/// The epoch whose weights the fold gives, 0-based.
int keptEpoch(const Plan& plan, const runs::FoldEntry& fold)
{
    return plan.training.keep == "last" ? fold.epochs - 1 : fold.bestEpoch;
}

Json foldsJson(const Experiment& experiment, const std::vector<TrainedFold>& folds, const OperatingThreshold& threshold)
{
    Json list = Json::array();
    for (std::size_t i = 0; i < folds.size(); ++i) {
        const TrainedFold& fold = folds[i];
        Json entry{{"repeat", fold.entry.key.repeat}, {"fold", fold.entry.key.fold}, {"epochs", fold.entry.epochs}, {"bestEpoch", fold.entry.bestEpoch},
                   {"keptEpoch", keptEpoch(experiment.plan, fold.entry)}, {"stopped", fold.stoppedBecause}};
        if (!fold.weights.empty()) {
            entry["metrics"] = figuresJson(fold.validationLogits, labelsOf(experiment, experiment.folds.plans[i], Role::Validation), threshold);
        }
        list.push_back(std::move(entry));
    }
    return list;
}

void addTraining(Json& json, const Plan& plan, const std::vector<TrainedFold>& folds)
{
    const TrainedFold& first = folds.front();
    json["epochs"] = first.entry.epochs;
    json["bestEpoch"] = first.entry.bestEpoch;
    json["kept"] = plan.training.keep;
    json["keptEpoch"] = keptEpoch(plan, first.entry);
    json["stoppedEarly"] = first.stoppedBecause == "early";
    json["monitor"] = plan.training.monitor;
    const auto changed = std::find_if(folds.begin(), folds.end(), [](const TrainedFold& fold) { return !fold.bitExact; });
    json["bitExact"] = changed == folds.end();
    json["notBitExactBecause"] = changed == folds.end() ? std::string() : changed->notBitExactBecause;
}

} // namespace

std::vector<nn::State> membersOf(const std::vector<TrainedFold>& folds)
{
    std::vector<nn::State> members;
    for (const TrainedFold& fold : folds) {
        if (!fold.weights.empty()) {
            members.push_back(fold.weights);
        }
    }
    return members;
}

Json evaluated(const Experiment& experiment, const std::vector<TrainedFold>& folds, const std::string& datasetSha256, int foldsAtOnce)
{
    const Pooled pooled = pool(experiment, folds, Role::Validation);
    if (!pooled.logits.defined()) {
        throw Error(ErrorCode::Plan, "training", "no fold could be trained: " + folds.front().entry.note, "Use a smaller learning rate.");
    }
    const OperatingThreshold threshold = chooseThreshold(pooled.logits, pooled.labels);
    Json json;
    json["version"] = 1;
    json["architecture"] = experiment.plan.model.architecture;
    json["startedFrom"] = startOf(experiment.plan);
    json["classes"] = experiment.data.classNames;
    json["data"] = describeData(experiment);
    json["n"] = pooled.labels.size(0);
    json["nTrain"] = pooled.training / folds.size();
    json["metrics"] = figuresJson(pooled.logits, pooled.labels, threshold);
    addTraining(json, experiment.plan, folds);
    json["threshold"] = threshold.value;
    json["thresholdLocked"] = threshold.locked;
    json["split"] = experiment.folds.receipt;
    json["datasetSha256"] = datasetSha256;
    if (folds.size() > 1) {
        json["folds"] = foldsJson(experiment, folds, threshold);
        json["foldsAtOnce"] = foldsAtOnce;
    }
    if (const Pooled test = pool(experiment, folds, Role::Test); test.logits.defined()) {
        json["test"] = figuresJson(test.logits, test.labels, threshold);
    }
    json["problems"] = problemsJson(experiment.problems);
    return json;
}

PackageParts partsOf(const Json& result)
{
    PackageParts parts;
    parts.threshold.value = result.at("threshold").get<double>();
    parts.threshold.locked = result.at("thresholdLocked").get<bool>();
    parts.figures = result.at("metrics");
    parts.trainedOn = result.at("data").get<std::string>();
    parts.datasetSha256 = result.at("datasetSha256").get<std::string>();
    return parts;
}

} // namespace diascope::pipeline
