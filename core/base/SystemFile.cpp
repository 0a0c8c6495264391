// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/SystemFile.h"

#include <cerrno>
#include <fcntl.h>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace diascope::base {

namespace {

ErrorCode codeOf(int number)
{
    switch (number) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return ErrorCode::DiskFull;
    case ENOENT:
    case ENOTDIR:
        return ErrorCode::NotFound;
    case ENOMEM:
        return ErrorCode::OutOfMemory;
    default:
        return ErrorCode::Unreadable;
    }
}

std::string_view kindOf(mode_t mode)
{
    if (S_ISDIR(mode)) {
        return "a folder";
    }
    if (S_ISFIFO(mode) || S_ISSOCK(mode)) {
        return "a pipe or socket";
    }
    return "a device";
}

} // namespace

int Descriptor::close() noexcept
{
    if (m_number < 0) {
        return 0;
    }
    const int result = ::close(m_number);
    m_number = -1;
    return result;
}

Error systemError(int number, const std::filesystem::path& file, const std::string& action)
{
    return {codeOf(number), file.string(), "cannot " + action + ": " + std::generic_category().message(number)};
}

Descriptor openRegularFile(const std::filesystem::path& file)
{
    Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (descriptor.number() < 0) {
        throw systemError(errno, file, "open it for reading");
    }
    struct stat status {};
    if (::fstat(descriptor.number(), &status) != 0) {
        throw systemError(errno, file, "ask what it is");
    }
    if (!S_ISREG(status.st_mode)) {
        throw Error(ErrorCode::Unreadable, file.string(), "it is " + std::string(kindOf(status.st_mode)) + ", not a file");
    }
    return descriptor;
}

std::size_t readSome(const Descriptor& descriptor, std::span<std::byte> buffer, const std::filesystem::path& file)
{
    while (true) {
        const ssize_t count = ::read(descriptor.number(), buffer.data(), buffer.size());
        if (count >= 0) {
            return static_cast<std::size_t>(count);
        }
        if (errno != EINTR) {
            throw systemError(errno, file, "read it");
        }
    }
}

void writeAll(const Descriptor& descriptor, std::span<const std::byte> bytes, const std::filesystem::path& file)
{
    while (!bytes.empty()) {
        const ssize_t count = ::write(descriptor.number(), bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            throw systemError(count < 0 ? errno : ENOSPC, file, "write it");
        }
        bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
}

} // namespace diascope::base
