// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/pth/Inflate.h"

#include "base/Error.h"
#include "base/Text.h"

#include <array>
#include <cstdint>
#include <span>

namespace diascope::nn {

namespace {

constexpr int kMaxBits = 15;
constexpr std::size_t kLiteralCodes = 288, kDistanceCodes = 30, kLengthCodes = 19;

/// A canonical Huffman code: how many codes each length has, and the symbols in order of their codes.
struct HuffmanCode {
    std::array<std::uint16_t, kMaxBits + 1> count{};
    std::array<std::uint16_t, kLiteralCodes> symbols{};
};

/// One deflate stream, read bit by bit; every step checks both ends.
class Inflater {
public:
    Inflater(std::string_view packed, std::size_t size, const std::string& subject, const std::string& member)
        : m_in(packed), m_size(size), m_subject(subject), m_member(member)
    {
        m_out.reserve(size);
    }

    std::string run()
    {
        bool last = false;
        while (!last) {
            last = bits(1) == 1;
            switch (bits(2)) {
            case 0:
                stored();
                break;
            case 1:
                codes(fixedLiterals(), fixedDistances());
                break;
            case 2:
                dynamic();
                break;
            default:
                fail("has a block of an unknown kind");
            }
        }
        if (m_out.size() != m_size) {
            fail("unpacks to " + std::to_string(m_out.size()) + " bytes, not to the " + std::to_string(m_size) + " that its entry claims");
        }
        if (m_position != m_in.size()) {
            fail("goes on behind its end");
        }
        return std::move(m_out);
    }

private:
    [[noreturn]] void fail(const std::string& reason) const
    {
        throw base::Error(base::ErrorCode::Malformed, m_subject, "the packed part '" + base::shortened(m_member) + "' " + reason);
    }

    unsigned bits(int wanted)
    {
        while (m_bitCount < wanted) {
            if (m_position >= m_in.size()) {
                fail("ends too early");
            }
            m_bits |= static_cast<std::uint32_t>(static_cast<unsigned char>(m_in[m_position++])) << m_bitCount;
            m_bitCount += 8;
        }
        const unsigned value = m_bits & ((1U << wanted) - 1U);
        m_bits >>= wanted;
        m_bitCount -= wanted;
        return value;
    }

    void put(std::string_view bytes)
    {
        if (bytes.size() > m_size - m_out.size()) {
            fail("unpacks to more than the " + std::to_string(m_size) + " bytes that its entry claims");
        }
        m_out.append(bytes);
    }

    void stored()
    {
        m_bits = 0; // The rest of the byte is filling.
        m_bitCount = 0;
        const unsigned length = bits(16), complement = bits(16);
        if (length != (~complement & 0xFFFFU)) {
            fail("has a damaged length");
        }
        if (length > m_in.size() - m_position) {
            fail("ends too early");
        }
        put(m_in.substr(m_position, length));
        m_position += length;
    }

    /// Refuses codes that are over-subscribed, and incomplete ones unless they have a single symbol of one bit.
    HuffmanCode codeOf(std::span<const std::uint8_t> lengths) const
    {
        HuffmanCode code;
        for (const auto length : lengths) {
            ++code.count[length];
        }
        int left = 1;
        for (int bit = 1; bit <= kMaxBits; ++bit) {
            left = 2 * left - code.count[static_cast<std::size_t>(bit)];
            if (left < 0) {
                fail("has an impossible code");
            }
        }
        const std::size_t used = lengths.size() - code.count[0];
        if (left > 0 && !(used == 0 || (used == 1 && code.count[1] == 1))) {
            fail("has an incomplete code");
        }
        std::array<std::uint16_t, kMaxBits + 2> offset{};
        for (std::size_t bit = 1; bit <= kMaxBits; ++bit) {
            offset[bit + 1] = static_cast<std::uint16_t>(offset[bit] + code.count[bit]);
        }
        for (std::size_t symbol = 0; symbol < lengths.size(); ++symbol) {
            if (lengths[symbol] != 0) {
                code.symbols[offset[lengths[symbol]]++] = static_cast<std::uint16_t>(symbol);
            }
        }
        return code;
    }

    unsigned decode(const HuffmanCode& code)
    {
        int value = 0, first = 0, index = 0;
        for (std::size_t bit = 1; bit <= kMaxBits; ++bit) {
            value |= static_cast<int>(bits(1));
            const int count = code.count[bit];
            if (value - count < first) {
                return code.symbols[static_cast<std::size_t>(index + (value - first))];
            }
            index += count;
            first = (first + count) << 1;
            value <<= 1;
        }
        fail("holds a code that is not defined");
    }

