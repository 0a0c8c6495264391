// SPDX-License-Identifier: GPL-3.0-or-later
// The scanner's share of a slice: sampling and the noise of a reconstruction kernel.
#include "demo/CtPhantom.h"

#include <algorithm>
#include <cmath>

namespace diascope::demo {
namespace {

/// Separable three- to seven-tap smoothing with wrap-around, so that the texture is the same everywhere.
std::vector<float> smooth(const std::vector<float>& in, int rows, int columns, const std::vector<float>& kernel)
{
    const int half = static_cast<int>(kernel.size() / 2);
    std::vector<float> across(in.size(), 0.0F), out(in.size(), 0.0F);
    const auto width = static_cast<std::size_t>(columns);
    for (std::size_t row = 0; row < static_cast<std::size_t>(rows); ++row) {
        for (int k = -half; k <= half; ++k) {
            const float weight = kernel[static_cast<std::size_t>(k + half)];
            for (int x = 0; x < columns; ++x) {
                const int from = (x + k + columns) % columns;
                across[row * width + static_cast<std::size_t>(x)] += weight * in[row * width + static_cast<std::size_t>(from)];
            }
        }
    }
    for (int y = 0; y < rows; ++y) {
        for (int k = -half; k <= half; ++k) {
            const float weight = kernel[static_cast<std::size_t>(k + half)];
            const float* from = across.data() + static_cast<std::size_t>((y + k + rows) % rows) * width;
            float* to = out.data() + static_cast<std::size_t>(y) * width;
            for (std::size_t x = 0; x < width; ++x) {
                to[x] += weight * from[x];
            }
        }
    }
    return out;
}

/// Unit-variance noise whose spectrum rises from zero and falls again, as filtered back-projection's does (Riederer et al.,
/// Phys. Med. Biol. 23, 1978): the difference of two smoothings of white noise.
std::vector<float> kernelNoise(base::Rng& rng, int rows, int columns)
{
    std::vector<float> white(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns));
    fillNormal(rng, white, 1.0F);
    const std::vector<float> fine = smooth(white, rows, columns, {0.23F, 0.54F, 0.23F});
    const std::vector<float> coarse = smooth(fine, rows, columns, {0.09F, 0.12F, 0.18F, 0.22F, 0.18F, 0.12F, 0.09F});
    double square = 0.0;
    for (std::size_t i = 0; i < white.size(); ++i) {
        white[i] = fine[i] - 0.85F * coarse[i];
        square += static_cast<double>(white[i]) * white[i];
    }
    const auto scale = static_cast<float>(1.0 / std::sqrt(square / static_cast<double>(white.size())));
    for (float& value : white) {
        value *= scale;
    }
    return white;
}

} // namespace

std::vector<std::int16_t> scanSlice(const CtPhantom& phantom, const CtSlice& slice, base::Rng noise)
{
    const std::vector<float> texture = kernelNoise(noise, slice.rows, slice.columns);
    const auto spacing = static_cast<float>(slice.spacingMm);
    const float x0 = -0.5F * spacing * static_cast<float>(slice.columns - 1), y0 = -0.5F * spacing * static_cast<float>(slice.rows - 1);
    std::vector<std::int16_t> out(texture.size());
    std::size_t i = 0;
    for (int row = 0; row < slice.rows; ++row) {
        const float y = y0 + spacing * static_cast<float>(row);
        for (int column = 0; column < slice.columns; ++column, ++i) {
            const float x = x0 + spacing * static_cast<float>(column);
            // Photons are fewest along lines through the middle, most across the flat body.
            const float radius = (x * x + 1.6F * y * y) / (150.0F * 150.0F);
            const float sigma = 6.0F + 8.0F * std::exp(-radius);
            const float value = phantom.hounsfield(x, y, static_cast<float>(slice.z)) + sigma * texture[i];
            out[i] = static_cast<std::int16_t>(std::lround(std::clamp(value, -1024.0F, 3071.0F)));
        }
    }
    return out;
}

} // namespace diascope::demo
