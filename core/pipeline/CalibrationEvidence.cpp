// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/CalibrationEvidence.h"

#include "base/Error.h"
#include "metrics/Isotonic.h"
#include "metrics/Logit.h"
#include "metrics/Proportion.h"
#include "pipeline/CalibrationFits.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace diascope::pipeline {

namespace {

using base::Json;
using metrics::LabelledProbabilities;
using nn::PackageCalibration;

bool isBelow(const std::optional<double>& a, const std::optional<double>& b)
{
    return a && b && *a < *b;
}

/// Whether there is enough for a curve.
bool suffices(const OutOfFold& answers, const LabelledProbabilities& pictures)
{
    const auto ones = static_cast<std::size_t>(std::count(pictures.labels.begin(), pictures.labels.end(), 1));
    return answers.outputs == 1 && pictures.labels.size() >= static_cast<std::size_t>(metrics::kIsotonicMinimumCases) &&
        std::min(ones, pictures.labels.size() - ones) >= CalibrationRules::kFewestOfClass;
}

struct Choice {
    Candidate before, after; ///< Equal when nothing is better than nothing.
    std::string reason;      ///< Why there is no calibration, or no other one.
};

Choice choose(const OutOfFold& answers, const LabelledProbabilities& pictures)
{
    Choice choice{judged(answers, withNothing), {}, {}};
    choice.after = choice.before;
    if (pictures.labels.size() < CalibrationRules::kFewestForTemperature) {
        choice.reason = std::to_string(pictures.labels.size()) + " pictures are fewer than the " +
            std::to_string(CalibrationRules::kFewestForTemperature) + " that a temperature needs";
        return choice;
    }
    Candidate scaled = judged(answers, withTemperature);
    if (isBelow(scaled.logLoss, choice.before.logLoss)) {
        choice.after = std::move(scaled);
    } else {
        choice.reason = scaled.fitted.calibration ? "on patients that it was not fitted on a temperature did not lower the log loss" : scaled.fitted.reason;
    }
    if (suffices(answers, pictures)) {
        Candidate curved = judged(answers, withIsotonic);
        if (isBelow(curved.brier, choice.after.brier)) {
            choice.after = std::move(curved);
            choice.reason.clear();
        }
    }
    return choice;
}

Json numberOrNull(const std::optional<double>& value)
{
    return value ? Json(*value) : Json();
}

Json summaryOf(const Candidate& candidate)
{
    return {{"logLoss", numberOrNull(candidate.logLoss)}, {"brier", numberOrNull(candidate.brier)},
            {"expectedCalibrationError", numberOrNull(candidate.calibrationError)}};
}

Json curveJson(const metrics::Reliability& curve)
{
    Json bins = Json::array();
    for (const metrics::ReliabilityBin& bin : curve.table) {
        Json entry{{"bin", bin.bin}, {"n", bin.count}, {"meanProbability", bin.meanProbability}, {"observed", numberOrNull(bin.observed.value)}};
        entry["low"] = bin.observed.interval ? Json(bin.observed.interval->low) : Json();
        entry["high"] = bin.observed.interval ? Json(bin.observed.interval->high) : Json();
        bins.push_back(std::move(entry));
    }
    return {{"bins", curve.bins}, {"table", std::move(bins)}};
}

Json figuresOf(const OutOfFold& answers, const Choice& choice, const LabelledProbabilities& pictures)
{
    const LabelledProbabilities after = byPicture(answers, choice.after.crossFitted);
    Json json{{"n", pictures.labels.size()}, {"method", choice.after.fitted.calibration->method}, {"crossFittedParts", partsOf(answers).size()},
              {"before", summaryOf(choice.before)}, {"after", summaryOf(choice.after)},
              {"of", answers.classes() == 2 ? "the second class" : "the most probable class"},
              {"reliability", curveJson(reliabilityOf(after, answers.classes()))}};
    if (!choice.reason.empty()) {
        json["reason"] = choice.reason;
    }
    return json;
}

/// What sets of quantiles from the other patients did: the coverage seen.
void seeCoverage(const OutOfFold& answers, const Candidate& chosen, metrics::ConformalScore score, nn::PackageQuantile& quantile)
{
    const metrics::RowParts parts = partsOf(answers);
    metrics::CrossCoverage seen;
    for (std::size_t part = 0; part < parts.size(); ++part) {
        const OutOfFold others = rowsAmong(answers, metrics::othersOf(parts, part)), these = rowsAmong(answers, parts[part]);
        const Fitted fitted = chosen.fit(others);
        if (fitted.calibration) {
            seen.add(byPicture(others, calibrated(*fitted.calibration, others)), byPicture(these, calibrated(*fitted.calibration, these)), answers.classes(),
                     score, quantile.alpha);
        }
    }
    const auto interval = metrics::wilsonInterval(seen.covered, seen.n);
    quantile.coverageSeen = seen.n > 0 ? static_cast<double>(seen.covered) / static_cast<double>(seen.n) : 0.0;
    quantile.coverageLow = interval ? interval->low : 0.0;
    quantile.coverageHigh = interval ? interval->high : 1.0;
    quantile.meanSize = seen.meanSize();
}

std::vector<nn::PackageQuantile> quantilesOf(const OutOfFold& answers, const Candidate& chosen)
{
    const LabelledProbabilities pictures = byPicture(answers, calibrated(*chosen.fitted.calibration, answers));
    std::vector<nn::PackageQuantile> quantiles;
    for (const metrics::ConformalScore score : {metrics::ConformalScore::Lac, metrics::ConformalScore::Aps}) {
        for (const double alpha : {0.05, 0.1, 0.2}) {
            const auto q = metrics::calibrateConformal(pictures.labels, pictures.probabilities, answers.classes(), score, alpha);
            if (!q.quantile) {
                continue; // too few pictures for so much coverage
            }
            nn::PackageQuantile quantile{.score = std::string(metrics::name(score)), .alpha = alpha, .quantile = *q.quantile, .n = q.n};
            seeCoverage(answers, chosen, score, quantile);
            quantiles.push_back(std::move(quantile));
        }
    }
    return quantiles;
}

} // namespace

CalibrationEvidence calibrationEvidence(const OutOfFold& answers)
{
    const std::size_t rows = answers.rows();
    if (rows == 0 || answers.logits.size() != rows * static_cast<std::size_t>(answers.outputs) || answers.samples.size() != rows ||
        answers.groups.size() != rows) {
        throw base::Error(base::ErrorCode::Internal, "calibration", "the out-of-fold answers do not fit each other");
    }
    CalibrationEvidence evidence;
    if (!std::all_of(answers.logits.begin(), answers.logits.end(), [](double value) { return std::isfinite(value); })) {
        evidence.figures = {{"n", rows}, {"method", "none"}, {"reason", "an out-of-fold logit is no number"}};
        return evidence;
    }
    const LabelledProbabilities pictures = byPicture(answers, calibrated({}, answers));
    const Choice choice = choose(answers, pictures);
    evidence.calibration = *choice.after.fitted.calibration;
    evidence.figures = figuresOf(answers, choice, pictures);
    evidence.quantiles = quantilesOf(answers, choice.after);
    return evidence;
}

double calibratedThreshold(const PackageCalibration& calibration, double threshold)
{
    if (calibration.method == "isotonic") {
        return metrics::IsotonicCurve{calibration.scores, calibration.probabilities}.at(threshold);
    }
    return calibration.temperature == 1.0 ? threshold : metrics::sigmoid(metrics::clippedLogit(threshold) / calibration.temperature);
}

} // namespace diascope::pipeline
