// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Rng.h"

namespace diascope::search {

/// log(Phi(x)) of the standard normal distribution, exact to about 1e-12 relative, also far in the lower tail, where
/// Phi itself is 0 in double (asymptotic series; Abramowitz and Stegun 26.2.12).
[[nodiscard]] double logNormalCdf(double x);

/// log(Phi(b) - Phi(a)) for a < b, without loss in the tails.
[[nodiscard]] double logNormalMass(double a, double b);

/// A number of the normal distribution (mu, sigma) cut to [low, high], by rejection. `mu` must lie in [low, high] and
/// sigma be at most high - low: then at least every third draw is taken.
[[nodiscard]] double truncatedNormal(double mu, double sigma, double low, double high, base::Rng& rng);

} // namespace diascope::search
