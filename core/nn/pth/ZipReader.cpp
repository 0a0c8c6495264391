// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/pth/ZipReader.h"

#include "base/Error.h"
#include "base/Hash.h"
#include "base/Text.h"
#include "nn/pth/Inflate.h"

#include <algorithm>

namespace diascope::nn {

namespace {

using base::Error;
using base::ErrorCode;

constexpr std::uint64_t kLocal = 0x04034b50, kCentral = 0x02014b50, kEnd = 0x06054b50, kEnd64 = 0x06064b50, kLocator64 = 0x07064b50;
constexpr std::size_t kLocalBytes = 30, kCentralBytes = 46, kEndBytes = 22, kEnd64Bytes = 56, kLocatorBytes = 20;
constexpr std::uint64_t kMark16 = 0xFFFF, kMark32 = 0xFFFFFFFF; // "Look into the zip64 record."
constexpr std::uint64_t kLargestRatio = 64, kAlwaysAllowed = 64 * 1024;

/// Why a member's name is refused; empty for a good one.
std::string_view faultOfName(std::string_view name)
{
    if (name.empty() || name.find('\0') != std::string_view::npos || !base::isUtf8(name)) {
        return "is empty or not UTF-8";
    }
    if (name.front() == '/' || name.find('\\') != std::string_view::npos || (name.size() > 1 && name[1] == ':')) {
        return "is an absolute path or has backslashes";
    }
    for (std::size_t at = 0; at <= name.size();) {
        const std::size_t end = std::min(name.find('/', at), name.size());
        const std::string_view part = name.substr(at, end - at);
        if (part == ".." || part == ".") {
            return "climbs out of the archive";
        }
        at = end + 1;
    }
    return {};
}

} // namespace

ZipReader::ZipReader(std::string_view bytes, std::string subject) : m_bytes(bytes), m_subject(std::move(subject))
{
    readDirectory(endRecord());
    std::uint64_t total = 0;
    for (const auto& [name, member] : m_members) {
        total += member.size; // Each below the size of the file times 1032 (checked with the entry), so that the sum cannot wrap.
    }
    if (total > kLargestRatio * m_bytes.size() + kAlwaysAllowed) {
        throw Error(ErrorCode::TooLarge, m_subject,
                    "it would unpack to " + std::to_string(total) + " bytes from " + std::to_string(m_bytes.size()) + "; the limit is 64 times its size");
    }
}

void ZipReader::fail(const std::string& reason) const
{
    throw Error(ErrorCode::Malformed, m_subject, "the ZIP archive " + reason);
}

std::uint64_t ZipReader::number(std::size_t at, std::size_t bytes) const
{
    if (at > m_bytes.size() || bytes > m_bytes.size() - at) {
        fail("is cut off");
    }
    std::uint64_t value = 0;
    for (std::size_t i = bytes; i-- > 0;) {
        value = value << 8U | static_cast<unsigned char>(m_bytes[at + i]);
    }
    return value;
}

ZipReader::EndRecord ZipReader::endRecord() const
{
    constexpr std::size_t kLongestComment = 0xFFFF;
    const std::size_t size = m_bytes.size();
    for (std::size_t back = kEndBytes; back <= std::min(size, kEndBytes + kLongestComment); ++back) {
        const std::size_t at = size - back;
        if (number(at, 4) != kEnd || number(at + 20, 2) != back - kEndBytes) {
            continue;
        }
        const EndRecord record{number(at + 10, 2), number(at + 12, 4), number(at + 16, 4)};
        if (record.entries == kMark16 || record.size == kMark32 || record.offset == kMark32) {
            return zip64EndRecord(at);
        }
        if (number(at + 4, 2) != 0 || number(at + 6, 2) != 0 || number(at + 8, 2) != record.entries) {
            fail("is spread over several disks");
        }
        return record;
    }
    fail("has no end record: it is cut off");
}

ZipReader::EndRecord ZipReader::zip64EndRecord(std::size_t end) const
{
    if (end < kLocatorBytes || number(end - kLocatorBytes, 4) != kLocator64) {
        fail("points to a zip64 record that is not there");
    }
    const std::uint64_t at = number(end - kLocatorBytes + 8, 8);
    if (at > m_bytes.size() || m_bytes.size() - at < kEnd64Bytes || number(at, 4) != kEnd64) {
        fail("points to a zip64 record that is not there");
    }
    const EndRecord record{number(at + 32, 8), number(at + 40, 8), number(at + 48, 8)};
    if (number(at + 16, 4) != 0 || number(at + 20, 4) != 0 || number(at + 24, 8) != record.entries) {
        fail("is spread over several disks");
    }
    return record;
}

void ZipReader::readDirectory(const EndRecord& end)
{
    if (end.offset > m_bytes.size() || end.size > m_bytes.size() - end.offset) {
        fail("has its directory outside the file");
    }
    const auto begin = static_cast<std::size_t>(end.offset), stop = static_cast<std::size_t>(end.offset + end.size);
    if (end.entries > end.size / kCentralBytes) {
        fail("claims " + std::to_string(end.entries) + " members in a directory of " + std::to_string(end.size) + " bytes");
    }
    std::size_t at = begin;
    for (std::uint64_t i = 0; i < end.entries; ++i) {
        at = readEntry(at, begin, stop);
    }
    if (at != stop) {
        fail("has a directory that does not end where it should");
    }
}

std::size_t ZipReader::readEntry(std::size_t at, std::size_t directoryBegin, std::size_t directoryEnd)
{
    if (directoryEnd - at < kCentralBytes || number(at, 4) != kCentral) {
        fail("has a damaged directory");
    }
    const std::uint64_t flags = number(at + 8, 2), method = number(at + 10, 2);
    std::uint64_t packed = number(at + 20, 4), size = number(at + 24, 4), header = number(at + 42, 4);
    const std::size_t nameBytes = number(at + 28, 2), extraBytes = number(at + 30, 2), commentBytes = number(at + 32, 2);
    if (nameBytes + extraBytes + commentBytes > directoryEnd - at - kCentralBytes) {
        fail("has a damaged directory");
    }
    const std::string name(m_bytes.substr(at + kCentralBytes, nameBytes));
    const std::string shown = "member '" + base::shortened(base::visibleText(name)) + "'";
    if (const auto fault = faultOfName(name); !fault.empty()) {
        fail("has a member whose name " + std::string(fault) + ": '" + base::shortened(base::visibleText(name)) + "'");
    }
    const std::uint64_t kind = number(at + 38, 4) >> 28U; // Upper four bits of the Unix mode: what kind of file it is.
    if (kind != 0 && kind != 8 && kind != 4) {
        fail("has a link or a device as " + shown);
    }
    if ((flags & 0x2041U) != 0) {
        throw Error(ErrorCode::Unsupported, m_subject, "the ZIP archive is encrypted (" + shown + ")");
    }
    if (method != 0 && method != 8) {
        throw Error(ErrorCode::Unsupported, m_subject, "the ZIP archive packs " + shown + " by method " + std::to_string(method) + ", which is not read");
    }
    const std::size_t extraAt = at + kCentralBytes + nameBytes;
    for (std::size_t e = extraAt; extraBytes >= 4 && e <= extraAt + extraBytes - 4;) {
        const std::size_t length = number(e + 2, 2);
        if (length > extraAt + extraBytes - e - 4) {
            fail("has a damaged directory");
        }
        if (number(e, 2) == 1) { // zip64: only the fields that are marked below, in this order.
            std::size_t field = e + 4;
            for (std::uint64_t* value : {&size, &packed, &header}) {
                if (*value == kMark32 && e + 4 + length - field >= 8) {
                    *value = number(field, 8);
                    field += 8;
                }
            }
        }
        e += 4 + length;
    }
    constexpr std::uint64_t kDeflateAtMost = 1032; // No deflate stream unpacks to more.
    if (method == 0 ? packed != size : size / kDeflateAtMost > packed) {
        fail("claims an impossible size for " + shown);
    }
    const Member member{packedBytes(header, packed, name, directoryBegin), size, static_cast<std::uint32_t>(number(at + 16, 4)), method == 8};
    if (!m_members.emplace(name, member).second) {
        fail("has two members of the name '" + base::shortened(name) + "'");
    }
    return extraAt + extraBytes + commentBytes;
}

std::string_view ZipReader::packedBytes(std::uint64_t header, std::uint64_t size, std::string_view name, std::size_t limit) const
{
    const std::string shown = "'" + base::shortened(name) + "'";
    if (header > limit || limit - header < kLocalBytes || number(header, 4) != kLocal) {
        fail("has no header for its member " + shown);
    }
    const std::size_t at = header, nameBytes = number(at + 26, 2), extraBytes = number(at + 28, 2), room = limit - at - kLocalBytes;
    if (nameBytes + extraBytes > room || m_bytes.substr(at + kLocalBytes, nameBytes) != name) {
        fail("calls its member " + shown + " by two names");
    }
    if (size > room - nameBytes - extraBytes) {
        fail("has its member " + shown + " outside the file");
    }
    return m_bytes.substr(at + kLocalBytes + nameBytes + extraBytes, size);
}

std::string_view ZipReader::read(const std::string& name, const Member& member, std::string& buffer) const
{
    std::string_view bytes = member.packed;
    if (member.deflated) {
        buffer = inflated(member.packed, member.size, m_subject, name);
        bytes = buffer;
    }
    if (base::crc32(bytes) != member.crc) {
        fail("is damaged: the checksum of '" + base::shortened(name) + "' is wrong");
    }
    return bytes;
}

} // namespace diascope::nn
