// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/CalibrationEvidence.h"

#include "base/Error.h"
#include "metrics/Brier.h"
#include "metrics/Conformal.h"
#include "metrics/Isotonic.h"
#include "metrics/Logit.h"
#include "metrics/LogLoss.h"
#include "metrics/Proportion.h"
#include "metrics/Reliability.h"
#include "metrics/Temperature.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>

namespace diascope::pipeline {

namespace {

using base::Json;
using nn::PackageCalibration;

/// A calibration, or why there is none.
struct Fitted {
    std::optional<PackageCalibration> calibration;
    std::string reason;
};

OutOfFold rowsAmong(const OutOfFold& all, const std::vector<std::size_t>& rows)
{
    OutOfFold part;
    part.outputs = all.outputs;
    const auto outputs = static_cast<std::size_t>(all.outputs);
    for (const std::size_t row : rows) {
        part.logits.insert(part.logits.end(), all.logits.begin() + static_cast<std::ptrdiff_t>(row * outputs),
                           all.logits.begin() + static_cast<std::ptrdiff_t>((row + 1) * outputs));
        part.labels.push_back(all.labels[row]);
        part.samples.push_back(all.samples[row]);
        part.groups.push_back(all.groups[row]);
    }
    return part;
}

Fitted withTemperature(const OutOfFold& answers)
{
    const metrics::TemperatureFit fit = answers.outputs == 1 ? metrics::fitTemperature(answers.labels, answers.logits)
                                                             : metrics::fitTemperature(answers.labels, answers.logits, answers.outputs);
    if (!fit.temperature) {
        return {std::nullopt, fit.temperature.reason};
    }
    return {PackageCalibration{.method = "temperature", .temperature = *fit.temperature.value}, {}};
}

/// Knots thinned to what a package takes, with a rise everywhere.
PackageCalibration risingCurve(const metrics::IsotonicCurve& curve)
{
    constexpr std::size_t kMostKnots = 512;
    PackageCalibration calibration{.method = "isotonic"};
    const auto add = [&](double score) {
        if (calibration.scores.empty() || score > calibration.scores.back()) {
            calibration.scores.push_back(score);
            calibration.probabilities.push_back((1.0 - CalibrationRules::kRise) * curve.at(score) + CalibrationRules::kRise * score);
        }
    };
    add(0.0);
    const std::size_t knots = curve.scores.size(), taken = std::min(knots, kMostKnots);
    for (std::size_t i = 0; i < taken; ++i) {
        add(curve.scores[taken == knots ? i : i * (knots - 1) / (taken - 1)]);
    }
    add(1.0);
    return calibration;
}

std::vector<double> plainScores(const OutOfFold& answers)
{
    return metrics::sigmoidAtTemperature(answers.logits, 1.0);
}

Fitted withIsotonic(const OutOfFold& answers)
{
    const metrics::IsotonicFit fit = metrics::fitIsotonic(answers.labels, plainScores(answers));
    return fit.curve.scores.empty() ? Fitted{std::nullopt, fit.reason} : Fitted{risingCurve(fit.curve), {}};
}

/// Rows x classes.
std::vector<double> calibrated(const PackageCalibration& calibration, const OutOfFold& answers)
{
    if (answers.outputs > 1) {
        return metrics::softmaxAtTemperature(answers.logits, answers.outputs, calibration.temperature);
    }
    std::vector<double> positive = metrics::sigmoidAtTemperature(answers.logits, calibration.temperature), both;
    if (calibration.method == "isotonic") {
        positive = metrics::IsotonicCurve{calibration.scores, calibration.probabilities}.at(positive);
    }
    for (const double p : positive) {
        both.push_back(1.0 - p);
        both.push_back(p);
    }
    return both;
}

/// One row a picture: the mean of its rows.
struct PictureAnswers {
    std::vector<int> labels;
    std::vector<double> probabilities;
};

PictureAnswers byPicture(const OutOfFold& answers, const std::vector<double>& probabilities)
{
    const auto classes = static_cast<std::size_t>(answers.classes());
    std::map<std::size_t, std::pair<std::size_t, double>> place; // of a sample: its row, how many rows it has
    PictureAnswers pictures;
    for (std::size_t row = 0; row < answers.rows(); ++row) {
        const auto [at, added] = place.try_emplace(answers.samples[row], pictures.labels.size(), 0.0);
        if (added) {
            pictures.labels.push_back(answers.labels[row]);
            pictures.probabilities.resize(pictures.probabilities.size() + classes, 0.0);
        }
        at->second.second += 1.0;
        for (std::size_t c = 0; c < classes; ++c) {
            pictures.probabilities[at->second.first * classes + c] += probabilities[row * classes + c];
        }
    }
    for (const auto& [sample, entry] : place) {
        for (std::size_t c = 0; c < classes; ++c) {
            pictures.probabilities[entry.first * classes + c] /= entry.second;
        }
    }
    return pictures;
}

/// The rows of each of the five parts; patients are kept whole. Fewer parts for fewer patients.
std::vector<std::vector<std::size_t>> dealtParts(const OutOfFold& answers)
{
    std::map<std::string, std::size_t> number;
    for (const std::string& group : answers.groups) {
        number.try_emplace(group, number.size()); // evaluated before it is inserted: 0, 1, …
    }
    std::vector<std::vector<std::size_t>> parts(std::min(CalibrationRules::kParts, number.size()));
    for (std::size_t row = 0; row < answers.rows(); ++row) {
        parts[number[answers.groups[row]] % parts.size()].push_back(row);
    }
    return parts;
}

std::vector<std::size_t> othersThan(const std::vector<std::size_t>& part, std::size_t rows)
{
    std::vector<std::size_t> others;
    for (std::size_t row = 0; row < rows; ++row) {
        if (!std::binary_search(part.begin(), part.end(), row)) {
            others.push_back(row);
        }
    }
    return others;
}

using Fit = Fitted (*)(const OutOfFold&);

Fitted withNothing(const OutOfFold&)
{
    return {PackageCalibration{}, {}};
}

/// A way to calibrate, judged on pictures that it was not fitted on.
struct Candidate {
    Fitted fitted;                   ///< On all rows.
    Fit fit = nullptr;
    std::vector<double> crossFitted{}; ///< Rows x classes.
    std::optional<double> logLoss{}, brier{}, calibrationError{};
};

metrics::Reliability reliabilityOf(const std::vector<int>& labels, const std::vector<double>& probabilities, int classes)
{
    constexpr int kBins = 10;
    if (classes == 2) {
        std::vector<double> positive;
        for (std::size_t i = 1; i < probabilities.size(); i += 2) {
            positive.push_back(probabilities[i]);
        }
        return metrics::reliability(labels, positive, kBins);
    }
    const metrics::TopLabel top = metrics::topLabel(labels, probabilities, classes);
    return metrics::reliability(top.right, top.probability, kBins);
}

Candidate judged(const OutOfFold& answers, Fit fit)
{
    Candidate candidate{.fitted = fit(answers), .fit = fit};
    if (!candidate.fitted.calibration) {
        return candidate;
    }
    const auto classes = static_cast<std::size_t>(answers.classes());
    candidate.crossFitted.resize(answers.rows() * classes);
    for (const std::vector<std::size_t>& part : dealtParts(answers)) {
        const Fitted others = fit(rowsAmong(answers, othersThan(part, answers.rows())));
        if (!others.calibration) {
            candidate.fitted = {std::nullopt, "without a fifth of the patients: " + others.reason};
            return candidate;
        }
        const std::vector<double> p = calibrated(*others.calibration, rowsAmong(answers, part));
        for (std::size_t i = 0; i < part.size(); ++i) {
            std::copy_n(p.begin() + static_cast<std::ptrdiff_t>(i * classes), classes,
                        candidate.crossFitted.begin() + static_cast<std::ptrdiff_t>(part[i] * classes));
        }
    }
    const PictureAnswers pictures = byPicture(answers, candidate.crossFitted);
    candidate.logLoss = metrics::logLoss(pictures.labels, pictures.probabilities, answers.classes()).value;
    candidate.brier = metrics::brierScore(pictures.labels, pictures.probabilities, answers.classes()).value;
    candidate.calibrationError = reliabilityOf(pictures.labels, pictures.probabilities, answers.classes()).expectedError.value;
    return candidate;
}

bool isBelow(const std::optional<double>& a, const std::optional<double>& b)
{
    return a && b && *a < *b;
}

/// Whether there is enough for a curve.
bool suffices(const OutOfFold& answers, const PictureAnswers& pictures)
{
    const auto ones = static_cast<std::size_t>(std::count(pictures.labels.begin(), pictures.labels.end(), 1));
    return answers.outputs == 1 && pictures.labels.size() >= static_cast<std::size_t>(metrics::kIsotonicMinimumCases) &&
        std::min(ones, pictures.labels.size() - ones) >= CalibrationRules::kFewestOfClass;
}

struct Choice {
    Candidate before, after; ///< Equal when nothing is better than nothing.
    std::string reason;      ///< Why there is no calibration, or no other one.
};

Choice choose(const OutOfFold& answers, const PictureAnswers& pictures)
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

Json figuresOf(const OutOfFold& answers, const Choice& choice, const PictureAnswers& pictures)
{
    const PictureAnswers after = byPicture(answers, choice.after.crossFitted);
    Json json{{"n", pictures.labels.size()}, {"method", choice.after.fitted.calibration->method}, {"crossFittedParts", dealtParts(answers).size()},
              {"before", summaryOf(choice.before)}, {"after", summaryOf(choice.after)},
              {"of", answers.classes() == 2 ? "the second class" : "the most probable class"},
              {"reliability", curveJson(reliabilityOf(after.labels, after.probabilities, answers.classes()))}};
    if (!choice.reason.empty()) {
        json["reason"] = choice.reason;
    }
    return json;
}

/// What sets of quantiles from the other patients did: the coverage seen.
void seeCoverage(const OutOfFold& answers, const Candidate& chosen, metrics::ConformalScore score, nn::PackageQuantile& quantile)
{
    std::int64_t covered = 0, n = 0;
    double classesInSets = 0.0;
    for (const std::vector<std::size_t>& part : dealtParts(answers)) {
        const OutOfFold others = rowsAmong(answers, othersThan(part, answers.rows())), these = rowsAmong(answers, part);
        const Fitted fitted = chosen.fit(others);
        if (!fitted.calibration) {
            continue;
        }
        const PictureAnswers known = byPicture(others, calibrated(*fitted.calibration, others)), asked = byPicture(these, calibrated(*fitted.calibration, these));
        const auto q = metrics::calibrateConformal(known.labels, known.probabilities, answers.classes(), score, quantile.alpha);
        const metrics::ConformalCoverage seen = metrics::conformalCoverage(asked.labels, asked.probabilities, answers.classes(), q);
        covered += std::llround(seen.coverage.value.value_or(0.0) * static_cast<double>(asked.labels.size()));
        classesInSets += seen.meanSize * static_cast<double>(asked.labels.size());
        n += static_cast<std::int64_t>(asked.labels.size());
    }
    const auto interval = metrics::wilsonInterval(covered, n);
    quantile.coverageSeen = n > 0 ? static_cast<double>(covered) / static_cast<double>(n) : 0.0;
    quantile.coverageLow = interval ? interval->low : 0.0;
    quantile.coverageHigh = interval ? interval->high : 1.0;
    quantile.meanSize = n > 0 ? classesInSets / static_cast<double>(n) : 0.0;
}

std::vector<nn::PackageQuantile> quantilesOf(const OutOfFold& answers, const Candidate& chosen)
{
    const PictureAnswers pictures = byPicture(answers, calibrated(*chosen.fitted.calibration, answers));
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
    const PictureAnswers pictures = byPicture(answers, calibrated({}, answers));
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
