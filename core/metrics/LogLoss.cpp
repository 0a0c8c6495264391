// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/LogLoss.h"

#include "base/Error.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace diascope::metrics {

Figure logLoss(std::span<const int> labels, std::span<const double> probabilityOfOne)
{
    std::vector<double> both;
    both.reserve(2 * probabilityOfOne.size());
    for (const double p : probabilityOfOne) {
        both.push_back(1.0 - p);
        both.push_back(p);
    }
    return logLoss(labels, both, 2);
}

Figure logLoss(std::span<const int> labels, std::span<const double> probabilities, int classes)
{
    const auto columns = static_cast<std::size_t>(std::max(classes, 0));
    if (classes < 2 || probabilities.size() != labels.size() * columns) {
        throw base::Error(base::ErrorCode::Internal, "metrics", "the probabilities are not cases x classes");
    }
    if (labels.empty()) {
        return Figure::undefined("no cases");
    }
    constexpr double kClip = std::numeric_limits<double>::epsilon();
    double sum = 0.0;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        if (labels[i] < 0 || labels[i] >= classes) {
            throw base::Error(base::ErrorCode::Internal, "metrics", "a label is " + std::to_string(labels[i]));
        }
        const double p = probabilities[i * columns + static_cast<std::size_t>(labels[i])];
        if (std::isnan(p)) {
            return Figure::undefined("a probability is not a number");
        }
        sum -= std::log(std::clamp(p, kClip, 1.0 - kClip));
    }
    return {sum / static_cast<double>(labels.size()), {}};
}

} // namespace diascope::metrics
