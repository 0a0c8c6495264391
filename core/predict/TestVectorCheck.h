// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "image/Image.h"
#include "image/Preprocess.h"

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>
#include <vector>

namespace diascope::nn {
class Classifier;
struct TestVectors;
}

namespace diascope::predict {

/// A stored picture (uint8, int16 or uint16, H,W,C) as an Image. Throws Error{Unsupported} for other types or shapes.
[[nodiscard]] image::Image imageOfTensor(const at::Tensor& picture);

/// Picture as the network takes it: 1,C,H,W float32 on `device`. `seen` must be a networkImage of `preprocess`.
[[nodiscard]] at::Tensor inputOf(const image::Preprocess& preprocess, const image::Image& seen, at::Device device);

/// Runs every stored picture through the whole path and compares the logits (mean over the members).
/// Throws Error{Mismatch} when one is off by more than `tolerance` times the largest stored logit (at least 0.1).
void checkTestVectors(const nn::TestVectors& vectors, const image::Preprocess& preprocess,
                      const std::vector<std::shared_ptr<nn::Classifier>>& members, const std::string& subject, double tolerance);

} // namespace diascope::predict
