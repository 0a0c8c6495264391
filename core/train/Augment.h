// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace diascope::train {

/// What is done to one drawn picture. Pixel range 0..1: x -> clamp(contrast * x + brightness, 0, 1).
struct AugmentDraw {
    bool mirror = false;     ///< Left and right swapped, probability 0.5.
    bool upsideDown = false; ///< Top and bottom swapped, probability 0.5.
    double contrast = 1.0;   ///< 0.8..1.2 with probability 0.5, else 1.
    double brightness = 0.0; ///< -0.1..0.1 with probability 0.5, else 0.
};

/// The draw of place `position` of epoch `epoch`: a function of its arguments alone, so the same pictures whatever the number of
/// threads, batches or restarts.
[[nodiscard]] AugmentDraw drawAugment(std::uint64_t seed, int epoch, std::int64_t position);

/// How bytes become the network's input: (x - mean) / stdDev per channel, 1,C,1,1 each.
struct Normalisation {
    at::Tensor mean, stdDev;
};

struct TrainConfig;
/// Of the configuration, on its device. Throws Error{Plan} when it has another number of channels.
[[nodiscard]] Normalisation normalisationOf(const TrainConfig& config, std::int64_t channels);

/// `images` uint8 N,C,H,W -> float32 N,C,H,W on the same device, augmented by `draws` (empty = not at all), then normalised.
[[nodiscard]] at::Tensor makeInput(const at::Tensor& images, const std::vector<AugmentDraw>& draws, const Normalisation& normalisation);

} // namespace diascope::train
