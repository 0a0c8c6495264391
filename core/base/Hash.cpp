// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Hash.h"

#include "base/Error.h"
#include "base/Sha256Compress.h"
#include "base/SystemFile.h"

#include <algorithm>
#include <cstring>
#include <vector>

namespace diascope::base {

namespace {

constexpr std::size_t kBlock = 64;

constexpr std::array<std::uint32_t, 256> crcTable()
{
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        std::uint32_t value = i;
        for (int bit = 0; bit < 8; ++bit) {
            value = (value & 1U) != 0 ? (value >> 1U) ^ 0xEDB88320U : value >> 1U;
        }
        table[i] = value;
    }
    return table;
}

} // namespace

Sha256::Sha256()
    : m_state{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19}
{
}

void Sha256::update(std::span<const std::byte> bytes)
{
    if (bytes.empty()) {
        return;
    }
    const std::size_t held = m_length % kBlock;
    m_length += bytes.size();
    if (held > 0) {
        const std::size_t taken = std::min(kBlock - held, bytes.size());
        std::memcpy(m_buffer.data() + held, bytes.data(), taken);
        bytes = bytes.subspan(taken);
        if (held + taken < kBlock) {
            return;
        }
        sha256Compress(m_state, m_buffer.data(), 1);
    }
    const std::size_t blocks = bytes.size() / kBlock;
    sha256Compress(m_state, bytes.data(), blocks);
    const auto rest = bytes.subspan(blocks * kBlock);
    std::copy(rest.begin(), rest.end(), m_buffer.begin());
}

void Sha256::update(std::string_view text)
{
    update(std::as_bytes(std::span(text)));
}

std::string Sha256::hex()
{
    // Padding: one bit, zeros, and the length in bits as 64-bit big-endian, up to a whole block.
    const std::uint64_t bits = m_length * 8;
    const std::size_t held = m_length % kBlock;
    std::array<std::byte, 2 * kBlock> tail{};
    std::copy_n(m_buffer.begin(), held, tail.begin());
    tail[held] = std::byte{0x80};
    const std::size_t blocks = held + 9 <= kBlock ? 1 : 2;
    for (std::size_t i = 0; i < 8; ++i) {
        tail[blocks * kBlock - 1 - i] = static_cast<std::byte>(bits >> (8 * i));
    }
    sha256Compress(m_state, tail.data(), blocks);
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    text.reserve(64);
    for (const std::uint32_t word : m_state) {
        for (int shift = 28; shift >= 0; shift -= 4) {
            text += kDigits[(word >> static_cast<unsigned>(shift)) & 0xFU];
        }
    }
    return text;
}

std::string sha256Hex(std::span<const std::byte> bytes)
{
    Sha256 hash;
    hash.update(bytes);
    return hash.hex();
}

std::string sha256Hex(std::string_view text)
{
    return sha256Hex(std::as_bytes(std::span(text)));
}

std::string sha256OfFile(const std::filesystem::path& file)
{
    const Descriptor descriptor = openRegularFile(file);
    std::vector<std::byte> buffer(std::size_t{1} << 20U);
    Sha256 hash;
    while (const std::size_t count = readSome(descriptor, buffer, file)) {
        hash.update(std::span(buffer).first(count));
    }
    return hash.hex();
}

std::uint32_t crc32(std::string_view text)
{
    static constexpr auto kTable = crcTable();
    std::uint32_t crc = 0xFFFFFFFFU;
    for (const char c : text) {
        crc = (crc >> 8U) ^ kTable[(crc ^ static_cast<unsigned char>(c)) & 0xFFU];
    }
    return ~crc;
}

std::uint64_t splitmix64(std::uint64_t x)
{
    std::uint64_t z = x + 0x9E3779B97F4A7C15U;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
}

} // namespace diascope::base
