// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/bench/Measure.h"

#include "image/Image.h"
#include "nn/PackageManifest.h"

#include <cstdint>
#include <string>
#include <vector>

namespace diascope::bench {

/// A 640x480 8-bit picture with the texture of noise; another one for each number.
[[nodiscard]] image::Image noisePicture(std::uint64_t number = 0);
/// The manifest of a package for measurements: two classes by one logit, 224x224.
[[nodiscard]] nn::PackageManifest measuredManifest(const std::string& architecture);

/// Prediction alone and prediction with Grad-CAM, batch 1, against the bare forward pass of the same network in the same run,
/// for `architecture` with random weights in a package made for it. A 640x480 8-bit picture goes in.
[[nodiscard]] std::vector<Figure> modelFigures(const std::string& architecture, const std::string& device, int threads);

} // namespace diascope::bench
