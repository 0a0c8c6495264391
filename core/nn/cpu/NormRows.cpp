// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/cpu/NormRows.h"

#include "nn/cpu/Clones.h"

#include <algorithm>

namespace diascope::nn::cpu {

namespace {

template <RowActivation A> DIASCOPE_INLINE float activated(float z)
{
    if constexpr (A == RowActivation::Relu) {
        return z > 0.0F ? z : 0.0F;
    } else if constexpr (A == RowActivation::HardSwish) {
        const float raised = z + 3.0F;
        const float low = raised > 0.0F ? raised : 0.0F;
        return z * (low < 6.0F ? low : 6.0F) * (1.0F / 6.0F);
    } else {
        return z;
    }
}

/// The gradient before the activation; at the corners of hard swish as LibTorch has it.
template <RowActivation A> DIASCOPE_INLINE float before(float z, float dy)
{
    if constexpr (A == RowActivation::Relu) {
        return z > 0.0F ? dy : 0.0F;
    } else if constexpr (A == RowActivation::HardSwish) {
        const float inside = z * (1.0F / 3.0F) + 0.5F;
        const float slope = z > 3.0F ? 1.0F : inside;
        return dy * (z < -3.0F ? 0.0F : slope);
    } else {
        return dy;
    }
}

/// Calls work(offset, n) for each stretch of the pattern.
template <typename Work> DIASCOPE_INLINE void overPattern(RowBlock block, Work work)
{
    for (std::int64_t i = 0; i < block.count; i += block.width) {
        work(i, std::min(block.width, block.count - i));
    }
}

template <RowActivation A>
DIASCOPE_INLINE void applyNormAs(
    const float* __restrict x, const float* __restrict scale, const float* __restrict shift, RowBlock block, float* __restrict y)
{
    overPattern(block, [&](std::int64_t at, std::int64_t n) {
        DIASCOPE_INDEPENDENT
        for (std::int64_t c = 0; c < n; ++c) {
            y[at + c] = activated<A>(x[at + c] * scale[c] + shift[c]);
        }
    });
}

template <RowActivation A>
DIASCOPE_INLINE void addGradientMomentsAs(const float* __restrict x, const float* __restrict dy, const float* __restrict scale,
    const float* __restrict shift, const float* __restrict mean, RowBlock block, float* __restrict sum,
    float* __restrict product)
{
    overPattern(block, [&](std::int64_t at, std::int64_t n) {
        DIASCOPE_INDEPENDENT
        for (std::int64_t c = 0; c < n; ++c) {
            const float value = x[at + c];
            const float g = before<A>(value * scale[c] + shift[c], dy[at + c]);
            sum[c] += g;
            product[c] += g * (value - mean[c]);
        }
    });
}

template <RowActivation A>
DIASCOPE_INLINE void applyInputGradientAs(
    const float* __restrict x, const float* __restrict dy, const InputGradient& p, RowBlock block, float* __restrict dx)
{
    const float* const __restrict scale = p.scale;
    const float* const __restrict shift = p.shift;
    const float* const __restrict mean = p.mean;
    const float* const __restrict slope = p.slope;
    const float* const __restrict offset = p.offset;
    overPattern(block, [&](std::int64_t at, std::int64_t n) {
        DIASCOPE_INDEPENDENT
        for (std::int64_t c = 0; c < n; ++c) {
            const float value = x[at + c];
            const float g = before<A>(value * scale[c] + shift[c], dy[at + c]);
            dx[at + c] = scale[c] * g + ((value - mean[c]) * slope[c] + offset[c]);
        }
    });
}

} // namespace

DIASCOPE_CLONES
void addMoments(const float* __restrict x, const float* __restrict pivot, RowBlock block, float* __restrict sum,
    float* __restrict squares)
{
    overPattern(block, [&](std::int64_t at, std::int64_t n) {
        DIASCOPE_INDEPENDENT
        for (std::int64_t c = 0; c < n; ++c) {
            const float value = x[at + c] - pivot[c];
            sum[c] += value;
            squares[c] += value * value;
        }
    });
}

DIASCOPE_CLONES
void applyNorm(const float* x, const float* scale, const float* shift, RowBlock block, RowActivation activation, float* y)
{
    switch (activation) {
    case RowActivation::None:
        return applyNormAs<RowActivation::None>(x, scale, shift, block, y);
    case RowActivation::Relu:
        return applyNormAs<RowActivation::Relu>(x, scale, shift, block, y);
    case RowActivation::HardSwish:
        return applyNormAs<RowActivation::HardSwish>(x, scale, shift, block, y);
    }
}

DIASCOPE_CLONES
void addGradientMoments(const float* x, const float* dy, const float* scale, const float* shift, const float* mean,
    RowBlock block, RowActivation activation, float* sum, float* product)
{
    switch (activation) {
    case RowActivation::None:
        return addGradientMomentsAs<RowActivation::None>(x, dy, scale, shift, mean, block, sum, product);
    case RowActivation::Relu:
        return addGradientMomentsAs<RowActivation::Relu>(x, dy, scale, shift, mean, block, sum, product);
    case RowActivation::HardSwish:
        return addGradientMomentsAs<RowActivation::HardSwish>(x, dy, scale, shift, mean, block, sum, product);
    }
}

DIASCOPE_CLONES
void applyInputGradient(const float* x, const float* dy, const InputGradient& pattern, RowBlock block,
    RowActivation activation, float* dx)
{
    switch (activation) {
    case RowActivation::None:
        return applyInputGradientAs<RowActivation::None>(x, dy, pattern, block, dx);
    case RowActivation::Relu:
        return applyInputGradientAs<RowActivation::Relu>(x, dy, pattern, block, dx);
    case RowActivation::HardSwish:
        return applyInputGradientAs<RowActivation::HardSwish>(x, dy, pattern, block, dx);
    }
}

} // namespace diascope::nn::cpu
