// SPDX-License-Identifier: GPL-3.0-or-later
#include "dataset/Fingerprint.h"

#include "image/Grey.h"
#include "image/Resample.h"
#include "image/Windowing.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>
#include <numeric>

namespace diascope::dataset {

namespace {

constexpr std::size_t kSide = Fingerprint::kSide;
constexpr std::size_t kFrequencies = 8;
using Levels = std::array<double, kSide * kSide>;
using Spectrum = std::array<double, 64>; ///< Row-major: 8 vertical x 8 horizontal frequencies, the mean (0,0) replaced
                                         ///< by (8,0).

const std::array<std::array<double, kSide>, kFrequencies + 1>& cosines()
{
    static const auto table = [] {
        std::array<std::array<double, kSide>, kFrequencies + 1> result{};
        for (std::size_t f = 0; f <= kFrequencies; ++f) {
            for (std::size_t x = 0; x < kSide; ++x) {
                result[f][x] = std::cos(std::numbers::pi * (2.0 * static_cast<double>(x)
                    + 1.0) * static_cast<double>(f) / (2.0 * kSide));
            }
        }
        return result;
    }();
    return table;
}

/// DCT-II of the low frequencies. The first row and column are scaled down by sqrt(2) as in the orthonormal transform.
Spectrum lowFrequencies(const std::array<std::uint8_t, kSide * kSide>& small)
{
    const auto& cosine = cosines();
    std::array<std::array<double, kSide>, kFrequencies> rows{}; // horizontal frequency x image row
    for (std::size_t u = 0; u < kFrequencies; ++u) {
        for (std::size_t y = 0; y < kSide; ++y) {
            for (std::size_t x = 0; x < kSide; ++x) {
                rows[u][y] += cosine[u][x] * small[y * kSide + x];
            }
        }
    }
    const auto at = [&](std::size_t v, std::size_t u) {
        double sum = 0.0;
        for (std::size_t y = 0; y < kSide; ++y) {
            sum += cosine[v][y] * rows[u][y];
        }
        return sum * (u == 0 ? 1.0 / std::numbers::sqrt2 : 1.0) * (v == 0 ? 1.0 / std::numbers::sqrt2 : 1.0);
    };
    Spectrum spectrum{};
    for (std::size_t v = 0; v < kFrequencies; ++v) {
        for (std::size_t u = 0; u < kFrequencies; ++u) {
            spectrum[v * kFrequencies + u] = u + v == 0 ? at(kFrequencies, 0) : at(v, u);
        }
    }
    return spectrum;
}

std::uint64_t bitsOf(const Spectrum& spectrum)
{
    Spectrum sorted = spectrum;
    std::sort(sorted.begin(), sorted.end());
    const double median = 0.5 * (sorted[31] + sorted[32]);
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < spectrum.size(); ++i) {
        bits |= spectrum[i] > median ? std::uint64_t{1} << i : 0;
    }
    return bits;
}

struct Moments {
    double mean = 0.0, deviation = 0.0;
};

Moments momentsOf(const std::array<std::uint8_t, kSide * kSide>& small)
{
    double sum = 0.0, squares = 0.0;
    for (const std::uint8_t level : small) {
        sum += level;
        squares += static_cast<double>(level) * level;
    }
    const double n = kSide * kSide;
    return {sum / n, std::sqrt(std::max(0.0, squares / n - (sum / n) * (sum / n)))};
}

std::array<float, 64> coarseFields(const std::array<std::uint8_t, kSide * kSide>& small)
{
    constexpr std::size_t kField = kSide / 8;
    std::array<float, 64> fields{};
    for (std::size_t i = 0; i < small.size(); ++i) {
        fields[i / kSide / kField * 8 + i % kSide / kField] += static_cast<float>(small[i]);
    }
    const float mean = std::accumulate(fields.begin(), fields.end(), 0.0F) / 64.0F;
    float power = 0.0F;
    for (float& field : fields) {
        field -= mean;
        power += field * field;
    }
    const float scale = power > 0.0F ? 1.0F / std::sqrt(power) : 0.0F;
    for (float& field : fields) {
        field *= scale;
    }
    return fields;
}

/// Mean 0, standard deviation 1.
Levels normalised(const Fingerprint& fingerprint, bool mirror)
{
    const Moments moments = momentsOf(fingerprint.small);
    Levels levels{};
    for (std::size_t y = 0; y < kSide; ++y) {
        for (std::size_t x = 0; x < kSide; ++x) {
            const std::size_t from = mirror ? kSide - 1 - x : x;
            levels[y * kSide + x] = (fingerprint.small[y * kSide + from] - moments.mean) / moments.deviation;
        }
    }
    return levels;
}

/// Least squares of b on 1, a, a^2 by Gram-Schmidt (a has mean 0 and deviation 1), then the worst 4 x 4 block of the
/// rest.
double restOfFit(const Levels& a, const Levels& b)
{
    constexpr double n = kSide * kSide;
    double third = 0.0, cross = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        third += a[i] * a[i] * a[i] / n;
        cross += a[i] * b[i] / n;
    }
    double power = 0.0, bend = 0.0; // of the part of a^2 that neither 1 nor a explains
    for (std::size_t i = 0; i < a.size(); ++i) {
        const double square = a[i] * a[i] - 1.0 - third * a[i];
        power += square * square / n;
        bend += square * b[i] / n;
    }
    const double curve = power > 1e-9 ? bend / power : 0.0;
    constexpr std::size_t kBlock = 6, kAcross = kSide / kBlock;
    std::array<double, kAcross * kAcross> blocks{};
    for (std::size_t i = 0; i < a.size(); ++i) {
        const double rest = b[i] - cross * a[i] - curve * (a[i] * a[i] - 1.0 - third * a[i]);
        blocks[i / kSide / kBlock * kAcross + i % kSide / kBlock] += rest * rest / (kBlock * kBlock);
    }
    std::nth_element(blocks.begin(), blocks.end() - 4, blocks.end());
    return std::sqrt(*(blocks.end() - 4));
}

} // namespace

