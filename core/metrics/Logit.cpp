// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/Logit.h"

#include <algorithm>
#include <cmath>

namespace diascope::metrics {

double clippedLogit(double probability)
{
    const double p = std::clamp(probability, kLogitClip, 1.0 - kLogitClip);
    return std::log(p / (1.0 - p));
}

double sigmoid(double logit)
{
    if (logit >= 0.0) {
        return 1.0 / (1.0 + std::exp(-logit));
    }
    const double e = std::exp(logit);
    return e / (1.0 + e);
}

std::vector<double> logitsOf(std::span<const double> probabilityOfOne)
{
    std::vector<double> logits(probabilityOfOne.size());
    std::transform(probabilityOfOne.begin(), probabilityOfOne.end(), logits.begin(), clippedLogit);
    return logits;
}

std::vector<double> logProbabilities(std::span<const double> probabilities)
{
    std::vector<double> logits(probabilities.size());
    std::transform(probabilities.begin(), probabilities.end(), logits.begin(),
        [](double p) { return std::log(std::clamp(p, kLogitClip, 1.0)); });
    return logits;
}

} // namespace diascope::metrics
