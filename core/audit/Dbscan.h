// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "audit/Matrix.h"

#include <stop_token>

namespace diascope::audit {

/// Neuroflux's values.
struct DbscanConfig {
    double eps = 3.0;   ///< Neighbourhood, inclusive, in the units of the data; > 0.
    int minSamples = 5; ///< Points in it that make its centre a core point, itself counted; >= 1.
    int threads = 0;
};

struct Clusters {
    std::vector<int> labels;       ///< One a row: -1 = noise, clusters numbered in the order in which they are found.
    std::vector<std::size_t> core; ///< Core points, rising.
    int count = 0;
};

/// Density-based clusters (Ester et al. 1996), with the labels of scikit-learn: points are visited by index, and a
/// border point goes to the first cluster that reaches it. Throws Error{Usage|Malformed|Stopped}.
[[nodiscard]] Clusters dbscan(const Matrix& data, const DbscanConfig& config = {}, const std::stop_token& stop = {});

} // namespace diascope::audit
