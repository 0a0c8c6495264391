// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "nn/Layers.h"

namespace diascope::nn {

/// Whether trainNormActivation() can do it: training, on the CPU, float32 or bfloat16, N,C,H,W with the channels last in memory.
[[nodiscard]] bool hasTrainNormActivation(const at::Tensor& x);

/// activation(batch norm(x)) with its gradient in one piece: the normalised picture before the activation is neither
/// kept nor read again, and the gradients of both are one pass over memory each. Batch statistics in blocks of fixed
/// size, so the number of threads does not change them; running statistics as BatchNorm::forward().
[[nodiscard]] at::Tensor trainNormActivation(const BatchNorm& norm, const at::Tensor& x, Activation activation);

} // namespace diascope::nn
