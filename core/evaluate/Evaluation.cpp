// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluate/Evaluation.h"

#include "evaluate/Calibrate.h"
#include "evaluate/Figures.h"
#include "evaluate/Threshold.h"
#include "evaluate/Words.h"

#include "metrics/DeLong.h"
#include "metrics/OneClass.h"
#include "metrics/SampleSize.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace diascope::evaluate {

namespace {

using base::Error;
using base::ErrorCode;

void say(const EvaluationConfig& config, const std::string& what)
{
    if (config.stop.stop_requested()) {
        throw Error(ErrorCode::Stopped, "evaluation", "stopped on request");
    }
    if (config.progress) {
        config.progress(what);
    }
}

void check(const Predictions& predictions, const EvaluationConfig& config)
{
    if (predictions.labels.empty()) {
        throw Error(ErrorCode::Malformed, "predictions", "there are no cases");
    }
    for (const auto& threshold : {config.threshold, config.storedThreshold}) {
        if (threshold && !std::isfinite(*threshold)) {
            throw Error(ErrorCode::Usage, "threshold", "is not a finite number");
        }
    }
}

std::vector<FigureSet> foldFigures(const Predictions& predictions, double threshold, const EvaluationConfig& config)
{
    std::map<std::pair<int, int>, std::vector<std::size_t>> rows;
    for (std::size_t i = 0; i < predictions.folds.size(); ++i) {
        rows[{predictions.repeats.empty() ? 0 : predictions.repeats[i], predictions.folds[i]}].push_back(i);
    }
    if (rows.size() < 2) {
        return {};
    }
    std::vector<FigureSet> sets;
    for (const auto& [key, which] : rows) {
        const std::string name = "repeat " + std::to_string(key.first) + ", fold " + std::to_string(key.second);
        say(config, name);
        sets.push_back(figuresOf(predictions.rows(which), name, threshold, config));
    }
    return sets;
}

/// Fewer independent cases say next to nothing, and may point at somebody: the value is named with its size, not with figures.
constexpr std::int64_t kFewestOfSubgroup = 10;

FigureSet withheld(const Predictions& part, FigureSet set, const EvaluationConfig& config)
{
    const bool patients = !part.groups.empty();
    const std::string why = "too few: " + std::to_string(set.patients) + (patients ? " patient" : " case")
        + (set.patients == 1 ? "" : "s") + ", at least "
        + std::to_string(kFewestOfSubgroup) + " are asked for";
    EvaluationConfig names = config;
    names.resamples = 0;
    set.figures = figuresOf(part, set.name, 0.5, names).figures;
    for (NamedEstimate& figure : set.figures) {
        figure.estimate = metrics::withoutInterval(metrics::Figure::undefined(why), set.cases, {});
    }
    return set;
}

FigureSet subgroupValue(
    const Predictions& part, const std::string& name, double threshold, const EvaluationConfig& config)
{
    FigureSet set{name, static_cast<std::int64_t>(part.cases()), countUnits(independentUnits(part), part.cases()), {}};
    return set.patients < kFewestOfSubgroup ? withheld(part, std::move(set), config)
                                            : figuresOf(part, name, threshold, config);
}

std::vector<Subgroup> subgroupFigures(const Predictions& predictions, double threshold, const EvaluationConfig& config)
{
    std::vector<Subgroup> subgroups;
    for (const Predictions::Column& column : predictions.columns) {
        std::map<std::string, std::vector<std::size_t>> rows;
        for (std::size_t i = 0; i < column.values.size(); ++i) {
            rows[column.values[i]].push_back(i);
        }
        Subgroup subgroup{column.name, {}};
        for (const auto& [value, which] : rows) {
            say(config, column.name + " " + value);
            subgroup.values.push_back(subgroupValue(predictions.rows(which), value, threshold, config));
        }
        subgroups.push_back(std::move(subgroup));
    }
    return subgroups;
}

ClassCurves curvesOf(const Predictions& predictions, int which, const FigureSet& pooled)
{
    const metrics::OneClass one
        = metrics::againstRest(predictions.labels, predictions.probabilities, predictions.classCount(), which);
    const metrics::ScoreSteps sorted = metrics::scoreSteps(one.labels, one.scores);
    ClassCurves curves{predictions.classes[static_cast<std::size_t>(which)], metrics::rocCurve(sorted),
        metrics::precisionRecallCurve(sorted), {}, {}};
    const auto* auc = pooled.find(predictions.isBinary() ? "auc" : "auc:" + curves.className);
    const auto* precision = pooled.find("averagePrecision");
    const auto n = static_cast<std::int64_t>(predictions.cases());
    curves.auc = auc != nullptr ? *auc : metrics::withoutInterval(metrics::rocAuc(sorted), n, "not asked for");
    curves.averagePrecision = precision != nullptr
        ? *precision
        : metrics::withoutInterval(metrics::averagePrecision(sorted), n, "given for two classes only");
    return curves;
}

void addMatrix(Evaluation& evaluation, const Predictions& predictions)
{
    const std::vector<int> predicted = calledClasses(predictions, evaluation.threshold.value);
    evaluation.confusion = metrics::confusionMatrix(predictions.labels, predicted, predictions.classCount());
    evaluation.report = metrics::classificationReport(evaluation.confusion, predictions.classes);
}

/// Each fold has a model of its own. Pooled, their scores are compared with each other; the mean of the folds' areas
/// compares within folds only.
void addFoldMean(Evaluation& evaluation)
{
    double sum = 0.0;
    for (const FigureSet& fold : evaluation.folds) {
        const auto* area = fold.find("auc");
        if (area == nullptr || !*area) {
            return;
        }
        sum += *area->value;
    }
    const auto* pooled = evaluation.pooled.find("auc");
    if (evaluation.folds.empty() || !*pooled) {
        return;
    }
    const double mean = sum / static_cast<double>(evaluation.folds.size());
    constexpr double kFarApart = 0.05;
    if (std::abs(*pooled->value - mean) > kFarApart) {
        evaluation.warnings.push_back("the area pooled over the folds (" + shortNumber(pooled->value)
            + ") is far from the mean of the folds (" + shortNumber(mean)
            + "): the folds' models score on different scales, or the folds are small");
    }
    evaluation.pooled.figures.push_back({"aucMeanOfFolds",
        metrics::withoutInterval({mean, {}}, evaluation.cases, "folds share training data and are not independent")});
}

bool allRowsEqual(const Predictions& predictions)
{
    const auto columns = static_cast<std::ptrdiff_t>(predictions.classes.size());
    // Every value equals the one a row before it.
    return std::equal(predictions.probabilities.begin() + columns, predictions.probabilities.end(),
        predictions.probabilities.begin());
}

void addWarnings(Evaluation& evaluation, const Predictions& predictions)
{
    const metrics::SampleCounts counts{
        evaluation.casesOfClass, evaluation.classes, evaluation.grouped ? evaluation.patients : 0};
    for (std::string& warning : metrics::sampleWarnings(counts)) {
        evaluation.warnings.push_back(std::move(warning));
    }
    if (!evaluation.grouped) {
        evaluation.warnings.emplace_back("patients are not known (no column 'group'): every case counts as "
                                         "independent, and intervals are too narrow where a patient has several");
    }
    if (!evaluation.areProbabilities) {
        evaluation.warnings.emplace_back("the scores are not probabilities (outside 0 to 1): calibration, log loss, "
                                         "Brier score, decision curve and prediction sets are left out");
    }
    if (evaluation.threshold.source == ThresholdSource::SameRows
        || evaluation.threshold.source == ThresholdSource::NoChoice) {
        evaluation.warnings.push_back(evaluation.threshold.words);
    }
    if (predictions.cases() > 1 && allRowsEqual(predictions)) {
        evaluation.warnings.emplace_back("all cases have the same scores: the model tells nothing apart");
    }
    if (predictions.refusedRows > 0) {
        evaluation.warnings.push_back(
            std::to_string(predictions.refusedRows) + " rows of the table were left out; the figures are of the rest");
    }
}

Evaluation begun(const Predictions& predictions)
{
    Evaluation evaluation;
    evaluation.classes = predictions.classes;
    evaluation.positive = predictions.positive;
    evaluation.cases = static_cast<std::int64_t>(predictions.cases());
    evaluation.grouped = !predictions.groups.empty();
    evaluation.areProbabilities = predictions.areProbabilities;
    evaluation.problems = predictions.problems;
    evaluation.patients = countUnits(independentUnits(predictions), predictions.cases());
    evaluation.repeats = std::max<std::int64_t>(
        1, static_cast<std::int64_t>(std::set<int>(predictions.repeats.begin(), predictions.repeats.end()).size()));
    for (int c = 0; c < predictions.classCount(); ++c) {
        evaluation.casesOfClass.push_back(std::count(predictions.labels.begin(), predictions.labels.end(), c));
    }
    return evaluation;
}

} // namespace

