// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/Jackknife.h"

#include <algorithm>
#include <cmath>

namespace diascope::metrics {

std::size_t JackknifeGroups::count() const
{
    std::size_t sum = 0;
    for (const auto& groups : groupsOfStratum) {
        sum += groups.size();
    }
    return sum;
}

std::vector<std::uint32_t> JackknifeGroups::without(std::size_t group) const
{
    std::vector<std::uint32_t> times(groupOfCase.size());
    std::transform(groupOfCase.begin(), groupOfCase.end(), times.begin(),
        [group](std::size_t own) { return own == group ? 0U : 1U; });
    return times;
}

double JackknifeGroups::acceleration(std::span<const double> figureWithout) const
{
    double cubes = 0.0, squares = 0.0;
    for (const auto& groups : groupsOfStratum) {
        std::vector<double> values;
        for (const std::size_t group : groups) {
            if (!std::isnan(figureWithout[group])) {
                values.push_back(figureWithout[group]);
            }
        }
        const auto n = static_cast<double>(values.size());
        double mean = 0.0;
        for (const double value : values) {
            mean += value / n;
        }
        for (const double value : values) {
            const double influence = (n - 1.0) * (mean - value) / n;
            cubes += influence * influence * influence;
            squares += influence * influence;
        }
    }
    return squares > 0.0 ? cubes / (6.0 * std::pow(squares, 1.5)) : 0.0;
}

JackknifeGroups jackknifeGroups(
    const BootstrapUnits& units, const std::vector<std::vector<std::size_t>>& unitsOfStratum, std::size_t most)
{
    const std::size_t all = units.stratumOfUnit.size();
    std::vector<std::size_t> groupOfUnit(all);
    JackknifeGroups result;
    std::size_t next = 0;
    for (const auto& stratum : unitsOfStratum) {
        std::size_t groups = stratum.size();
        if (all > most) {
            groups = std::min(groups, std::max<std::size_t>(2, most * stratum.size() / all));
        }
        auto& own = result.groupsOfStratum.emplace_back();
        for (std::size_t g = 0; g < groups; ++g) {
            own.push_back(next + g);
        }
        for (std::size_t i = 0; i < stratum.size(); ++i) {
            groupOfUnit[stratum[i]] = next + i % groups;
        }
        next += groups;
    }
    result.groupOfCase.resize(units.unitOfCase.size());
    std::transform(units.unitOfCase.begin(), units.unitOfCase.end(), result.groupOfCase.begin(),
        [&](std::size_t unit) { return groupOfUnit[unit]; });
    return result;
}

} // namespace diascope::metrics
