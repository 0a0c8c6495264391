// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "explain/HeatMap.h"

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

namespace diascope::nn {
class Classifier;
}

namespace diascope::explain {

/// One channel of one squeeze-and-excitation layer and how far it was let through.
struct ChannelGate {
    int channel = 0;
    double gate = 0.0; ///< 0..1.
};

/// The gates of one layer for one picture.
struct GatedLayer {
    std::string name; ///< As in the state dict: "layer1.0.se_module", "sononet.blocks.0.0.se".
    int channels = 0;
    double mean = 0.0, deviation = 0.0, least = 0.0, most = 0.0;
    std::vector<ChannelGate> top; ///< The most open ones, the lower channel first on ties.
};

/// Where a network with squeeze-and-excitation layers (Hu et al. 2018) turns channels up and down for a picture, from the input to the output;
/// empty for a network without such layers. `input`: 1,C,H,W. Throws Error{Usage} for more pictures, else as nn::Classifier.
[[nodiscard]] std::vector<GatedLayer> channelAttention(nn::Classifier& model, const at::Tensor& input, int top = 5);

} // namespace diascope::explain
