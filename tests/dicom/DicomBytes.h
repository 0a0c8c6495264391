// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace diascope::tests {

using ByteVector = std::vector<std::byte>;

inline constexpr const char* kImplicit = "1.2.840.10008.1.2";
inline constexpr const char* kExplicit = "1.2.840.10008.1.2.1";
inline constexpr const char* kDeflated = "1.2.840.10008.1.2.1.99";
inline constexpr const char* kBig = "1.2.840.10008.1.2.2";
inline constexpr const char* kJpeg = "1.2.840.10008.1.2.4.50";
inline constexpr const char* kRle = "1.2.840.10008.1.2.5";

/// Writes DICOM byte by byte, right or wrong, without any library: what the reader is tested with must not come from it.
class DicomBytes {
public:
    explicit DicomBytes(std::string transferSyntax = kExplicit)
        : m_syntax(std::move(transferSyntax)), m_explicit(m_syntax != kImplicit), m_big(m_syntax == kBig)
    {
    }

    DicomBytes& us(std::uint32_t tag, std::initializer_list<int> values, const char* vr = "US")
    {
        ByteVector value;
        for (const int v : values) {
            put16(value, static_cast<unsigned>(v), m_big);
        }
        return raw(tag, vr, value);
    }
    DicomBytes& ul(std::uint32_t tag, std::uint32_t number, const char* vr = "UL")
    {
        ByteVector value;
        put32(value, number, m_big);
        return raw(tag, vr, value);
    }
    DicomBytes& fd(std::uint32_t tag, double number)
    {
        ByteVector value(8);
        const auto* bytes = reinterpret_cast<const std::byte*>(&number);
        for (std::size_t i = 0; i < 8; ++i) {
            value[i] = bytes[m_big ? 7 - i : i];
        }
        return raw(tag, "FD", value);
    }
    DicomBytes& text(std::uint32_t tag, const char* vr, std::string value)
    {
        if (value.size() % 2 != 0) {
            value += std::string_view(vr) == "UI" ? '\0' : ' ';
        }
        const auto* bytes = reinterpret_cast<const std::byte*>(value.data());
        return raw(tag, vr, ByteVector(bytes, bytes + value.size()));
    }
    DicomBytes& raw(std::uint32_t tag, const char* vr, const ByteVector& value)
    {
        header(m_body, tag, vr, static_cast<std::uint32_t>(value.size()), m_explicit, m_big);
        m_body.insert(m_body.end(), value.begin(), value.end());
        return *this;
    }
    /// OW data given as 16-bit words.
    DicomBytes& words(std::uint32_t tag, const std::vector<int>& values, const char* vr = "OW")
    {
        ByteVector value;
        for (const int v : values) {
            put16(value, static_cast<unsigned>(v), m_big);
        }
        return raw(tag, vr, value);
    }
    DicomBytes& sequence(std::uint32_t tag, const char* vr = "SQ")
    {
        header(m_body, tag, vr, 0xFFFFFFFFu, m_explicit, m_big);
        return *this;
    }
    DicomBytes& delimiter(std::uint32_t tag, std::uint32_t length = 0)
    {
        putTag(m_body, tag, m_big);
        put32(m_body, length, m_big);
        return *this;
    }
    DicomBytes& item() { return delimiter(0xFFFEE000, 0xFFFFFFFFu); }
    DicomBytes& endItem() { return delimiter(0xFFFEE00D); }
    DicomBytes& endSequence() { return delimiter(0xFFFEE0DD); }

