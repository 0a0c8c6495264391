// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/ScoreSteps.h"

#include "metrics/Ranks.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace diascope::metrics {

ScoreStep ScoreSteps::at(double threshold) const
{
    const auto below = std::partition_point(
        steps.begin(), steps.end(), [threshold](const ScoreStep& step) { return step.score >= threshold; });
    return below == steps.begin() ? ScoreStep{} : *(below - 1);
}

ScoreSteps scoreSteps(std::span<const int> labels, std::span<const double> scores)
{
    const ClassCounts counts = countClasses(labels, scores);
    ScoreSteps result;
    result.positives = static_cast<std::int64_t>(counts.positives);
    result.negatives = static_cast<std::int64_t>(counts.negatives);
    result.reason = counts.reason;
    if (std::any_of(scores.begin(), scores.end(), [](double score) { return std::isnan(score); })) {
        return result;
    }
    std::vector<double> ofClass[2]; // sorting plain numbers is several times faster than sorting an index
    ofClass[0].reserve(counts.negatives);
    ofClass[1].reserve(counts.positives);
    for (std::size_t i = 0; i < labels.size(); ++i) {
        ofClass[labels[i]].push_back(scores[i]);
    }
    for (auto& values : ofClass) {
        std::sort(values.begin(), values.end(), std::greater<>());
    }
    std::size_t p = 0, n = 0;
    while (p < ofClass[1].size() || n < ofClass[0].size()) {
        ScoreStep step;
        step.score = p == ofClass[1].size() ? ofClass[0][n]
            : n == ofClass[0].size()        ? ofClass[1][p]
                                            : std::max(ofClass[0][n], ofClass[1][p]);
        for (; p < ofClass[1].size() && ofClass[1][p] == step.score; ++p) {
            ++step.positives;
        }
        for (; n < ofClass[0].size() && ofClass[0][n] == step.score; ++n) {
            ++step.negatives;
        }
        step.truePositives = static_cast<std::int64_t>(p);
        step.falsePositives = static_cast<std::int64_t>(n);
        result.steps.push_back(step);
    }
    return result;
}

} // namespace diascope::metrics
