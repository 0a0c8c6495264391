// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Rng.h"

#include <cstdint>
#include <span>

namespace diascope::demo {

/// Smooth random function of the plane or of space: cubic value noise on a hashed unit lattice. The same seed gives the same function
/// wherever and in whatever order it is asked. Values lie in -1..1.
class Noise {
public:
    explicit Noise(std::uint64_t seed) : m_seed(static_cast<std::uint32_t>(seed ^ (seed >> 32))) {}
    [[nodiscard]] float at(float x, float y) const;
    [[nodiscard]] float at(float x, float y, float z) const;
    /// Three octaves, each of half the size and half the weight of the one before.
    [[nodiscard]] float cloud(float x, float y) const;
    [[nodiscard]] float cloud(float x, float y, float z) const;

private:
    std::uint32_t m_seed;
};

/// Fills `values` with independent normal numbers of this standard deviation: Box-Muller on 32-bit draws, both halves used.
void fillNormal(base::Rng& rng, std::span<float> values, float sigma);

/// 0 below -edge, 1 above +edge, a smooth cubic between.
[[nodiscard]] inline float smoothStep(float value, float edge)
{
    const float t = value <= -edge ? 0.0F : value >= edge ? 1.0F : (value + edge) / (2.0F * edge);
    return t * t * (3.0F - 2.0F * t);
}

[[nodiscard]] inline float mix(float a, float b, float weightOfB) { return a + (b - a) * weightOfB; }

} // namespace diascope::demo
