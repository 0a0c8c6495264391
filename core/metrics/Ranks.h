// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string>
#include <vector>

namespace diascope::metrics {

/// Ranks from 1 in ascending order; equal values share the mean of their ranks.
[[nodiscard]] std::vector<double> midRanks(std::span<const double> values);

/// How many cases each class of a binary problem has.
struct ClassCounts {
    std::size_t positives = 0, negatives = 0;
    /// Why a figure that compares the two classes is undefined; empty when it is not.
    std::string reason;
};

/// Counts labels 0 and 1. Throws Error{Internal} for other labels or when the sizes differ; a score that is not a number is a reason.
[[nodiscard]] ClassCounts countClasses(std::span<const int> labels, std::span<const double> scores);

} // namespace diascope::metrics
