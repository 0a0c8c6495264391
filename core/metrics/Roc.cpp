// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/Roc.h"

#include "base/Error.h"
#include "metrics/Ranks.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <numeric>

namespace diascope::metrics {

Figure rocAuc(std::span<const int> labels, std::span<const double> scores)
{
    const ClassCounts counts = countClasses(labels, scores);
    if (!counts.reason.empty()) {
        return Figure::undefined(counts.reason);
    }
    const std::vector<double> ranks = midRanks(scores);
    double sum = 0.0;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        sum += labels[i] == 1 ? ranks[i] : 0.0;
    }
    const auto positives = static_cast<double>(counts.positives);
    const auto negatives = static_cast<double>(counts.negatives);
    return {(sum - positives * (positives + 1.0) / 2.0) / (positives * negatives), {}};
}

std::vector<Figure> rocAucPerClass(std::span<const int> labels, std::span<const double> probabilities, int classes)
{
    if (classes < 2 || probabilities.size() != labels.size() * static_cast<std::size_t>(classes)) {
        throw base::Error(base::ErrorCode::Internal, "metrics", "the probabilities are not cases x classes");
    }
    const auto columns = static_cast<std::size_t>(classes);
    std::vector<Figure> areas;
    std::vector<int> isClass(labels.size());
    std::vector<double> column(labels.size());
    for (std::size_t c = 0; c < columns; ++c) {
        for (std::size_t i = 0; i < labels.size(); ++i) {
            isClass[i] = labels[i] == static_cast<int>(c) ? 1 : 0;
            column[i] = probabilities[i * columns + c];
        }
        areas.push_back(rocAuc(isClass, column));
        if (!areas.back() && std::count(isClass.begin(), isClass.end(), 1) == 0) {
            areas.back().reason = "no case of class " + std::to_string(c);
        }
    }
    return areas;
}

Figure macroRocAuc(std::span<const int> labels, std::span<const double> probabilities, int classes)
{
    double sum = 0.0;
    for (const Figure& area : rocAucPerClass(labels, probabilities, classes)) {
        if (!area) {
            return area;
        }
        sum += *area.value;
    }
    return {sum / classes, {}};
}

std::optional<OperatingPoint> youdenPoint(std::span<const int> labels, std::span<const double> scores)
{
    const ClassCounts counts = countClasses(labels, scores);
    if (!counts.reason.empty()) {
        return std::nullopt;
    }
    std::vector<std::size_t> order(scores.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [scores](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
    const auto positives = static_cast<std::int64_t>(counts.positives);
    const auto negatives = static_cast<std::int64_t>(counts.negatives);
    // J times positives times negatives is a whole number: equal maxima are seen as equal.
    OperatingPoint best{std::numeric_limits<double>::infinity(), 0.0, 1.0};
    std::int64_t bestJ = 0, truePositives = 0, falsePositives = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
        ++(labels[order[i]] == 1 ? truePositives : falsePositives);
        if (i + 1 < order.size() && scores[order[i + 1]] == scores[order[i]]) {
            continue;
        }
        const std::int64_t j = truePositives * negatives - falsePositives * positives;
        if (j > bestJ) {
            bestJ = j;
            best = {scores[order[i]], static_cast<double>(truePositives) / static_cast<double>(positives),
                    static_cast<double>(negatives - falsePositives) / static_cast<double>(negatives)};
        }
    }
    return best;
}

} // namespace diascope::metrics
