// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace diascope::metrics {

/// Cases that share one score, and how many stand at it or above it.
struct ScoreStep {
    double score = 0.0;
    std::int64_t positives = 0, negatives = 0; ///< With exactly this score.
    std::int64_t truePositives = 0,
                 falsePositives = 0; ///< With this score or a higher one: what threshold = score calls positive.
};

/// A binary problem sorted once: every figure that depends on the order of the scores follows from it in one pass.
struct ScoreSteps {
    std::vector<ScoreStep> steps; ///< Scores strictly descending.
    std::int64_t positives = 0, negatives = 0;
    std::string
        reason; ///< Why figures that need both classes are undefined: no cases, NaN, one class only. Else empty.

    [[nodiscard]] std::int64_t cases() const { return positives + negatives; }
    /// What a threshold calls positive (score >= threshold): the last step at or above it; nothing (a step of zeros)
    /// when none is.
    [[nodiscard]] ScoreStep at(double threshold) const;
};

/// Throws Error{Internal} when the sizes differ or a label is neither 0 nor 1. With a NaN there are no steps. O(n log
/// n).
[[nodiscard]] ScoreSteps scoreSteps(std::span<const int> labels, std::span<const double> scores);

} // namespace diascope::metrics
