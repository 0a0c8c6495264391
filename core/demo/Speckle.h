// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Rng.h"
#include "demo/Fan.h"

#include <vector>

namespace diascope::demo {

/// Width of the point spread (standard deviations, mm): constant along the line; across it proportional to depth outside
/// the zone where the aperture can grow with it (constant F-number), never below `lateralNearMm`.
struct PointSpread {
    double axialMm = 0.28;
    double lateralNearMm = 0.55;
    double lateralPerMm = 0.0085; ///< Growth with depth.
    [[nodiscard]] double lateralMm(double depthMm) const;
};

/// A fully developed speckle field: unit-variance circular complex Gaussian scatterers, band-limited by the point spread.
/// Its envelope is Rayleigh distributed (mean / standard deviation = 1.91; Wagner et al., IEEE Trans. Sonics Ultrason. 30, 1983).
struct Speckle {
    std::vector<float> real, imaginary; ///< PolarGrid::size() each; variance 1/2 each.
};
[[nodiscard]] Speckle makeSpeckle(base::Rng rng, const PolarGrid& grid, double probeRadiusMm, const PointSpread& spread);

/// How a kernel is scaled.
enum class BlurGain { KeepVariance, KeepMean };

/// The point spread applied to a polar picture in place.
void blur(std::vector<float>& values, const PolarGrid& grid, double probeRadiusMm, const PointSpread& spread, BlurGain gain);

} // namespace diascope::demo
