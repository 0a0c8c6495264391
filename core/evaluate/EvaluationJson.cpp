// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluate/EvaluationJson.h"

#include <algorithm>
#include <cmath>

namespace diascope::evaluate {

namespace {

using base::Json;

/// JSON has no infinity: the first threshold of a ROC curve is the text "inf".
Json numberJson(double value)
{
    if (std::isfinite(value)) {
        return value;
    }
    return std::isnan(value) ? Json() : Json(value > 0.0 ? "inf" : "-inf");
}

Json figureJson(const metrics::Figure& figure)
{
    Json json{{"value", figure.value ? Json(*figure.value) : Json()}};
    if (!figure) {
        json["reason"] = figure.reason;
    }
    return json;
}

Json setJson(const FigureSet& set)
{
    Json metrics = Json::object();
    for (const NamedEstimate& figure : set.figures) {
        metrics[figure.name] = toJson(figure.estimate);
    }
    return {{"name", set.name}, {"n", set.cases}, {"patients", set.patients}, {"metrics", std::move(metrics)}};
}

Json listJson(const std::vector<FigureSet>& sets)
{
    Json list = Json::array();
    for (const FigureSet& set : sets) {
        list.push_back(setJson(set));
    }
    return list;
}

/// Which points of a curve are shown: all, or an even choice with both ends.
std::vector<std::size_t> shownPoints(std::size_t count, std::size_t most)
{
    std::vector<std::size_t> points;
    if (most < 2 || count <= most) {
        most = count;
    }
    for (std::size_t k = 0; k < most; ++k) {
        points.push_back(most == count ? k : k * (count - 1) / (most - 1));
    }
    return points;
}

Json listOf(const std::vector<double>& values, const std::vector<std::size_t>& points)
{
    Json list = Json::array();
    for (const std::size_t point : points) {
        if (point < values.size()) {
            list.push_back(numberJson(values[point]));
        }
    }
    return list;
}

void markCurve(Json& json, std::size_t count, const std::vector<std::size_t>& points, const std::string& reason)
{
    if (!reason.empty()) {
        json["reason"] = reason;
    } else if (points.size() < count) {
        json["thinnedFrom"] = count;
    }
}

Json rocJson(const Evaluation& evaluation, std::size_t most)
{
    Json list = Json::array();
    for (const ClassCurves& curves : evaluation.curves) {
        const auto points = shownPoints(curves.roc.thresholds.size(), most);
        Json json{{"class", curves.className},
                  {"auc", toJson(curves.auc)},
                  {"falsePositiveRate", listOf(curves.roc.falsePositiveRate, points)},
                  {"truePositiveRate", listOf(curves.roc.truePositiveRate, points)},
                  {"thresholds", listOf(curves.roc.thresholds, points)}};
        markCurve(json, curves.roc.thresholds.size(), points, curves.roc.reason);
        list.push_back(std::move(json));
    }
    return list;
}

Json prJson(const Evaluation& evaluation, std::size_t most)
{
    Json list = Json::array();
    for (const ClassCurves& curves : evaluation.curves) {
        const auto points = shownPoints(curves.precisionRecall.precision.size(), most);
        Json json{{"class", curves.className},
                  {"averagePrecision", toJson(curves.averagePrecision)},
                  {"precision", listOf(curves.precisionRecall.precision, points)},
                  {"recall", listOf(curves.precisionRecall.recall, points)},
                  {"thresholds", listOf(curves.precisionRecall.thresholds, points)}};
        markCurve(json, curves.precisionRecall.precision.size(), points, curves.precisionRecall.reason);
        list.push_back(std::move(json));
    }
    return list;
}

Json reliabilityJson(const metrics::Reliability& reliability)
{
    Json bins = Json::array();
    for (const metrics::ReliabilityBin& bin : reliability.table) {
        bins.push_back({{"bin", bin.bin}, {"n", bin.count}, {"meanProbability", bin.meanProbability}, {"observed", toJson(bin.observed)}});
    }
    return {{"bins", reliability.bins}, {"ece", figureJson(reliability.expectedError)},
            {"mce", figureJson(reliability.largestError)}, {"table", std::move(bins)}};
}

Json calibrationJson(const Calibration& calibration)
{
    if (!calibration.reason.empty()) {
        return {{"reason", calibration.reason}};
    }
    Json json{{"edges", "bin k of b holds k/b <= p < (k+1)/b, the last one 1 as well"}};
    if (calibration.positive.bins > 0) {
        json["positiveProbability"] = reliabilityJson(calibration.positive);
        json["positiveProbability15"] = reliabilityJson(calibration.positive15);
        json["slope"] = figureJson(calibration.line.slope);
        json["intercept"] = figureJson(calibration.line.intercept);
        json["interceptAtSlope1"] = figureJson(calibration.line.interceptAtSlope1);
    }
    json["topLabel"] = reliabilityJson(calibration.top);
    json["topLabel15"] = reliabilityJson(calibration.top15);
    json["temperature"] = figureJson(calibration.temperature);
    json["recalibrated"] = Json::array();
    for (const RecalibratedFigures& figures : calibration.recalibrated) {
        json["recalibrated"].push_back({{"method", figures.method}, {"logLoss", figureJson(figures.logLoss)},
                                        {"ece", figureJson(figures.calibrationError)}, {"how", figures.note}});
    }
    return json;
}

Json conformalJson(const std::vector<ConformalFigures>& list)
{
    Json json = Json::array();
    for (const ConformalFigures& one : list) {
        Json entry{{"score", std::string(metrics::name(one.quantile.score))}, {"alpha", one.quantile.alpha}, {"rank", one.quantile.rank},
                   {"quantile", one.quantile.quantile ? Json(*one.quantile.quantile) : Json()}, {"coverageSeen", toJson(one.seen.coverage)},
                   {"meanSetSize", one.seen.meanSize}, {"emptySets", one.seen.empty}, {"setsOfOne", one.seen.singletons}, {"how", one.how}};
        if (!one.quantile.reason.empty()) {
            entry["reason"] = one.quantile.reason;
        }
        json.push_back(std::move(entry));
    }
    return json;
}

std::string sourceName(ThresholdSource source)
{
    switch (source) {
    case ThresholdSource::Given: return "given";
    case ThresholdSource::Stored: return "stored";
    case ThresholdSource::SameRows: return "same-rows";
    case ThresholdSource::NoChoice: return "no-choice";
    case ThresholdSource::MostProbable: return "most-probable";
    }
    return {};
}

Json thresholdJson(const OperatingThreshold& threshold)
{
    Json json{{"value", threshold.source == ThresholdSource::MostProbable ? Json() : Json(threshold.value)},
              {"source", sourceName(threshold.source)},
              {"optimistic", threshold.source == ThresholdSource::SameRows},
              {"words", threshold.words}};
    for (const NamedEstimate& figure : threshold.crossFitted) {
        json["crossFitted"][figure.name] = toJson(figure.estimate);
    }
    return json;
}

Json confusionJson(const Evaluation& evaluation)
{
    Json rows = Json::array();
    for (int truth = 0; truth < evaluation.confusion.classes; ++truth) {
        Json row = Json::array();
        for (int predicted = 0; predicted < evaluation.confusion.classes; ++predicted) {
            row.push_back(evaluation.confusion.at(truth, predicted));
        }
        rows.push_back(std::move(row));
    }
    return {{"classes", evaluation.classes}, {"rowsTrueColumnsPredicted", std::move(rows)}};
}

Json rowJson(const metrics::ReportRow& row)
{
    Json json{{"precision", row.precision}, {"recall", row.recall}, {"f1-score", row.f1}, {"support", row.support}};
    if (!row.undefinedBecause.empty()) {
        json["undefinedBecause"] = row.undefinedBecause;
    }
    return json;
}

Json classificationJson(const metrics::ClassificationReport& report)
{
    Json json = Json::object();
    for (const metrics::ReportRow& row : report.classes) {
        json[row.name] = rowJson(row);
    }
    json["accuracy"] = report.accuracy;
    json["macro avg"] = rowJson(report.macro);
    json["weighted avg"] = rowJson(report.weighted);
    json["text"] = report.text();
    return json;
}

Json groupsJson(const Evaluation& evaluation)
{
    Json json = Json::object();
    if (!evaluation.patientPools.empty()) {
        json["patients"] = listJson(evaluation.patientPools);
    }
    for (const Subgroup& subgroup : evaluation.subgroups) {
        json[subgroup.column] = listJson(subgroup.values);
    }
    return json;
}

} // namespace

Json toJson(const metrics::Estimate& estimate)
{
    Json json{{"value", estimate.value ? Json(*estimate.value) : Json()},
              {"low", estimate.interval ? Json(estimate.interval->low) : Json()},
              {"high", estimate.interval ? Json(estimate.interval->high) : Json()},
              {"method", estimate.method},
              {"n", estimate.n}};
    if (!estimate.value) {
        json["reason"] = estimate.reason;
    }
    return json;
}

Json toJson(const Evaluation& evaluation, std::size_t curvePoints)
{
    Json json{{"version", 1}, {"n", evaluation.cases}, {"patients", evaluation.patients}, {"patientsKnown", evaluation.grouped},
              {"repeats", evaluation.repeats}, {"classes", evaluation.classes}, {"casesOfClass", evaluation.casesOfClass}};
    json["positive"] = evaluation.classes.size() == 2 ? Json(evaluation.classes[static_cast<std::size_t>(evaluation.positive)]) : Json();
    json["threshold"] = thresholdJson(evaluation.threshold);
    json["metrics"] = setJson(evaluation.pooled).at("metrics");
    json["confusion"] = confusionJson(evaluation);
    json["report"] = classificationJson(evaluation.report);
    json["roc"] = rocJson(evaluation, curvePoints);
    json["pr"] = prJson(evaluation, curvePoints);
    json["calibration"] = calibrationJson(evaluation.calibration);
    json["conformal"] = conformalJson(evaluation.conformal);
    json["decision"] = Json::array();
    for (const metrics::NetBenefit& point : evaluation.decision) {
        json["decision"].push_back(
            {{"threshold", point.threshold}, {"model", point.model}, {"treatAll", point.treatAll}, {"treatNone", 0.0}});
    }
    json["thresholds"] = Json::array();
    for (const Candidate& candidate : evaluation.candidates) {
        json["thresholds"].push_back({{"rule", candidate.rule}, {"threshold", numberJson(candidate.point.threshold)},
                                      {"sensitivity", candidate.point.sensitivity}, {"specificity", candidate.point.specificity}});
    }
    json["floors"] = floorsJson(evaluation);
    json["perFold"] = listJson(evaluation.folds);
    json["perGroup"] = groupsJson(evaluation);
    json["warnings"] = evaluation.warnings;
    json["problems"] = Json::array();
    for (const base::Problem& problem : evaluation.problems) {
        json["problems"].push_back(
            {{"code", std::string(base::name(problem.code))}, {"subject", problem.subject}, {"detail", problem.detail}});
    }
    return json;
}

} // namespace diascope::evaluate
