// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/cpu/NormRows.h"

#include "nn/cpu/Clones.h"

#include <algorithm>
#include <type_traits>

namespace diascope::nn::cpu {

namespace {

DIASCOPE_INLINE float toFloat(float value) { return value; }
DIASCOPE_INLINE float toFloat(BFloat16 value)
{
    const std::uint32_t bits = static_cast<std::uint32_t>(value.bits) << 16U;
    float result;
    __builtin_memcpy(&result, &bits, sizeof result);
    return result;
}
DIASCOPE_INLINE void store(float& to, float value) { to = value; }
DIASCOPE_INLINE void store(BFloat16& to, float value)
{
    std::uint32_t bits;
    __builtin_memcpy(&bits, &value, sizeof bits);
    const std::uint32_t rounded = (bits + 0x7fffU + ((bits >> 16U) & 1U)) >> 16U;
    to.bits = static_cast<std::uint16_t>(value != value ? 0x7fc0U : rounded);
}

template <RowActivation A> DIASCOPE_INLINE float activated(float z)
{
    if constexpr (A == RowActivation::Relu) {
        return z < 0.0F ? 0.0F : z; // keeps what is no number
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

template <RowActivation A, typename T>
DIASCOPE_INLINE void applyNormAs(
    const T* __restrict x, const float* __restrict scale, const float* __restrict shift, RowBlock block, T* __restrict y)
{
    overPattern(block, [&](std::int64_t at, std::int64_t n) {
        DIASCOPE_INDEPENDENT
        for (std::int64_t c = 0; c < n; ++c) {
            store(y[at + c], activated<A>(toFloat(x[at + c]) * scale[c] + shift[c]));
        }
    });
}

template <RowActivation A, typename T>
DIASCOPE_INLINE void addGradientMomentsAs(const T* __restrict x, const T* __restrict dy, const float* __restrict scale,
    const float* __restrict shift, const float* __restrict mean, RowBlock block, float* __restrict sum,
    float* __restrict product)
{
    overPattern(block, [&](std::int64_t at, std::int64_t n) {
        DIASCOPE_INDEPENDENT
        for (std::int64_t c = 0; c < n; ++c) {
            const float value = toFloat(x[at + c]);
            const float g = before<A>(value * scale[c] + shift[c], toFloat(dy[at + c]));
            sum[c] += g;
            product[c] += g * (value - mean[c]);
        }
    });
}

template <RowActivation A, typename T>
DIASCOPE_INLINE void applyInputGradientAs(
    const T* __restrict x, const T* __restrict dy, const InputGradient& p, RowBlock block, T* __restrict dx)
{
    const float* const __restrict scale = p.scale;
    const float* const __restrict shift = p.shift;
    const float* const __restrict mean = p.mean;
    const float* const __restrict slope = p.slope;
    const float* const __restrict offset = p.offset;
    overPattern(block, [&](std::int64_t at, std::int64_t n) {
        DIASCOPE_INDEPENDENT
        for (std::int64_t c = 0; c < n; ++c) {
            const float value = toFloat(x[at + c]);
            const float g = before<A>(value * scale[c] + shift[c], toFloat(dy[at + c]));
            store(dx[at + c], scale[c] * g + ((value - mean[c]) * slope[c] + offset[c]));
        }
    });
}


template <typename T>
DIASCOPE_INLINE void addMomentsAs(const T* __restrict x, const float* __restrict pivot, RowBlock block, float* __restrict sum,
    float* __restrict squares)
{
    overPattern(block, [&](std::int64_t at, std::int64_t n) {
        DIASCOPE_INDEPENDENT
        for (std::int64_t c = 0; c < n; ++c) {
            const float value = toFloat(x[at + c]) - pivot[c];
            sum[c] += value;
            squares[c] += value * value;
        }
    });
}

/// Calls work with the activation as a constant.
template <typename Work> DIASCOPE_INLINE void byActivation(RowActivation activation, Work work)
{
    switch (activation) {
    case RowActivation::None:
        return work(std::integral_constant<RowActivation, RowActivation::None>());
    case RowActivation::Relu:
        return work(std::integral_constant<RowActivation, RowActivation::Relu>());
    case RowActivation::HardSwish:
        return work(std::integral_constant<RowActivation, RowActivation::HardSwish>());
    }
}

} // namespace

template <>
DIASCOPE_CLONES void addMoments(const float* x, const float* pivot, RowBlock block, float* sum, float* squares)
{
    addMomentsAs(x, pivot, block, sum, squares);
}

template <>
DIASCOPE_CLONES void applyNorm(
    const float* x, const float* scale, const float* shift, RowBlock block, RowActivation activation, float* y)
{
    byActivation(activation, [&](auto a) { applyNormAs<a()>(x, scale, shift, block, y); });
}

template <>
DIASCOPE_CLONES void addGradientMoments(const float* x, const float* dy, const float* scale, const float* shift,
    const float* mean, RowBlock block, RowActivation activation, float* sum, float* product)
{
    byActivation(activation, [&](auto a) { addGradientMomentsAs<a()>(x, dy, scale, shift, mean, block, sum, product); });
}

template <>
DIASCOPE_CLONES void applyInputGradient(const float* x, const float* dy, const InputGradient& pattern, RowBlock block,
    RowActivation activation, float* dx)
{
    byActivation(activation, [&](auto a) { applyInputGradientAs<a()>(x, dy, pattern, block, dx); });
}

template <>
DIASCOPE_CLONES void addMoments(const BFloat16* x, const float* pivot, RowBlock block, float* sum, float* squares)
{
    addMomentsAs(x, pivot, block, sum, squares);
}

template <>
DIASCOPE_CLONES void applyNorm(
    const BFloat16* x, const float* scale, const float* shift, RowBlock block, RowActivation activation, BFloat16* y)
{
    byActivation(activation, [&](auto a) { applyNormAs<a()>(x, scale, shift, block, y); });
}

template <>
DIASCOPE_CLONES void addGradientMoments(const BFloat16* x, const BFloat16* dy, const float* scale, const float* shift,
    const float* mean, RowBlock block, RowActivation activation, float* sum, float* product)
{
    byActivation(activation, [&](auto a) { addGradientMomentsAs<a()>(x, dy, scale, shift, mean, block, sum, product); });
}

template <>
DIASCOPE_CLONES void applyInputGradient(const BFloat16* x, const BFloat16* dy, const InputGradient& pattern, RowBlock block,
    RowActivation activation, BFloat16* dx)
{
    byActivation(activation, [&](auto a) { applyInputGradientAs<a()>(x, dy, pattern, block, dx); });
}

} // namespace diascope::nn::cpu
