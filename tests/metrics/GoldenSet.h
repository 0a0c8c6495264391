// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cmath>

namespace diascope::tests {

/// Twenty cases whose figures were worked out once by hand and with scikit-learn, scipy and yandexdataschool/roc_comparison.
struct GoldenSet {
    std::array<int, 20> labels = {0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 1, 0, 1, 1, 0, 0, 1, 0, 1};
    std::array<double, 20> scores = {.05, .10, .20, .35, .35, .60, .40, .55, .70, .90, .15, .80, .45, .35, .65, .25, .50, .95, .30, .75};
};

inline bool near(double a, double b, double tolerance = 1e-9)
{
    return std::abs(a - b) <= tolerance || (std::isinf(a) && a == b);
}

} // namespace diascope::tests
