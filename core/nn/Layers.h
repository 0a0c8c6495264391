// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "nn/Module.h"

#include <memory>

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

class BatchNorm;
class FoldedConv;

/// N,in,H,W -> N,out,h,w. Keys: weight, bias.
class Conv2d : public Module {
public:
    Conv2d(std::int64_t in, std::int64_t out, const ConvOptions& options);
    ~Conv2d() override;
    [[nodiscard]] at::Tensor forward(const at::Tensor& x) const;

    /// See Classifier::freeze(). Switching on again takes the weights anew.
    void freeze(bool on);
    /// What runs instead of this and `norm` (or this alone: nullptr) while frozen, in eval mode and without gradients; else nullptr.
    [[nodiscard]] FoldedConv* folded(const BatchNorm* norm) const;

    const ConvOptions options;
    const at::Tensor weight, bias; ///< bias is undefined without one.

private:
    bool m_frozen = false;
    mutable std::unique_ptr<FoldedConv> m_folded; ///< Made on first use: only the forward pass knows which norm follows.
};

/// Batch norm over all axes but the second; N,C,... -> the same shape. Momentum 0.1, running variance unbiased, as in PyTorch.
/// Keys: weight, bias, running_mean, running_var, num_batches_tracked.
class BatchNorm : public Module {
public:
    explicit BatchNorm(std::int64_t channels, double epsilon = 1e-5);
    /// The activation of what comes out. Throws Error{Plan} when there is but one value per channel to train on.
    [[nodiscard]] at::Tensor forward(const at::Tensor& x, Activation activation = Activation::None) const;
    [[nodiscard]] double epsilon() const { return m_epsilon; }

    const at::Tensor weight, bias, runningMean, runningVar, batchesTracked;

private:
    double m_epsilon;
};

/// activation(norm(conv(x))), the common step of all networks here; while frozen in one pass.
[[nodiscard]] at::Tensor normalised(const Conv2d& conv, const BatchNorm& norm, const at::Tensor& x, Activation activation = Activation::None);
/// activation(norm(conv(x)) + other): the end of a residual block.
[[nodiscard]] at::Tensor normalisedSum(const Conv2d& conv, const BatchNorm& norm, const at::Tensor& x, const at::Tensor& other,
                                       Activation activation = Activation::None);
/// activation(conv(x)).
[[nodiscard]] at::Tensor activated(const Conv2d& conv, const at::Tensor& x, Activation activation);

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
