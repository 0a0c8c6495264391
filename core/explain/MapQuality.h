// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "explain/Work.h"
#include "metrics/Figure.h"

#include <cstdint>
#include <string>
#include <vector>

namespace at {
class Tensor;
}
namespace diascope::nn {
class Classifier;
}

namespace diascope::explain {

enum class Method;
struct HeatMap;

/// How far a map of one picture may be believed. All figures are computed on demand; an undefined one carries its reason.
struct MapQuality {
    static constexpr int kShift = 5;       ///< Pixels of the network's input.
    static constexpr int kSteps = 20;      ///< Of the curves of deletion and insertion.
    static constexpr int kRandomMaps = 4;

    metrics::Figure stability;      ///< Mean Spearman correlation of the map with that of the picture moved left, right, up and down, moved back.
    metrics::Figure leastStability; ///< The worst of the four.
    metrics::Figure deletion;       ///< Area under the class's probability while its strongest pixels are removed (RISE, Petsiuk et al. 2018): low is good.
    metrics::Figure deletionRandom; ///< The same in the order of random maps on the same grid, mean of kRandomMaps.
    metrics::Figure insertion;      ///< While they are put into a blurred picture: high is good.
    metrics::Figure insertionRandom;
    metrics::Figure outsideSector;  ///< Share of the map outside the scanned part of the picture: low is good.
};

/// What a map is asked of: the network, one picture (1,C,H,W normalised) and a class.
struct MapQuestion {
    nn::Classifier& model;
    const at::Tensor& input;
    Method method;
    int classIndex = 0;
};

/// All figures but outsideSector, which needs the picture (mapShare()). About 220 forward passes and four maps. Throws Error{Stopped}; else as
/// forwardAndExplain().
[[nodiscard]] MapQuality mapQuality(const MapQuestion& question, const HeatMap& map, const Work& work = {});

} // namespace diascope::explain
