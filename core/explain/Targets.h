// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace diascope::explain {

/// Highest logit of the first row, the lowest index on ties; with one logit class 1 from 0 up. `logits`: N,K.
[[nodiscard]] int topClass(const at::Tensor& logits);
/// What a class is explained by, N: its logit; with one logit +z for class 1 and -z for class 0. Throws Error{Usage} for a class that is not there.
[[nodiscard]] at::Tensor targets(const at::Tensor& logits, int classIndex);
/// Its probability without calibration, N doubles: softmax, or the sigmoid of targets().
[[nodiscard]] std::vector<double> classProbabilities(const at::Tensor& logits, int classIndex);
/// The tensor's values, row by row.
[[nodiscard]] std::vector<float> plainValues(const at::Tensor& tensor);

} // namespace diascope::explain
