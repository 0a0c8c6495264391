// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

/// Loops of batch norm with its activation over rows of channels ("channels last": C neighbouring values a pixel). Plain
/// memory, one thread; NormActivation.cpp divides the rows. Values are float or bfloat16 (computed in float, rounded to
/// the nearest even when stored). Parameters are float and come as a pattern: `width` floats, the channels
/// repeated as often as they fit, so that few channels also make long loops. A block of rows is a multiple of the
/// pattern but for its end.
namespace diascope::nn::cpu {

enum class RowActivation { None, Relu, HardSwish };

/// The upper half of a float.
struct BFloat16 {
    std::uint16_t bits;
};

/// One block of rows: `count` floats (rows times channels), of which position i belongs to channel i % channels.
struct RowBlock {
    std::int64_t count = 0;
    std::int64_t width = 0; ///< Of the pattern: a multiple of the channels.
};

/// Adds (x - pivot) and (x - pivot)^2 of each position of the pattern.
template <typename T>
void addMoments(const T* x, const float* pivot, RowBlock block, float* sum, float* squares);

/// y = activation(x * scale + shift).
template <typename T>
void applyNorm(const T* x, const float* scale, const float* shift, RowBlock block, RowActivation activation, T* y);

/// Adds g and g * (x - mean), where g is the gradient before the activation.
template <typename T>
void addGradientMoments(const T* x, const T* dy, const float* scale, const float* shift, const float* mean,
    RowBlock block, RowActivation activation, float* sum, float* product);

/// dx = scale * g + (x - mean) * slope + offset.
struct InputGradient {
    const float *scale, *shift, *mean, *slope, *offset;
};
template <typename T>
void applyInputGradient(const T* x, const T* dy, const InputGradient& pattern, RowBlock block, RowActivation activation, T* dx);

} // namespace diascope::nn::cpu
