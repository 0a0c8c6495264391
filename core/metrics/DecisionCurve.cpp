// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/DecisionCurve.h"

#include "base/Error.h"

namespace diascope::metrics {

std::vector<NetBenefit> decisionCurve(const ScoreSteps& sorted, std::span<const double> thresholds)
{
    std::vector<NetBenefit> curve;
    if (sorted.steps.empty()) {
        return curve;
    }
    const auto n = static_cast<double>(sorted.cases());
    const double prevalence = static_cast<double>(sorted.positives) / n;
    for (const double t : thresholds) {
        if (!(t > 0.0 && t < 1.0)) {
            throw base::Error(base::ErrorCode::Internal, "metrics", "a threshold probability is outside (0, 1)");
        }
        const ScoreStep step = sorted.at(t);
        const double odds = t / (1.0 - t);
        curve.push_back(
            {t, static_cast<double>(step.truePositives) / n - static_cast<double>(step.falsePositives) / n * odds,
                prevalence - (1.0 - prevalence) * odds});
    }
    return curve;
}

std::vector<double> hundredths()
{
    std::vector<double> values;
    for (int k = 1; k < 100; ++k) {
        values.push_back(k / 100.0);
    }
    return values;
}

} // namespace diascope::metrics
