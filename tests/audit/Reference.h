// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "audit/Matrix.h"
#include "base/AtomicFile.h"
#include "base/Json.h"
#include "support/SharedData.h"

#include <cmath>

namespace diascope::tests {

/// parity/clustering.json, or null where the reference data are not.
inline base::Json clusteringReference()
{
    const auto file = sharedData("parity/clustering.json");
    return file.empty() ? base::Json() : base::parseJson(base::readFile(file), file.string());
}

inline audit::Matrix matrixFrom(const base::Json& rows)
{
    audit::Matrix matrix(rows.size(), rows.empty() ? 0 : rows[0].size());
    for (std::size_t i = 0; i < matrix.rows; ++i) {
        for (std::size_t j = 0; j < matrix.columns; ++j) {
            matrix.at(i, j) = rows[i][j].get<double>();
        }
    }
    return matrix;
}

inline bool isNear(double ours, double theirs, double tolerance = 1e-9)
{
    return std::abs(ours - theirs) <= tolerance * std::max(1.0, std::abs(theirs));
}

} // namespace diascope::tests
