// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/bench/Measure.h"

#include <string>
#include <vector>

namespace diascope::bench {

/// What explanations and evidence cost, with random weights, batch 1, for RenalNet and ResNet50:
///   gradCamOverForwardBackward  Grad-CAM of one picture against the bare forward pass with the backward pass through the last block (head to
///                               last feature map) in LibTorch, paired;
///   evidenceOverPredict         a prediction by a package with conformal quantiles and 1,024 training cases against one without, paired;
/// and of a cine of 100 frames of 640x480 scored and mapped: seconds, and how long a stop in its midst takes.
[[nodiscard]] std::vector<Figure> explainFigures(const std::string& device, int threads);

} // namespace diascope::bench
