// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "search/Importance.h"
#include "search/StudyFile.h"

namespace diascope::search {

/// One point of the curve of a search: a trial's own value, and the best one up to it.
struct BestSoFar {
    int trial = 0;
    std::optional<double> value, best; ///< Of complete trials; nothing before the first.
};
[[nodiscard]] std::vector<BestSoFar> bestSoFar(std::span<const Trial> trials, Direction direction);

/// One axis of a plot with parallel coordinates: a parameter.
struct ParallelAxis {
    std::string name;
    bool log = false;
    double low = 0.0, high = 0.0;    ///< Of choices: 0 and the last index.
    std::vector<std::string> labels; ///< Of choices.
};
/// One line of it: a trial that is complete or pruned.
struct ParallelLine {
    int trial = 0;
    bool complete = true;
    std::optional<double> value;
    std::vector<std::optional<double>> coordinates; ///< One an axis; nothing where the parameter does not exist.
};
struct ParallelCoordinates {
    std::vector<ParallelAxis> axes;
    std::vector<ParallelLine> lines;
};
[[nodiscard]] ParallelCoordinates parallelCoordinates(const Space& space, std::span<const Trial> trials);

/// {"number", "state", "value", "settings": {name: value}, "reports": [[step, value], …], "seconds", "note"}
[[nodiscard]] base::Json toJson(const Trial& trial, const Space& space);
/// {"trials", "parameters": [{"name", "share", "deviation"}], "together"} or {"trials", "undefined": why}
[[nodiscard]] base::Json toJson(const Importance& importance);
[[nodiscard]] base::Json toJson(const ParallelCoordinates& plot);
/// The whole study as plots and reports need it: {"objective", "direction", "sampler", "seed", "counts", "best",
/// "trials", "bestSoFar", "importance", "parallel"}; "best" is null while no trial is complete.
[[nodiscard]] base::Json overviewJson(const StudyDescription& description, std::span<const Trial> trials);

} // namespace diascope::search
