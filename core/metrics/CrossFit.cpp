// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/CrossFit.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace diascope::metrics {

RowParts dealtByGroup(std::span<const std::string> groups, std::size_t most)
{
    std::map<std::string, std::size_t> number;
    for (const std::string& group : groups) {
        number.try_emplace(group, number.size()); // evaluated before it is inserted: 0, 1, …
    }
    RowParts parts(std::min(most, number.size()));
    for (std::size_t row = 0; row < groups.size(); ++row) {
        parts[number[groups[row]] % parts.size()].push_back(row);
    }
    return parts;
}

std::vector<std::size_t> othersOf(const RowParts& parts, std::size_t part)
{
    std::vector<std::size_t> others;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (i != part) {
            others.insert(others.end(), parts[i].begin(), parts[i].end());
        }
    }
    std::sort(others.begin(), others.end());
    return others;
}

void CrossCoverage::add(
    const LabelledProbabilities& known, const LabelledProbabilities& asked, int classes, ConformalScore score, double alpha)
{
    const ConformalQuantile quantile = calibrateConformal(known.labels, known.probabilities, classes, score, alpha);
    const ConformalCoverage seen = conformalCoverage(asked.labels, asked.probabilities, classes, quantile);
    const auto cases = static_cast<std::int64_t>(asked.labels.size());
    covered += std::llround(seen.coverage.value.value_or(0.0) * static_cast<double>(cases));
    classesInSets += seen.meanSize * static_cast<double>(cases);
    empty += seen.empty;
    singletons += seen.singletons;
    n += cases;
}

} // namespace diascope::metrics
