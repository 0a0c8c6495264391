// SPDX-License-Identifier: GPL-3.0-or-later
#include "decoder/TestFaults.h"

#include "base/Error.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <string_view>

namespace diascope::decoder {

using decode::protocol::kMemoryFd;
using decode::protocol::kSocketFd;
using decode::protocol::Reply;
using decode::protocol::ReplyKind;
using decode::protocol::Request;

namespace {

constexpr std::string_view kMark = "DIASCOPE-TEST-FAULT ";

void sendReply(const Reply& reply)
{
    (void)decode::protocol::send(kSocketFd, std::as_bytes(std::span(&reply, 1)));
}

Reply done(const Request& request)
{
    Reply reply;
    reply.kind = ReplyKind::Done;
    reply.id = request.id;
    return reply;
}

[[noreturn]] void hang()
{
    for (volatile std::uint64_t turns = 0;;) {
        turns = turns + 1;
    }
}

[[noreturn]] void crash()
{
    // The signal itself rather than a bad write, which a sanitizer would report as a finding of the test run.
    std::signal(SIGSEGV, SIG_DFL);
    ::raise(SIGSEGV);
    std::abort();
}

// Not a tail call, and each level touches its page: the guard page must be met.
[[gnu::noinline]] int useStack(int depth) // NOLINT(misc-no-recursion)
{
    volatile char block[4096];
    block[static_cast<std::size_t>(depth) % sizeof block] = static_cast<char>(depth);
    return depth < 0 ? 0 : useStack(depth + 1) + block[static_cast<std::size_t>(depth) % sizeof block];
}

[[noreturn]] void allocate()
{
    constexpr std::size_t bytes = std::size_t{10} << 30;
    void* memory = std::malloc(bytes);
    if (memory == nullptr) {
        throw std::bad_alloc();
    }
    std::memset(memory, 1, bytes);
    std::free(memory);
    throw base::Error(base::ErrorCode::Internal, "test fault", "10 GB were not refused");
}

/// Puts `json` into the shared memory and claims `pixelBytes` of pixels behind it.
void claim(const Request& request, std::string_view json, std::uint64_t pixelBytes)
{
    void* memory = ::mmap(nullptr, decode::protocol::kFirstMemoryBytes, PROT_READ | PROT_WRITE, MAP_SHARED, kMemoryFd, 0);
    if (memory == MAP_FAILED) {
        throw std::bad_alloc();
    }
    std::memcpy(memory, json.data(), json.size());
    ::munmap(memory, decode::protocol::kFirstMemoryBytes);
    Reply reply = done(request);
    reply.jsonBytes = json.size();
    reply.pixelBytes = pixelBytes;
    sendReply(reply);
}

void lie(std::string_view name, const Request& request)
{
    Reply reply = done(request);
    if (name == "garbage") {
        const std::string_view noise = "this is no reply";
        (void)decode::protocol::send(kSocketFd, std::as_bytes(std::span(noise.data(), noise.size())));
    } else if (name == "oversize") {
        reply.kind = ReplyKind::NeedSpace;
        reply.needBytes = std::uint64_t{1} << 60;
        sendReply(reply);
    } else if (name == "outside") {
        reply.pixelBytes = std::uint64_t{1} << 39;
        sendReply(reply);
    } else if (name == "wrong-id") {
        reply.id = request.id + 1;
        sendReply(reply);
    } else if (name == "wrong-json") {
        claim(request, "{\"width\": ", 0);
    } else if (name == "wrong-shape") {
        claim(request, R"({"width":1000000,"height":1000000,"channels":3,"type":1,"bitsStored":8,"photometric":2})", 64);
    } else if (name == "endless-growth") {
        reply.kind = ReplyKind::NeedSpace;
        reply.needBytes = decode::protocol::kFirstMemoryBytes + 1;
        sendReply(reply);
        sendReply(reply);
    }
    hang(); // Whatever the application believes, it must not wait for more.
}

/// True when the sandbox let it through; thrown as an error for the test to see.
[[noreturn]] void report(const char* what, bool allowed)
{
    throw base::Error(base::ErrorCode::Unsupported, "test fault", std::string(what) + (allowed ? " allowed" : " denied"));
}

} // namespace

void provokeFault(int fd, const Request& request)
{
    std::array<char, 64> head{};
    const ssize_t length = ::pread(fd, head.data(), head.size() - 1, 0);
    std::string_view name(head.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
    if (!name.starts_with(kMark)) {
        return;
    }
    name.remove_prefix(kMark.size());
    if (name == "hang") {
        hang();
    } else if (name == "crash") {
        crash();
    } else if (name == "abort") {
        std::abort();
    } else if (name == "exit") {
        ::_exit(7);
    } else if (name == "stack") {
        (void)useStack(0);
    } else if (name == "allocate") {
        allocate();
    } else if (name == "open-file") {
        report("open", ::open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0);
    } else if (name == "open-socket") {
        report("socket", ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) >= 0);
    }
    lie(name, request);
}

} // namespace diascope::decoder
