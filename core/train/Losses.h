// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "train/TrainConfig.h"

#include <ATen/core/Tensor.h>

namespace diascope::train {

/// Targets before smoothing, on the labels' device: BinaryCrossEntropy float N,1 of 0 and 1; CrossEntropy one-hot float
/// N,classes.
[[nodiscard]] at::Tensor targetsOf(const at::Tensor& labels, std::int64_t outputs, Loss loss, at::ScalarType type);

/// y * (1 - s) + s / classes, where a single logit stands for two classes. Linear, so it does not matter whether mixing
/// comes before.
[[nodiscard]] at::Tensor smoothed(const at::Tensor& targets, double smoothing);

/// Loss of each picture, N, before any mean. Targets as targetsOf() gives them, hard or mixed; smoothing is applied
/// here. Classes with weights w: sum over k of -w_k t_k log p_k.
[[nodiscard]] at::Tensor elementLosses(
    const at::Tensor& logits, const at::Tensor& targets, Loss loss, const LossOptions& options);

/// What the sum of element losses is divided by: the number of pictures; with class weights the sum of w over the
/// (unsmoothed) targets, as torch's cross entropy has it. N,classes -> float64.
[[nodiscard]] double lossDivisor(const at::Tensor& targets, const LossOptions& options);

/// Their quotient, a scalar: the mean loss of a batch.
[[nodiscard]] at::Tensor meanLoss(
    const at::Tensor& logits, const at::Tensor& targets, Loss loss, const LossOptions& options);

} // namespace diascope::train
