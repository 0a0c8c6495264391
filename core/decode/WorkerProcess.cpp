// SPDX-License-Identifier: GPL-3.0-or-later
#include "decode/WorkerProcess.h"

#include "base/Error.h"
#include "base/Text.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

namespace diascope::decode {

using base::Error;
using base::ErrorCode;
using protocol::Reply;
using protocol::ReplyKind;
using protocol::Request;
using protocol::RequestKind;
using std::chrono::steady_clock;

namespace {

constexpr std::size_t kRecentFiles = 4;
constexpr std::uint64_t kKeptMemoryBytes = 32u << 20;
constexpr std::uint64_t kGrowStep = 1u << 20;

std::string secondsText(std::chrono::milliseconds time)
{
    return base::fixedText(static_cast<double>(time.count()) / 1000.0, 1) + " s";
}

/// Why a process ended, as the error that its user sees.
Error endOf(int status, const std::string& subject)
{
    if (!WIFSIGNALED(status)) {
        return {ErrorCode::Crashed, subject,
                "the decoder process ended while reading it (exit code " + std::to_string(WEXITSTATUS(status)) + ")"};
    }
    const int signal = WTERMSIG(status);
    const std::string died = "the decoder process died while reading it (";
    switch (signal) {
    case SIGKILL:
        return {ErrorCode::OutOfMemory, subject,
                "the system ended the decoder process while it read this file, probably for lack of memory"};
    case SIGXCPU: return {ErrorCode::Timeout, subject, "decoding used up its processor time"};
    case SIGSYS:
        return {ErrorCode::Crashed, subject, "the decoder process was stopped: it tried what it may not do"};
    case SIGBUS:
        return {ErrorCode::Crashed, subject,
                died + "bus error: the file was cut short while it was read, or its disk failed)"};
    default: return {ErrorCode::Crashed, subject, died + "signal " + std::to_string(signal) + ")"};
    }
}

std::span<const std::byte> bytesOf(const Request& request)
{
    return std::as_bytes(std::span(&request, 1));
}

} // namespace

WorkerProcess::WorkerProcess(pid_t pid, UniqueFd socket, UniqueFd memory, const PoolConfig& config)
    : m_pid(pid)
    , m_socket(std::move(socket))
    , m_memory(std::move(memory))
    , m_maxMemoryBytes(config.memoryLimitBytes + protocol::kMaxJsonBytes)
    , m_startTimeout(config.startTimeout)
{
}

WorkerProcess::~WorkerProcess()
{
    if (alive()) {
        reap();
    }
}

int WorkerProcess::reap()
{
    // The process is ours and not yet waited for, so its number cannot have been given to another one. A process that
    // is already dead keeps the status that it died with.
    ::kill(m_pid, SIGKILL);
    int status = 0;
    pid_t waited = 0;
    do {
        waited = ::waitpid(m_pid, &status, 0);
    } while (waited < 0 && errno == EINTR);
    m_pid = -1;
    m_socket.reset();
    return waited < 0 ? SIGKILL : status;
}

void WorkerProcess::died(const std::string& subject)
{
    throw endOf(reap(), subject);
}

void WorkerProcess::distrust(const std::string& subject, const std::string& why)
{
    if (alive()) {
        reap();
    }
    throw Error(ErrorCode::Crashed, subject,
                "the decoder process gave an answer that makes no sense (" + why + ") and was replaced");
}

void WorkerProcess::awaitHello()
{
    m_timeout = m_startTimeout;
    const Reply hello = awaitReply(steady_clock::now() + m_startTimeout, "diascope-decoder");
    if (hello.kind != ReplyKind::Hello || hello.id != 0) {
        distrust("diascope-decoder", "no greeting");
    }
    m_ready = true;
}

Reply WorkerProcess::awaitReply(Deadline deadline, const std::string& subject)
{
    while (true) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now());
        pollfd waiting{m_socket.get(), POLLIN, 0};
        const int ready
            = ::poll(&waiting, 1, static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 3'600'000)));
        if (ready > 0) {
            break;
        }
        if (ready == 0 && steady_clock::now() >= deadline) {
            reap();
            throw Error(ErrorCode::Timeout, subject,
                        "it was not decoded within " + secondsText(m_timeout) + " and was given up");
        }
        if (ready < 0 && errno != EINTR) {
            died(subject);
        }
    }
    const protocol::Message message = protocol::receive(m_socket.get(), sizeof(Reply), false);
    if (message.closed) {
        died(subject);
    }
    Reply reply;
    if (message.oversize || message.bytes.size() != sizeof reply) {
        distrust(subject, "wrong length");
    }
    std::memcpy(&reply, message.bytes.data(), sizeof reply);
    if (reply.magic != protocol::kMagic || reply.version != protocol::kVersion) {
        distrust(subject, "wrong signature or version");
    }
    return reply;
}

