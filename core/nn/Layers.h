// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "nn/Module.h"

namespace diascope::nn {

enum class Activation { None, Relu, HardSwish };
/// In place where there is something to do: `x` must not be needed by anyone else.
[[nodiscard]] at::Tensor activate(at::Tensor x, Activation activation);

struct ConvOptions {
    std::int64_t kernel = 3;
    std::int64_t stride = 1;
    std::int64_t padding = 0; ///< On all sides; without effect with `same`.
    std::int64_t groups = 1;
    bool bias = false;
    bool same = false;        ///< TensorFlow's padding: the output is ceil(input / stride), the odd pixel goes right and below.
};

/// Zeros before and after an axis of `size` for TensorFlow's "same" padding.
struct SamePadding {
    std::int64_t before = 0, after = 0;
};
[[nodiscard]] SamePadding samePadding(std::int64_t size, std::int64_t kernel, std::int64_t stride);

/// N,in,H,W -> N,out,h,w. Keys: weight, bias.
class Conv2d : public Module {
public:
    Conv2d(std::int64_t in, std::int64_t out, const ConvOptions& options);
    [[nodiscard]] at::Tensor forward(const at::Tensor& x) const;

    const ConvOptions options;
    const at::Tensor weight, bias; ///< bias is undefined without one.
};

/// Batch norm over all axes but the second; N,C,... -> the same shape. Momentum 0.1, running variance unbiased, as in PyTorch.
/// Keys: weight, bias, running_mean, running_var, num_batches_tracked.
class BatchNorm : public Module {
public:
    explicit BatchNorm(std::int64_t channels, double epsilon = 1e-5);
    /// Throws Error{Plan} when there is but one value per channel to train on.
    [[nodiscard]] at::Tensor forward(const at::Tensor& x) const;

    const at::Tensor weight, bias, runningMean, runningVar, batchesTracked;

private:
    double m_epsilon;
};

/// N,in -> N,out. Keys: weight, bias.
class Linear : public Module {
public:
    Linear(std::int64_t in, std::int64_t out);
    [[nodiscard]] at::Tensor forward(const at::Tensor& x) const;

    const at::Tensor weight, bias;
};

/// Linear whose weight is divided by its largest singular value (Miyato et al. 2018; torch.nn.utils.spectral_norm): one power iteration per
/// forward in training, none in eval. Keys in PyTorch's order: bias, weight_orig, weight_u, weight_v.
class SpectralLinear : public Module {
public:
    SpectralLinear(std::int64_t in, std::int64_t out);
    [[nodiscard]] at::Tensor forward(const at::Tensor& x) const;

    const at::Tensor bias, weight, u, v;
};

/// Active in training mode only. Draws from the thread's RandomScope, without one from LibTorch's generator of the tensor's device.
class Dropout : public Module {
public:
    explicit Dropout(double probability) : m_probability(probability) {}
    [[nodiscard]] at::Tensor forward(const at::Tensor& x) const;

private:
    double m_probability;
};

} // namespace diascope::nn
