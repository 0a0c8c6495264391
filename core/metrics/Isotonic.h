// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace diascope::metrics {

/// Below this many cases isotonic calibration overfits (Niculescu-Mizil and Caruana, ICML 2005): use a temperature
/// instead.
inline constexpr std::int64_t kIsotonicMinimumCases = 1000;

/// A non-decreasing map from score to probability: straight lines between knots, constant outside them
/// (scikit-learn's IsotonicRegression with out_of_bounds="clip").
struct IsotonicCurve {
    std::vector<double> scores;        ///< Strictly ascending.
    std::vector<double> probabilities; ///< Non-decreasing, in [0, 1], as many as scores.

    /// The probability of a score. NaN stays NaN. The curve must have a knot.
    [[nodiscard]] double at(double score) const;
    [[nodiscard]] std::vector<double> at(std::span<const double> scoresOfCases) const;
};

struct IsotonicFit {
    IsotonicCurve curve; ///< Empty when undefined.
    std::string reason;  ///< Why there is none: no cases, one class only, NaN. Empty when there is one.
    std::string warning; ///< Set below kIsotonicMinimumCases; the caller decides.
};

/// Least squares under monotony by pooling adjacent violators (Barlow et al. 1972; Zadrozny and Elkan, KDD 2002).
/// Labels 0/1; equal scores are joined first. Throws Error{Internal} when the sizes differ or a label is neither 0
/// nor 1.
[[nodiscard]] IsotonicFit fitIsotonic(std::span<const int> labels, std::span<const double> scores);

/// The curve of any targets with weights > 0, for tests and other uses. Sizes must agree; not empty; no NaN.
[[nodiscard]] IsotonicCurve isotonicRegression(
    std::span<const double> scores, std::span<const double> targets, std::span<const double> weights);

} // namespace diascope::metrics
