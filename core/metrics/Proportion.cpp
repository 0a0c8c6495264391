// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/Proportion.h"

#include <algorithm>
#include <cmath>

namespace diascope::metrics {

Figure proportion(std::int64_t successes, std::int64_t cases)
{
    if (cases <= 0) {
        return Figure::undefined("no cases");
    }
    return {static_cast<double>(successes) / static_cast<double>(cases), {}};
}

std::optional<Interval> wilsonInterval(std::int64_t successes, std::int64_t cases)
{
    if (cases <= 0) {
        return std::nullopt;
    }
    const auto n = static_cast<double>(cases);
    const double p = static_cast<double>(successes) / n;
    const double z2 = kNormal975 * kNormal975;
    const double centre = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    const double half = kNormal975 * std::sqrt(p * (1.0 - p) / n + z2 / (4.0 * n * n)) / (1.0 + z2 / n);
    // At the ends the formula gives exactly 0 and 1; rounding must not.
    return Interval{
        successes == 0 ? 0.0 : std::max(0.0, centre - half), successes == cases ? 1.0 : std::min(1.0, centre + half)};
}

Estimate proportionEstimate(std::int64_t successes, std::int64_t cases)
{
    return withInterval(proportion(successes, cases), cases, wilsonInterval(successes, cases), "Wilson, 95 %");
}

} // namespace diascope::metrics
