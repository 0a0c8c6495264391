// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/Layers.h"

#include "base/Error.h"
#include "nn/DepthwiseConv.h"
#include "nn/FoldedConv.h"
#include "nn/NormActivation.h"
#include "nn/RandomScope.h"

#include <torch/torch.h>

#include <algorithm>

namespace diascope::nn {

at::Tensor activate(at::Tensor x, Activation activation)
{
    switch (activation) {
    case Activation::None:
        break;
    case Activation::Relu:
        at::relu_(x);
        break;
    case Activation::HardSwish:
        // Not in place: its gradient needs the input.
        return at::hardswish(x);
    }
    return x;
}

SamePadding samePadding(std::int64_t size, std::int64_t kernel, std::int64_t stride)
{
    const std::int64_t outputs = (size + stride - 1) / stride;
    const std::int64_t total = std::max<std::int64_t>((outputs - 1) * stride + kernel - size, 0);
    return {total / 2, total - total / 2};
}

Conv2d::Conv2d(std::int64_t in, std::int64_t out, const ConvOptions& convOptions)
    : options(convOptions)
    , weight(addParameter("weight", {out, in / options.groups, options.kernel, options.kernel}))
    , bias(options.bias ? addParameter("bias", {out}) : at::Tensor())
{
}

Conv2d::~Conv2d() = default;

void Conv2d::freeze(bool on)
{
    m_frozen = on;
    m_folded.reset();
}

FoldedConv* Conv2d::folded(const BatchNorm* norm) const
{
    if (!m_frozen || isTraining() || at::GradMode::is_enabled()) {
        return nullptr;
    }
    if (!m_folded) {
        m_folded = std::make_unique<FoldedConv>(*this, norm);
    }
    return m_folded.get();
}

at::Tensor normalised(const Conv2d& conv, const BatchNorm& norm, const at::Tensor& x, Activation activation)
{
    if (FoldedConv* folded = conv.folded(&norm)) {
        return folded->forward(x, activation);
    }
    return norm.forward(conv.forward(x), activation);
}

at::Tensor normalisedSum(const Conv2d& conv, const BatchNorm& norm, const at::Tensor& x, const at::Tensor& other, Activation activation)
{
    if (FoldedConv* folded = conv.folded(&norm)) {
        return folded->forwardSum(x, other, activation);
    }
    return activate(norm.forward(conv.forward(x)).add_(other), activation);
}

at::Tensor activated(const Conv2d& conv, const at::Tensor& x, Activation activation)
{
    if (FoldedConv* folded = conv.folded(nullptr)) {
        return folded->forward(x, activation);
    }
    return activate(conv.forward(x), activation);
}

at::Tensor Conv2d::forward(const at::Tensor& x) const
{
    if (hasDepthwiseConv(*this, x)) {
        return depthwiseConv(*this, x);
    }
    const auto convolve = [&](const at::Tensor& input, std::int64_t rows, std::int64_t columns) {
        const auto biasOrNone = bias.defined() ? std::optional<at::Tensor>(bias) : std::nullopt;
        const std::int64_t stride = options.stride;
        return at::conv2d(input, weight, biasOrNone, {stride, stride}, {rows, columns}, {1, 1}, options.groups);
    };
    if (!options.same) {
        return convolve(x, options.padding, options.padding);
    }
    const auto rows = samePadding(x.size(2), options.kernel, options.stride);
    const auto columns = samePadding(x.size(3), options.kernel, options.stride);
    if (rows.before == rows.after && columns.before == columns.after) {
        return convolve(x, rows.before, columns.before);
    }
    return convolve(at::constant_pad_nd(x, {columns.before, columns.after, rows.before, rows.after}), 0, 0);
}

BatchNorm::BatchNorm(std::int64_t channels, double epsilon)
    : weight(addParameter("weight", {channels}))
    , bias(addParameter("bias", {channels}))
    , runningMean(addBuffer("running_mean", at::zeros({channels}, at::kFloat)))
    , runningVar(addBuffer("running_var", at::ones({channels}, at::kFloat)))
    , batchesTracked(addBuffer("num_batches_tracked", at::zeros({}, at::kLong)))
    , m_epsilon(epsilon)
{
    const at::NoGradGuard noGrad;
    weight.fill_(1.0);
    bias.fill_(0.0);
}

at::Tensor BatchNorm::forward(const at::Tensor& x, Activation activation) const
{
    if (isTraining()) {
        if (x.numel() <= x.size(1)) {
            throw base::Error(base::ErrorCode::Plan, "batch", "batch normalisation needs more than one value per channel to train on",
                              "Use a batch of at least two images.");
        }
        batchesTracked.add_(1);
        if (hasTrainNormActivation(x)) {
            return trainNormActivation(*this, x, activation);
        }
    }
    constexpr double kMomentum = 0.1;
    return activate(
        at::batch_norm(x, weight, bias, runningMean, runningVar, isTraining(), kMomentum, m_epsilon, true), activation);
}

Linear::Linear(std::int64_t in, std::int64_t out) : weight(addParameter("weight", {out, in})), bias(addParameter("bias", {out})) {}

at::Tensor Linear::forward(const at::Tensor& x) const
{
    return at::linear(x, weight, bias);
}

SpectralLinear::SpectralLinear(std::int64_t in, std::int64_t out)
    : bias(addParameter("bias", {out}))
    , weight(addParameter("weight_orig", {out, in}))
    , u(addBuffer("weight_u", at::zeros({out}, at::kFloat)))
    , v(addBuffer("weight_v", at::zeros({in}, at::kFloat)))
{
}

at::Tensor SpectralLinear::forward(const at::Tensor& x) const
{
    constexpr double kEpsilon = 1e-12;
    at::Tensor left = u, right = v;
    if (isTraining()) {
        const at::NoGradGuard noGrad;
        const auto normalised = [](const at::Tensor& t) { return t / t.norm().clamp_min(kEpsilon); };
        v.copy_(normalised(at::mv(weight.t(), u)));
        u.copy_(normalised(at::mv(weight, v)));
        // The graph keeps copies: the next forward changes the buffers in place.
        left = u.clone();
        right = v.clone();
    }
    const at::Tensor sigma = at::dot(left, at::mv(weight, right));
    return at::linear(x, weight / sigma, bias);
}

at::Tensor Dropout::forward(const at::Tensor& x) const
{
    if (!isTraining() || m_probability <= 0.0) {
        return x;
    }
    const double keep = 1.0 - m_probability;
    return x * randomMask(x, keep).div_(keep);
}

} // namespace diascope::nn
