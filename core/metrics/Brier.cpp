// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/Brier.h"

#include "base/Error.h"

#include <cmath>
#include <string>

namespace diascope::metrics {

namespace {

Figure meanSquare(std::span<const int> labels, std::span<const double> probabilities, int classes, std::size_t columns)
{
    if (probabilities.size() != labels.size() * columns) {
        throw base::Error(base::ErrorCode::Internal, "metrics", "the probabilities are not cases x classes");
    }
    double sum = 0.0;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        if (labels[i] < 0 || labels[i] >= classes) {
            throw base::Error(base::ErrorCode::Internal, "metrics", "a label is " + std::to_string(labels[i]));
        }
        for (std::size_t c = 0; c < columns; ++c) {
            const int which = columns == 1 ? 1 : static_cast<int>(c); // one column: the probability of label 1
            const double error = probabilities[i * columns + c] - (labels[i] == which ? 1.0 : 0.0);
            sum += error * error;
        }
    }
    if (labels.empty()) {
        return Figure::undefined("no cases");
    }
    return std::isnan(sum) ? Figure::undefined("a probability is not a number")
                           : Figure{sum / static_cast<double>(labels.size()), {}};
}

} // namespace

Figure brierScore(std::span<const int> labels, std::span<const double> probabilityOfOne)
{
    return meanSquare(labels, probabilityOfOne, 2, 1);
}

Figure brierScore(std::span<const int> labels, std::span<const double> probabilities, int classes)
{
    if (classes < 2) {
        throw base::Error(base::ErrorCode::Internal, "metrics", "there are fewer than two classes");
    }
    return meanSquare(labels, probabilities, classes, static_cast<std::size_t>(classes));
}

} // namespace diascope::metrics
