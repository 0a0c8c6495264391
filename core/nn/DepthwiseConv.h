// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "nn/Layers.h"

namespace diascope::nn {

/// Whether depthwiseConv() can do it: a kernel of its own for each of a multiple of 8 channels, 3 x 3 or 5 x 5, stride 1
/// or 2, no bias, float32 on the CPU with the channels last in memory, no autocast.
[[nodiscard]] bool hasDepthwiseConv(const Conv2d& conv, const at::Tensor& x);

/// Convolution and its gradients; N,C,H,W -> N,C,h,w. oneDNN's gradients of such convolutions are slow, and "same"
/// padding that is not symmetric would need a padded copy of the whole picture. The gradient of the weights is summed
/// image by image, so the number of threads does not change it.
[[nodiscard]] at::Tensor depthwiseConv(const Conv2d& conv, const at::Tensor& x);

} // namespace diascope::nn
