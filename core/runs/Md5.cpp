// SPDX-License-Identifier: GPL-3.0-or-later
#include "runs/Md5.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace diascope::runs {

namespace {

/// floor(2^32 |sin(i + 1)|), RFC 1321 section 3.4.
constexpr std::array<std::uint32_t, 64> kSines{0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a,
    0xa8304613, 0xfd469501, 0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e,
    0x49b40821, 0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a, 0xfffa3942,
    0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70, 0x289b7ec6, 0xeaa127fa,
    0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665, 0xf4292244, 0x432aff97, 0xab9423a7,
    0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1, 0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1,
    0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};
constexpr std::array<std::array<int, 4>, 4> kShifts{
    {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}}};

std::uint32_t littleWord(const std::byte* bytes)
{
    std::uint32_t value = 0;
    for (unsigned i = 0; i < 4; ++i) {
        value |= std::to_integer<std::uint32_t>(bytes[i]) << (8U * i);
    }
    return value;
}

} // namespace

void Md5::compress(const std::byte* block)
{
    std::array<std::uint32_t, 16> words{};
    for (std::size_t i = 0; i < words.size(); ++i) {
        words[i] = littleWord(block + 4 * i);
    }
    auto [a, b, c, d] = m_state;
    for (std::size_t i = 0; i < 64; ++i) {
        std::uint32_t mixed = 0;
        std::size_t word = 0;
        switch (i / 16) {
        case 0:
            mixed = (b & c) | (~b & d);
            word = i;
            break;
        case 1:
            mixed = (d & b) | (~d & c);
            word = (5 * i + 1) % 16;
            break;
        case 2:
            mixed = b ^ c ^ d;
            word = (3 * i + 5) % 16;
            break;
        default:
            mixed = c ^ (b | ~d);
            word = (7 * i) % 16;
            break;
        }
        const std::uint32_t turned = std::rotl(a + mixed + kSines[i] + words[word], kShifts[i / 16][i % 4]);
        a = d;
        d = c;
        c = b;
        b += turned;
    }
    m_state[0] += a;
    m_state[1] += b;
    m_state[2] += c;
    m_state[3] += d;
}

void Md5::update(std::span<const std::byte> bytes)
{
    while (!bytes.empty()) {
        const std::size_t filled = m_length % m_buffer.size();
        if (filled == 0 && bytes.size() >= m_buffer.size()) {
            compress(bytes.data());
            m_length += m_buffer.size();
            bytes = bytes.subspan(m_buffer.size());
            continue;
        }
        const std::size_t count = std::min(bytes.size(), m_buffer.size() - filled);
        std::memcpy(m_buffer.data() + filled, bytes.data(), count);
        m_length += count;
        bytes = bytes.subspan(count);
        if (filled + count == m_buffer.size()) {
            compress(m_buffer.data());
        }
    }
}

void Md5::update(std::string_view text)
{
    update(std::as_bytes(std::span(text)));
}

std::string Md5::hex()
{
    const std::uint64_t bits = m_length * 8;
    std::array<std::byte, 72> padding{std::byte{0x80}};
    const std::size_t zeros = (m_length % 64 < 56 ? 56 : 120) - m_length % 64;
    for (unsigned i = 0; i < 8; ++i) {
        padding[zeros + i] = static_cast<std::byte>(bits >> (8U * i));
    }
    update(std::span<const std::byte>(padding).first(zeros + 8));
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (const std::uint32_t word : m_state) {
        for (unsigned shift = 0; shift < 32; shift += 8) {
            text += kDigits[(word >> (shift + 4)) & 0xFU];
            text += kDigits[(word >> shift) & 0xFU];
        }
    }
    return text;
}

std::string md5Hex(std::string_view text)
{
    Md5 hash;
    hash.update(text);
    return hash.hex();
}

} // namespace diascope::runs
