// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "explain/HeatMap.h"
#include "explain/Occlusion.h"

#include <ATen/core/Tensor.h>

#include <optional>
#include <string>
#include <vector>

namespace diascope::nn {
class Classifier;
}

namespace diascope::explain {

/// Class activation maps, with the arithmetic of pytorch-grad-cam 1.5 (its epsilons included), the network's own attention,
/// and occlusion, which needs no gradient and many forward passes.
enum class Method { GradCam, GradCamPlusPlus, XGradCam, LayerCam, HiResCam, EigenCam, Attention, Occlusion };

/// "gradcam", "gradcam++", "xgradcam", "layercam", "hirescam", "eigencam", "attention", "occlusion".
[[nodiscard]] std::string name(Method method);
/// Throws Error{Usage} naming the known ones.
[[nodiscard]] Method methodNamed(const std::string& name);
[[nodiscard]] std::vector<std::string> methodNames();
/// False for attention on a network that has none.
[[nodiscard]] bool isSupported(Method method, const nn::Classifier& model);

/// One forward pass, answered and explained.
struct ForwardWithMap {
    at::Tensor logits;   ///< 1,K, detached.
    at::Tensor features; ///< 1,F,h,w, detached: what Classifier::features() gave.
    HeatMap map;
    int classIndex = 0;///< The explained class: the one asked for, or the top class (the lowest on ties).
};

/// input: 1,C,H,W normalised, on the network's device. Classes: with one logit 0 and 1, where class 1 is explained by +logit and class 0
/// by -logit; else 0..K-1. Attention and EigenCAM do not depend on the class.
/// Runs in eval mode without autograd up to the feature map and with it through the head; the network's mode and the calling thread's grad mode are restored
/// and no gradient is left on the parameters. HeatMap::className is left to the caller.
/// `occluding` and `work` are for Method::Occlusion.
/// Throws Error{Usage} for a class that is not there or a method the network has not, else as nn::Classifier and occlusion().
[[nodiscard]] ForwardWithMap forwardAndExplain(nn::Classifier& model, const at::Tensor& input, Method method,
                                               std::optional<int> classIndex = std::nullopt, const OcclusionConfig& occluding = {}, const Work& work = {});
[[nodiscard]] HeatMap gradCam(nn::Classifier& model, const at::Tensor& input, int classIndex);
/// RenalNet's own attention: sigmoid of its attention convolution. Values are absolute, 0..1, equal in `raw` and `values`.
[[nodiscard]] HeatMap attentionMap(nn::Classifier& model, const at::Tensor& input);

/// The map before ReLU, h,w in double on the CPU, from the feature map and the gradient of the target with respect to it (both C,h,w;
/// EigenCAM ignores the gradient).
[[nodiscard]] at::Tensor rawMap(Method method, const at::Tensor& activations, const at::Tensor& gradients);
/// ReLU, then twice (x - min) / (1e-7 + max of that), as pytorch-grad-cam does (once per layer, once after averaging the layers).
[[nodiscard]] at::Tensor normalisedMap(const at::Tensor& raw);
/// A raw map (h,w) as plain values, with normalisedMap() beside it.
[[nodiscard]] HeatMap heatMapOf(Method method, const at::Tensor& raw);

} // namespace diascope::explain
