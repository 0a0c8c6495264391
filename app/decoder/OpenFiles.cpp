// SPDX-License-Identifier: GPL-3.0-or-later
#include "decoder/OpenFiles.h"

#include "base/Error.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>

namespace diascope::decoder {

using base::Error;
using base::ErrorCode;

namespace {

constexpr std::size_t kMaxFiles = 4;
constexpr std::uint64_t kMaxOtherBytes = 256u << 20; // Of the files that are kept beside the current one.
constexpr std::uint64_t kMaxFileBytes = std::uint64_t{4} << 30;

} // namespace

MappedFile::MappedFile(int fd, const std::string& subject)
{
    struct stat status{};
    if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size <= 0) {
        throw Error(ErrorCode::Unreadable, subject, "this is not a readable file");
    }
    const auto size = static_cast<std::uint64_t>(status.st_size);
    if (size > kMaxFileBytes) {
        throw Error(ErrorCode::TooLarge, subject, "the file is larger than 4 GiB");
    }
    void* memory = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (memory == MAP_FAILED) {
        throw Error(ErrorCode::OutOfMemory, subject, "the file does not fit into the address space");
    }
    m_bytes = {static_cast<const std::byte*>(memory), size};
}

MappedFile::~MappedFile()
{
    ::munmap(const_cast<std::byte*>(m_bytes.data()), m_bytes.size());
}

SourceFile& OpenFiles::get(const decode::FileIdentity& identity, int fd, const std::string& subject)
{
    const auto found = std::find_if(m_entries.begin(), m_entries.end(), [&](const Entry& entry) {
        return entry.identity == identity && entry.subject == subject;
    });
    if (found != m_entries.end()) {
        m_entries.splice(m_entries.begin(), m_entries, found);
        return *m_entries.front().source;
    }
    std::uint64_t others = 0;
    std::size_t kept = 0;
    std::erase_if(m_entries, [&](const Entry& entry) {
        others += entry.identity.size;
        return ++kept >= kMaxFiles || others > kMaxOtherBytes;
    });
    Entry entry{identity, subject, std::make_unique<MappedFile>(fd, subject), nullptr};
    entry.source = openSource(entry.file->bytes(), subject);
    m_entries.push_front(std::move(entry));
    return *m_entries.front().source;
}

void OpenFiles::drop(const decode::FileIdentity& identity)
{
    std::erase_if(m_entries, [&](const Entry& entry) { return entry.identity == identity; });
}

std::size_t OpenFiles::clear()
{
    const std::size_t count = m_entries.size();
    m_entries.clear();
    return count;
}

} // namespace diascope::decoder
