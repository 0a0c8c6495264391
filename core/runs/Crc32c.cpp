// SPDX-License-Identifier: GPL-3.0-or-later
#include "runs/Crc32c.h"

#include <array>

namespace diascope::runs {

namespace {

constexpr std::array<std::uint32_t, 256> castagnoliTable()
{
    constexpr std::uint32_t kPolynomial = 0x82F63B78U; // 0x1EDC6F41, bits reversed
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < table.size(); ++i) {
        std::uint32_t value = i;
        for (int bit = 0; bit < 8; ++bit) {
            value = (value >> 1U) ^ ((value & 1U) != 0 ? kPolynomial : 0U);
        }
        table[i] = value;
    }
    return table;
}

} // namespace

std::uint32_t crc32c(std::string_view bytes)
{
    static constexpr auto kTable = castagnoliTable();
    std::uint32_t crc = 0xFFFFFFFFU;
    for (const char c : bytes) {
        crc = (crc >> 8U) ^ kTable[(crc ^ static_cast<unsigned char>(c)) & 0xFFU];
    }
    return ~crc;
}

std::uint32_t maskedCrc32c(std::string_view bytes)
{
    const std::uint32_t crc = crc32c(bytes);
    return ((crc >> 15U) | (crc << 17U)) + 0xA282EAD8U;
}

} // namespace diascope::runs