Evaluation evaluate(const Predictions& predictions, const EvaluationConfig& config)
{
    check(predictions, config);
    Evaluation evaluation = begun(predictions);
    evaluation.threshold = operatingThreshold(predictions, config);
    const double threshold = evaluation.threshold.value;
    say(config, "all cases");
    evaluation.pooled = figuresOf(predictions, "all", threshold, config);
    evaluation.folds = foldFigures(predictions, threshold, config);
    if (evaluation.grouped) {
        say(config, "patients");
        evaluation.patientPools.push_back(
            figuresOf(pooledByPatient(predictions, Pooling::Mean, evaluation.warnings), "mean", threshold, config));
        evaluation.patientPools.push_back(
            figuresOf(pooledByPatient(predictions, Pooling::Max, evaluation.warnings), "max", threshold, config));
    }
    evaluation.subgroups = subgroupFigures(predictions, threshold, config);
    addMatrix(evaluation, predictions);
    say(config, "curves");
    for (int c = 0; c < predictions.classCount(); ++c) {
        if (!predictions.isBinary() || c == predictions.positive) {
            evaluation.curves.push_back(curvesOf(predictions, c, evaluation.pooled));
        }
    }
    if (predictions.isBinary()) {
        evaluation.candidates = candidatesOf(predictions, config.costs);
    }
    say(config, "calibration");
    evaluation.calibration = calibrationOf(predictions, config);
    if (predictions.areProbabilities) {
        evaluation.conformal = conformalOf(predictions, config);
        if (predictions.isBinary()) {
            evaluation.decision = metrics::decisionCurve(
                metrics::scoreSteps(predictions.binaryLabels(), predictions.positiveScores()), metrics::hundredths());
        }
    }
    addFoldMean(evaluation);
    addCalibrationFigures(evaluation.pooled, evaluation.calibration, evaluation.cases);
    addWarnings(evaluation, predictions);
    return evaluation;
}

} // namespace diascope::evaluate
