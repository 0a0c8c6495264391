// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "explain/HeatMap.h"
#include "explain/Work.h"

#include <ATen/core/Tensor.h>

namespace diascope::nn {
class Classifier;
}

namespace diascope::explain {

/// How finely a picture is covered bit by bit.
struct OcclusionConfig {
    int budget = 256;     ///< Forward passes at most, 4..65536: the grid is as fine as they allow, its cells as square as the picture lets them be.
    double patch = 2.0;   ///< Side of the covering patch in cells, 1..16: patches overlap, so that an edge of the grid is no edge of the map.
    int batch = 16;       ///< Pictures in one pass, 1..256.
    int smallestCell = 8; ///< Pixels: a finer grid would cost without telling more.
};

/// Zeiler and Fergus (ECCV 2014): how much the logit of the class falls when a patch is covered with the picture's mean. One cell of the grid
/// is one position; the patch is centred on the cell. `input`: 1,C,H,W normalised. `raw` is the fall in units of the logit, positive =
/// evidence for the class; `values` as for the other maps. With one logit class 0 is the other sign.
/// Throws Error{Usage} for a configuration out of range or a class that is not there, Error{Stopped}; else as nn::Classifier.
[[nodiscard]] HeatMap occlusion(nn::Classifier& model, const at::Tensor& input, int classIndex, const OcclusionConfig& config = {}, const Work& work = {});

} // namespace diascope::explain
