// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/Figure.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace diascope::metrics {

/// A figure as it leaves the program: value, 95 % interval, how the interval was made, from how many cases.
/// No value: `reason` says why. No interval: `method` says why ("no interval: …").
struct Estimate {
    std::optional<double> value;
    std::optional<Interval> interval;
    std::string method;
    std::int64_t n = 0;
    std::string reason;

    [[nodiscard]] explicit operator bool() const { return value.has_value(); }
};

/// A figure without an interval, with the reason.
[[nodiscard]] inline Estimate withoutInterval(const Figure& figure, std::int64_t n, const std::string& why)
{
    return {figure.value, std::nullopt, "no interval: " + (figure ? why : figure.reason), n, figure.reason};
}

/// A figure with an interval of the named method; where there is none, `why` says so.
[[nodiscard]] inline Estimate withInterval(const Figure& figure, std::int64_t n,
    const std::optional<Interval>& interval, const std::string& method, const std::string& why = "undefined")
{
    if (!figure || !interval) {
        return withoutInterval(figure, n, why);
    }
    return {figure.value, interval, method, n, {}};
}

} // namespace diascope::metrics
