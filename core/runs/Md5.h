// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace diascope::runs {

/// MD5 (RFC 1321), incremental. Only because DVC names content by it: nothing that must withstand an attacker may rest
/// on it.
class Md5 {
public:
    void update(std::span<const std::byte> bytes);
    void update(std::string_view text);
    /// The digest of everything so far as 32 lower-case hexadecimal digits; the object is spent afterwards.
    [[nodiscard]] std::string hex();

private:
    void compress(const std::byte* block);
    std::array<std::uint32_t, 4> m_state{0x67452301U, 0xEFCDAB89U, 0x98BADCFEU, 0x10325476U};
    std::array<std::byte, 64> m_buffer{};
    std::uint64_t m_length = 0;
};

[[nodiscard]] std::string md5Hex(std::string_view text);

} // namespace diascope::runs