std::optional<WorkerAnswer> WorkerProcess::ask(Request request, const std::string& subject, int file,
                                               std::chrono::milliseconds timeout)
{
    if (!m_ready) {
        awaitHello();
    }
    const std::string text = protocol::cut(subject, protocol::kMaxSubjectBytes);
    request.subjectBytes = static_cast<std::uint32_t>(text.size());
    std::vector<std::byte> message(sizeof request + text.size());
    std::memcpy(message.data(), &request, sizeof request);
    std::memcpy(message.data() + sizeof request, text.data(), text.size());
    const auto start = steady_clock::now();
    m_timeout = timeout;
    if (!protocol::send(m_socket.get(), message, file)) {
        reap();
        return std::nullopt;
    }
    const Reply reply = awaitAnswer(request, start + timeout, subject);
    WorkerAnswer answer = fetch(reply, subject);
    m_busy += steady_clock::now() - start;
    if (reply.kind == ReplyKind::Failed) {
        std::optional<Error> error;
        try {
            error = protocol::errorFromJson(answer.json);
        } catch (const Error& malformed) {
            distrust(subject, malformed.detail());
        }
        throw *error;
    }
    remember(request.file);
    return answer;
}

Reply WorkerProcess::awaitAnswer(const Request& request, Deadline deadline, const std::string& subject)
{
    for (bool grown = false;; grown = true) {
        const Reply reply = awaitReply(deadline, subject);
        if (reply.id != request.id) {
            distrust(subject, "for another request");
        }
        if (reply.kind == ReplyKind::Done || reply.kind == ReplyKind::Failed) {
            return reply;
        }
        if (reply.kind != ReplyKind::NeedSpace || grown) {
            distrust(subject, "out of turn");
        }
        grow(request, reply.needBytes, subject);
    }
}

void WorkerProcess::grow(const Request& request, std::uint64_t needBytes, const std::string& subject)
{
    if (needBytes > m_maxMemoryBytes) {
        distrust(subject, "more than the limit of memory");
    }
    const std::uint64_t size = (needBytes + kGrowStep - 1) / kGrowStep * kGrowStep;
    if (size > m_memoryBytes) {
        if (::ftruncate(m_memory.get(), static_cast<off_t>(size)) != 0) {
            reap();
            throw Error(ErrorCode::OutOfMemory, subject, "no shared memory for its pixels");
        }
        m_memoryBytes = size;
    }
    Request grown;
    grown.kind = RequestKind::Grown;
    grown.id = request.id;
    grown.memoryBytes = m_memoryBytes;
    if (!protocol::send(m_socket.get(), bytesOf(grown))) {
        died(subject);
    }
}

void WorkerProcess::copyOut(std::uint64_t at, void* target, std::size_t bytes, const std::string& subject)
{
    // Read, not mapped: whatever the process does to the memory meanwhile, this cannot fault.
    std::size_t done = 0;
    while (done < bytes) {
        const ssize_t got = ::pread(m_memory.get(), static_cast<char*>(target) + done, bytes - done,
                                    static_cast<off_t>(at + done));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            distrust(subject, "less data than it said");
        }
        done += static_cast<std::size_t>(got);
    }
}

WorkerAnswer WorkerProcess::fetch(const Reply& reply, const std::string& subject)
{
    const auto layout = protocol::layoutOf(reply.jsonBytes, reply.tableBytes, reply.pixelBytes);
    if (!layout || layout->end > m_memoryBytes) {
        distrust(subject, "sizes over the limit");
    }
    WorkerAnswer answer;
    std::string text(reply.jsonBytes, '\0');
    copyOut(0, text.data(), text.size(), subject);
    try {
        answer.json = base::parseJson(text, subject, protocol::kMaxJsonBytes);
    } catch (const Error& error) {
        distrust(subject, error.detail());
    }
    if (reply.kind == ReplyKind::Done) {
        answer.table.resize(reply.tableBytes / sizeof(float));
        copyOut(layout->table, answer.table.data(), reply.tableBytes, subject);
        answer.pixels.resize(reply.pixelBytes);
        copyOut(layout->pixels, answer.pixels.data(), reply.pixelBytes, subject);
    }
    releaseMemory();
    return answer;
}

void WorkerProcess::releaseMemory()
{
    if (m_memoryBytes > kKeptMemoryBytes) {
        // Gives the pages back to the system; the size stays. Where that is not possible they simply stay in use.
        (void)::fallocate(m_memory.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                          static_cast<off_t>(kKeptMemoryBytes), static_cast<off_t>(m_memoryBytes - kKeptMemoryBytes));
    }
}

bool WorkerProcess::knows(const FileIdentity& file) const
{
    return std::find(m_recent.begin(), m_recent.end(), file) != m_recent.end();
}

void WorkerProcess::remember(const FileIdentity& file)
{
    if (knows(file)) {
        return;
    }
    m_recent.push_front(file);
    if (m_recent.size() > kRecentFiles) {
        m_recent.pop_back();
    }
}

} // namespace diascope::decode
