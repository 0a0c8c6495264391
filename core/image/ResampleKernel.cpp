// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/ResampleKernel.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace diascope::image {

namespace {

double support(Filter filter)
{
    switch (filter) {
    case Filter::Box: return 0.5;
    case Filter::Bilinear: return 1.0;
    case Filter::Bicubic: return 2.0;
    case Filter::Lanczos: break;
    }
    return 3.0;
}

double sinc(double x)
{
    return x == 0.0 ? 1.0 : std::sin(x * std::numbers::pi) / (x * std::numbers::pi);
}

double bicubic(double x)
{
    constexpr double a = -0.5;
    const double d = std::abs(x);
    if (d < 1.0) {
        return ((a + 2.0) * d - (a + 3.0)) * d * d + 1.0;
    }
    return d < 2.0 ? (((d - 5.0) * d + 8.0) * d - 4.0) * a : 0.0;
}

double weightAt(Filter filter, double x)
{
    switch (filter) {
    case Filter::Box: return x > -0.5 && x <= 0.5 ? 1.0 : 0.0;
    case Filter::Bilinear: return std::max(0.0, 1.0 - std::abs(x));
    case Filter::Bicubic: return bicubic(x);
    case Filter::Lanczos: break;
    }
    return x >= -3.0 && x < 3.0 ? sinc(x) * sinc(x / 3.0) : 0.0;
}

/// Kernels of 8-bit data for 16-bit products: weight = high * 2^11 + low, all padded with zeros to the same number of taps. The sums are the
/// same whole numbers as with 32-bit weights, and 16-bit products are summed in pairs by one instruction.
struct SplitKernels {
    std::size_t taps = 0; ///< A multiple of kGroup.
    std::vector<int> first;
    std::vector<std::int16_t> high, low; ///< [output][tap].
};
constexpr int kSplitBits = 11;
constexpr std::size_t kGroup = 8;

SplitKernels splitKernels(int in, int out, Filter filter)
{
    const auto kernels = makeKernels(in, out, filter);
    SplitKernels split;
    for (const Kernel& kernel : kernels) {
        split.taps = std::max(split.taps, (kernel.fixed.size() + kGroup - 1) / kGroup * kGroup);
    }
    split.high.resize(kernels.size() * split.taps, 0);
    split.low.resize(kernels.size() * split.taps, 0);
    for (std::size_t i = 0; i < kernels.size(); ++i) {
        split.first.push_back(kernels[i].first);
        for (std::size_t k = 0; k < kernels[i].fixed.size(); ++k) {
            split.high[i * split.taps + k] = static_cast<std::int16_t>(kernels[i].fixed[k] >> kSplitBits);
            split.low[i * split.taps + k] = static_cast<std::int16_t>(kernels[i].fixed[k] & ((1 << kSplitBits) - 1));
        }
    }
    return split;
}

/// Sum over all taps of sample * weight, where weight = high * 2^11 + low.
std::int32_t weightedSum(const std::int16_t* samples, const std::int16_t* high, const std::int16_t* low, std::size_t taps)
{
#if defined(__SSE2__)
    // Every 64-bit x86 has these; compilers do not find them in the loop below.
    __m128i highSum = _mm_setzero_si128(), lowSum = highSum;
    for (std::size_t k = 0; k < taps; k += kGroup) {
        const __m128i s = _mm_loadu_si128(reinterpret_cast<const __m128i*>(samples + k));
        highSum = _mm_add_epi32(highSum, _mm_madd_epi16(s, _mm_loadu_si128(reinterpret_cast<const __m128i*>(high + k))));
        lowSum = _mm_add_epi32(lowSum, _mm_madd_epi16(s, _mm_loadu_si128(reinterpret_cast<const __m128i*>(low + k))));
    }
    __m128i sum = _mm_add_epi32(_mm_slli_epi32(highSum, kSplitBits), lowSum);
    sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, _MM_SHUFFLE(1, 0, 3, 2)));
    sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, _MM_SHUFFLE(2, 3, 0, 1)));
    return _mm_cvtsi128_si32(sum);
#else
    std::int32_t sum = 0;
    for (std::size_t k = 0; k < taps; ++k) {
        sum += samples[k] * (high[k] * (1 << kSplitBits) + low[k]);
    }
    return sum;
