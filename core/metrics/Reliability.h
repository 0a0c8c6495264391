// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/Estimate.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace diascope::metrics {

/// One bin of a reliability curve. Bin k of b holds k/b <= p < (k+1)/b, the last one 1 as well; an edge is one division
/// in double.
struct ReliabilityBin {
    int bin = 0;            ///< 0-based.
    std::int64_t count = 0; ///< > 0: empty bins are left out.
    double meanProbability = 0.0;
    Estimate observed; ///< Share of cases that are true, Wilson 95 %.
};

/// Does a probability mean what it says?
struct Reliability {
    int bins = 0;
    std::vector<ReliabilityBin> table;
    Figure
        expectedError; ///< ECE: mean of |observed - mean probability| weighted by the bin's cases (Naeini et al. 2015).
    Figure largestError; ///< MCE: the largest of them over bins that hold a case.
};

/// `outcome` 0/1 against the probability of 1: with the label itself, or "the top class is right" with its probability.
/// bins >= 1. Undefined for no cases, NaN and probabilities outside [0, 1]. Throws Error{Internal} when the sizes
/// differ or an outcome is neither 0 nor 1.
[[nodiscard]] Reliability reliability(std::span<const int> outcome, std::span<const double> probabilities, int bins);

/// The most probable class of each case: whether it is right, and its probability.
struct TopLabel {
    std::vector<int> right;
    std::vector<double> probability;
};
/// `probabilities` is labels.size() x classes; ties: the lowest class.
[[nodiscard]] TopLabel topLabel(std::span<const int> labels, std::span<const double> probabilities, int classes);
/// Two classes: class 1 where its probability is >= 0.5.
[[nodiscard]] TopLabel topLabel(std::span<const int> labels, std::span<const double> probabilityOfOne);

} // namespace diascope::metrics
