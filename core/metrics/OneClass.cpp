// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/OneClass.h"

#include "base/Error.h"

namespace diascope::metrics {

namespace {

void requireTable(std::size_t cases, std::size_t values, int classes)
{
    if (classes < 2 || values != cases * static_cast<std::size_t>(classes)) {
        throw base::Error(base::ErrorCode::Internal, "metrics", "the probabilities are not cases x classes");
    }
}

} // namespace

OneClass againstRest(std::span<const int> labels, std::span<const double> probabilities, int classes, int which)
{
    requireTable(labels.size(), probabilities.size(), classes);
    OneClass one;
    one.labels.reserve(labels.size());
    one.scores.reserve(labels.size());
    for (std::size_t i = 0; i < labels.size(); ++i) {
        one.labels.push_back(labels[i] == which ? 1 : 0);
        one.scores.push_back(probabilities[i * static_cast<std::size_t>(classes) + static_cast<std::size_t>(which)]);
    }
    return one;
}

OneClass againstOne(std::span<const int> labels, std::span<const double> probabilities, int classes,
    std::pair<int, int> positiveNegative)
{
    requireTable(labels.size(), probabilities.size(), classes);
    const auto [positive, negative] = positiveNegative;
    OneClass one;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        if (labels[i] == positive || labels[i] == negative) {
            one.labels.push_back(labels[i] == positive ? 1 : 0);
            one.scores.push_back(
                probabilities[i * static_cast<std::size_t>(classes) + static_cast<std::size_t>(positive)]);
        }
    }
    return one;
}

} // namespace diascope::metrics
