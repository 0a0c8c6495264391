// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/Proportion.h"

#include <boost/math/distributions/beta.hpp>

namespace diascope::metrics {

std::optional<Interval> clopperPearsonInterval(std::int64_t successes, std::int64_t cases)
{
    if (cases <= 0) {
        return std::nullopt;
    }
    constexpr double kTail = 0.025;
    const auto k = static_cast<double>(successes), rest = static_cast<double>(cases - successes);
    Interval interval{0.0, 1.0};
    if (successes > 0) {
        interval.low = boost::math::quantile(boost::math::beta_distribution<double>(k, rest + 1.0), kTail);
    }
    if (successes < cases) {
        interval.high = boost::math::quantile(
            boost::math::complement(boost::math::beta_distribution<double>(k + 1.0, rest), kTail));
    }
    return interval;
}

} // namespace diascope::metrics
