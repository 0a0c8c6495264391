// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "audit/Affinities.h"
#include "audit/QuadTree.h"

namespace diascope::audit {

/// The gradient of t-SNE's cost, one call an iteration.
class TsneForces {
public:
    /// `theta` < 0: forces of all pairs; else Barnes-Hut. `affinities` must outlive it.
    TsneForces(const Affinities& affinities, double theta, int threads);
    /// 4 sum_j (e p_ij - q_ij) (y_i - y_j) / (1 + d^2), e = `exaggeration`. Throws Error{Stopped}.
    void gradient(
        std::span<const Place> places, double exaggeration, std::span<Place> out, const std::stop_token& stop);
    /// sum P log(P / Q) over the pairs that P has, with the normaliser of the last gradient(): what the end is decided
    /// by.
    [[nodiscard]] double cost(std::span<const Place> places, double exaggeration, const std::stop_token& stop);

private:
    [[nodiscard]] Place attraction(std::span<const Place> places, std::size_t i) const;
    const Affinities& m_affinities;
    double m_theta;
    int m_threads;
    double m_normaliser = 1.0;
    std::vector<Repulsion> m_repulsion; ///< One a place.
    std::vector<double> m_rows;
};

} // namespace diascope::audit
