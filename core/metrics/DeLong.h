// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/Figure.h"
#include "metrics/ScoreSteps.h"

#include <array>
#include <optional>
#include <span>
#include <string>

namespace diascope::metrics {

/// Area under the ROC curve with its variance (DeLong, DeLong and Clarke-Pearson 1988, by mid-ranks as Sun and Xu
/// 2014). Cases count as independent: several pictures of one patient make the interval too narrow (use the bootstrap
/// by patient then).
struct DeLongResult {
    Figure auc;
    std::optional<double> variance;       ///< Needs two cases of each class.
    std::optional<Interval> interval;     ///< 95 %, on the logit scale, so that it stays inside 0..1.
    std::optional<Interval> waldInterval; ///< 95 %, symmetric and not clipped; for comparison with other programs only.
    std::string reason;                   ///< Why there is no interval; empty when there is one.
};

[[nodiscard]] DeLongResult deLong(std::span<const int> labels, std::span<const double> scores);
[[nodiscard]] DeLongResult deLong(const ScoreSteps& sorted);

/// Two scores of the same cases against each other.
struct DeLongTest {
    Figure auc1, auc2;
    std::array<double, 4> covariance{}; ///< 2 x 2 of the two areas, row by row; zeros when undefined.
    Figure z;                           ///< (auc1 - auc2) / its standard error.
    std::optional<double> pValue;       ///< Two-sided, normal.
    std::optional<Interval> difference; ///< 95 % of auc1 - auc2 (Wald).
};

/// Undefined with a reason where deLong() is, with fewer than two cases of a class, and where the difference has no
/// variance.
[[nodiscard]] DeLongTest deLongTest(
    std::span<const int> labels, std::span<const double> scores1, std::span<const double> scores2);

} // namespace diascope::metrics
