// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/Thresholds.h"

#include "base/Error.h"

#include <limits>

namespace diascope::metrics {

namespace {

OperatingPoint toPoint(const ScoreSteps& sorted, const ScoreStep& step, double threshold)
{
    return {threshold, static_cast<double>(step.truePositives) / static_cast<double>(sorted.positives),
        static_cast<double>(sorted.negatives - step.falsePositives) / static_cast<double>(sorted.negatives)};
}

/// 0.1 + 0.2 style rounding must not turn "at least 0.9" away from 9 of 10.
constexpr double kRounding = 1e-12;

} // namespace

std::optional<OperatingPoint> specificityAtSensitivity(const ScoreSteps& sorted, double wanted)
{
    if (!sorted.reason.empty()) {
        return std::nullopt;
    }
    OperatingPoint point{std::numeric_limits<double>::infinity(), 0.0, 1.0};
    for (const ScoreStep& step : sorted.steps) {
        if (point.sensitivity >= wanted - kRounding) {
            break;
        }
        point = toPoint(sorted, step, step.score);
    }
    return point;
}

std::optional<OperatingPoint> sensitivityAtSpecificity(const ScoreSteps& sorted, double wanted)
{
    if (!sorted.reason.empty()) {
        return std::nullopt;
    }
    OperatingPoint best{std::numeric_limits<double>::infinity(), 0.0, 1.0};
    for (const ScoreStep& step : sorted.steps) {
        const OperatingPoint point = toPoint(sorted, step, step.score);
        if (point.specificity < wanted - kRounding) {
            break;
        }
        best = point;
    }
    return best;
}

std::optional<CostPoint> leastCostPoint(const ScoreSteps& sorted, const Costs& costs)
{
    const bool good = costs.falsePositive >= 0.0 && costs.falseNegative >= 0.0
        && costs.falsePositive + costs.falseNegative > 0.0
        && (!costs.prevalence || (*costs.prevalence >= 0.0 && *costs.prevalence <= 1.0));
    if (!good) {
        throw base::Error(
            base::ErrorCode::Usage, "costs", "costs must be 0 or more and not both 0, a prevalence 0 to 1");
    }
    if (!sorted.reason.empty()) {
        return std::nullopt;
    }
    const double prevalence
        = costs.prevalence.value_or(static_cast<double>(sorted.positives) / static_cast<double>(sorted.cases()));
    const auto costOf = [&](const OperatingPoint& point) {
        return costs.falseNegative * prevalence * (1.0 - point.sensitivity)
            + costs.falsePositive * (1.0 - prevalence) * (1.0 - point.specificity);
    };
    CostPoint best{{std::numeric_limits<double>::infinity(), 0.0, 1.0}, costs.falseNegative * prevalence};
    for (const ScoreStep& step : sorted.steps) {
        const OperatingPoint point = toPoint(sorted, step, step.score);
        if (const double cost = costOf(point);
            cost < best.cost - kRounding * (costs.falsePositive + costs.falseNegative)) {
            best = {point, cost};
        }
    }
    return best;
}

std::optional<OperatingPoint> pointAt(const ScoreSteps& sorted, double threshold)
{
    if (!sorted.reason.empty()) {
        return std::nullopt;
    }
    return toPoint(sorted, sorted.at(threshold), threshold);
}

} // namespace diascope::metrics
