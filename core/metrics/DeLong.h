// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/Figure.h"

#include <optional>
#include <span>
#include <string>

namespace diascope::metrics {

/// Area under the ROC curve with its variance (DeLong, DeLong and Clarke-Pearson 1988, by mid-ranks as Sun and Xu 2014).
struct DeLongResult {
    Figure auc;
    std::optional<double> variance;   ///< Needs two cases of each class.
    std::optional<Interval> interval; ///< 95 %, on the logit scale, so that it stays inside 0..1.
    std::string reason;               ///< Why there is no interval; empty when there is one.
};

[[nodiscard]] DeLongResult deLong(std::span<const int> labels, std::span<const double> scores);

} // namespace diascope::metrics