    /// Rows, Columns, bits and the rest of the Image Pixel module.
    DicomBytes& pixelModule(int rows, int columns, int allocated, int stored, bool isSigned = false, const char* pi = "MONOCHROME2",
                            int samples = 1, int planar = -1)
    {
        us(0x00280002, {samples}).text(0x00280004, "CS", pi);
        if (planar >= 0) {
            us(0x00280006, {planar});
        }
        us(0x00280010, {rows}).us(0x00280011, {columns}).us(0x00280100, {allocated}).us(0x00280101, {stored});
        return us(0x00280102, {stored - 1}).us(0x00280103, {isSigned ? 1 : 0});
    }
    /// Encapsulated pixel data: an offset table (may be empty) and fragments.
    DicomBytes& fragments(const std::vector<std::uint32_t>& table, const std::vector<ByteVector>& parts)
    {
        header(m_body, 0x7FE00010, "OB", 0xFFFFFFFFu, m_explicit, m_big);
        delimiter(0xFFFEE000, static_cast<std::uint32_t>(table.size() * 4));
        for (const std::uint32_t offset : table) {
            put32(m_body, offset, m_big);
        }
        for (const ByteVector& part : parts) {
            delimiter(0xFFFEE000, static_cast<std::uint32_t>(part.size() + part.size() % 2));
            m_body.insert(m_body.end(), part.begin(), part.end());
            m_body.resize(m_body.size() + part.size() % 2);
        }
        return endSequence();
    }
    DicomBytes& append(const ByteVector& bytes)
    {
        m_body.insert(m_body.end(), bytes.begin(), bytes.end());
        return *this;
    }

    [[nodiscard]] const ByteVector& body() const { return m_body; }
    void replaceBody(ByteVector body) { m_body = std::move(body); }
    /// Preamble, "DICM", meta group and the data set.
    [[nodiscard]] ByteVector file() const
    {
        ByteVector meta;
        std::string uid = m_syntax;
        uid.resize(uid.size() + uid.size() % 2);
        header(meta, 0x00020010, "UI", static_cast<std::uint32_t>(uid.size()), true, false);
        for (const char c : uid) {
            meta.push_back(static_cast<std::byte>(c));
        }
        ByteVector out(128);
        for (const char c : std::string_view("DICM")) {
            out.push_back(static_cast<std::byte>(c));
        }
        header(out, 0x00020000, "UL", 4, true, false);
        put32(out, static_cast<std::uint32_t>(meta.size()), false);
        out.insert(out.end(), meta.begin(), meta.end());
        out.insert(out.end(), m_body.begin(), m_body.end());
        return out;
    }

    static void put16(ByteVector& to, unsigned v, bool big)
    {
        const auto low = static_cast<std::byte>(v & 0xFF), high = static_cast<std::byte>((v >> 8) & 0xFF);
        to.push_back(big ? high : low);
        to.push_back(big ? low : high);
    }
    static void put32(ByteVector& to, std::uint32_t v, bool big)
    {
        put16(to, big ? v >> 16 : v & 0xFFFF, big);
        put16(to, big ? v & 0xFFFF : v >> 16, big);
    }

private:
    static void putTag(ByteVector& to, std::uint32_t tag, bool big)
    {
        put16(to, tag >> 16, big);
        put16(to, tag & 0xFFFF, big);
    }
    static void header(ByteVector& to, std::uint32_t tag, const char* vr, std::uint32_t length, bool isExplicit, bool big)
    {
        putTag(to, tag, big);
        if (!isExplicit) {
            put32(to, length, big);
            return;
        }
        to.push_back(static_cast<std::byte>(vr[0]));
        to.push_back(static_cast<std::byte>(vr[1]));
        const std::string_view longForms = "OB OD OF OL OV OW SQ SV UC UN UR UT UV";
        if (longForms.find(std::string_view(vr, 2)) == std::string_view::npos) {
            put16(to, length, big);
            return;
        }
        put16(to, 0, big);
        put32(to, length, big);
    }

    std::string m_syntax;
    bool m_explicit;
    bool m_big;
    ByteVector m_body;
};

inline ByteVector bytesOf(std::initializer_list<int> values)
{
    ByteVector bytes;
    for (const int v : values) {
        bytes.push_back(static_cast<std::byte>(v));
    }
    return bytes;
}

} // namespace diascope::tests
