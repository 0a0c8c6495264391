// SPDX-License-Identifier: GPL-3.0-or-later
#include "demo/Noise.h"

#include <cmath>
#include <numbers>

namespace diascope::demo {
namespace {

float lattice(std::uint32_t x, std::uint32_t y, std::uint32_t z, std::uint32_t seed)
{
    std::uint32_t h = x * 0x8da6b343U ^ y * 0xd8163841U ^ z * 0xcb1ab31fU ^ seed;
    h = (h ^ (h >> 15)) * 0x2c1b3c6dU;
    h = (h ^ (h >> 12)) * 0x297a2d39U;
    h ^= h >> 15;
    return static_cast<float>(h >> 8) * (2.0F / 16777216.0F) - 1.0F;
}

struct Cell {
    std::uint32_t index;
    float weight;
};

Cell cellOf(float value)
{
    // Truncation and a correction: std::floor is a library call on the base instruction set.
    auto low = static_cast<std::int32_t>(value);
    low -= static_cast<float>(low) > value ? 1 : 0;
    const float t = value - static_cast<float>(low);
    return {static_cast<std::uint32_t>(low), t * t * (3.0F - 2.0F * t)};
}

float plane(Cell x, Cell y, std::uint32_t z, std::uint32_t seed)
{
    const float top = mix(lattice(x.index, y.index, z, seed), lattice(x.index + 1, y.index, z, seed), x.weight);
    const float bottom = mix(lattice(x.index, y.index + 1, z, seed), lattice(x.index + 1, y.index + 1, z, seed), x.weight);
    return mix(top, bottom, y.weight);
}

} // namespace

float Noise::at(float x, float y) const
{
    return plane(cellOf(x), cellOf(y), 0, m_seed);
}

float Noise::at(float x, float y, float z) const
{
    const Cell cx = cellOf(x), cy = cellOf(y), cz = cellOf(z);
    return mix(plane(cx, cy, cz.index, m_seed), plane(cx, cy, cz.index + 1, m_seed), cz.weight);
}

void fillNormal(base::Rng& rng, std::span<float> values, float sigma)
{
    for (std::size_t i = 0; i < values.size(); i += 2) {
        // (0, 1): neither end is reached.
        const float u = (static_cast<float>(rng.next32() >> 8) + 0.5F) * 0x1p-24F;
        const float angle = 2.0F * std::numbers::pi_v<float> * static_cast<float>(rng.next32() >> 8) * 0x1p-24F;
        const float radius = sigma * std::sqrt(-2.0F * std::log(u));
        values[i] = radius * std::cos(angle);
        if (i + 1 < values.size()) {
            values[i + 1] = radius * std::sin(angle);
        }
    }
}

// The offsets keep the lattices of the octaves from coinciding.
float Noise::cloud(float x, float y) const
{
    return (at(x, y) + 0.5F * at(2.0F * x + 17.3F, 2.0F * y - 9.1F) + 0.25F * at(4.0F * x - 31.7F, 4.0F * y + 5.9F)) / 1.75F;
}

float Noise::cloud(float x, float y, float z) const
{
    return (at(x, y, z) + 0.5F * at(2.0F * x + 17.3F, 2.0F * y - 9.1F, 2.0F * z + 3.7F)
            + 0.25F * at(4.0F * x - 31.7F, 4.0F * y + 5.9F, 4.0F * z - 13.1F)) / 1.75F;
}

} // namespace diascope::demo
