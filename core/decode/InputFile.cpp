// SPDX-License-Identifier: GPL-3.0-or-later
#include "decode/InputFile.h"

#include "base/Error.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace diascope::decode {

using base::Error;
using base::ErrorCode;

namespace {

[[noreturn]] void throwSystemError(const std::filesystem::path& file, int error)
{
    const bool absent = error == ENOENT || error == ENOTDIR || error == ENAMETOOLONG;
    throw Error(absent ? ErrorCode::NotFound : ErrorCode::Unreadable, file.string(),
                error == ENOENT ? "there is no such file" : std::generic_category().message(error));
}

const char* kindOf(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFDIR: return "a folder";
    case S_IFIFO: return "a pipe";
    case S_IFSOCK: return "a socket";
    case S_IFCHR:
    case S_IFBLK: return "a device";
    default: return "not a regular file";
    }
}

FileIdentity checked(const std::filesystem::path& file, const struct stat& status)
{
    if (!S_ISREG(status.st_mode)) {
        throw Error(ErrorCode::Unreadable, file.string(), std::string("this is ") + kindOf(status.st_mode),
                    "Choose a picture or DICOM file.");
    }
    if (status.st_size == 0) {
        throw Error(ErrorCode::Malformed, file.string(), "the file is empty (0 bytes)");
    }
    const auto nanoseconds = [](const timespec& t) {
        return static_cast<std::int64_t>(t.tv_sec) * 1'000'000'000 + t.tv_nsec;
    };
    return {status.st_dev, status.st_ino, static_cast<std::uint64_t>(status.st_size), nanoseconds(status.st_mtim),
            nanoseconds(status.st_ctim)};
}

} // namespace

FileIdentity identify(const std::filesystem::path& file)
{
    struct stat status{};
    if (::stat(file.c_str(), &status) != 0) {
        throwSystemError(file, errno);
    }
    return checked(file, status);
}

InputFile openInput(const std::filesystem::path& file)
{
    // Looked at before it is opened, because opening a device can have effects; and again afterwards, because it
    // may have been replaced in between (O_NONBLOCK keeps a pipe from holding us then).
    (void)identify(file);
    UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!fd.valid()) {
        throwSystemError(file, errno);
    }
    struct stat status{};
    if (::fstat(fd.get(), &status) != 0) {
        throwSystemError(file, errno);
    }
    return {std::move(fd), checked(file, status)};
}

} // namespace diascope::decode
