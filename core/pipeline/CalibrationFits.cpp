// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/CalibrationFits.h"

#include "metrics/Brier.h"
#include "metrics/Isotonic.h"
#include "metrics/Logit.h"
#include "metrics/LogLoss.h"
#include "metrics/Temperature.h"

#include <algorithm>
#include <map>

namespace diascope::pipeline {

using nn::PackageCalibration;

namespace {

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

} // namespace

Fitted withNothing(const OutOfFold&)
{
    return {PackageCalibration{}, {}};
}

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

Fitted withIsotonic(const OutOfFold& answers)
{
    const metrics::IsotonicFit fit = metrics::fitIsotonic(answers.labels, plainScores(answers));
    return fit.curve.scores.empty() ? Fitted{std::nullopt, fit.reason} : Fitted{risingCurve(fit.curve), {}};
}

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

metrics::LabelledProbabilities byPicture(const OutOfFold& answers, const std::vector<double>& probabilities)
{
    const auto classes = static_cast<std::size_t>(answers.classes());
    std::map<std::size_t, std::pair<std::size_t, double>> place; // of a sample: its row, how many rows it has
    metrics::LabelledProbabilities pictures;
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

metrics::RowParts partsOf(const OutOfFold& answers)
{
    return metrics::dealtByGroup(answers.groups, CalibrationRules::kParts);
}

metrics::Reliability reliabilityOf(const metrics::LabelledProbabilities& cases, int classes)
{
    constexpr int kBins = 10;
    const auto& [labels, probabilities] = cases;
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
    const metrics::RowParts parts = partsOf(answers);
    for (std::size_t p = 0; p < parts.size(); ++p) {
        const std::vector<std::size_t>& part = parts[p];
        const Fitted others = fit(rowsAmong(answers, metrics::othersOf(parts, p)));
        if (!others.calibration) {
            candidate.fitted = {std::nullopt, "without a fifth of the patients: " + others.reason};
            return candidate;
        }
        const std::vector<double> probabilities = calibrated(*others.calibration, rowsAmong(answers, part));
        for (std::size_t i = 0; i < part.size(); ++i) {
            std::copy_n(probabilities.begin() + static_cast<std::ptrdiff_t>(i * classes), classes,
                        candidate.crossFitted.begin() + static_cast<std::ptrdiff_t>(part[i] * classes));
        }
    }
    const metrics::LabelledProbabilities pictures = byPicture(answers, candidate.crossFitted);
    candidate.logLoss = metrics::logLoss(pictures.labels, pictures.probabilities, answers.classes()).value;
    candidate.brier = metrics::brierScore(pictures.labels, pictures.probabilities, answers.classes()).value;
    candidate.calibrationError = reliabilityOf(pictures, answers.classes()).expectedError.value;
    return candidate;
}

} // namespace diascope::pipeline
