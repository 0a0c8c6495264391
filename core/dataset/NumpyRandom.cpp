// SPDX-License-Identifier: GPL-3.0-or-later
#include "dataset/NumpyRandom.h"

#include <numeric>

namespace diascope::dataset {

NumpyRandom::NumpyRandom(std::uint32_t seed)
{
    m_state[0] = seed;
    for (std::uint32_t i = 1; i < kState; ++i) {
        m_state[i] = 1812433253U * (m_state[i - 1] ^ (m_state[i - 1] >> 30U)) + i;
    }
}

void NumpyRandom::refill()
{
    constexpr std::size_t kShift = 397;
    constexpr std::uint32_t kMatrix = 0x9908b0dfU, kUpper = 0x80000000U, kLower = 0x7fffffffU;
    for (std::size_t i = 0; i < kState; ++i) {
        const std::uint32_t y = (m_state[i] & kUpper) | (m_state[(i + 1) % kState] & kLower);
        m_state[i] = m_state[(i + kShift) % kState] ^ (y >> 1U) ^ ((y & 1U) != 0 ? kMatrix : 0U);
    }
    m_at = 0;
}

std::uint32_t NumpyRandom::next32()
{
    if (m_at == kState) {
        refill();
    }
    std::uint32_t y = m_state[m_at++];
    y ^= y >> 11U;
    y ^= (y << 7U) & 0x9d2c5680U;
    y ^= (y << 15U) & 0xefc60000U;
    return y ^ (y >> 18U);
}

std::uint32_t NumpyRandom::interval(std::uint32_t max)
{
    if (max == 0) {
        return 0;
    }
    std::uint32_t mask = max;
    for (const unsigned shift : {1U, 2U, 4U, 8U, 16U}) {
        mask |= mask >> shift;
    }
    std::uint32_t value = next32() & mask;
    while (value > max) {
        value = next32() & mask;
    }
    return value;
}

std::vector<std::size_t> NumpyRandom::permutation(std::size_t n)
{
    std::vector<std::size_t> values(n);
    std::iota(values.begin(), values.end(), std::size_t{0});
    shuffle(values);
    return values;
}

} // namespace diascope::dataset
