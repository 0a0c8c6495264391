// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "search/Trial.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace diascope::search {

/// Proposes trials. It keeps nothing between calls: the proposal for trial `number` follows from seed, space and the
/// trials that are done, so that an interrupted search goes on as if nothing had happened.
class Sampler {
public:
    virtual ~Sampler() = default;
    /// A point of the space. `trials`: those before it, ascending numbers; running and interrupted ones are not looked
    /// at.
    [[nodiscard]] virtual Point propose(int number, std::span<const Trial> trials) const = 0;
};

/// Each coordinate on its own, uniformly on its scale (boundsOf()).
class RandomSampler final : public Sampler {
public:
    RandomSampler(const Space& space, std::uint64_t seed)
        : m_space(space)
        , m_seed(seed)
    {
    }
    [[nodiscard]] Point propose(int number, std::span<const Trial> trials) const override;

private:
    Space m_space;
    std::uint64_t m_seed;
};

/// The names under which samplers are chosen: "tpe", "random".
[[nodiscard]] const std::vector<std::string>& samplerNames();
/// Throws Error{Plan} for an unknown name, with the nearest one.
[[nodiscard]] std::unique_ptr<Sampler> makeSampler(
    const std::string& name, const Space& space, Direction direction, std::uint64_t seed);

} // namespace diascope::search
