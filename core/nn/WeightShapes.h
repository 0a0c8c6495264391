// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "nn/ModelSpec.h"
#include "nn/WeightFile.h"

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace diascope::nn {

/// A tensor of a file with its name there and what that name is with us (which may be no tensor of the network).
struct NamedTensor {
    std::string theirs, ours;
    at::Tensor tensor;
};

/// All tensors of a file under our names. Where none is known, prefixes that all names share ("model.", "backbone.") are taken off first,
/// and `notes` says so.
[[nodiscard]] std::vector<NamedTensor> namedAsOurs(const ModelSpec& spec, const WeightFile& file, std::vector<std::string>& notes);

/// How a tensor has to be turned before its shape can fit.
struct Fitting {
    bool keras = false; ///< Kernels are rows, columns, in, out; dense weights in, out.
    bool stem = false;  ///< The first convolution: its input channels may be fitted.
    bool bgr = false;   ///< Its three input channels come the other way round.
    std::optional<std::array<std::int64_t, 3>> flattened; ///< Channels, rows, columns that a dense weight reads flattened.
};

/// `theirs` as the network wants it, float32 (counters int64), contiguous and independent; undefined when it cannot fit.
[[nodiscard]] at::Tensor fittedTensor(const at::Tensor& theirs, const at::Tensor& wanted, const Fitting& fitting);

/// Whether a convolution fits only after Keras' order of axes is turned into PyTorch's.
[[nodiscard]] bool isKerasKernel(const at::Tensor& theirs, const at::Tensor& wanted);

/// "Float [64,3,7,7]".
[[nodiscard]] std::string tensorText(const at::Tensor& tensor);

} // namespace diascope::nn
