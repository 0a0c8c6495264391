// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "audit/Matrix.h"

#include <cstdint>
#include <span>
#include <stop_token>

namespace diascope::audit {

/// A Gaussian around one point whose perplexity (2^entropy of the probabilities of its neighbours) is the one asked
/// for.
struct Bandwidth {
    double beta = 1.0;    ///< Precision: probability ~ exp(-beta (d - smallest d)), d a squared distance.
    double nearest = 0.0; ///< The smallest squared distance.
    double sum = 1.0;     ///< Of exp(-beta (d - nearest)).
    [[nodiscard]] double probability(double squaredDistance) const;
};
/// Bisection to an entropy within 1e-5, 100 steps at most, as scikit-learn; `squaredDistances` without the point
/// itself.
[[nodiscard]] Bandwidth bandwidthFor(std::span<const double> squaredDistances, double perplexity);

/// The joint probabilities P of t-SNE (van der Maaten and Hinton 2008), symmetric, of sum 1, in compressed rows.
struct Affinities {
    std::vector<std::size_t> first; ///< rows + 1: row i has the entries first[i] .. first[i+1].
    std::vector<std::uint32_t> other;
    std::vector<double> probability;
    [[nodiscard]] std::size_t rows() const { return first.empty() ? 0 : first.size() - 1; }
};

/// Of all pairs: O(rows^2) memory.
[[nodiscard]] Affinities allAffinities(const Matrix& data, double perplexity, int threads, const std::stop_token& stop);
/// Of the 3 x perplexity nearest neighbours of each point (van der Maaten 2014); the others count as 0.
[[nodiscard]] Affinities nearAffinities(
    const Matrix& data, double perplexity, int threads, const std::stop_token& stop);

/// The exact KL(P||Q) of an embedding, over all pairs i != j: P from `data` as allAffinities(), Q the Student-t kernel
/// of the rows of `embedding`, normalised. O(rows^2) time, O(rows) memory. Probabilities are not taken below 2.2e-16.
/// Throws Error{Usage|Stopped}.
[[nodiscard]] double exactDivergence(
    const Matrix& data, const Matrix& embedding, double perplexity, int threads = 0, const std::stop_token& stop = {});

} // namespace diascope::audit
