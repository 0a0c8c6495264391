// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/Results.h"

#include "base/Text.h"
#include "metrics/Confusion.h"
#include "metrics/DeLong.h"
#include "metrics/LogLoss.h"
#include "metrics/Proportion.h"
#include "metrics/Roc.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>

namespace diascope::pipeline {

namespace {

using base::Json;

std::vector<double> doublesOf(const at::Tensor& tensor)
{
    const at::Tensor flat = tensor.to(torch::kCPU, torch::kFloat64).contiguous();
    return {flat.const_data_ptr<double>(), flat.const_data_ptr<double>() + flat.numel()};
}

std::vector<int> integersOf(const at::Tensor& tensor)
{
    const at::Tensor flat = tensor.to(torch::kCPU, torch::kInt64).contiguous();
    return {flat.const_data_ptr<std::int64_t>(), flat.const_data_ptr<std::int64_t>() + flat.numel()};
}

Json figureJson(const metrics::Figure& figure, const std::optional<metrics::Interval>& interval, const std::string& method)
{
    Json json;
    json["value"] = figure.value ? Json(*figure.value) : Json();
    json["low"] = interval ? Json(interval->low) : Json();
    json["high"] = interval ? Json(interval->high) : Json();
    json["method"] = method;
    if (!figure.reason.empty()) {
        json["reason"] = figure.reason;
    }
    return json;
}

Json proportionJson(std::int64_t successes, std::int64_t cases)
{
    return figureJson(metrics::proportion(successes, cases), metrics::wilsonInterval(successes, cases), "Wilson, 95 %");
}

Json binaryAucJson(const std::vector<int>& labels, const std::vector<double>& scores)
{
    const metrics::DeLongResult auc = metrics::deLong(labels, scores);
    return figureJson(auc.auc, auc.interval, auc.interval ? "DeLong, logit scale, 95 %" : "no interval: " + auc.reason);
}

base::ErrorCode codeNamed(const std::string& text)
{
    for (int code = 0; code < static_cast<int>(base::ErrorCode::Internal); ++code) {
        if (base::name(static_cast<base::ErrorCode>(code)) == text) {
            return static_cast<base::ErrorCode>(code);
        }
    }
    return base::ErrorCode::Internal;
}

} // namespace

at::Tensor probabilitiesOf(const at::Tensor& logits)
{
    const at::Tensor values = logits.to(torch::kCPU, torch::kFloat64);
    if (values.size(1) == 1) {
        const at::Tensor positive = values.sigmoid();
        return torch::cat({1.0 - positive, positive}, 1);
    }
    return values.softmax(1);
}

OperatingThreshold chooseThreshold(const at::Tensor& validationLogits, const at::Tensor& labels)
{
    OperatingThreshold threshold;
    const at::Tensor probabilities = probabilitiesOf(validationLogits);
    if (probabilities.size(1) != 2) {
        return threshold;
    }
    const std::vector<double> scores = doublesOf(probabilities.select(1, 1));
    const auto point = metrics::youdenPoint(integersOf(labels), scores);
    if (!point || !std::isfinite(point->threshold) || point->youdenJ() <= 0.0) {
        return threshold;
    }
    double below = 0.0; // the next lower score, or the end of the scale
    for (const double score : scores) {
        below = score < point->threshold ? std::max(below, score) : below;
    }
    threshold.value = 0.5 * (below + point->threshold);
    threshold.locked = true;
    return threshold;
}

Json figuresJson(const at::Tensor& logits, const at::Tensor& labels, const OperatingThreshold& threshold)
{
    const at::Tensor probabilities = probabilitiesOf(logits);
    const auto classes = static_cast<int>(probabilities.size(1));
    const std::vector<int> truth = integersOf(labels);
    const std::vector<double> all = doublesOf(probabilities);
    Json json;
    json["n"] = truth.size();
    if (classes == 2) {
        const std::vector<double> scores = doublesOf(probabilities.select(1, 1));
        const metrics::BinaryCounts counts = metrics::countAtThreshold(truth, scores, threshold.value);
        const std::int64_t correct = counts.truePositives + counts.trueNegatives;
        json["auc"] = binaryAucJson(truth, scores);
        json["accuracy"] = proportionJson(correct, static_cast<std::int64_t>(truth.size()));
        json["sensitivity"] = proportionJson(counts.truePositives, counts.truePositives + counts.falseNegatives);
        json["specificity"] = proportionJson(counts.trueNegatives, counts.trueNegatives + counts.falsePositives);
        json["threshold"] = threshold.value;
    } else {
        const metrics::ConfusionMatrix matrix = metrics::confusionMatrix(truth, metrics::argmaxRows(all, classes), classes);
        json["auc"] = figureJson(metrics::macroRocAuc(truth, all, classes), std::nullopt, "mean of each class against the rest, no interval");
        json["accuracy"] = proportionJson(matrix.correct(), matrix.total());
    }
    const metrics::Figure loss = metrics::logLoss(truth, all, classes);
    json["logLoss"] = loss.value ? Json(*loss.value) : Json();
    return json;
}

Json problemsJson(const std::vector<base::Problem>& problems)
{
    Json list = Json::array();
    for (const base::Problem& problem : problems) {
        list.push_back({{"code", std::string(base::name(problem.code))}, {"subject", problem.subject}, {"detail", problem.detail}});
    }
    return list;
}

std::vector<base::Problem> problemsOf(const Json& json, const std::string& subject)
{
    std::vector<base::Problem> problems;
    for (const Json& entry : json) {
        base::Problem problem;
        std::string code;
        base::ObjectReader(entry, subject).require("code", code).require("subject", problem.subject).require("detail", problem.detail).finish();
        problem.code = codeNamed(code);
        problems.push_back(std::move(problem));
    }
    return problems;
}

at::Tensor concatenated(const std::vector<at::Tensor>& parts)
{
    return torch::cat(parts);
}

Table predictionTable(const Experiment& experiment, const dataset::FoldPlan& fold, dataset::Role role, const at::Tensor& logits)
{
    Table table{{"sample", "group", "label", "repeat", "fold", "role"}, {}};
    for (const std::string& name : experiment.data.classNames) {
        table.header.push_back("p_" + name);
    }
    const std::size_t classes = experiment.data.classNames.size();
    const std::vector<double> probabilities = doublesOf(probabilitiesOf(logits));
    std::size_t i = 0;
    for (const std::size_t row : rowsOf(fold, role)) {
        const dataset::Sample& sample = experiment.data.samples[row];
        std::vector<std::string> cells{sample.id, sample.group, experiment.data.classNames[static_cast<std::size_t>(sample.label)],
                                       std::to_string(fold.repeat), std::to_string(fold.fold), std::string(dataset::name(role))};
        for (std::size_t c = 0; c < classes; ++c) {
            cells.push_back(base::numberText(probabilities[i * classes + c]));
        }
        ++i;
        table.rows.push_back(std::move(cells));
    }
    return table;
}

} // namespace diascope::pipeline
