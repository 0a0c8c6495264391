// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/DeLong.h"

#include "metrics/Proportion.h"
#include "metrics/Ranks.h"
#include "metrics/Roc.h"

#include <cmath>
#include <numeric>
#include <vector>

namespace diascope::metrics {

namespace {

/// Unbiased variance (divisor n - 1).
double variance(const std::vector<double>& values)
{
    const auto n = static_cast<double>(values.size());
    const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
    double sum = 0.0;
    for (const double value : values) {
        sum += (value - mean) * (value - mean);
    }
    return sum / (n - 1.0);
}

/// For each case of `own` label the part of the other class that it stands on the right side of (ties one half).
std::vector<double> placements(std::span<const int> labels, std::span<const double> scores, int own)
{
    std::vector<double> mine;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        if (labels[i] == own) {
            mine.push_back(scores[i]);
        }
    }
    const std::vector<double> all = midRanks(scores);
    const std::vector<double> within = midRanks(mine);
    const auto others = static_cast<double>(labels.size() - mine.size());
    std::vector<double> result;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        if (labels[i] == own) {
            const double below = (all[i] - within[result.size()]) / others;
            result.push_back(own == 1 ? below : 1.0 - below);
        }
    }
    return result;
}

double logit(double p)
{
    return std::log(p / (1.0 - p));
}

double logistic(double x)
{
    return 1.0 / (1.0 + std::exp(-x));
}

} // namespace

DeLongResult deLong(std::span<const int> labels, std::span<const double> scores)
{
    DeLongResult result;
    result.auc = rocAuc(labels, scores);
    if (!result.auc) {
        result.reason = result.auc.reason;
        return result;
    }
    const ClassCounts counts = countClasses(labels, scores);
    if (counts.positives < 2 || counts.negatives < 2) {
        result.reason = "the variance needs two cases of each class";
        return result;
    }
    result.variance = variance(placements(labels, scores, 1)) / static_cast<double>(counts.positives)
                    + variance(placements(labels, scores, 0)) / static_cast<double>(counts.negatives);
    const double auc = *result.auc.value;
    constexpr double kNoVariance = 1e-15;
    if (*result.variance <= kNoVariance || auc <= 0.0 || auc >= 1.0) {
        result.reason = "the variance is 0, or the area is 0 or 1";
        return result;
    }
    const double half = kNormal975 * std::sqrt(*result.variance) / (auc * (1.0 - auc)); // delta method
    result.interval = Interval{logistic(logit(auc) - half), logistic(logit(auc) + half)};
    return result;
}

} // namespace diascope::metrics
