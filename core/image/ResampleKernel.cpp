// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/ResampleKernel.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
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

/// Kernels of 8-bit data for 16-bit products: weight = high * 2^11 + low, so that the sums are the same whole numbers as with 32-bit weights. Two
/// neighbouring taps stand in one 32-bit word (the first in its lower half), as the instruction wants them that multiplies and adds pairs.
struct PairKernels {
    int in = 0, out = 0;
    Filter filter = Filter::Bilinear;
    std::vector<int> first;
    std::vector<std::size_t> begin;       ///< Where the pairs of an output begin; one more entry than outputs.
    std::vector<std::int32_t> high, low;
};
constexpr int kSplitBits = 11;

std::int32_t paired(std::int32_t first, std::int32_t second)
{
    return static_cast<std::int32_t>((static_cast<std::uint32_t>(first) & 0xFFFFU) | (static_cast<std::uint32_t>(second) << 16U));
}

PairKernels makePairKernels(int in, int out, Filter filter)
{
    PairKernels pairs{in, out, filter, {}, {0}, {}, {}};
    for (Kernel& kernel : makeKernels(in, out, filter)) {
        kernel.fixed.resize((kernel.fixed.size() + 1) / 2 * 2, 0);
        pairs.first.push_back(kernel.first);
        for (std::size_t k = 0; k < kernel.fixed.size(); k += 2) {
            const std::int32_t a = kernel.fixed[k], b = kernel.fixed[k + 1];
            pairs.high.push_back(paired(a >> kSplitBits, b >> kSplitBits));
            pairs.low.push_back(paired(a & ((1 << kSplitBits) - 1), b & ((1 << kSplitBits) - 1)));
        }
        pairs.begin.push_back(pairs.high.size());
    }
    return pairs;
}

/// The kernels of the last few sizes stay with the thread: the pictures of a data set mostly have one size.
std::shared_ptr<const PairKernels> pairKernels(int in, int out, Filter filter)
{
    thread_local std::array<std::shared_ptr<const PairKernels>, 4> kept;
    thread_local std::size_t next = 0;
    for (const auto& kernels : kept) {
        if (kernels && kernels->in == in && kernels->out == out && kernels->filter == filter) {
            return kernels;
        }
    }
    auto& oldest = kept[next];
    next = (next + 1) % kept.size();
    oldest = std::make_shared<const PairKernels>(makePairKernels(in, out, filter));
    return oldest;
}

constexpr std::size_t kLanes = 8;

/// One output for eight rows. `columns`: eight samples of 16 bits for each column, one of each row. `high`, `low`: `pairs` weights.
void weightedSums(const std::int16_t* columns, const std::int32_t* high, const std::int32_t* low, std::size_t pairs, std::uint8_t* out)
{
    constexpr std::int32_t kHalf = 1 << (kPrecisionBits - 1);
#if defined(__SSE2__)
    // Every 64-bit x86 has these; compilers do not find them in the loop below.
    __m128i sums[4] = {_mm_setzero_si128(), _mm_setzero_si128(), _mm_setzero_si128(), _mm_setzero_si128()};
    for (std::size_t k = 0; k < pairs; ++k, columns += 2 * kLanes) {
        const __m128i a = _mm_loadu_si128(reinterpret_cast<const __m128i*>(columns));
        const __m128i b = _mm_loadu_si128(reinterpret_cast<const __m128i*>(columns + kLanes));
        const __m128i upper = _mm_unpacklo_epi16(a, b), lower = _mm_unpackhi_epi16(a, b); // rows 0..3, 4..7
        const __m128i h = _mm_set1_epi32(high[k]), l = _mm_set1_epi32(low[k]);
        sums[0] = _mm_add_epi32(sums[0], _mm_madd_epi16(upper, h));
        sums[1] = _mm_add_epi32(sums[1], _mm_madd_epi16(lower, h));
        sums[2] = _mm_add_epi32(sums[2], _mm_madd_epi16(upper, l));
        sums[3] = _mm_add_epi32(sums[3], _mm_madd_epi16(lower, l));
    }
    const __m128i half = _mm_set1_epi32(kHalf);
    const __m128i upper = _mm_add_epi32(_mm_add_epi32(_mm_slli_epi32(sums[0], kSplitBits), sums[2]), half);
    const __m128i lower = _mm_add_epi32(_mm_add_epi32(_mm_slli_epi32(sums[1], kSplitBits), sums[3]), half);
    const __m128i words = _mm_packs_epi32(_mm_srai_epi32(upper, kPrecisionBits), _mm_srai_epi32(lower, kPrecisionBits));
    _mm_storel_epi64(reinterpret_cast<__m128i*>(out), _mm_packus_epi16(words, words));
#else
    for (std::size_t row = 0; row < kLanes; ++row) {
        std::int32_t sum = kHalf;
        for (std::size_t k = 0; k < pairs; ++k) {
            for (std::size_t tap = 0; tap < 2; ++tap) {
                const int shift = tap == 0 ? 0 : 16;
                const std::int32_t weight = static_cast<std::int16_t>(high[k] >> shift) * (1 << kSplitBits) + static_cast<std::int16_t>(low[k] >> shift);
                sum += columns[(2 * k + tap) * kLanes + row] * weight;
            }
        }
        out[row] = static_cast<std::uint8_t>(std::clamp(sum >> kPrecisionBits, 0, 255));
    }
#endif
}

