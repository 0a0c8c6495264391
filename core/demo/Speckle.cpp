// SPDX-License-Identifier: GPL-3.0-or-later
#include "demo/Speckle.h"

#include "demo/Noise.h"

#include <algorithm>
#include <cmath>

namespace diascope::demo {
namespace {

std::vector<float> gaussian(double sigma, BlurGain gain)
{
    const int half = std::max(1, static_cast<int>(std::ceil(2.5 * sigma)));
    std::vector<float> kernel(static_cast<std::size_t>(2 * half + 1));
    double sum = 0.0;
    for (int i = -half; i <= half; ++i) {
        const double value = sigma > 0.0 ? std::exp(-0.5 * i * i / (sigma * sigma)) : (i == 0 ? 1.0 : 0.0);
        kernel[static_cast<std::size_t>(i + half)] = static_cast<float>(value);
        sum += gain == BlurGain::KeepMean ? value : value * value;
    }
    const auto scale = static_cast<float>(gain == BlurGain::KeepMean ? 1.0 / sum : 1.0 / std::sqrt(sum));
    for (float& value : kernel) {
        value *= scale;
    }
    return kernel;
}

/// One row with its ends repeated, so that the inner loop needs no test.
void blurRow(float* row, int count, const std::vector<float>& kernel, std::vector<float>& padded)
{
    const int half = static_cast<int>(kernel.size() / 2);
    padded.resize(static_cast<std::size_t>(count + 2 * half));
    std::fill_n(padded.begin(), half, row[0]);
    std::copy_n(row, count, padded.begin() + half);
    std::fill_n(padded.begin() + half + count, half, row[count - 1]);
    std::fill_n(row, count, 0.0F);
    for (std::size_t k = 0; k < kernel.size(); ++k) {
        const float weight = kernel[k];
        const float* from = padded.data() + k;
        for (int i = 0; i < count; ++i) {
            row[i] += weight * from[i];
        }
    }
}

} // namespace

double PointSpread::lateralMm(double depthMm) const
{
    return std::max(lateralNearMm, lateralPerMm * depthMm);
}

void blur(std::vector<float>& values, const PolarGrid& grid, double probeRadiusMm, const PointSpread& spread, BlurGain gain)
{
    const auto lines = static_cast<std::size_t>(grid.lines);
    std::vector<float> padded;
    for (int row = 0; row < grid.samples; ++row) {
        const double depth = grid.depth(row);
        const double lineMm = (probeRadiusMm + depth) * grid.angleStep();
        blurRow(values.data() + static_cast<std::size_t>(row) * lines, grid.lines, gaussian(spread.lateralMm(depth) / lineMm, gain), padded);
    }
    const std::vector<float> kernel = gaussian(spread.axialMm / grid.depthStep(), gain);
    const int half = static_cast<int>(kernel.size() / 2);
    std::vector<float> out(values.size(), 0.0F);
    for (int row = 0; row < grid.samples; ++row) {
        float* to = out.data() + static_cast<std::size_t>(row) * lines;
        for (int k = -half; k <= half; ++k) {
            const int source = std::clamp(row + k, 0, grid.samples - 1);
            const float weight = kernel[static_cast<std::size_t>(k + half)];
            const float* from = values.data() + static_cast<std::size_t>(source) * lines;
            for (std::size_t i = 0; i < lines; ++i) {
                to[i] += weight * from[i];
            }
        }
    }
    values = std::move(out);
}

Speckle makeSpeckle(base::Rng rng, const PolarGrid& grid, double probeRadiusMm, const PointSpread& spread)
{
    Speckle speckle;
    for (std::vector<float>* part : {&speckle.real, &speckle.imaginary}) {
        part->resize(grid.size());
        fillNormal(rng, *part, std::sqrt(0.5F));
        blur(*part, grid, probeRadiusMm, spread, BlurGain::KeepVariance);
    }
    return speckle;
}

} // namespace diascope::demo
