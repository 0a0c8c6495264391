// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "nn/Layers.h"

namespace at {
struct Generator;
}

/// First weights, as the Python libraries draw them (the same distributions, not the same numbers). All in place, under no-grad.
namespace diascope::nn::initial {

/// kaiming_normal_(mode="fan_out", nonlinearity="relu"), torchvision's choice: deviation sqrt(2 / (out * kernel area)).
void heFanOut(const Conv2d& conv, at::Generator& generator);
/// timm's EfficientNet choice: as above with the outputs of one group; bias 0.
void heFanOutPerGroup(const Conv2d& conv, at::Generator& generator);
/// PyTorch's default for convolutions and linear layers: weight and bias uniform in +-1 / sqrt(fan in). An undefined bias is skipped.
void uniformFanIn(const at::Tensor& weight, const at::Tensor& bias, at::Generator& generator);
/// timm's EfficientNet classifier: weight uniform in +-1 / sqrt(outputs), bias 0.
void uniformFanOut(const Linear& linear, at::Generator& generator);
/// Weight as PyTorch's default; u and v random unit vectors.
void spectral(const SpectralLinear& linear, at::Generator& generator);
/// PyTorch's default for every convolution and linear layer below `root`.
void everythingByDefault(Module& root, at::Generator& generator);

} // namespace diascope::nn::initial