/// Eight rows of `width` bytes as eight 16-bit samples for each column.
void turn(const std::array<const std::uint8_t*, kLanes>& rows, std::size_t width, std::int16_t* columns)
{
    std::size_t x = 0;
#if defined(__SSE2__)
    const __m128i zero = _mm_setzero_si128();
    for (; x + kLanes <= width; x += kLanes) {
        __m128i r[kLanes];
        for (std::size_t i = 0; i < kLanes; ++i) {
            r[i] = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(rows[i] + x));
        }
        const __m128i a0 = _mm_unpacklo_epi8(r[0], r[1]), a1 = _mm_unpacklo_epi8(r[2], r[3]);
        const __m128i a2 = _mm_unpacklo_epi8(r[4], r[5]), a3 = _mm_unpacklo_epi8(r[6], r[7]);
        const __m128i b0 = _mm_unpacklo_epi16(a0, a1), b1 = _mm_unpackhi_epi16(a0, a1); // columns 0..3, 4..7 of rows 0..3
        const __m128i b2 = _mm_unpacklo_epi16(a2, a3), b3 = _mm_unpackhi_epi16(a2, a3); // and of rows 4..7
        const __m128i c[4] = {_mm_unpacklo_epi32(b0, b2), _mm_unpackhi_epi32(b0, b2), _mm_unpacklo_epi32(b1, b3), _mm_unpackhi_epi32(b1, b3)};
        for (std::size_t i = 0; i < 4; ++i) { // two columns each
            auto* const to = reinterpret_cast<__m128i*>(columns + (x + 2 * i) * kLanes);
            _mm_storeu_si128(to, _mm_unpacklo_epi8(c[i], zero));
            _mm_storeu_si128(to + 1, _mm_unpackhi_epi8(c[i], zero));
        }
    }
#endif
    for (; x < width; ++x) {
        for (std::size_t i = 0; i < kLanes; ++i) {
            columns[x * kLanes + i] = rows[i][x];
        }
    }
}

/// One channel, rows `stride` bytes apart.
struct Plane8 {
    const std::uint8_t* samples = nullptr;
    std::size_t width = 0, height = 0, stride = 0;
};

/// A distance of rows at which the same column of many rows does not fall into the same few lines of the processor's cache.
std::size_t apart(std::size_t width)
{
    return (width / 128 * 2 + 3) * 64;
}

/// Resizes every row of one plane and lays the result down turned: row i of `out`, `stride` bytes after the one before it, is column i of the result.
void resizeTurned(const Plane8& in, const PairKernels& kernels, std::uint8_t* out, std::size_t stride)
{
    const std::size_t count = kernels.first.size();
    std::vector<std::int16_t> columns((in.width + 1) * kLanes, 0); // one more, for the weight of zero that makes taps even
    std::array<std::uint8_t, kLanes> result{};
    for (std::size_t y = 0; y < in.height; y += kLanes) {
        std::array<const std::uint8_t*, kLanes> rows{};
        for (std::size_t i = 0; i < kLanes; ++i) {
            rows[i] = in.samples + std::min(y + i, in.height - 1) * in.stride;
        }
        turn(rows, in.width, columns.data());
        const std::size_t valid = std::min(kLanes, in.height - y);
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t begin = kernels.begin[i];
            std::uint8_t* const to = out + i * stride + y;
            weightedSums(columns.data() + static_cast<std::size_t>(kernels.first[i]) * kLanes, kernels.high.data() + begin, kernels.low.data() + begin,
                         kernels.begin[i + 1] - begin, valid == kLanes ? to : result.data());
            if (valid < kLanes) {
                std::copy_n(result.data(), valid, to);
            }
        }
    }
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

std::vector<std::uint8_t> resize8(std::span<const std::uint8_t> in, const Shape& from, int width, int height, Filter filter)
{
    const auto columns = static_cast<std::size_t>(from.width), rows = static_cast<std::size_t>(from.height);
    const auto channels = static_cast<std::size_t>(from.channels);
    const std::size_t outColumns = static_cast<std::size_t>(width), outRows = static_cast<std::size_t>(height);
    const auto across = pairKernels(from.width, width, filter), down = pairKernels(from.height, height, filter);
    const std::size_t stride = apart(rows);
    std::vector<std::uint8_t> out(outColumns * outRows * channels), turned(outColumns * stride);
    const auto resizePlane = [&](const std::uint8_t* plane, std::uint8_t* small) {
        resizeTurned({plane, columns, rows, columns}, *across, turned.data(), stride);
        resizeTurned({turned.data(), rows, outColumns, stride}, *down, small, outColumns);
    };
    if (channels == 1) {
        resizePlane(in.data(), out.data());
        return out;
    }
    std::vector<std::uint8_t> plane(columns * rows), small(outColumns * outRows);
    for (std::size_t c = 0; c < channels; ++c) {
        for (std::size_t i = 0; i < plane.size(); ++i) {
            plane[i] = in[i * channels + c];
        }
        resizePlane(plane.data(), small.data());
        for (std::size_t i = 0; i < small.size(); ++i) {
            out[i * channels + c] = small[i];
        }
    }
    return out;
}

} // namespace diascope::image
