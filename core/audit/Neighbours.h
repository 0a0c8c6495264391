// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "audit/Matrix.h"

#include <cstdint>
#include <stop_token>

namespace diascope::audit {

/// The nearest other rows of each row, by Euclidean distance.
struct Neighbours {
    std::size_t each = 0;                ///< How many for each row.
    std::vector<std::uint32_t> index;    ///< rows x each, by rising distance.
    std::vector<double> squaredDistance; ///< The same shape.
};

/// `each` < data.rows. k-d tree (nanoflann). Same result for any number of threads. Throws
/// Error{Usage|Malformed|Stopped}.
[[nodiscard]] Neighbours nearestNeighbours(
    const Matrix& data, std::size_t each, int threads = 0, const std::stop_token& stop = {});

/// All rows within `radius` (inclusive) of each row, itself among them, by rising index.
[[nodiscard]] std::vector<std::vector<std::uint32_t>> neighboursWithin(
    const Matrix& data, double radius, int threads = 0, const std::stop_token& stop = {});

} // namespace diascope::audit
