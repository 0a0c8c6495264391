// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/AtomicFile.h"

#include "base/Error.h"
#include "base/Hash.h"
#include "base/Log.h"
#include "base/SystemFile.h"
#include "base/TemporaryName.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <system_error>
#include <unistd.h>

namespace diascope::base {

namespace {

/// A file that is removed again unless keep() is called.
class TemporaryFile {
public:
    explicit TemporaryFile(const std::filesystem::path& target)
        : m_path(target.parent_path() / temporaryName())
        , m_descriptor(::open(m_path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600))
    {
        if (m_descriptor.number() < 0) {
            const int number = errno;
            throw systemError(number, target,
                              number == ENOENT ? "write it, because its folder is missing" : "write into its folder");
        }
    }
    ~TemporaryFile()
    {
        if (!m_kept) {
            ::unlink(m_path.c_str());
        }
    }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    void keep() { m_kept = true; }
    [[nodiscard]] const std::filesystem::path& path() const { return m_path; }
    [[nodiscard]] Descriptor& descriptor() { return m_descriptor; }

private:
    std::filesystem::path m_path;
    Descriptor m_descriptor;
    bool m_kept = false;
};

/// Where to write: a link is followed, so that the file it names is replaced and not the link.
std::filesystem::path targetOf(const std::filesystem::path& file)
{
    std::error_code error;
    auto target = std::filesystem::absolute(file, error);
    std::error_code missing; // a new file is not there yet, which is no failure
    if (!error && std::filesystem::is_symlink(std::filesystem::symlink_status(target, missing))) {
        target = std::filesystem::weakly_canonical(target, error);
    }
    if (error) {
        throw systemError(error.value(), file, "find where it lies");
    }
    const auto status = std::filesystem::status(target, missing);
    if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
        throw Error(ErrorCode::Unreadable, file.string(), "it exists and is not an ordinary file, so it is not replaced");
    }
    return target;
}

void checkFreeSpace(const std::filesystem::path& target, std::size_t bytes)
{
    struct statvfs status {};
    // A file system that does not say how large it is has f_blocks 0; then the write itself tells.
    if (::statvfs(target.parent_path().c_str(), &status) != 0 || status.f_blocks == 0) {
        return;
    }
    const std::uint64_t available = std::uint64_t{status.f_bavail} * status.f_frsize;
    if (available < bytes) {
        throw Error(ErrorCode::DiskFull, target.string(),
                    "needs " + std::to_string(bytes) + " bytes, but the disk has only " + std::to_string(available)
                        + " left");
    }
}

void finishWriting(TemporaryFile& temporary, const std::filesystem::path& target, Flush flush)
{
    struct stat status {};
    if (::stat(target.c_str(), &status) == 0 && ::fchmod(temporary.descriptor().number(), status.st_mode & 07777U) != 0) {
        throw systemError(errno, target, "keep its permissions");
    }
    if (flush == Flush::Now && ::fsync(temporary.descriptor().number()) != 0) {
        throw systemError(errno, target, "flush it to the disk");
    }
    // Lets the read-back come from the disk where the system allows it, not from memory.
    ::posix_fadvise(temporary.descriptor().number(), 0, 0, POSIX_FADV_DONTNEED);
    if (temporary.descriptor().close() != 0) {
        throw systemError(errno, target, "finish writing it");
    }
}

void flushFolder(const std::filesystem::path& target)
{
    const Descriptor folder(::open(target.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.number() < 0 || ::fsync(folder.number()) != 0) {
        // The new file is complete and in place; only its survival of a power cut is less sure.
        logWarning("The folder of a saved file could not be flushed to the disk: "
                   + std::generic_category().message(errno));
    }
}

} // namespace

std::string writeFileAtomically(const std::filesystem::path& file, std::span<const std::byte> bytes, Flush flush)
{
    const std::filesystem::path target = targetOf(file);
    checkFreeSpace(target, bytes.size());
    TemporaryFile temporary(target);
    writeAll(temporary.descriptor(), bytes, target);
    finishWriting(temporary, target, flush);
    std::string hash = sha256Hex(bytes);
    if (flush == Flush::Now && sha256OfFile(temporary.path()) != hash) {
        throw Error(ErrorCode::Unreadable, file.string(), "what was read back is not what was written",
                    "The disk may be failing: save somewhere else and check it.");
    }
    if (::rename(temporary.path().c_str(), target.c_str()) != 0) {
        throw systemError(errno, target, "put it in place");
    }
    temporary.keep();
    if (flush == Flush::Now) {
        flushFolder(target);
    }
    return hash;
}

std::string writeFileAtomically(const std::filesystem::path& file, std::string_view text, Flush flush)
{
    return writeFileAtomically(file, std::as_bytes(std::span(text)), flush);
}

std::string readFile(const std::filesystem::path& file, std::size_t maxBytes)
{
    const Descriptor descriptor = openRegularFile(file);
    struct stat status {};
    const bool known = ::fstat(descriptor.number(), &status) == 0;
    std::size_t expected = known ? static_cast<std::size_t>(status.st_size) : 0;
    const auto tooLarge = [&] {
        return Error(ErrorCode::TooLarge, file.string(), "it is larger than the limit of " + std::to_string(maxBytes) + " bytes");
    };
    if (expected > maxBytes) {
        throw tooLarge();
    }
    std::string content;
    std::size_t filled = 0;
    while (true) { // one byte more than expected, to see the end; the file may grow while it is read
        content.resize(std::max(expected, filled) + 1);
        const auto room = std::as_writable_bytes(std::span(content)).subspan(filled);
        const std::size_t count = readSome(descriptor, room, file);
        if (count == 0) {
            break;
        }
        filled += count;
        if (filled > maxBytes) {
            throw tooLarge();
        }
        if (filled > expected) {
            expected = filled + (std::size_t{1} << 16U);
        }
    }
    content.resize(filled);
    return content;
}

void appendLine(const std::filesystem::path& file, std::string_view line, Flush flush)
{
    const Descriptor descriptor(::open(file.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600));
    if (descriptor.number() < 0) {
        throw systemError(errno, file, "append to it");
    }
    struct stat status {};
    if (::fstat(descriptor.number(), &status) != 0 || !S_ISREG(status.st_mode)) {
        throw Error(ErrorCode::Unreadable, file.string(), "it is not an ordinary file");
    }
    std::string text;
    char last = '\n';
    if (status.st_size > 0 && ::pread(descriptor.number(), &last, 1, status.st_size - 1) == 1 && last != '\n') {
        text += '\n'; // a killed process left half a line; ours starts on its own
    }
    text += line;
    text += '\n';
    try {
        writeAll(descriptor, std::as_bytes(std::span(text)), file);
        if (flush == Flush::Now && ::fdatasync(descriptor.number()) != 0) {
            throw systemError(errno, file, "flush it to the disk");
        }
    } catch (const Error&) {
        if (::ftruncate(descriptor.number(), status.st_size) != 0) { // no half lines
            logWarning("A line that could not be written whole could not be taken back either.");
        }
        throw;
    }
}

void removeStaleTemporaries(const std::filesystem::path& folder)
{
    std::error_code error;
    for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
        std::error_code ignoredRace; // another instance may clean up at the same time
        if (entry->is_regular_file(ignoredRace) && isStaleTemporary(entry->path())) {
            std::filesystem::remove(entry->path(), ignoredRace);
        }
    }
    if (error && error != std::errc::no_such_file_or_directory) {
        throw systemError(error.value(), folder, "look for left-over temporary files");
    }
}

} // namespace diascope::base
