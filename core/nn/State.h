// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <utility>
#include <vector>

namespace diascope::nn {

class Classifier;

/// Named tensors in the order of a Python state dict. Tensors are shared handles; deepCopy() makes independent ones.
using State = std::vector<std::pair<std::string, at::Tensor>>;

/// The tensor called `name`, or nullptr.
[[nodiscard]] const at::Tensor* find(const State& state, const std::string& name);

/// Independent, contiguous copies on the CPU (best weights, checkpoints, packages).
[[nodiscard]] State deepCopy(const State& state);

/// One line for each way in which `given` does not fit `wanted`: missing, unexpected, other shape, whole numbers for fractions or the
/// other way round. Empty when it fits.
[[nodiscard]] std::vector<std::string> differences(const State& wanted, const State& given);

/// Copies every tensor of `state` into the network, whatever the order. All or nothing.
/// Throws Error{Mismatch} whose detail lists the names that are missing, unexpected or of another shape; the network is then unchanged.
/// `subject` names the file in errors.
void loadState(Classifier& model, const State& state, const std::string& subject = "weights");

/// Names of tensors that hold a NaN or an infinity: legal, but to be said before they are used.
[[nodiscard]] std::vector<std::string> nonFiniteTensors(const State& state);

} // namespace diascope::nn
