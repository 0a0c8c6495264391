// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluate/Calibrate.h"

#include "evaluate/Figures.h"
#include "metrics/Isotonic.h"
#include "metrics/LogLoss.h"
#include "metrics/Logit.h"
#include "metrics/Proportion.h"
#include "metrics/Temperature.h"

#include <cmath>

namespace diascope::evaluate {

namespace {

using metrics::Figure;

/// Probabilities N x K with the positive class of two last, as the binary functions of metrics see them.
struct Judged {
    std::vector<int> labels;
    std::vector<double> probabilities; ///< Binary: of the positive class, N; else N x K.
    int classes = 2;
};

Judged judged(const Predictions& predictions)
{
    if (predictions.isBinary()) {
        return {predictions.binaryLabels(), predictions.positiveScores(), 2};
    }
    return {predictions.labels, predictions.probabilities, predictions.classCount()};
}

Figure lossOf(const Judged& rows)
{
    return rows.classes == 2 ? metrics::logLoss(rows.labels, rows.probabilities)
                             : metrics::logLoss(rows.labels, rows.probabilities, rows.classes);
}

metrics::TopLabel topOf(const Judged& rows)
{
    return rows.classes == 2 ? metrics::topLabel(rows.labels, rows.probabilities)
                             : metrics::topLabel(rows.labels, rows.probabilities, rows.classes);
}

/// ECE with 10 bins: of the positive probability, or of the top label for several classes.
Figure errorOf(const Judged& rows)
{
    if (rows.classes == 2) {
        return metrics::reliability(rows.labels, rows.probabilities, 10).expectedError;
    }
    const metrics::TopLabel top = topOf(rows);
    return metrics::reliability(top.right, top.probability, 10).expectedError;
}

metrics::TemperatureFit temperatureOf(const Judged& rows)
{
    return rows.classes == 2
        ? metrics::fitTemperature(rows.labels, metrics::logitsOf(rows.probabilities))
        : metrics::fitTemperature(rows.labels, metrics::logProbabilities(rows.probabilities), rows.classes);
}

std::vector<double> atTemperature(const Judged& rows, double temperature)
{
    return rows.classes == 2
        ? metrics::sigmoidAtTemperature(metrics::logitsOf(rows.probabilities), temperature)
        : metrics::softmaxAtTemperature(metrics::logProbabilities(rows.probabilities), rows.classes, temperature);
}

/// One method learned on the other parts; `apply` gives the new probabilities of a part or a reason.
struct Recalibrated {
    std::vector<double> probabilities;
    std::string reason;
};

Recalibrated byTemperature(const Judged& others, const Judged& own)
{
    const metrics::TemperatureFit fit = temperatureOf(others);
    if (!fit.temperature) {
        return {{}, fit.temperature.reason};
    }
    return {atTemperature(own, *fit.temperature.value), {}};
}

Recalibrated byIsotonic(const Judged& others, const Judged& own)
{
    const metrics::IsotonicFit fit = metrics::fitIsotonic(others.labels, others.probabilities);
    if (!fit.reason.empty()) {
        return {{}, fit.reason};
    }
    return fit.warning.empty() ? Recalibrated{fit.curve.at(std::span<const double>(own.probabilities)), {}}
                               : Recalibrated{{}, fit.warning};
}

using Method = Recalibrated (*)(const Judged& others, const Judged& own);

RecalibratedFigures crossJudged(
    const Predictions& predictions, const CrossParts& cross, const std::string& name, Method method)
{
    RecalibratedFigures result{
        name, Figure::undefined("too few cases to learn on some and judge on others"), {}, cross.how};
    result.calibrationError = result.logLoss;
    if (cross.parts.empty()) {
        return result;
    }
    Judged all;
    for (std::size_t part = 0; part < cross.parts.size(); ++part) {
        const Judged own = judged(predictions.rows(cross.parts[part]));
        const Recalibrated changed = method(judged(predictions.rows(metrics::othersOf(cross.parts, part))), own);
        if (!changed.reason.empty()) {
            result.logLoss = result.calibrationError = Figure::undefined(changed.reason);
            return result;
        }
        all.classes = own.classes;
        all.labels.insert(all.labels.end(), own.labels.begin(), own.labels.end());
        all.probabilities.insert(all.probabilities.end(), changed.probabilities.begin(), changed.probabilities.end());
    }
    result.logLoss = lossOf(all);
    result.calibrationError = errorOf(all);
    return result;
}

ConformalFigures crossConformal(
    const Predictions& predictions, const CrossParts& cross, metrics::ConformalScore score, double alpha)
{
    const int classes = predictions.classCount();
    ConformalFigures result{
        metrics::calibrateConformal(predictions.labels, predictions.probabilities, classes, score, alpha), {},
        cross.how};
    metrics::CrossCoverage seen;
    for (std::size_t part = 0; part < cross.parts.size(); ++part) {
        const Predictions others = predictions.rows(metrics::othersOf(cross.parts, part)), own = predictions.rows(cross.parts[part]);
        seen.add({others.labels, others.probabilities}, {own.labels, own.probabilities}, classes, score, alpha);
    }
    if (seen.n == 0) {
        result.seen.coverage = metrics::withoutInterval(
            Figure::undefined("too few cases to calibrate on some and judge on others"), 0, {});
        return result;
    }
    result.seen.coverage = metrics::proportionEstimate(seen.covered, seen.n);
    result.seen.coverage.method += "; " + cross.how;
    result.seen.meanSize = seen.meanSize();
    result.seen.empty = seen.empty;
    result.seen.singletons = seen.singletons;
    return result;
}

} // namespace

Calibration calibrationOf(const Predictions& predictions, const EvaluationConfig& config)
{
    Calibration result;
    if (!predictions.areProbabilities) {
        result.reason = "the scores are not probabilities";
        return result;
    }
    const Judged rows = judged(predictions);
    const metrics::TopLabel top = topOf(rows);
    result.top = metrics::reliability(top.right, top.probability, 10);
    result.top15 = metrics::reliability(top.right, top.probability, 15);
    if (predictions.isBinary()) {
        result.positive = metrics::reliability(rows.labels, rows.probabilities, 10);
        result.positive15 = metrics::reliability(rows.labels, rows.probabilities, 15);
        result.line = metrics::recalibration(rows.labels, rows.probabilities);
    }
    result.temperature = temperatureOf(rows).temperature;
    result.recalibrated.push_back({"none", lossOf(rows), errorOf(rows), "as the model says"});
    const CrossParts cross = crossParts(predictions, config.seed);
    result.recalibrated.push_back(crossJudged(predictions, cross, "temperature", byTemperature));
    if (predictions.isBinary()) {
        result.recalibrated.push_back(crossJudged(predictions, cross, "isotonic", byIsotonic));
    }
    return result;
}

std::vector<ConformalFigures> conformalOf(const Predictions& predictions, const EvaluationConfig& config)
{
    const CrossParts cross = crossParts(predictions, config.seed);
    return {crossConformal(predictions, cross, metrics::ConformalScore::Lac, config.alpha),
        crossConformal(predictions, cross, metrics::ConformalScore::Aps, config.alpha)};
}

void addCalibrationFigures(FigureSet& set, const Calibration& calibration, std::int64_t cases)
{
    const auto add = [&](const std::string& name, const Figure& figure, const std::string& why) {
        set.figures.push_back({name,
            metrics::withoutInterval(
                calibration.reason.empty() ? figure : Figure::undefined(calibration.reason), cases, why)});
    };
    const bool binary = calibration.positive.bins > 0;
    const std::string bins
        = binary ? "10 equal bins of the positive probability" : "10 equal bins of the top probability";
    const metrics::Reliability& curve = binary ? calibration.positive : calibration.top;
    add("ece", curve.expectedError, "a bootstrap of it is biased; " + bins);
    add("mce", curve.largestError, "a bootstrap of it is biased; " + bins);
    if (binary) {
        add("calibrationSlope", calibration.line.slope, "logistic regression on the logit");
        add("calibrationIntercept", calibration.line.interceptAtSlope1,
            "intercept at slope 1 (calibration in the large)");
    }
    add("temperature", calibration.temperature, "least log loss");
}

} // namespace diascope::evaluate
