// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/Conformal.h"

#include "base/Error.h"
#include "metrics/Proportion.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace diascope::metrics {

namespace {

void checkShape(std::span<const int> labels, std::span<const double> probabilities, int classes)
{
    if (classes < 1 || probabilities.size() != labels.size() * static_cast<std::size_t>(classes)) {
        throw base::Error(base::ErrorCode::Internal, "metrics", "the probabilities are not cases x classes");
    }
    for (const int label : labels) {
        if (label < 0 || label >= classes) {
            throw base::Error(base::ErrorCode::Internal, "metrics", "a label is " + std::to_string(label));
        }
    }
}

/// Scores of one row into `out`; `order` is scratch space of as many places.
void scoreRow(std::span<const double> row, ConformalScore score, std::span<double> out, std::span<std::size_t> order)
{
    if (score == ConformalScore::Lac) {
        std::transform(row.begin(), row.end(), out.begin(), [](double p) { return 1.0 - p; });
        return;
    }
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(),
        [row](std::size_t a, std::size_t b) { return row[a] > row[b] || (row[a] == row[b] && a < b); });
    double sum = 0.0;
    for (const std::size_t label : order) {
        sum += row[label];
        out[label] = sum;
    }
}

} // namespace

std::string_view name(ConformalScore score)
{
    return score == ConformalScore::Lac ? "lac" : "aps";
}

std::vector<double> conformalScores(std::span<const double> probabilities, int classes, ConformalScore score)
{
    const auto columns = static_cast<std::size_t>(std::max(classes, 1));
    if (classes < 1 || probabilities.size() % columns != 0) {
        throw base::Error(base::ErrorCode::Internal, "metrics", "the probabilities are not cases x classes");
    }
    std::vector<double> scores(probabilities.size());
    std::vector<std::size_t> order(columns);
    for (std::size_t row = 0; row < scores.size(); row += columns) {
        scoreRow(probabilities.subspan(row, columns), score, std::span(scores).subspan(row, columns), order);
    }
    return scores;
}

ConformalQuantile calibrateConformal(
    std::span<const int> labels, std::span<const double> probabilities, int classes, ConformalScore score, double alpha)
{
    checkShape(labels, probabilities, classes);
    if (!(alpha > 0.0 && alpha < 1.0)) {
        throw base::Error(base::ErrorCode::Internal, "metrics", "alpha is outside (0, 1)");
    }
    ConformalQuantile result{score, alpha, static_cast<std::int64_t>(labels.size()), 0, std::nullopt, {}};
    // (n+1)(1-alpha) may come out as 9.000000000000002 where 9 is meant.
    constexpr double kDigits = 1e9;
    result.rank = static_cast<std::int64_t>(
        std::ceil(std::round(static_cast<double>(result.n + 1) * (1.0 - alpha) * kDigits) / kDigits));
    if (labels.empty()) {
        result.reason = "no cases";
        return result;
    }
    if (std::any_of(probabilities.begin(), probabilities.end(), [](double p) { return std::isnan(p); })) {
        result.reason = "a probability is not a number";
        return result;
    }
    if (result.rank > result.n) {
        result.reason = "too few cases for this alpha: the quantile is infinite, every set holds every class";
        return result;
    }
    const auto columns = static_cast<std::size_t>(classes);
    const std::vector<double> all = conformalScores(probabilities, classes, score);
    std::vector<double> own(labels.size());
    for (std::size_t i = 0; i < labels.size(); ++i) {
        own[i] = all[i * columns + static_cast<std::size_t>(labels[i])];
    }
    const auto at = own.begin() + static_cast<std::ptrdiff_t>(result.rank - 1);
    std::nth_element(own.begin(), at, own.end());
    result.quantile = *at;
    return result;
}

std::vector<int> predictionSet(std::span<const double> probabilities, const ConformalQuantile& quantile)
{
    const std::vector<double> scores
        = conformalScores(probabilities, static_cast<int>(probabilities.size()), quantile.score);
    std::vector<int> set;
    for (std::size_t label = 0; label < scores.size(); ++label) {
        if (!quantile.quantile || scores[label] <= *quantile.quantile) {
            set.push_back(static_cast<int>(label));
        }
    }
    return set;
}

ConformalCoverage conformalCoverage(
    std::span<const int> labels, std::span<const double> probabilities, int classes, const ConformalQuantile& quantile)
{
    checkShape(labels, probabilities, classes);
    const auto columns = static_cast<std::size_t>(classes);
    const std::vector<double> scores = conformalScores(probabilities, classes, quantile.score);
    ConformalCoverage result;
    std::int64_t covered = 0, size = 0;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        std::int64_t inSet = 0;
        for (std::size_t c = 0; c < columns; ++c) {
            const bool in = !quantile.quantile || scores[i * columns + c] <= *quantile.quantile;
            inSet += in ? 1 : 0;
            covered += in && labels[i] == static_cast<int>(c) ? 1 : 0;
        }
        size += inSet;
        result.empty += inSet == 0 ? 1 : 0;
        result.singletons += inSet == 1 ? 1 : 0;
    }
    const auto n = static_cast<std::int64_t>(labels.size());
    result.coverage = proportionEstimate(covered, n);
    result.meanSize = n > 0 ? static_cast<double>(size) / static_cast<double>(n) : 0.0;
    return result;
}

} // namespace diascope::metrics
