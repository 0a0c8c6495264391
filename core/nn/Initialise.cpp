// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/Initialise.h"

#include <torch/torch.h>

#include <cmath>

namespace diascope::nn::initial {

namespace {

void heNormal(const Conv2d& conv, double fanOut, at::Generator& generator)
{
    conv.weight.normal_(0.0, std::sqrt(2.0 / fanOut), generator);
}

double fanOutOf(const Conv2d& conv)
{
    return static_cast<double>(conv.weight.size(0) * conv.weight.size(2) * conv.weight.size(3));
}

void unitVector(const at::Tensor& vector, at::Generator& generator)
{
    vector.normal_(0.0, 1.0, generator);
    vector.div_(vector.norm().clamp_min(1e-12));
}

} // namespace

void heFanOut(const Conv2d& conv, at::Generator& generator)
{
    heNormal(conv, fanOutOf(conv), generator);
}

void heFanOutPerGroup(const Conv2d& conv, at::Generator& generator)
{
    heNormal(conv, fanOutOf(conv) / static_cast<double>(conv.options.groups), generator);
    if (conv.bias.defined()) {
        conv.bias.zero_();
    }
}

void uniformFanIn(const at::Tensor& weight, const at::Tensor& bias, at::Generator& generator)
{
    const double fanIn = static_cast<double>(weight.numel()) / static_cast<double>(weight.size(0));
    const double bound = 1.0 / std::sqrt(fanIn);
    weight.uniform_(-bound, bound, generator);
    if (bias.defined()) {
        bias.uniform_(-bound, bound, generator);
    }
}

void uniformFanOut(const Linear& linear, at::Generator& generator)
{
    const double bound = 1.0 / std::sqrt(static_cast<double>(linear.weight.size(0)));
    linear.weight.uniform_(-bound, bound, generator);
    linear.bias.zero_();
}

void spectral(const SpectralLinear& linear, at::Generator& generator)
{
    uniformFanIn(linear.weight, linear.bias, generator);
    unitVector(linear.u, generator);
    unitVector(linear.v, generator);
}

void everythingByDefault(Module& root, at::Generator& generator)
{
    root.forEach<Conv2d>([&](const Conv2d& conv) { uniformFanIn(conv.weight, conv.bias, generator); });
    root.forEach<Linear>([&](const Linear& linear) { uniformFanIn(linear.weight, linear.bias, generator); });
}

} // namespace diascope::nn::initial
