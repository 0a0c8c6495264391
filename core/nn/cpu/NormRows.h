// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

/// Loops of batch norm with its activation over rows of channels ("channels last": C neighbouring floats a pixel). Plain
/// memory, one thread; NormActivation.cpp divides the rows. Parameters come as a pattern: `width` floats, the channels
/// repeated as often as they fit, so that few channels also make long loops. A block of rows is a multiple of the
/// pattern but for its end.
namespace diascope::nn::cpu {

enum class RowActivation { None, Relu, HardSwish };

/// One block of rows: `count` floats (rows times channels), of which position i belongs to channel i % channels.
struct RowBlock {
    std::int64_t count = 0;
    std::int64_t width = 0; ///< Of the pattern: a multiple of the channels.
};

/// Adds (x - pivot) and (x - pivot)^2 of each position of the pattern.
void addMoments(const float* x, const float* pivot, RowBlock block, float* sum, float* squares);

/// y = activation(x * scale + shift).
void applyNorm(const float* x, const float* scale, const float* shift, RowBlock block, RowActivation activation, float* y);

/// Adds g and g * (x - mean), where g is the gradient before the activation.
void addGradientMoments(const float* x, const float* dy, const float* scale, const float* shift, const float* mean,
    RowBlock block, RowActivation activation, float* sum, float* product);

/// dx = scale * g + (x - mean) * slope + offset.
struct InputGradient {
    const float *scale, *shift, *mean, *slope, *offset;
};
void applyInputGradient(const float* x, const float* dy, const InputGradient& pattern, RowBlock block,
    RowActivation activation, float* dx);

} // namespace diascope::nn::cpu
