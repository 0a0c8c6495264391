// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "nn/Layers.h"

namespace diascope::nn {

/// 1x1 convolution and batch norm on the way around, where shapes differ. Keys: 0, 1.
class Downsample final : public Module {
public:
    Downsample(std::int64_t in, std::int64_t out, std::int64_t stride)
        : m_conv(add<Conv2d>("0", in, out, ConvOptions{.kernel = 1, .stride = stride})), m_norm(add<BatchNorm>("1", out))
    {
    }
    [[nodiscard]] at::Tensor forward(const at::Tensor& x) const { return normalised(m_conv, m_norm, x); }

private:
    Conv2d& m_conv;
    BatchNorm& m_norm;
};

} // namespace diascope::nn
