// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/Ranks.h"

#include "base/Error.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace diascope::metrics {

std::vector<double> midRanks(std::span<const double> values)
{
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [values](std::size_t a, std::size_t b) { return values[a] < values[b]; });
    std::vector<double> ranks(values.size());
    for (std::size_t first = 0; first < order.size();) {
        std::size_t end = first + 1;
        while (end < order.size() && values[order[end]] == values[order[first]]) {
            ++end;
        }
        const double shared = 0.5 * static_cast<double>(first + 1 + end); // mean of first + 1 ... end
        for (; first < end; ++first) {
            ranks[order[first]] = shared;
        }
    }
    return ranks;
}

ClassCounts countClasses(std::span<const int> labels, std::span<const double> scores)
{
    if (labels.size() != scores.size()) {
        throw base::Error(base::ErrorCode::Internal, "metrics", "there are not as many labels as scores");
    }
    ClassCounts counts;
    for (const int label : labels) {
        if (label != 0 && label != 1) {
            throw base::Error(base::ErrorCode::Internal, "metrics", "a binary label is " + std::to_string(label));
        }
        ++(label == 1 ? counts.positives : counts.negatives);
    }
    if (labels.empty()) {
        counts.reason = "no cases";
    } else if (std::any_of(scores.begin(), scores.end(), [](double score) { return std::isnan(score); })) {
        counts.reason = "a score is not a number";
    } else if (counts.positives == 0 || counts.negatives == 0) {
        counts.reason = "one class only";
    }
    return counts;
}

} // namespace diascope::metrics
