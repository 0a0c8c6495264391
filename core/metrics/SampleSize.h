// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/Figure.h"

#include <cstdint>
#include <string>
#include <vector>

namespace diascope::metrics {

// How many cases are needed before training, so that an interval comes out as narrow as wished. Cases are independent
// (patients, not pictures). All throw Error{Usage} for values out of range.

/// The least n for which Wilson's 95 % interval of a proportion near `expected` (0 to 1) is at most `width` wide (0 <
/// width < 1).
[[nodiscard]] std::int64_t casesForProportion(double expected, double width);

/// What is expected of an area under the ROC curve.
struct AucPlan {
    double auc = 0.8;        ///< 0.5 to 1, without the ends.
    double width = 0.1;      ///< Of the 95 % interval (Wald), 0 to 1 without the ends.
    double prevalence = 0.5; ///< Share of positives, 0 to 1 without the ends.
};
enum class AucVariance {
    HanleyMcNeil, ///< Hanley and McNeil 1982, exponential scores.
    Obuchowski,   ///< Obuchowski 1994, normal scores; the more careful one for ratings.
};
/// Variance of an area from so many positives and negatives, >= 1 each.
[[nodiscard]] double aucVariance(double auc, double positives, double negatives, AucVariance method);
/// The least total number of cases, positives and negatives rounded up each.
[[nodiscard]] std::int64_t casesForAuc(const AucPlan& plan, AucVariance method);

/// What was seen, for the warnings.
struct SampleCounts {
    std::vector<std::int64_t> casesOfClass;
    std::vector<std::string> classNames;
    std::int64_t patients = 0; ///< 0: not known.
};
/// "n is too small" in words, one sentence each; empty when nothing is to be said. Rules: fewer than 10 of a class
/// (figures of it are anecdotes), fewer than 100 (intervals are wide: Collins, Ogundimu and Altman 2016 ask for 100
/// events), fewer than 200 of either of two classes (calibration curves: Van Calster et al. 2016), fewer than 30
/// patients.
[[nodiscard]] std::vector<std::string> sampleWarnings(const SampleCounts& counts);

} // namespace diascope::metrics