Fingerprint fingerprintOf(const image::Image& image)
{
    Fingerprint fingerprint;
    fingerprint.exact = image::pixelHash(image);
    const bool isDisplay = image.type == image::PixelType::UInt8
        && image.photometric != image::Photometric::Monochrome1;
    const image::Image shown = isDisplay ? image : image::toDisplay8(image, image::defaultWindow(image));
    const image::Image small = image::resizeAntialiased(image::toGrey(shown), Fingerprint::kSide, Fingerprint::kSide,
        image::Filter::Bicubic);
    const auto samples = small.samples<std::uint8_t>();
    std::copy(samples.begin(), samples.end(), fingerprint.small.begin());
    fingerprint.coarse = coarseFields(fingerprint.small);
    Spectrum spectrum = lowFrequencies(fingerprint.small);
    fingerprint.hash = bitsOf(spectrum);
    for (std::size_t i = 1; i < spectrum.size(); i += 2) {
        spectrum[i] = -spectrum[i]; // odd horizontal frequencies
    }
    fingerprint.mirrored = bitsOf(spectrum);
    constexpr double kLeastContrast = 2.0; // grey levels; below, rounding is all there is to see
    fingerprint.flat = momentsOf(fingerprint.small).deviation < kLeastContrast;
    return fingerprint;
}

float coarseLikeness(const Fingerprint& a, const Fingerprint& b, bool mirror)
{
    float sum = 0.0F;
    for (std::size_t i = 0; i < a.coarse.size(); ++i) {
        sum += a.coarse[i] * b.coarse[mirror ? i / 8 * 8 + 7 - i % 8 : i];
    }
    return sum;
}

int hashDistance(std::uint64_t a, std::uint64_t b)
{
    return std::popcount(a ^ b);
}

double lookDifference(const Fingerprint& a, const Fingerprint& b, bool mirror)
{
    const Levels first = normalised(a, false);
    const Levels second = normalised(b, mirror);
    return std::max(restOfFit(first, second), restOfFit(second, first));
}

} // namespace diascope::dataset
