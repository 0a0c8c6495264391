// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace diascope::formats {

/// Reads integers from untrusted bytes; every access is checked against the end.
class ByteReader {
public:
    explicit ByteReader(std::span<const std::byte> bytes, bool bigEndian = true)
        : m_bytes(bytes)
        , m_bigEndian(bigEndian)
    {
    }
    [[nodiscard]] std::uint64_t size() const { return m_bytes.size(); }
    [[nodiscard]] std::optional<std::uint32_t> u8(std::uint64_t at) const { return number(at, 1); }
    [[nodiscard]] std::optional<std::uint32_t> u16(std::uint64_t at) const { return number(at, 2); }
    [[nodiscard]] std::optional<std::uint32_t> u32(std::uint64_t at) const { return number(at, 4); }
    /// True when `text` stands at `at`.
    [[nodiscard]] bool has(std::uint64_t at, std::string_view text) const
    {
        if (at > m_bytes.size() || text.size() > m_bytes.size() - at) {
            return false;
        }
        return std::string_view(reinterpret_cast<const char*>(m_bytes.data()) + at, text.size()) == text;
    }
    /// The `length` bytes from `at`, or an empty span when they are not all there.
    [[nodiscard]] std::span<const std::byte> part(std::uint64_t at, std::uint64_t length) const
    {
        if (at > m_bytes.size() || length > m_bytes.size() - at) {
            return {};
        }
        return m_bytes.subspan(at, length);
    }

private:
    [[nodiscard]] std::optional<std::uint32_t> number(std::uint64_t at, unsigned count) const
    {
        if (at > m_bytes.size() || count > m_bytes.size() - at) {
            return std::nullopt;
        }
        std::uint32_t value = 0;
        for (unsigned i = 0; i < count; ++i) {
            const std::uint64_t from = at + (m_bigEndian ? i : count - 1 - i);
            value = (value << 8) | std::to_integer<std::uint32_t>(m_bytes[from]);
        }
        return value;
    }

    std::span<const std::byte> m_bytes;
    bool m_bigEndian;
};

} // namespace diascope::formats
