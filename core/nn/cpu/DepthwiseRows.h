// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

/// Loops of a depthwise convolution (each channel its own K x K kernel) over pictures with the channels last, any zeros
/// around them, even or not, without a padded copy. Plain memory, one thread; DepthwiseConv.cpp divides the work.
namespace diascope::nn::cpu {

struct DepthwiseShape {
    std::int64_t images = 0, channels = 0;        ///< Channels: a multiple of 8.
    std::int64_t height = 0, width = 0;           ///< Of the input.
    std::int64_t outHeight = 0, outWidth = 0;
    int kernel = 3, stride = 1;                   ///< 3 or 5; 1 or 2.
    std::int64_t top = 0, left = 0;               ///< Zeros before the first row and column.
    [[nodiscard]] std::int64_t taps() const { return static_cast<std::int64_t>(kernel) * kernel; }
};

/// Rows [begin, end) of all images' output rows (images x outHeight). x: N,H,W,C; weight: taps x C; y: N,h,w,C.
void depthwiseForward(const DepthwiseShape& shape, const float* x, const float* weight, std::int64_t begin, std::int64_t end, float* y);

/// Rows [begin, end) of all images' input rows (images x height): the gradient of x.
void depthwiseInputGradient(const DepthwiseShape& shape, const float* dy, const float* weight, std::int64_t begin, std::int64_t end, float* dx);

/// Adds the gradient of the weights, taps x C, that images [begin, end) bring.
void depthwiseWeightGradient(const DepthwiseShape& shape, const float* x, const float* dy, std::int64_t begin, std::int64_t end, float* dWeight);

} // namespace diascope::nn::cpu
