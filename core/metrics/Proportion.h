// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/Estimate.h"

#include <cstdint>
#include <optional>

namespace diascope::metrics {

/// The 97.5 % quantile of the normal distribution, to double precision.
inline constexpr double kNormal975 = 1.9599639845400545;

/// `successes` of `cases`, undefined for no cases. 0 <= successes <= cases.
[[nodiscard]] Figure proportion(std::int64_t successes, std::int64_t cases);

/// Wilson's 95 % score interval of a proportion (Wilson 1927), without continuity correction; nothing for no cases.
[[nodiscard]] std::optional<Interval> wilsonInterval(std::int64_t successes, std::int64_t cases);

/// Clopper and Pearson's "exact" 95 % interval (1934), wider than needed on purpose; nothing for no cases.
[[nodiscard]] std::optional<Interval> clopperPearsonInterval(std::int64_t successes, std::int64_t cases);

/// The proportion with Wilson's interval, method "Wilson, 95 %", n = cases.
[[nodiscard]] Estimate proportionEstimate(std::int64_t successes, std::int64_t cases);

} // namespace diascope::metrics