#endif
}

std::uint8_t rounded(std::int32_t sum)
{
    return static_cast<std::uint8_t>(std::clamp((sum + (1 << (kPrecisionBits - 1))) >> kPrecisionBits, 0, 255));
}

} // namespace

std::vector<Kernel> makeKernels(int in, int out, Filter filter)
{
    std::vector<Kernel> kernels(static_cast<std::size_t>(out));
    const double scale = static_cast<double>(in) / out;
    const double stretch = std::max(scale, 1.0);
    const double reach = support(filter) * stretch;
    for (int i = 0; i < out; ++i) {
        Kernel& kernel = kernels[static_cast<std::size_t>(i)];
        const double centre = (i + 0.5) * scale;
        kernel.first = std::max(static_cast<int>(centre - reach + 0.5), 0);
        const int end = std::min(static_cast<int>(centre + reach + 0.5), in);
        double sum = 0.0;
        for (int x = kernel.first; x < end; ++x) {
            kernel.weights.push_back(weightAt(filter, (x - centre + 0.5) / stretch));
            sum += kernel.weights.back();
        }
        for (double& weight : kernel.weights) {
            weight = sum != 0.0 ? weight / sum : weight;
            kernel.fixed.push_back(static_cast<std::int32_t>(weight * (1 << kPrecisionBits) + (weight < 0.0 ? -0.5 : 0.5)));
        }
    }
    return kernels;
}

std::vector<std::uint8_t> resizeRows8(std::span<const std::uint8_t> in, const Shape& shape, int width, Filter filter)
{
    const SplitKernels kernels = splitKernels(shape.width, width, filter);
    const auto channels = static_cast<std::size_t>(shape.channels), columns = static_cast<std::size_t>(shape.width);
    const std::size_t count = kernels.first.size();
    std::vector<std::uint8_t> out(static_cast<std::size_t>(shape.height) * count * channels);
    std::vector<std::int16_t> plane(columns + kernels.taps, 0); // One row of one channel; what is beyond it meets weights of zero.
    for (std::size_t y = 0; y < static_cast<std::size_t>(shape.height); ++y) {
        const std::uint8_t* row = in.data() + y * shape.rowSamples();
        for (std::size_t c = 0; c < channels; ++c) {
            for (std::size_t x = 0; x < columns; ++x) {
                plane[x] = row[x * channels + c];
            }
            std::uint8_t* to = out.data() + y * count * channels + c;
            const std::int16_t *high = kernels.high.data(), *low = kernels.low.data();
            for (std::size_t i = 0; i < count; ++i, to += channels) {
                *to = rounded(weightedSum(plane.data() + kernels.first[i], high, low, kernels.taps));
                high += kernels.taps;
                low += kernels.taps;
            }
        }
    }
    return out;
}

std::vector<std::uint8_t> resizeColumns8(std::span<const std::uint8_t> in, const Shape& shape, int height, Filter filter)
{
    const auto kernels = makeKernels(shape.height, height, filter);
    const std::size_t stride = shape.rowSamples();
    std::vector<std::uint8_t> out(static_cast<std::size_t>(height) * stride);
    std::vector<std::int32_t> high(stride), low(stride);
    std::uint8_t* to = out.data();
    for (const Kernel& kernel : kernels) {
        std::fill(high.begin(), high.end(), 0);
        std::fill(low.begin(), low.end(), 0);
        const std::uint8_t* row = in.data() + static_cast<std::size_t>(kernel.first) * stride;
        for (const std::int32_t weight : kernel.fixed) {
            const auto h = static_cast<std::int16_t>(weight >> kSplitBits), l = static_cast<std::int16_t>(weight & ((1 << kSplitBits) - 1));
            for (std::size_t i = 0; i < stride; ++i) {
                const std::int16_t sample = row[i];
                high[i] += static_cast<std::int32_t>(sample) * h;
                low[i] += static_cast<std::int32_t>(sample) * l;
            }
            row += stride;
        }
        for (std::size_t i = 0; i < stride; ++i) {
            to[i] = rounded(high[i] * (1 << kSplitBits) + low[i]);
        }
        to += stride;
    }
    return out;
}

} // namespace diascope::image
