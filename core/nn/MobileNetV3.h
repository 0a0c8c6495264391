// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "nn/Layers.h"

#include <string>
#include <vector>

namespace at {
struct Generator;
}

namespace diascope::nn {

/// The convolutional part of timm's tf_mobilenetv3_small_075: TensorFlow's "same" padding, batch-norm epsilon 1e-3, stages 0 to 5.
/// N,C,H,W -> N,432,H/32,W/32 (rounded up). Keys: conv_stem, bn1, blocks.<stage>.<block>.*.
class MobileNetV3Trunk {
public:
    static constexpr std::int64_t kChannels = 432;
    static constexpr double kEpsilon = 1e-3;

    /// Adds its layers to `parent`.
    MobileNetV3Trunk(Module& parent, int inputChannels);
    [[nodiscard]] at::Tensor forward(const at::Tensor& x) const;

    class Block;

private:
    Conv2d& m_stem;
    BatchNorm& m_stemNorm;
    std::vector<Block*> m_blocks; ///< Owned by the tree.
};

} // namespace diascope::nn
