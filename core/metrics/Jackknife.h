// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/Bootstrap.h"

#include <cstdint>
#include <span>
#include <vector>

namespace diascope::metrics {

/// Which units are left out together: each alone, or, with very many, in groups. Serves the acceleration of
/// bootstrapIntervals().
struct JackknifeGroups {
    std::vector<std::size_t> groupOfCase;
    std::vector<std::vector<std::size_t>> groupsOfStratum;

    [[nodiscard]] std::size_t count() const;
    /// Weights 0 and 1 without the cases of `group`.
    [[nodiscard]] std::vector<std::uint32_t> without(std::size_t group) const;
    /// Efron's a for several samples (Davison and Hinkley 1997, section 5.3.1) from the figure without each group; 0
    /// where it has no variance or where it is undefined (NaN).
    [[nodiscard]] double acceleration(std::span<const double> figureWithout) const;
};

/// At most about `most` groups; units of one group are of one stratum.
[[nodiscard]] JackknifeGroups jackknifeGroups(
    const BootstrapUnits& units, const std::vector<std::vector<std::size_t>>& unitsOfStratum, std::size_t most = 2000);

} // namespace diascope::metrics
