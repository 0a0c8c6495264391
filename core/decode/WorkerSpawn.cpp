// SPDX-License-Identifier: GPL-3.0-or-later
#include "decode/Sanitizers.h"
#include "decode/WorkerProcess.h"

#include "base/Error.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>

namespace diascope::decode {

using base::Error;
using base::ErrorCode;

namespace {

/// Above every number that the new process uses, so that no dup2 overwrites a source of a later one.
constexpr int kFirstFreeFd = 16;

[[noreturn]] void throwStartError(const std::filesystem::path& program, int error)
{
    const bool missing = error == ENOENT || error == ENOTDIR;
    throw Error(missing ? ErrorCode::NotFound : error == ENOMEM ? ErrorCode::OutOfMemory : ErrorCode::Internal,
                program.string(),
                std::string("the decoder program cannot be started: ") + std::strerror(error),
                missing ? "Install Diascope again: this program belongs to it." : "Close other programs and try again.");
}

UniqueFd movedUp(const UniqueFd& fd)
{
    return UniqueFd(::fcntl(fd.get(), F_DUPFD_CLOEXEC, kFirstFreeFd));
}

/// Growing is for us alone, and nobody can make it shorter under a reader.
UniqueFd makeMemory()
{
    UniqueFd memory(::memfd_create("diascope-pixels", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!memory.valid() || ::ftruncate(memory.get(), static_cast<off_t>(protocol::kFirstMemoryBytes)) != 0
        || ::fcntl(memory.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_SEAL) != 0) {
        throw Error(ErrorCode::OutOfMemory, "decoder",
                    std::string("no shared memory for decoded pixels: ") + std::strerror(errno));
    }
    return memory;
}

/// What the new process may know of our environment: where libraries and dictionaries are, and sanitizer options.
std::vector<char*> childEnvironment()
{
    constexpr std::array<std::string_view, 6> kKept{"LD_LIBRARY_PATH=", "DCMDICTPATH=",   "ASAN_OPTIONS=",
                                                    "UBSAN_OPTIONS=",   "TSAN_OPTIONS=", "LSAN_OPTIONS="};
    std::vector<char*> kept;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        for (const std::string_view name : kKept) {
            if (std::string_view(*entry).starts_with(name)) {
                kept.push_back(*entry);
            }
        }
    }
    kept.push_back(nullptr);
    return kept;
}

std::vector<std::string> commandLine(const std::filesystem::path& program, const PoolConfig& config)
{
    std::vector<std::string> words{program.string(), "--parent", std::to_string(::getpid()), "--memory",
                                   std::to_string(config.memoryLimitBytes)};
    words.insert(words.end(), config.arguments.begin(), config.arguments.end());
    return words;
}

/// The lists that posix_spawn wants, released on every way out.
struct SpawnSetup {
    posix_spawn_file_actions_t actions{};
    posix_spawnattr_t attributes{};
    SpawnSetup()
    {
        posix_spawn_file_actions_init(&actions);
        posix_spawnattr_init(&attributes);
    }
    ~SpawnSetup()
    {
        posix_spawn_file_actions_destroy(&actions);
        posix_spawnattr_destroy(&attributes);
    }
    SpawnSetup(const SpawnSetup&) = delete;
    SpawnSetup& operator=(const SpawnSetup&) = delete;
};

void fill(SpawnSetup& setup, int socket, int memory)
{
    posix_spawn_file_actions_adddup2(&setup.actions, socket, protocol::kSocketFd);
    posix_spawn_file_actions_adddup2(&setup.actions, memory, protocol::kMemoryFd);
    posix_spawn_file_actions_addopen(&setup.actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&setup.actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    if constexpr (!kSanitized) {
        // Libraries print values of damaged files there, and a value may be a name.
        posix_spawn_file_actions_addopen(&setup.actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    }
    // A process group of its own: Ctrl+C in a terminal is for the application, which ends the decoders itself.
    sigset_t none{}, all{};
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&setup.attributes, &none);
    posix_spawnattr_setsigdefault(&setup.attributes, &all);
    posix_spawnattr_setpgroup(&setup.attributes, 0);
    posix_spawnattr_setflags(&setup.attributes,
                             POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
}

} // namespace

std::unique_ptr<WorkerProcess> WorkerProcess::spawn(const std::filesystem::path& program, const PoolConfig& config)
{
    std::array<int, 2> pair{-1, -1};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()) != 0) {
        throwStartError(program, errno);
    }
    UniqueFd ours(pair[0]);
    const UniqueFd theirs = movedUp(UniqueFd(pair[1]));
    UniqueFd memory = makeMemory();
    const UniqueFd memoryUp = movedUp(memory);
    if (!theirs.valid() || !memoryUp.valid()) {
        throwStartError(program, errno);
    }
    SpawnSetup setup;
    fill(setup, theirs.get(), memoryUp.get());
    std::vector<std::string> words = commandLine(program, config);
    std::vector<char*> arguments;
    for (std::string& word : words) {
        arguments.push_back(word.data());
    }
    arguments.push_back(nullptr);
    std::vector<char*> environment = childEnvironment();
    pid_t pid = -1;
    const int error = ::posix_spawn(&pid, program.c_str(), &setup.actions, &setup.attributes, arguments.data(),
                                    environment.data());
    if (error != 0) {
        throwStartError(program, error);
    }
    return std::unique_ptr<WorkerProcess>(new WorkerProcess(pid, std::move(ours), std::move(memory), config));
}

} // namespace diascope::decode
