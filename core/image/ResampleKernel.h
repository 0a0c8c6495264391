// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "image/Resample.h"

#include <cstdint>
#include <span>
#include <vector>

namespace diascope::image {

/// The inputs [first, first + weights) of one output position.
struct Kernel {
    int first = 0;
    std::vector<double> weights; ///< Sum 1.
    std::vector<std::int32_t> fixed; ///< weights * 2^22, rounded away from zero.
};
inline constexpr int kPrecisionBits = 32 - 8 - 2;

/// One kernel for each output position, Pillow's precompute_coeffs.
[[nodiscard]] std::vector<Kernel> makeKernels(int in, int out, Filter filter);

/// Size of interleaved samples.
struct Shape {
    int width = 0, height = 0, channels = 1;
    [[nodiscard]] std::size_t rowSamples() const { return static_cast<std::size_t>(width) * static_cast<std::size_t>(channels); }
};

/// Both passes, rows first, for 8-bit samples, the ones that every prediction runs: 22-bit fixed-point weights, whole-number sums, 8 bits
/// between the passes, as in Pillow.
[[nodiscard]] std::vector<std::uint8_t> resize8(std::span<const std::uint8_t> in, const Shape& from, int width, int height, Filter filter);

} // namespace diascope::image
