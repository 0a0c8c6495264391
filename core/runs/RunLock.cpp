// SPDX-License-Identifier: GPL-3.0-or-later
#include "runs/RunLock.h"

#include "base/Clock.h"
#include "base/Json.h"
#include "base/TemporaryName.h"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <optional>
#include <span>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace diascope::runs {

namespace {

constexpr const char* kRemedy = "Wait for it, stop it, or choose another run folder; if that computer is gone, delete the file 'lock'.";

std::string inWords(const LockHolder& holder)
{
    return "process " + std::to_string(holder.pid) + " on " + holder.host + " since " + holder.since;
}

/// What the file says; nothing when it is empty or torn (its writer died before it was complete).
std::optional<LockHolder> readHolder(const base::Descriptor& descriptor, const std::filesystem::path& file)
{
    std::array<char, 1024> text{};
    const ssize_t count = ::pread(descriptor.number(), text.data(), text.size(), 0);
    if (count <= 0) {
        return std::nullopt;
    }
    LockHolder holder;
    try {
        const base::Json json = base::parseJson({text.data(), static_cast<std::size_t>(count)}, file.string());
        base::ObjectReader reader(json, file.string());
        reader.require("pid", holder.pid).require("host", holder.host).require("since", holder.since);
    } catch (const base::Error&) { // torn: says nothing about anybody
        return std::nullopt;
    }
    return holder;
}

base::Error busy(const std::filesystem::path& file, const std::optional<LockHolder>& holder)
{
    const std::string who = holder ? inWords(*holder) : std::string("another process");
    return {base::ErrorCode::Busy, file.parent_path().string(), "the run folder is held by " + who, kRemedy};
}

/// True when the operating system gave us the lock; false where the file system has none.
bool takeSystemLock(const base::Descriptor& descriptor, const std::filesystem::path& file)
{
    if (::flock(descriptor.number(), LOCK_EX | LOCK_NB) == 0) {
        return true;
    }
    if (errno == EWOULDBLOCK) {
        throw busy(file, readHolder(descriptor, file));
    }
    return false;
}

/// Whether the descriptor is still the file of that name: a holder that ended may have removed it in between.
bool isStillThere(const base::Descriptor& descriptor, const std::filesystem::path& file)
{
    struct stat opened {}, named {};
    return ::fstat(descriptor.number(), &opened) == 0 && ::stat(file.c_str(), &named) == 0 && opened.st_ino == named.st_ino
        && opened.st_dev == named.st_dev;
}

base::Descriptor openLockFile(const std::filesystem::path& file)
{
    base::Descriptor descriptor(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (descriptor.number() < 0) {
        throw base::systemError(errno, file, "lock the run folder");
    }
    return descriptor;
}

struct Taken {
    base::Descriptor descriptor;
    bool bySystem;
};

Taken takeLockFile(const std::filesystem::path& file)
{
    while (true) {
        base::Descriptor descriptor = openLockFile(file);
        const bool bySystem = takeSystemLock(descriptor, file);
        if (isStillThere(descriptor, file)) {
            return {std::move(descriptor), bySystem};
        }
    }
}

void writeHolder(const base::Descriptor& descriptor, const std::filesystem::path& file)
{
    const base::Json json = {{"pid", static_cast<long>(::getpid())}, {"host", base::hostName()}, {"since", base::utcNow()}};
    const std::string text = json.dump(-1, ' ', false, base::Json::error_handler_t::replace) + "\n";
    if (::ftruncate(descriptor.number(), 0) != 0) {
        throw base::systemError(errno, file, "write the lock");
    }
    base::writeAll(descriptor, std::as_bytes(std::span(text)), file);
}

} // namespace

RunLock::RunLock(const std::filesystem::path& file)
    : m_file(file)
{
    Taken taken = takeLockFile(file);
    const auto before = readHolder(taken.descriptor, file);
    if (before) {
        // On this computer a free lock means a dead holder. Of another computer nothing is known: some network
        // file systems do not pass locks on.
        const bool here = before->host == base::hostName();
        if (!here || (!taken.bySystem && base::isProcessAlive(before->pid))) {
            throw busy(file, before);
        }
        m_takenOver = inWords(*before);
    }
    writeHolder(taken.descriptor, file);
    m_descriptor.swap(taken.descriptor);
}

RunLock::~RunLock()
{
    ::unlink(m_file.c_str()); // while it is still locked, so that nobody else's lock is removed
}

} // namespace diascope::runs
