// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace diascope::base {

/// SHA-256 (FIPS 180-4), incremental.
class Sha256 {
public:
    Sha256();
    void update(std::span<const std::byte> bytes);
    void update(std::string_view text);
    /// The digest of everything so far as 64 lower-case hexadecimal digits; the object is spent afterwards.
    [[nodiscard]] std::string hex();

private:
    std::array<std::uint32_t, 8> m_state{};
    std::array<std::byte, 64> m_buffer{};
    std::uint64_t m_length = 0;
};

[[nodiscard]] std::string sha256Hex(std::span<const std::byte> bytes);
[[nodiscard]] std::string sha256Hex(std::string_view text);
/// Throws Error{NotFound|Unreadable}.
[[nodiscard]] std::string sha256OfFile(const std::filesystem::path& file);

/// zlib's CRC-32, and splitmix64's finaliser, both used by named test vectors and stream keys.
[[nodiscard]] std::uint32_t crc32(std::string_view text);
[[nodiscard]] std::uint64_t splitmix64(std::uint64_t x);

} // namespace diascope::base
