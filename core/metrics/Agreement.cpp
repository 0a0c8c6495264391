// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/Agreement.h"

#include <cmath>
#include <cstdlib>

namespace diascope::metrics {

namespace {

/// Sums of rows (true) and columns (predicted).
struct Margins {
    std::vector<double> truth, predicted;
    double total = 0.0;
};

Margins marginsOf(const ConfusionMatrix& matrix)
{
    const auto classes = static_cast<std::size_t>(matrix.classes);
    Margins margins{std::vector<double>(classes), std::vector<double>(classes), 0.0};
    for (std::size_t t = 0; t < classes; ++t) {
        for (std::size_t p = 0; p < classes; ++p) {
            const auto count = static_cast<double>(matrix.counts[t * classes + p]);
            margins.truth[t] += count;
            margins.predicted[p] += count;
            margins.total += count;
        }
    }
    return margins;
}

double weightOf(int distance, KappaWeights weights)
{
    switch (weights) {
    case KappaWeights::None:
        return distance == 0 ? 0.0 : 1.0;
    case KappaWeights::Linear:
        return std::abs(distance);
    case KappaWeights::Quadratic:
        return static_cast<double>(distance) * distance;
    }
    return 0.0;
}

} // namespace

Figure balancedAccuracy(const ConfusionMatrix& matrix)
{
    const Margins margins = marginsOf(matrix);
    double sum = 0.0;
    int present = 0;
    for (int c = 0; c < matrix.classes; ++c) {
        if (const double cases = margins.truth[static_cast<std::size_t>(c)]; cases > 0.0) {
            sum += static_cast<double>(matrix.at(c, c)) / cases;
            ++present;
        }
    }
    return present > 0 ? Figure{sum / present, {}} : Figure::undefined("no cases");
}

Figure matthewsCorrelation(const ConfusionMatrix& matrix)
{
    const Margins margins = marginsOf(matrix);
    if (margins.total <= 0.0) {
        return Figure::undefined("no cases");
    }
    double both = 0.0, truth = 0.0, predicted = 0.0;
    for (std::size_t c = 0; c < margins.truth.size(); ++c) {
        both += margins.truth[c] * margins.predicted[c];
        truth += margins.truth[c] * margins.truth[c];
        predicted += margins.predicted[c] * margins.predicted[c];
    }
    const double n2 = margins.total * margins.total;
    const double covariance = static_cast<double>(matrix.correct()) * margins.total - both;
    const double product = (n2 - truth) * (n2 - predicted);
    return {product > 0.0 ? covariance / std::sqrt(product) : 0.0, {}};
}

Figure cohenKappa(const ConfusionMatrix& matrix, KappaWeights weights)
{
    const Margins margins = marginsOf(matrix);
    if (margins.total <= 0.0) {
        return Figure::undefined("no cases");
    }
    double seen = 0.0, expected = 0.0;
    for (int t = 0; t < matrix.classes; ++t) {
        for (int p = 0; p < matrix.classes; ++p) {
            const double weight = weightOf(t - p, weights);
            seen += weight * static_cast<double>(matrix.at(t, p));
            expected += weight * margins.truth[static_cast<std::size_t>(t)]
                * margins.predicted[static_cast<std::size_t>(p)] / margins.total;
        }
    }
    if (expected <= 0.0) {
        return Figure::undefined("truth and prediction are one and the same class throughout");
    }
    return {1.0 - seen / expected, {}};
}

} // namespace diascope::metrics
