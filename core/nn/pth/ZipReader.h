// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace diascope::nn {

/// A ZIP archive of unknown origin, in memory (APPNOTE 6.3, the part that torch.save and common tools write: stored and deflated members,
/// zip64 sizes). The central directory rules; each local header must agree with it. Names are looked up, never used as paths.
/// Refused: names that climb, are absolute or stand twice, links, encryption, several disks, other methods, members outside the file,
/// wrong checksums, and members that together unpack to more than 64 times the file.
class ZipReader {
public:
    /// `bytes` must outlive the reader. Throws Error{Malformed|Unsupported|TooLarge} naming `subject` and the reason.
    ZipReader(std::string_view bytes, std::string subject);

    struct Member {
        std::string_view packed; ///< As it lies in the file.
        std::uint64_t size = 0;  ///< Unpacked, as the directory claims.
        std::uint32_t crc = 0;
        bool deflated = false;
    };
    /// By name, "archive/data.pkl".
    [[nodiscard]] const std::map<std::string, Member, std::less<>>& members() const { return m_members; }

    /// The unpacked bytes after their checksum was compared: a view into the file where the member is stored, else into `buffer`.
    [[nodiscard]] std::string_view read(const std::string& name, const Member& member, std::string& buffer) const;

private:
    struct EndRecord {
        std::uint64_t entries = 0, size = 0, offset = 0;
    };
    [[nodiscard]] EndRecord endRecord() const;
    [[nodiscard]] EndRecord zip64EndRecord(std::size_t end) const;
    void readDirectory(const EndRecord& end);
    /// Reads one entry at `at` and returns where the next one begins.
    std::size_t readEntry(std::size_t at, std::size_t directoryBegin, std::size_t directoryEnd);
    [[nodiscard]] std::string_view packedBytes(std::uint64_t header, std::uint64_t size, std::string_view name, std::size_t limit) const;
    [[nodiscard]] std::uint64_t number(std::size_t at, std::size_t bytes) const;
    [[noreturn]] void fail(const std::string& reason) const;

    std::string_view m_bytes;
    std::string m_subject;
    std::map<std::string, Member, std::less<>> m_members;
};

} // namespace diascope::nn
