// SPDX-License-Identifier: GPL-3.0-or-later
#include "search/Gaussian.h"

#include <cmath>
#include <numbers>

namespace diascope::search {

double logNormalCdf(double x)
{
    constexpr double kFar = -30.0; // erfc is still far from underflow there, and the series is exact to 1e-14
    if (x > kFar) {
        return std::log(0.5 * std::erfc(-x / std::numbers::sqrt2));
    }
    const double square = 1.0 / (x * x);
    const double series = -square * (1.0 - square * (3.0 - square * (15.0 - square * 105.0)));
    return -0.5 * x * x - std::log(-x) - 0.5 * std::log(2.0 * std::numbers::pi) + std::log1p(series);
}

double logNormalMass(double a, double b)
{
    if (a > 0.0) { // the upper tail is the mirrored lower one
        return logNormalMass(-b, -a);
    }
    if (b > 0.0) {
        return std::log1p(-std::exp(logNormalCdf(a)) - std::exp(logNormalCdf(-b)));
    }
    const double upper = logNormalCdf(b);
    return upper + std::log1p(-std::exp(logNormalCdf(a) - upper));
}

double truncatedNormal(double mu, double sigma, double low, double high, base::Rng& rng)
{
    double value = mu + sigma * rng.normal();
    while (value < low || value > high) {
        value = mu + sigma * rng.normal();
    }
    return value;
}

} // namespace diascope::search
