// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/SampleSize.h"

#include "base/Error.h"
#include "metrics/Proportion.h"

#include <boost/math/distributions/normal.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

namespace diascope::metrics {

namespace {

void require(bool good, const std::string& what)
{
    if (!good) {
        throw base::Error(base::ErrorCode::Usage, "sample size", what);
    }
}

/// The least n >= 1 that is good enough, where more is never worse.
std::int64_t least(const std::function<bool(std::int64_t)>& goodEnough)
{
    std::int64_t high = 1;
    while (!goodEnough(high)) {
        high *= 2;
    }
    std::int64_t low = high / 2; // not good enough, or 0
    while (high - low > 1) {
        const std::int64_t middle = low + (high - low) / 2;
        (goodEnough(middle) ? high : low) = middle;
    }
    return high;
}

/// Wilson's interval for any share, not only for whole numbers of successes.
double wilsonWidth(double p, double n)
{
    const double z2 = kNormal975 * kNormal975;
    return 2.0 * kNormal975 * std::sqrt(p * (1.0 - p) / n + z2 / (4.0 * n * n)) / (1.0 + z2 / n);
}

constexpr std::int64_t kAnecdote = 10, kNarrow = 100, kCalibration = 200, kPatients = 30;

std::string sentence(const std::string& name, std::int64_t cases)
{
    const std::string begin
        = "n is too small: class '" + name + "' has " + std::to_string(cases) + (cases == 1 ? " case; " : " cases; ");
    if (cases == 0) {
        return "class '" + name + "' has no case: figures that need it are undefined";
    }
    if (cases < kAnecdote) {
        return begin + "below " + std::to_string(kAnecdote) + " its figures are anecdotes";
    }
    return begin + "at least " + std::to_string(kNarrow) + " are asked for when a model is validated (Collins 2016)";
}

} // namespace

std::int64_t casesForProportion(double expected, double width)
{
    require(expected >= 0.0 && expected <= 1.0, "an expected proportion is 0 to 1");
    require(width > 0.0 && width < 1.0, "a width is between 0 and 1");
    constexpr double kNarrowest = 1e-6;
    require(width >= kNarrowest, "a width below 0.000001 is not asked for in earnest");
    return least([=](std::int64_t n) { return wilsonWidth(expected, static_cast<double>(n)) <= width; });
}

double aucVariance(double auc, double positives, double negatives, AucVariance method)
{
    require(auc > 0.0 && auc < 1.0 && positives >= 1.0 && negatives >= 1.0,
        "an area is between 0 and 1, with a case of each class");
    if (method == AucVariance::HanleyMcNeil) {
        const double q1 = auc / (2.0 - auc), q2 = 2.0 * auc * auc / (1.0 + auc);
        return (auc * (1.0 - auc) + (positives - 1.0) * (q1 - auc * auc) + (negatives - 1.0) * (q2 - auc * auc))
            / (positives * negatives);
    }
    const double a
        = 1.414 * boost::math::quantile(boost::math::normal_distribution<double>(), auc); // the paper's constants
    const double ratio = negatives / positives;
    return 0.0099 * std::exp(-0.5 * a * a) * ((5.0 * a * a + 8.0) + (a * a + 8.0) / ratio) / positives;
}

std::int64_t casesForAuc(const AucPlan& plan, AucVariance method)
{
    require(plan.auc >= 0.5 && plan.auc < 1.0, "an expected area is from 0.5 to below 1");
    constexpr double kNarrowest = 1e-5;
    require(plan.width >= kNarrowest && plan.width < 1.0, "a width is from 0.00001 to below 1");
    require(plan.prevalence > 0.0 && plan.prevalence < 1.0, "a prevalence is between 0 and 1");
    const auto split = [&](std::int64_t n) {
        const double positives = std::ceil(static_cast<double>(n) * plan.prevalence);
        return std::pair{positives, std::max(1.0, std::ceil(static_cast<double>(n) * (1.0 - plan.prevalence)))};
    };
    const std::int64_t n = least([&](std::int64_t cases) {
        const auto [positives, negatives] = split(cases);
        return 2.0 * kNormal975 * std::sqrt(aucVariance(plan.auc, positives, negatives, method)) <= plan.width;
    });
    const auto [positives, negatives] = split(n);
    return static_cast<std::int64_t>(positives + negatives);
}

std::vector<std::string> sampleWarnings(const SampleCounts& counts)
{
    std::vector<std::string> warnings;
    bool enoughForCurves = counts.casesOfClass.size() != 2;
    for (std::size_t c = 0; c < counts.casesOfClass.size(); ++c) {
        if (counts.casesOfClass[c] < kNarrow) {
            warnings.push_back(sentence(counts.classNames.at(c), counts.casesOfClass[c]));
            enoughForCurves = true; // said already, and more strongly
        }
    }
    if (!enoughForCurves && (counts.casesOfClass[0] < kCalibration || counts.casesOfClass[1] < kCalibration)) {
        warnings.push_back("n is too small for a calibration curve: " + std::to_string(kCalibration)
            + " cases of each class are asked for (Van Calster 2016)");
    }
    if (counts.patients > 0 && counts.patients < kPatients) {
        warnings.push_back("n is too small: " + std::to_string(counts.patients)
            + (counts.patients == 1 ? " patient" : " patients")
            + "; pictures of one patient are not independent, so that the number of patients counts");
    }
    return warnings;
}

} // namespace diascope::metrics
