// SPDX-License-Identifier: GPL-3.0-or-later
#include "search/Sampler.h"

#include "search/TpeSampler.h"

namespace diascope::search {

Point RandomSampler::propose(int number, std::span<const Trial>) const
{
    base::Rng rng = base::Rng::stream(m_seed, "search/random", static_cast<std::uint64_t>(number));
    Point point(m_space.size());
    for (const auto& group : m_space.groups()) {
        for (const std::size_t i : group) {
            if (!m_space.active(point, i)) {
                continue;
            }
            const Parameter& p = m_space.parameters()[i];
            if (p.kind == Kind::Categorical) {
                point[i] = static_cast<double>(rng.below(p.choices.size()));
            } else {
                const Bounds bounds = boundsOf(p);
                point[i] = valueOnScale(p, rng.uniform(bounds.low, bounds.high));
            }
        }
    }
    return point;
}

const std::vector<std::string>& samplerNames()
{
    static const std::vector<std::string> names{"tpe", "random"};
    return names;
}

std::unique_ptr<Sampler> makeSampler(
    const std::string& name, const Space& space, Direction direction, std::uint64_t seed)
{
    if (name == "random") {
        return std::make_unique<RandomSampler>(space, seed);
    }
    if (name == "tpe") {
        return std::make_unique<TpeSampler>(space, direction, seed);
    }
    const std::string near = base::nearestMatch(name, samplerNames());
    throw base::Error(base::ErrorCode::Plan, "sampler", "'" + base::visibleText(name) + "' is none of tpe and random",
        near.empty() ? "Use tpe or random." : "Did you mean " + near + "?");
}

} // namespace diascope::search
