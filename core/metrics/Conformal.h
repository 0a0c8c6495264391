// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/Estimate.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace diascope::metrics {

/// How badly a label fits a prediction.
enum class ConformalScore {
    Lac, ///< 1 - p(label): smallest sets on average (Sadinle, Lei and Wasserman 2019).
    Aps, ///< Sum of probabilities from the largest down to and including the label, not randomised (Romano, Sesia and
         ///< Candes 2020).
};
[[nodiscard]] std::string_view name(ConformalScore score); ///< "lac", "aps"

/// Which labels go into a set: those whose score is <= quantile.
struct ConformalQuantile {
    ConformalScore score = ConformalScore::Lac;
    double alpha = 0.1;             ///< Share of cases whose label may be missing from the set.
    std::int64_t n = 0;             ///< Cases it was calibrated on.
    std::int64_t rank = 0;          ///< k = ceil((n+1)(1-alpha)); the k-th smallest score is the quantile.
    std::optional<double> quantile; ///< None when k > n: then every set holds every class.
    std::string reason;             ///< Why there is none.
};

/// Scores of all labels of all cases, cases x classes as `probabilities`. Ties of probability: the lower index comes
/// first.
[[nodiscard]] std::vector<double> conformalScores(
    std::span<const double> probabilities, int classes, ConformalScore score);

/// Split conformal calibration (Vovk; Angelopoulos and Bates 2023). Cases must be exchangeable with those to come and
/// unseen in training; several pictures of one patient are not independent, so the promised coverage then holds per
/// picture only roughly. 0 < alpha < 1. `probabilities` is labels.size() x classes. No case or a probability that is
/// not a number: no quantile, with a reason. Throws Error{Internal} when sizes differ or a label is outside 0 ..
/// classes-1.
[[nodiscard]] ConformalQuantile calibrateConformal(std::span<const int> labels, std::span<const double> probabilities,
    int classes, ConformalScore score, double alpha);

/// The classes in the set of one case (its probabilities), ascending. May be empty (LAC and APS without randomisation).
[[nodiscard]] std::vector<int> predictionSet(std::span<const double> probabilities, const ConformalQuantile& quantile);

/// What the sets do on cases with known labels.
struct ConformalCoverage {
    Estimate coverage; ///< Share of cases whose label is in their set, Wilson 95 %.
    double meanSize = 0.0;
    std::int64_t empty = 0;      ///< Sets without a class.
    std::int64_t singletons = 0; ///< Sets of one class: the useful ones.
};
[[nodiscard]] ConformalCoverage conformalCoverage(
    std::span<const int> labels, std::span<const double> probabilities, int classes, const ConformalQuantile& quantile);

} // namespace diascope::metrics
