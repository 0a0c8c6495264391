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

constexpr double kNoVariance = 1e-15;

/// Unbiased covariance (divisor n - 1).
double covariance(const std::vector<double>& a, const std::vector<double>& b)
{
    const auto n = static_cast<double>(a.size());
    const double meanA = std::accumulate(a.begin(), a.end(), 0.0) / n;
    const double meanB = std::accumulate(b.begin(), b.end(), 0.0) / n;
    double sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        sum += (a[i] - meanA) * (b[i] - meanB);
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

/// Variance of the area: that of the placements of each class over its number of cases.
double varianceOf(const ScoreSteps& sorted, double auc)
{
    const auto positives = static_cast<double>(sorted.positives);
    const auto negatives = static_cast<double>(sorted.negatives);
    double ofPositives = 0.0, ofNegatives = 0.0;
    for (const ScoreStep& step : sorted.steps) {
        const auto p = static_cast<double>(step.positives), n = static_cast<double>(step.negatives);
        const double below = (negatives - static_cast<double>(step.falsePositives) + 0.5 * n) / negatives - auc;
        const double above = (static_cast<double>(step.truePositives) - 0.5 * p) / positives - auc;
        ofPositives += p * below * below;
        ofNegatives += n * above * above;
    }
    return ofPositives / (positives - 1.0) / positives + ofNegatives / (negatives - 1.0) / negatives;
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
    return deLong(scoreSteps(labels, scores));
}

DeLongResult deLong(const ScoreSteps& sorted)
{
    DeLongResult result;
    result.auc = rocAuc(sorted);
    if (!result.auc) {
        result.reason = result.auc.reason;
        return result;
    }
    if (sorted.positives < 2 || sorted.negatives < 2) {
        result.reason = "the variance needs two cases of each class";
        return result;
    }
    const double auc = *result.auc.value;
    result.variance = varianceOf(sorted, auc);
    if (*result.variance <= kNoVariance || auc <= 0.0 || auc >= 1.0) {
        result.reason = "the variance is 0, or the area is 0 or 1";
        return result;
    }
    const double wald = kNormal975 * std::sqrt(*result.variance);
    const double half = wald / (auc * (1.0 - auc)); // delta method
    result.interval = Interval{logistic(logit(auc) - half), logistic(logit(auc) + half)};
    result.waldInterval = Interval{auc - wald, auc + wald};
    return result;
}

DeLongTest deLongTest(std::span<const int> labels, std::span<const double> scores1, std::span<const double> scores2)
{
    DeLongTest test;
    test.auc1 = rocAuc(labels, scores1);
    test.auc2 = rocAuc(labels, scores2);
    for (const Figure* area : {&test.auc1, &test.auc2}) {
        if (!*area) {
            test.z = *area;
            return test;
        }
    }
    const ClassCounts counts = countClasses(labels, scores1);
    if (counts.positives < 2 || counts.negatives < 2) {
        test.z = Figure::undefined("the variance needs two cases of each class");
        return test;
    }
    for (const int own : {1, 0}) {
        const std::vector<double> of[2] = {placements(labels, scores1, own), placements(labels, scores2, own)};
        const auto cases = static_cast<double>(of[0].size());
        for (std::size_t i = 0; i < 4; ++i) {
            test.covariance[i] += covariance(of[i / 2], of[i % 2]) / cases;
        }
    }
    const double variance = test.covariance[0] + test.covariance[3] - 2.0 * test.covariance[1];
    if (variance <= kNoVariance) {
        test.z = Figure::undefined("the variance of the difference is 0");
        return test;
    }
    const double difference = *test.auc1.value - *test.auc2.value;
    const double error = std::sqrt(variance);
    test.z = {difference / error, {}};
    test.pValue = std::erfc(std::abs(difference / error) / std::sqrt(2.0));
    test.difference = Interval{difference - kNormal975 * error, difference + kNormal975 * error};
    return test;
}

} // namespace diascope::metrics
