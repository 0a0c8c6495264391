// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "audit/Matrix.h"
#include "dataset/Dataset.h"

#include <stop_token>
#include <string>

namespace diascope::audit {

/// scikit-learn's defaults of TSNE.
struct TsneConfig {
    double perplexity = 30.0;        ///< Above 1; taken down to (rows - 1) / 3 where there are too few rows.
    double earlyExaggeration = 12.0; ///< For the first 250 iterations; >= 1.
    double learningRate = 0.0;       ///< 0 = max(rows / earlyExaggeration / 4, 50).
    int iterations = 1000;           ///< 250..100000.
    /// Exact: forces of all pairs; Near: 3 x perplexity neighbours attract, Barnes-Hut repels. Auto: Exact up to 1,000
    /// rows.
    enum class Method { Auto, Exact, Near } method = Method::Auto;
    double theta = 0.5; ///< Of Barnes-Hut, 0..1; 0 = exact.
    int threads = 0;    ///< 0 = all cores. The result is the same for any number.
};

/// A map of the rows in the plane.
struct TsneMap {
    Matrix places;            ///< rows x 2.
    double perplexity = 30.0; ///< That was used.
    int iterations = 0;       ///< That were done: it ends early when nothing moves any more.
    double divergence = 0.0;  ///< KL(P||Q) over all pairs: exactDivergence().
    std::string method;       ///< "exact" or "Barnes-Hut".
};

/// t-SNE (van der Maaten and Hinton 2008; Barnes-Hut: van der Maaten 2014) that starts from the first two principal
/// components scaled to a standard deviation of 1e-4, with scikit-learn's schedule: momentum 0.5 and exaggeration for
/// 250 iterations, then 0.8; gains from 0.01; ends when the gradient is below 1e-7 or the cost stands still for 300
/// iterations. Wants 4 rows. Throws Error{Usage|Malformed|Stopped}.
[[nodiscard]] TsneMap tsne(const Matrix& data, const TsneConfig& config = {},
    const dataset::ProgressFunction& progress = {}, const std::stop_token& stop = {});

} // namespace diascope::audit
