// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/Confusion.h"

#include "base/Error.h"
#include "metrics/Proportion.h"

#include <numeric>

namespace diascope::metrics {

namespace {

[[noreturn]] void throwInternal(const std::string& detail)
{
    throw base::Error(base::ErrorCode::Internal, "metrics", detail);
}

} // namespace

std::int64_t ConfusionMatrix::total() const
{
    return std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
}

std::int64_t ConfusionMatrix::correct() const
{
    std::int64_t sum = 0;
    for (int c = 0; c < classes; ++c) {
        sum += at(c, c);
    }
    return sum;
}

Figure ConfusionMatrix::accuracy() const
{
    return proportion(correct(), total());
}

ConfusionMatrix confusionMatrix(std::span<const int> truth, std::span<const int> predicted, int classes)
{
    if (truth.size() != predicted.size() || classes < 1) {
        throwInternal("there are not as many predictions as labels");
    }
    const auto columns = static_cast<std::size_t>(classes);
    ConfusionMatrix matrix{classes, std::vector<std::int64_t>(columns * columns)};
    for (std::size_t i = 0; i < truth.size(); ++i) {
        if (truth[i] < 0 || truth[i] >= classes || predicted[i] < 0 || predicted[i] >= classes) {
            throwInternal("a class is outside 0 .. " + std::to_string(classes - 1));
        }
        ++matrix.counts[static_cast<std::size_t>(truth[i]) * columns + static_cast<std::size_t>(predicted[i])];
    }
    return matrix;
}

std::vector<int> argmaxRows(std::span<const double> probabilities, int classes)
{
    if (classes < 1 || probabilities.size() % static_cast<std::size_t>(classes) != 0) {
        throwInternal("the probabilities are not cases x classes");
    }
    const auto columns = static_cast<std::size_t>(classes);
    std::vector<int> best;
    best.reserve(probabilities.size() / columns);
    for (std::size_t row = 0; row < probabilities.size(); row += columns) {
        std::size_t top = 0;
        for (std::size_t c = 1; c < columns; ++c) {
            top = probabilities[row + c] > probabilities[row + top] ? c : top;
        }
        best.push_back(static_cast<int>(top));
    }
    return best;
}

Figure BinaryCounts::sensitivity() const
{
    return proportion(truePositives, truePositives + falseNegatives);
}

Figure BinaryCounts::specificity() const
{
    return proportion(trueNegatives, trueNegatives + falsePositives);
}

Figure BinaryCounts::accuracy() const
{
    return proportion(truePositives + trueNegatives, truePositives + trueNegatives + falsePositives + falseNegatives);
}

BinaryCounts countAtThreshold(std::span<const int> labels, std::span<const double> scores, double threshold)
{
    if (labels.size() != scores.size()) {
        throwInternal("there are not as many scores as labels");
    }
    BinaryCounts counts;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const bool positive = scores[i] >= threshold;
        if (labels[i] == 1) {
            ++(positive ? counts.truePositives : counts.falseNegatives);
        } else if (labels[i] == 0) {
            ++(positive ? counts.falsePositives : counts.trueNegatives);
        } else {
            throwInternal("a binary label is " + std::to_string(labels[i]));
        }
    }
    return counts;
}

} // namespace diascope::metrics
