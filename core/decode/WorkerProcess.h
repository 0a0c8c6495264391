// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Json.h"
#include "decode/DecoderPool.h"
#include "decode/Protocol.h"
#include "decode/UniqueFd.h"

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace diascope::decode {

/// What a decoder process gave back, copied out of the shared memory.
struct WorkerAnswer {
    base::Json json;
    std::vector<float> table;
    std::vector<std::byte> pixels;
};

/// One decoder process, seen from the application. Used by one thread at a time. Nothing that it says is believed.
class WorkerProcess {
public:
    /// Call on the pool's SpawnThread. Throws Error{NotFound|OutOfMemory|Internal}.
    static std::unique_ptr<WorkerProcess> spawn(const std::filesystem::path& program, const PoolConfig& config);
    /// Kills and reaps.
    ~WorkerProcess();
    WorkerProcess(const WorkerProcess&) = delete;
    WorkerProcess& operator=(const WorkerProcess&) = delete;

    /// One request; `file` is lent to the process. Nothing when the process turned out to be dead before it had the
    /// request: the file is not to blame. Throws what the process reports, and Error{Timeout|Crashed|OutOfMemory} when it
    /// hangs, dies or lies; then it is killed and alive() is false.
    [[nodiscard]] std::optional<WorkerAnswer> ask(protocol::Request request, const std::string& subject, int file,
                                                  std::chrono::milliseconds timeout);
    /// For answers whose content made no sense: kills the process and throws Error{Crashed}.
    [[noreturn]] void distrust(const std::string& subject, const std::string& why);

    [[nodiscard]] bool alive() const { return m_pid > 0; }
    /// True when it should be exchanged between two requests although it works: its processor-time limit is coming near.
    [[nodiscard]] bool worn() const { return m_busy > kMaxBusy; }
    /// True when the process has probably kept this file open.
    [[nodiscard]] bool knows(const FileIdentity& file) const;

private:
    using Deadline = std::chrono::steady_clock::time_point;
    static constexpr std::chrono::minutes kMaxBusy{15};

    WorkerProcess(pid_t pid, UniqueFd socket, UniqueFd memory, const PoolConfig& config);
    void awaitHello();
    [[nodiscard]] protocol::Reply awaitReply(Deadline deadline, const std::string& subject);
    [[nodiscard]] protocol::Reply awaitAnswer(const protocol::Request& request, Deadline deadline,
                                              const std::string& subject);
    void grow(const protocol::Request& request, std::uint64_t needBytes, const std::string& subject);
    [[nodiscard]] WorkerAnswer fetch(const protocol::Reply& reply, const std::string& subject);
    void copyOut(std::uint64_t at, void* target, std::size_t bytes, const std::string& subject);
    void releaseMemory();
    void remember(const FileIdentity& file);
    /// Ends the process whatever its state, and returns its wait status.
    int reap();
    [[noreturn]] void died(const std::string& subject);

    pid_t m_pid = -1;
    UniqueFd m_socket;
    UniqueFd m_memory;
    std::uint64_t m_memoryBytes = protocol::kFirstMemoryBytes;
    std::uint64_t m_maxMemoryBytes;
    std::chrono::milliseconds m_startTimeout;
    std::chrono::milliseconds m_timeout{0}; ///< Of the running request, for messages.
    std::chrono::steady_clock::duration m_busy{0};
    bool m_ready = false;
    std::deque<FileIdentity> m_recent;
};

} // namespace diascope::decode
