// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "decode/InputFile.h"
#include "decoder/SourceFile.h"

#include <cstddef>
#include <list>
#include <memory>
#include <span>
#include <string>

namespace diascope::decoder {

/// A file mapped read-only. It is not copied, so that one frame of a large cine costs one frame. Should somebody cut the
/// file meanwhile, this process dies of it, which the application reports as an error of this file.
class MappedFile {
public:
    /// Throws Error{Unreadable|TooLarge}.
    MappedFile(int fd, const std::string& subject);
    ~MappedFile();
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;
    [[nodiscard]] std::span<const std::byte> bytes() const { return m_bytes; }

private:
    std::span<const std::byte> m_bytes;
};

/// The last few files, parsed, by their identity.
class OpenFiles {
public:
    /// The parsed file; it becomes the most recent one. Older ones go when they are too many or too large together.
    SourceFile& get(const decode::FileIdentity& identity, int fd, const std::string& subject);
    /// Forgets one file, whose reader may be in a bad state after an error.
    void drop(const decode::FileIdentity& identity);
    /// Forgets all; returns how many there were. Used when memory is short.
    std::size_t clear();

private:
    struct Entry {
        decode::FileIdentity identity;
        std::string subject;
        std::unique_ptr<MappedFile> file;
        std::unique_ptr<SourceFile> source; // Reads `file`, so it is destroyed before it.
    };
    std::list<Entry> m_entries; // Most recent first.
};

} // namespace diascope::decoder
