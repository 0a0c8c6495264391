// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "search/Sampler.h"

namespace diascope::search {

/// The tree-structured Parzen estimator (Bergstra et al. 2011) with Optuna 5's defaults: 10 random trials first, then
/// of 24 candidates of the density of the best min(ceil(0.1 n), 25) trials the one with the largest ratio to the
/// density of the others; see ParzenEstimator for the densities. Complete trials rank by value; pruned ones come after
/// them, those that went further first, then by their last report. Parameters that exist under the same condition are
/// modelled jointly, out of the trials in which they exist.
class TpeSampler final : public Sampler {
public:
    static constexpr int kStartTrials = 10;
    static constexpr int kCandidates = 24;
    static constexpr int kLargestGood = 25;

    TpeSampler(const Space& space, Direction direction, std::uint64_t seed)
        : m_space(space)
        , m_direction(direction)
        , m_seed(seed)
        , m_random(space, seed)
    {
    }
    [[nodiscard]] Point propose(int number, std::span<const Trial> trials) const override;

private:
    struct Halves {
        std::vector<const Trial*> good, bad; ///< Oldest first.
    };
    [[nodiscard]] Halves split(std::vector<const Trial*> done) const;
    [[nodiscard]] bool ranksBefore(const Trial& a, const Trial& b) const;
    void proposeGroup(const std::vector<std::size_t>& group, const Halves& halves, base::Rng& rng, Point& point) const;

    Space m_space;
    Direction m_direction;
    std::uint64_t m_seed;
    RandomSampler m_random;
};

} // namespace diascope::search
