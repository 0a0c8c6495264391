// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/Temperature.h"

#include "base/Error.h"
#include "metrics/Logit.h"

#include <boost/math/tools/roots.hpp>

#include <algorithm>
#include <cmath>
#include <functional>

namespace diascope::metrics {

namespace {

/// Mean loss and its derivative by the inverse temperature. The loss is convex in it, so the derivative has one sign
/// change at most.
struct Loss {
    std::function<double(double inverse)> value;
    std::function<double(double inverse)> slope;
};

double binaryLoss(std::span<const int> labels, std::span<const double> logits, double inverse)
{
    double sum = 0.0;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const double z = inverse * logits[i];
        sum += std::max(z, 0.0) + std::log1p(std::exp(-std::abs(z))) - (labels[i] == 1 ? z : 0.0);
    }
    return sum / static_cast<double>(labels.size());
}

double binarySlope(std::span<const int> labels, std::span<const double> logits, double inverse)
{
    double sum = 0.0;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        sum += logits[i] * (sigmoid(inverse * logits[i]) - labels[i]);
    }
    return sum / static_cast<double>(labels.size());
}

double softmaxLoss(std::span<const int> labels, std::span<const double> logits, std::size_t columns, double inverse)
{
    double sum = 0.0;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const auto row = logits.subspan(i * columns, columns);
        const double most = *std::max_element(row.begin(), row.end());
        double total = 0.0;
        for (const double logit : row) {
            total += std::exp(inverse * (logit - most));
        }
        sum += std::log(total) - inverse * (row[static_cast<std::size_t>(labels[i])] - most);
    }
    return sum / static_cast<double>(labels.size());
}

double softmaxSlope(std::span<const int> labels, std::span<const double> logits, std::size_t columns, double inverse)
{
    double sum = 0.0;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const auto row = logits.subspan(i * columns, columns);
        const double most = *std::max_element(row.begin(), row.end());
        double total = 0.0, weighted = 0.0;
        for (const double logit : row) {
            const double e = std::exp(inverse * (logit - most));
            total += e;
            weighted += e * logit;
        }
        sum += weighted / total - row[static_cast<std::size_t>(labels[i])];
    }
    return sum / static_cast<double>(labels.size());
}

TemperatureFit minimise(const Loss& loss)
{
    TemperatureFit fit;
    const double first = std::log(1.0 / kHighestTemperature), last = std::log(1.0 / kLowestTemperature);
    const auto slope = [&](double logInverse) { return loss.slope(std::exp(logInverse)); };
    const double slopeFirst = slope(first), slopeLast = slope(last);
    if (slopeLast <= 0.0) {
        fit.temperature = Figure::undefined(
            "the minimum is at the border: the temperature goes to 0 (separable cases, or nothing to fit)");
        return fit;
    }
    if (slopeFirst >= 0.0) {
        fit.temperature = Figure::undefined(
            "the minimum is at the border: the temperature grows without end (worse than a constant)");
        return fit;
    }
    std::uintmax_t rounds = 100;
    const auto bracket = boost::math::tools::toms748_solve(
        slope, first, last, slopeFirst, slopeLast, boost::math::tools::eps_tolerance<double>(40), rounds);
    const double inverse = std::exp(0.5 * (bracket.first + bracket.second));
    fit.temperature = {1.0 / inverse, {}};
    fit.lossBefore = loss.value(1.0);
    fit.lossAfter = loss.value(inverse);
    return fit;
}

TemperatureFit undefinedFit(const std::string& reason)
{
    return {Figure::undefined(reason), 0.0, 0.0};
}

void checkLabels(std::span<const int> labels, std::size_t logits, int classes, std::size_t columns)
{
    if (classes < 2 || logits != labels.size() * columns) {
        throw base::Error(base::ErrorCode::Internal, "metrics", "the logits are not cases x classes");
    }
    for (const int label : labels) {
        if (label < 0 || label >= classes) {
            throw base::Error(base::ErrorCode::Internal, "metrics", "a label is " + std::to_string(label));
        }
    }
}

bool allFinite(std::span<const double> values)
{
    return std::all_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); });
}

} // namespace

TemperatureFit fitTemperature(std::span<const int> labels, std::span<const double> logits)
{
    checkLabels(labels, logits.size(), 2, 1);
    const auto positives = std::count(labels.begin(), labels.end(), 1);
    if (labels.empty()) {
        return undefinedFit("no cases");
    }
    if (!allFinite(logits)) {
        return undefinedFit("a logit is not a finite number");
    }
    if (positives == 0 || positives == static_cast<std::ptrdiff_t>(labels.size())) {
        return undefinedFit("one class only");
    }
    return minimise({[=](double inverse) { return binaryLoss(labels, logits, inverse); },
        [=](double inverse) { return binarySlope(labels, logits, inverse); }});
}

TemperatureFit fitTemperature(std::span<const int> labels, std::span<const double> logits, int classes)
{
    checkLabels(labels, logits.size(), classes, static_cast<std::size_t>(std::max(classes, 0)));
    if (labels.empty()) {
        return undefinedFit("no cases");
    }
    if (!allFinite(logits)) {
        return undefinedFit("a logit is not a finite number");
    }
    const auto columns = static_cast<std::size_t>(classes);
    return minimise({[=](double inverse) { return softmaxLoss(labels, logits, columns, inverse); },
        [=](double inverse) { return softmaxSlope(labels, logits, columns, inverse); }});
}

std::vector<double> sigmoidAtTemperature(std::span<const double> logits, double temperature)
{
    std::vector<double> probabilities(logits.size());
    std::transform(logits.begin(), logits.end(), probabilities.begin(),
        [temperature](double z) { return sigmoid(z / temperature); });
    return probabilities;
}

std::vector<double> softmaxAtTemperature(std::span<const double> logits, int classes, double temperature)
{
    const auto columns = static_cast<std::size_t>(classes);
    if (classes < 1 || logits.size() % columns != 0) {
        throw base::Error(base::ErrorCode::Internal, "metrics", "the logits are not cases x classes");
    }
    std::vector<double> probabilities(logits.size());
    for (std::size_t row = 0; row < logits.size(); row += columns) {
        const auto z = logits.subspan(row, columns);
        const double most = *std::max_element(z.begin(), z.end());
        double sum = 0.0;
        for (std::size_t c = 0; c < columns; ++c) {
            probabilities[row + c] = std::exp((z[c] - most) / temperature);
            sum += probabilities[row + c];
        }
        for (std::size_t c = 0; c < columns; ++c) {
            probabilities[row + c] /= sum;
        }
    }
    return probabilities;
}

} // namespace diascope::metrics
