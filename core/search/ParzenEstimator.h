// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "search/Space.h"

#include <cstddef>
#include <span>
#include <vector>

namespace diascope::search {

/// The density of good (or bad) settings: a mixture of one kernel per observation and one wide prior kernel, each a
/// product over the parameters, so that parameters are modelled jointly. Numbers have normal kernels cut to their range
/// on the scale of boundsOf(), whose width is the larger distance to the neighbouring observations (the outermost ones
/// look inwards only), at least range / min(100, 1 + kernels) and at most the range; stepped numbers have the mass of
/// their step; choices have 1 for the observed one plus 1 / kernels for each. Kernels weigh the same up to 25
/// observations, beyond them the oldest count less, on a straight line. This is what Optuna 5 does (Bergstra et al.
/// 2011; Watanabe 2023, arXiv 2304.11127).
class ParzenEstimator {
public:
    /// `dimensions`: positions in the space, which must outlive this. `observations`: points in which all of them
    /// exist, oldest first; may be empty.
    ParzenEstimator(
        const Space& space, const std::vector<std::size_t>& dimensions, const std::vector<const Point*>& observations);

    /// One coordinate a dimension.
    [[nodiscard]] std::vector<double> sample(base::Rng& rng) const;
    /// Of coordinates in the order of the dimensions. Logarithmic ones are measured on the logarithmic scale.
    [[nodiscard]] double logDensity(std::span<const double> coordinates) const;

private:
    /// One parameter's factor of every kernel; the prior stands last.
    struct Factor {
        const Parameter* parameter = nullptr;
        Bounds bounds;
        std::vector<double> mu, sigma, logNorm;   ///< Numbers: centre, width, log of the mass within the range.
        std::vector<std::vector<double>> chances; ///< Categorical: a row per kernel.
    };
    [[nodiscard]] static Factor numberFactor(const Parameter& parameter, const std::vector<double>& observed);
    [[nodiscard]] static Factor choiceFactor(const Parameter& parameter, const std::vector<double>& observed);
    static void addLogDensity(const Factor& factor, double coordinate, std::vector<double>& logs);
    [[nodiscard]] static double draw(const Factor& factor, std::size_t kernel, base::Rng& rng);

    std::vector<double> m_weights; ///< Sum 1; the prior's stands last.
    std::vector<Factor> m_factors;
};

} // namespace diascope::search
