// SPDX-License-Identifier: GPL-3.0-or-later
#include "decoder/Sandbox.h"

#include "decode/Sanitizers.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace diascope::decoder {

namespace {

constexpr rlim_t kProcessorSeconds = 3600; // Over the process's life; the application exchanges it long before.
constexpr rlim_t kOpenFiles = 16;
constexpr rlim_t kMappedFileBytes = rlim_t{10} << 30; // Read-only mappings of files, and the shared memory.

void limit(__rlimit_resource resource, rlim_t value)
{
    rlimit present{};
    if (::getrlimit(resource, &present) == 0 && (present.rlim_max == RLIM_INFINITY || present.rlim_max > value)) {
        const rlimit wanted{value, value};
        (void)::setrlimit(resource, &wanted);
    }
}

/// Bytes of this process by /proc/self/statm: all address space (field 0), private writable data and stack (field 5).
struct Footprint {
    rlim_t addressSpace = 0, data = 0;
};
Footprint footprint()
{
    Footprint result;
    std::array<unsigned long, 6> pages{};
    if (std::FILE* file = std::fopen("/proc/self/statm", "re")) {
        if (std::fscanf(file, "%lu %lu %lu %lu %lu %lu", &pages[0], &pages[1], &pages[2], &pages[3], &pages[4], &pages[5])
            == 6) {
            const auto pageBytes = static_cast<rlim_t>(::sysconf(_SC_PAGESIZE));
            result = {pages[0] * pageBytes, pages[5] * pageBytes};
        }
        std::fclose(file);
    }
    return result;
}

/// When memory runs out the system should take this process first, not the application.
void raiseOutOfMemoryScore()
{
    const int fd = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd >= 0) {
        constexpr std::string_view score = "500";
        [[maybe_unused]] const ssize_t written = ::write(fd, score.data(), score.size());
        ::close(fd);
    }
}

} // namespace

bool tieToParent(pid_t parent)
{
    // After the request, because the parent may have ended just before it.
    return ::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && ::getppid() == parent;
}

void limitResources(std::size_t memoryBytes)
{
    raiseOutOfMemoryScore();
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_NOFILE, kOpenFiles);
    limit(RLIMIT_CPU, kProcessorSeconds);
    if constexpr (!decode::kSanitized) {
        const Footprint now = footprint();
        // What is allocated counts against the data limit; the address space must also hold the mapped file.
        limit(RLIMIT_DATA, now.data + memoryBytes);
        limit(RLIMIT_AS, now.addressSpace + memoryBytes + kMappedFileBytes);
        limit(RLIMIT_FSIZE, 0);
    }
}

void closeFileSystem()
{
    // linux/landlock.h of the build machine may be older than the running kernel, so the few values stand here.
    constexpr long kCreateRuleset = 444;
    constexpr long kRestrictSelf = 446;
    constexpr unsigned kVersionQuery = 1;
    struct Ruleset {
        std::uint64_t fileSystem = 0;
        std::uint64_t network = 0;
    };
    const long version = ::syscall(kCreateRuleset, nullptr, 0, kVersionQuery);
    if (version < 1) {
        return;
    }
    Ruleset rules;
    rules.fileSystem = (1u << 13) - 1; // Everything that version 1 knows.
    if (version >= 2) {
        rules.fileSystem |= 1u << 13; // Moving between folders.
    }
    if (version >= 3) {
        rules.fileSystem |= 1u << 14; // Truncating.
    }
    if (version >= 5) {
        rules.fileSystem |= 1u << 15; // Device control.
    }
    if (version >= 4) {
        rules.network = 3; // Binding and connecting TCP.
    }
    const std::size_t size = version >= 4 ? sizeof rules : sizeof rules.fileSystem;
    const long ruleset = ::syscall(kCreateRuleset, &rules, size, 0);
    if (ruleset >= 0) {
        ::syscall(kRestrictSelf, ruleset, 0);
        ::close(static_cast<int>(ruleset));
    }
}

} // namespace diascope::decoder
