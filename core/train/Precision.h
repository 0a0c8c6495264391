// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "train/TrainConfig.h"

#include <ATen/core/Tensor.h>

#include <optional>
#include <string>
#include <vector>

namespace diascope::nn {
class Classifier;
}

namespace diascope::train {

/// LibTorch's autocast on this thread for the length of a scope; Float32 does nothing. Used around the backbone only:
/// the head is small, and its norms and sums want all their digits.
class AutocastScope {
public:
    AutocastScope(const at::Device& device, Precision precision);
    ~AutocastScope();
    AutocastScope(const AutocastScope&) = delete;
    AutocastScope& operator=(const AutocastScope&) = delete;

private:
    at::DeviceType m_device;
    bool m_active = false, m_before = false;
    at::ScalarType m_typeBefore = at::kFloat;
};

/// What Auto becomes on this machine: BFloat16 where forward and backward of this network on pictures of this size are
/// at least a tenth faster, else Float32. Measured on a copy; takes a few steps.
struct PrecisionChoice {
    Precision precision = Precision::Float32;
    double float32Seconds = 0.0, bfloat16Seconds = 0.0; ///< Of one step on four pictures; 0 = could not be computed.
};
[[nodiscard]] PrecisionChoice choosePrecision(
    nn::Classifier& model, std::int64_t height, std::int64_t width, bool channelsLast);

/// Whether there is no doubt about a choice, so that another trial on a busier machine would not turn it round: one of the two is far faster.
[[nodiscard]] bool isClear(const PrecisionChoice& choice);

/// Keeps choices between runs on one machine, so that only the first one waits for the trial (seconds for a large network).
/// Called from the threads of folds.
class PrecisionMemory {
public:
    virtual ~PrecisionMemory() = default;
    [[nodiscard]] virtual std::optional<PrecisionChoice> find(const std::string& key) const = 0;
    virtual void keep(const std::string& key, const PrecisionChoice& choice) = 0;
};

/// choosePrecision(), or what `memory` knows of the same network, size, device and number of threads. `memory` may be null;
/// it is told of clear choices only.
/// `remembered` tells which.
[[nodiscard]] PrecisionChoice choosePrecision(nn::Classifier& model, std::int64_t height, std::int64_t width, bool channelsLast,
    PrecisionMemory* memory, bool& remembered);

/// Dynamic loss scaling for Float16 (Micikevicius et al. 2018), as torch.amp.GradScaler: 65536 at first, halved after
/// an infinite gradient, doubled after 2000 good steps.
class LossScaler {
public:
    explicit LossScaler(const at::Device& device);
    [[nodiscard]] at::Tensor scaled(const at::Tensor& loss) const;
    /// Divides the gradients by the scale and adapts it. False when one is not finite: the step is to be left out.
    bool unscale(std::vector<at::Tensor> gradients);
    /// Scale and number of good steps since it changed.
    [[nodiscard]] const at::Tensor& scale() const { return m_scale; }
    [[nodiscard]] const at::Tensor& goodSteps() const { return m_goodSteps; }

private:
    at::Tensor m_scale, m_goodSteps;
};

} // namespace diascope::train