    void codes(const HuffmanCode& literals, const HuffmanCode& distances)
    {
        static constexpr std::array<std::uint16_t, 29> kLength{3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
                                                               31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
        static constexpr std::array<std::uint8_t, 29> kLengthBits{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
        static constexpr std::array<std::uint16_t, 30> kDistance{1,   2,   3,   4,   5,   7,    9,    13,   17,   25,   33,   49,   65,    97,    129,
                                                                 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};
        for (;;) {
            const unsigned symbol = decode(literals);
            if (symbol < 256) {
                const char byte = static_cast<char>(symbol);
                put({&byte, 1});
                continue;
            }
            if (symbol == 256) {
                return;
            }
            if (symbol - 257 >= kLength.size()) {
                fail("holds a length that is not defined");
            }
            const std::size_t length = kLength[symbol - 257] + bits(kLengthBits[symbol - 257]);
            const unsigned far = decode(distances);
            if (far >= kDistance.size()) {
                fail("holds a distance that is not defined");
            }
            repeat(kDistance[far] + bits(static_cast<int>(far < 2 ? 0 : far / 2 - 1)), length);
        }
    }

    void repeat(std::size_t distance, std::size_t length)
    {
        if (distance > m_out.size()) {
            fail("refers to bytes before its beginning");
        }
        if (length > m_size - m_out.size()) {
            fail("unpacks to more than the " + std::to_string(m_size) + " bytes that its entry claims");
        }
        for (; length > 0; --length) {
            m_out.push_back(m_out[m_out.size() - distance]); // Byte by byte: source and target may overlap on purpose.
        }
    }

    HuffmanCode fixedLiterals() const
    {
        std::array<std::uint8_t, kLiteralCodes> lengths{};
        for (std::size_t i = 0; i < lengths.size(); ++i) {
            lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
        }
        return codeOf(lengths);
    }

    HuffmanCode fixedDistances() const
    {
        // 32 codes of five bits; the last two never stand in a stream and are refused when they do.
        std::array<std::uint8_t, 32> lengths{};
        lengths.fill(5);
        return codeOf(lengths);
    }

    void dynamic()
    {
        static constexpr std::array<std::uint8_t, kLengthCodes> kOrder{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
        const std::size_t literals = bits(5) + 257, distances = bits(5) + 1, lengthCodes = bits(4) + 4;
        if (literals > 286 || distances > kDistanceCodes) {
            fail("has too many codes");
        }
        std::array<std::uint8_t, kLengthCodes> lengthLengths{};
        for (std::size_t i = 0; i < lengthCodes; ++i) {
            lengthLengths[kOrder[i]] = static_cast<std::uint8_t>(bits(3));
        }
        const HuffmanCode lengthCode = codeOf(lengthLengths);
        std::array<std::uint8_t, kLiteralCodes + kDistanceCodes> lengths{};
        const std::size_t total = literals + distances;
        for (std::size_t filled = 0; filled < total;) {
            const unsigned symbol = decode(lengthCode);
            if (symbol < 16) {
                lengths[filled++] = static_cast<std::uint8_t>(symbol);
                continue;
            }
            if (symbol == 16 && filled == 0) {
                fail("repeats a length that is not there");
            }
            const std::uint8_t value = symbol == 16 ? lengths[filled - 1] : std::uint8_t{0};
            const std::size_t times = symbol == 16 ? 3 + bits(2) : symbol == 17 ? 3 + bits(3) : 11 + bits(7);
            if (times > total - filled) {
                fail("has too many lengths");
            }
            for (std::size_t i = 0; i < times; ++i) {
                lengths[filled++] = value;
            }
        }
        if (lengths[256] == 0) {
            fail("has no code for its end");
        }
        const std::span<const std::uint8_t> all(lengths);
        codes(codeOf(all.subspan(0, literals)), codeOf(all.subspan(literals, distances)));
    }

    std::string_view m_in;
    std::size_t m_size;
    const std::string& m_subject;
    const std::string& m_member;
    std::size_t m_position = 0;
    std::uint32_t m_bits = 0;
    int m_bitCount = 0;
    std::string m_out;
};

} // namespace

std::string inflated(std::string_view packed, std::size_t size, const std::string& subject, const std::string& member)
{
    return Inflater(packed, size, subject, member).run();
}

} // namespace diascope::nn
