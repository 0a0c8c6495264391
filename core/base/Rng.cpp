// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Rng.h"

#include "base/Hash.h"

#include <cassert>
#include <cmath>
#include <numbers>

namespace diascope::base {

namespace {

constexpr std::uint32_t kMultiplier0 = 0xD2511F53;
constexpr std::uint32_t kMultiplier1 = 0xCD9E8D57;
constexpr std::uint32_t kWeyl0 = 0x9E3779B9; // golden ratio
constexpr std::uint32_t kWeyl1 = 0xBB67AE85; // sqrt(3) - 1
constexpr int kRounds = 10;

std::uint32_t high(std::uint64_t x)
{
    return static_cast<std::uint32_t>(x >> 32U);
}

std::uint32_t low(std::uint64_t x)
{
    return static_cast<std::uint32_t>(x);
}

} // namespace

std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key)
{
    for (int round = 0; round < kRounds; ++round) {
        const std::uint64_t product0 = std::uint64_t{kMultiplier0} * counter[0];
        const std::uint64_t product1 = std::uint64_t{kMultiplier1} * counter[2];
        counter = {high(product1) ^ counter[1] ^ key[0], low(product1), high(product0) ^ counter[3] ^ key[1], low(product0)};
        key[0] += kWeyl0;
        key[1] += kWeyl1;
    }
    return counter;
}

Rng Rng::stream(std::uint64_t seed, std::string_view name, std::uint64_t epoch, std::uint64_t sample)
{
    std::uint64_t key = splitmix64(seed);
    for (const char c : name) {
        key = splitmix64(key ^ static_cast<unsigned char>(c));
    }
    // The counter has room for 32 bits of the epoch; the rest goes into the key.
    if (high(epoch) != 0) {
        key = splitmix64(key ^ (std::uint64_t{high(epoch)} << 8U));
    }
    Rng rng;
    rng.m_key = {low(key), high(key)};
    rng.m_counter = {0, low(sample), high(sample), low(epoch)};
    return rng;
}

void Rng::refill()
{
    m_block = philox4x32(m_counter, m_key);
    m_used = 0;
    if (++m_counter[0] == 0) { // 2^34 numbers drawn: go on under another key instead of repeating
        const std::uint64_t key = splitmix64((std::uint64_t{m_key[1]} << 32U) | m_key[0]);
        m_key = {low(key), high(key)};
    }
}

std::uint32_t Rng::next32()
{
    if (m_used == 4) {
        refill();
    }
    return m_block[static_cast<std::size_t>(m_used++)];
}

std::uint64_t Rng::next64()
{
    const std::uint64_t first = next32();
    return (std::uint64_t{next32()} << 32U) | first;
}

double Rng::uniform()
{
    return static_cast<double>(next64() >> 11U) * 0x1.0p-53;
}

double Rng::uniform(double low, double high)
{
    const double value = low + (high - low) * uniform();
    return value < high || high <= low ? value : std::nextafter(high, low); // rounding may reach the open end
}

double Rng::normal()
{
    const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform())); // 1 - u is in (0, 1]
    return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

std::uint64_t Rng::below(std::uint64_t n)
{
    assert(n > 0);
    // Numbers under 2^64 mod n are refused, so that every remainder is equally frequent.
    const std::uint64_t refused = (0 - n) % n;
    std::uint64_t value = next64();
    while (value < refused) {
        value = next64();
    }
    return value % n;
}

} // namespace diascope::base
