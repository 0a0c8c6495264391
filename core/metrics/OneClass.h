// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <utility>
#include <vector>

namespace diascope::metrics {

/// A problem of several classes seen as one class (label 1) against the rest (label 0).
struct OneClass {
    std::vector<int> labels;
    std::vector<double> scores; ///< The probability of that class.
};

/// `probabilities` is labels.size() x classes, row by row. Throws Error{Internal} for another size.
[[nodiscard]] OneClass againstRest(
    std::span<const int> labels, std::span<const double> probabilities, int classes, int which);

/// The same for the cases of two classes only: `positive` (label 1) against `negative` (label 0), scored by the
/// probability of `positive`.
[[nodiscard]] OneClass againstOne(std::span<const int> labels, std::span<const double> probabilities, int classes,
    std::pair<int, int> positiveNegative);

} // namespace diascope::metrics
