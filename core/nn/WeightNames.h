// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "nn/ModelSpec.h"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

/// What other libraries call the tensors of our networks: torchvision (whose names are ours where it has the network), timm, Cadene's
/// pretrainedmodels, Keras, and both styles of PyTorch's spectral norm.
namespace diascope::nn::names {

/// Our name for their tensor, which may be any text; nothing when no table knows it. A name that is ours already comes back as it is.
/// `spec` decides which of our own layouts is meant (se_resnext50_32x4d has two).
[[nodiscard]] std::optional<std::string> ours(const ModelSpec& spec, const std::string& theirs);

/// Whether names end as Keras ends them ("block1_conv1/kernel:0").
[[nodiscard]] bool isKeras(const std::string& theirs);

/// Whether a name that is none of ours belongs to the classifier at the end of a network ("fc.weight", "head.fc.bias", "predictions/kernel").
[[nodiscard]] bool isForeignHead(const std::string& theirs);

/// Channels, rows and columns of the map that a dense layer of ours reads flattened, channels first; nothing for all other tensors.
[[nodiscard]] std::optional<std::array<std::int64_t, 3>> flattenedMap(const ModelSpec& spec, const std::string& ours);

/// The layout that the names of an SE-ResNeXt50 belong to: "cadene", "timm", or empty when they tell neither.
[[nodiscard]] std::string seResNeXtLayout(const std::vector<std::string>& theirs);

/// "layer1.0.bn1" of "layer1.0.bn1.running_mean".
[[nodiscard]] std::string layerOf(const std::string& name);

} // namespace diascope::nn::names
