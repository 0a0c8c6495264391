// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <utility>

namespace diascope::metrics {

/// A figure that may be undefined. Then the reason is given, and nothing is invented in its place.
struct Figure {
    std::optional<double> value;
    std::string reason; ///< Empty when there is a value.

    [[nodiscard]] explicit operator bool() const { return value.has_value(); }
    [[nodiscard]] static Figure undefined(std::string reason) { return {std::nullopt, std::move(reason)}; }
};

/// A confidence interval, low <= high.
struct Interval {
    double low = 0.0;
    double high = 1.0;
};

} // namespace diascope::metrics
