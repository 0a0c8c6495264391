// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/Figure.h"

#include <cstdint>
#include <span>
#include <vector>

namespace diascope::metrics {

/// Counts of true class (row) against predicted class (column).
struct ConfusionMatrix {
    int classes = 0;
    std::vector<std::int64_t> counts; ///< classes x classes, row by row.
    [[nodiscard]] std::int64_t at(int truth, int predicted) const
    {
        return counts[static_cast<std::size_t>(truth) * static_cast<std::size_t>(classes) + static_cast<std::size_t>(predicted)];
    }
    [[nodiscard]] std::int64_t total() const;
    [[nodiscard]] std::int64_t correct() const;
    [[nodiscard]] Figure accuracy() const;
};

/// Throws Error{Internal} when the sizes differ or a class is outside 0 .. classes-1.
[[nodiscard]] ConfusionMatrix confusionMatrix(std::span<const int> truth, std::span<const int> predicted, int classes);

/// For each row of cases x classes the class with the highest value; on ties the lowest index.
[[nodiscard]] std::vector<int> argmaxRows(std::span<const double> probabilities, int classes);

/// What a threshold makes of binary labels 0/1: positive = score >= threshold.
struct BinaryCounts {
    std::int64_t truePositives = 0, falsePositives = 0, trueNegatives = 0, falseNegatives = 0;
    [[nodiscard]] Figure sensitivity() const;
    [[nodiscard]] Figure specificity() const;
    [[nodiscard]] Figure accuracy() const;
};

/// A score that is not a number counts as negative. Throws Error{Internal} when the sizes differ or a label is neither 0 nor 1.
[[nodiscard]] BinaryCounts countAtThreshold(std::span<const int> labels, std::span<const double> scores, double threshold);

} // namespace diascope::metrics
