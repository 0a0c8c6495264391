// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "nn/Classifier.h"
#include "nn/Registry.h"

#include <torch/torch.h>

#include <memory>

namespace diascope::tests {

/// A ResNet18 whose every convolution takes a mean and whose logit is the mean of its last map: it sees where a picture is bright and nothing else.
inline std::shared_ptr<nn::Classifier> brightnessNet(int outputs = 1)
{
    nn::ModelSpec spec = nn::defaultSpec("resnet18");
    spec.inputChannels = 1;
    spec.outputs = outputs;
    const auto model = nn::makeEmptyClassifier(spec);
    const at::NoGradGuard noGrad;
    for (auto& [name, tensor] : model->state()) {
        at::Tensor values = tensor;
        if (tensor.dim() == 4) {
            values.fill_(1.0 / static_cast<double>(tensor.numel() / tensor.size(0)));
        } else if (tensor.dim() == 2) {
            values.fill_(1.0 / static_cast<double>(tensor.size(1)));
            for (std::int64_t k = 1; k < tensor.size(0); ++k) {
                values[k].mul_(-1.0); // further classes: the darker the better
            }
        } else {
            values.fill_(name.ends_with("running_var") || name.ends_with("weight") ? 1 : 0);
        }
    }
    model->train(false);
    return model;
}

/// 1,1,H,W: -1 with a disc of +1.
inline at::Tensor discInput(int height, int width, double x, double y, double radius)
{
    const at::Tensor input = at::full({1, 1, height, width}, -1.0F);
    for (int row = 0; row < height; ++row) {
        for (int column = 0; column < width; ++column) {
            if ((row + 0.5 - y) * (row + 0.5 - y) + (column + 0.5 - x) * (column + 0.5 - x) < radius * radius) {
                input[0][0][row][column] = 1.0F;
            }
        }
    }
    return input;
}

} // namespace diascope::tests
