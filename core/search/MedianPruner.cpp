// SPDX-License-Identifier: GPL-3.0-or-later
#include "search/MedianPruner.h"

#include <algorithm>

namespace diascope::search {

namespace {

double medianOf(std::vector<double> values)
{
    const std::size_t half = values.size() / 2;
    std::sort(values.begin(), values.end());
    return values.size() % 2 == 1 ? values[half] : 0.5 * (values[half - 1] + values[half]);
}

} // namespace

bool MedianPruner::shouldPrune(const Trial& trial, std::span<const Trial> others, Direction direction) const
{
    if (!enabled || trial.reports.empty() || trial.reports.back().first < warmupSteps) {
        return false;
    }
    const int step = trial.reports.back().first;
    int complete = 0;
    std::vector<double> atStep;
    for (const Trial& other : others) {
        if (other.state != TrialState::Complete) {
            continue;
        }
        ++complete;
        const auto report = std::find_if(
            other.reports.begin(), other.reports.end(), [step](const auto& r) { return r.first == step; });
        if (report != other.reports.end()) {
            atStep.push_back(report->second);
        }
    }
    if (complete < startTrials || atStep.empty()) {
        return false;
    }
    double best = trial.reports.front().second;
    for (const auto& [at, value] : trial.reports) {
        best = better(direction, value, best) ? value : best;
    }
    return better(direction, medianOf(std::move(atStep)), best);
}

} // namespace diascope::search
