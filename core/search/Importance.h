// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "search/Trial.h"

#include <cstdint>
#include <string>
#include <vector>

namespace diascope::search {

/// How much of what trials differ in is the work of one parameter alone.
struct ParameterImportance {
    std::string name;
    double share = 0.0;     ///< Of the variance over the search space, 0..1; mean over the trees of the forest.
    double deviation = 0.0; ///< Standard deviation over the trees.
};

struct Importance {
    std::vector<ParameterImportance> parameters; ///< Largest first; empty when undefined.
    double together = 0.0;                       ///< What is left: the share that only parameters together explain.
    int trials = 0;                              ///< Complete ones that it was taken from.
    std::string undefinedBecause;                ///< Empty when it is defined.
};

/// Functional analysis of variance (Hutter, Hoos and Leyton-Brown 2014) over a random forest of 64 trees on the
/// complete trials: the variance of the forest's prediction when all but one parameter are averaged out over the whole
/// search space, divided by its whole variance. Main effects only. Numbers count on the scale on which they are
/// searched (a learning rate by its logarithm); a parameter that does not exist in a trial counts there as the middle
/// of its range or as its first choice. Parameters with one value get 0. The same trials and seed give the same
/// figures.
[[nodiscard]] Importance importanceOf(const Space& space, std::span<const Trial> trials, std::uint64_t seed = 0);

} // namespace diascope::search
