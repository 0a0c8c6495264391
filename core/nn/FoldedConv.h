// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "nn/Layers.h"

namespace diascope::nn {

/// A convolution together with the batch norm behind it (Jacob et al. 2018, section 3.2), for answering only:
/// weight' = weight * gamma / sqrt(variance + eps), bias' = beta + (bias - mean) * gamma / sqrt(variance + eps).
/// On the CPU in single precision the weight is packed once for oneDNN, and activation and sum run in the same pass over the output.
/// Without gradients; one thread at a time.
class FoldedConv {
public:
    /// `norm` may be nullptr: a convolution alone. Takes copies: later changes of the layers are not seen.
    FoldedConv(const Conv2d& conv, const BatchNorm* norm);

    /// activation(convolution(x)).
    [[nodiscard]] at::Tensor forward(const at::Tensor& x, Activation activation);
    /// activation(convolution(x) + other); `other` is left as it is. Activation: None or Relu.
    [[nodiscard]] at::Tensor forwardSum(const at::Tensor& x, const at::Tensor& other, Activation activation);

private:
    struct Input {
        at::Tensor x;
        std::int64_t rows, columns; ///< Padding that is left to the convolution.
    };
    [[nodiscard]] Input padded(const at::Tensor& x) const;
    [[nodiscard]] bool pack(const Input& input);
    [[nodiscard]] at::Tensor plain(const Input& input) const;

    ConvOptions m_options;
    at::Tensor m_weight, m_bias;
    at::Tensor m_packed; ///< Opaque; for inputs of the first one's size best, for others right.
    bool m_packable = false;
};

} // namespace diascope::nn
