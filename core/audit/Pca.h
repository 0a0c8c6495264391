// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "audit/Matrix.h"

#include <stop_token>

namespace diascope::audit {

/// Principal components as scikit-learn's PCA(svd_solver="full") gives them, but for the sign: each component's entry
/// of largest magnitude is positive.
struct Pca {
    std::vector<double> mean;                   ///< One a column.
    Matrix components;                          ///< k x columns, rows of length 1, by falling variance.
    std::vector<double> explainedVariance;      ///< Over n - 1.
    std::vector<double> explainedVarianceRatio; ///< Of the total variance.
    std::vector<double> singularValues;
    Matrix projected; ///< rows x k: the data less their mean on the components.
};

/// At most `count` components; fewer where the data have fewer dimensions, so that none is made of rounding errors.
/// Wants 2 rows and 1 column. Same numbers for any number of threads. Throws Error{Usage|Malformed|Stopped}.
[[nodiscard]] Pca principalComponents(
    const Matrix& data, std::size_t count, int threads = 0, const std::stop_token& stop = {});

} // namespace diascope::audit
