// SPDX-License-Identifier: GPL-3.0-or-later
#include "decoder/Server.h"

#include "decode/ImageMeta.h"
#include "decoder/TestFaults.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <cstring>
#include <new>
#include <utility>

namespace diascope::decoder {

using base::Error;
using base::ErrorCode;
using base::Json;
using decode::UniqueFd;
using decode::protocol::kMemoryFd;
using decode::protocol::kSocketFd;
using decode::protocol::Reply;
using decode::protocol::ReplyKind;
using decode::protocol::Request;
using decode::protocol::RequestKind;

namespace {

constexpr int kMaxTagDepth = 56; // The application reads JSON of at most 64 levels.

/// Thrown when the application is gone or does not keep to the protocol: the process ends.
struct HungUp {};

void sendReply(const Reply& reply)
{
    if (!decode::protocol::send(kSocketFd, std::as_bytes(std::span(&reply, 1)))) {
        throw HungUp{};
    }
}

/// Replaces what lies deeper than `levels` by a word; the depth of data sets is bounded by the reader already.
void cutDepth(Json& json, int levels)
{
    if (json.is_structured() && levels == 0) {
        json = "nested too deeply to be shown";
    } else if (json.is_structured()) {
        for (auto& child : json) {
            cutDepth(child, levels - 1);
        }
    }
}

} // namespace

Server::Server(bool allowTestFaults)
    : m_allowTestFaults(allowTestFaults)
{
    mapMemory();
}

Server::~Server()
{
    ::munmap(m_memory, m_memoryBytes);
}

void Server::mapMemory()
{
    struct stat status{};
    if (::fstat(kMemoryFd, &status) != 0 || status.st_size <= 0) {
        throw Error(ErrorCode::Internal, "decoder", "no shared memory");
    }
    const auto size = static_cast<std::uint64_t>(status.st_size);
    void* memory = m_memory == nullptr
                       ? ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, kMemoryFd, 0)
                       : ::mremap(m_memory, m_memoryBytes, size, MREMAP_MAYMOVE);
    if (memory == MAP_FAILED) {
        throw std::bad_alloc();
    }
    m_memory = static_cast<std::byte*>(memory);
    m_memoryBytes = size;
}

int Server::run()
{
    try {
        sendReply(Reply{});
        while (true) {
            auto message = decode::protocol::receive(
                kSocketFd, sizeof(Request) + decode::protocol::kMaxSubjectBytes, true);
            Request request;
            if (message.closed) {
                return 0;
            }
            if (message.oversize || message.bytes.size() < sizeof request) {
                return 1;
            }
            std::memcpy(&request, message.bytes.data(), sizeof request);
            if (request.magic != decode::protocol::kMagic || request.version != decode::protocol::kVersion
                || message.bytes.size() != sizeof request + request.subjectBytes) {
                return 1;
            }
            const std::string subject(reinterpret_cast<const char*>(message.bytes.data()) + sizeof request,
                                      request.subjectBytes);
            serve(request, message.fd, subject);
        }
    } catch (const HungUp&) {
        return 0;
    }
}

void Server::serve(const Request& request, const UniqueFd& file, const std::string& subject)
{
    // Memory may be short because of files that are only kept for speed: then once more without them.
    for (bool again = false;; again = true) {
        try {
            const Contents contents = answer(request, file.get(), subject);
            reply(request, ReplyKind::Done, contents);
            return;
        } catch (const std::bad_alloc&) {
            if (again || m_files.clear() == 0) {
                fail(request, {ErrorCode::OutOfMemory, subject, "decoding it takes more memory than is allowed"});
                return;
            }
        } catch (const Error& error) {
            m_files.drop(request.file);
            if (again || error.code() != ErrorCode::OutOfMemory || m_files.clear() == 0) {
                fail(request, error);
                return;
            }
        } catch (const std::exception& error) {
            m_files.drop(request.file);
            fail(request, {ErrorCode::Internal, subject, error.what()});
            return;
        }
    }
}

Server::Contents Server::answer(const Request& request, int fd, const std::string& subject)
{
    if (request.kind != RequestKind::Info && request.kind != RequestKind::Frame) {
        throw HungUp{};
    }
    if (m_allowTestFaults) {
        provokeFault(fd, request);
    }
    const SourceFile& source = m_files.get(request.file, fd, subject);
    if (request.kind == RequestKind::Frame) {
        decode::FrameOptions options;
        options.frame = request.frame;
        options.rawPalette = request.rawPalette != 0;
        options.reduce = request.reduce;
        options.joinEqualChannels = request.joinEqualChannels != 0;
        options.greyLevels = request.greyLevels != 0;
        image::Image image = source.frame(options);
        Json json = decode::imageMetaToJson(image);
        return {std::move(json), std::move(image)};
    }
    Json tags = request.tags != 0 ? source.tags() : Json();
    cutDepth(tags, kMaxTagDepth);
    return {Json{{"info", image::toJson(source.info())},
                 {"pixelSha256", request.pixelSha256 != 0 ? source.pixelSha256() : std::string()},
                 {"tags", std::move(tags)}},
            {}};
}

void Server::reply(const Request& request, ReplyKind kind, const Contents& contents)
{
    const std::string text = decode::protocol::dump(contents.json);
    const auto pixels = contents.image.bytes();
    const auto& table = contents.image.rescale.table;
    Reply reply;
    reply.kind = kind;
    reply.id = request.id;
    reply.jsonBytes = text.size();
    reply.tableBytes = table ? table->size() * sizeof(float) : 0;
    reply.pixelBytes = pixels.size();
    const auto layout = decode::protocol::layoutOf(reply.jsonBytes, reply.tableBytes, reply.pixelBytes);
    if (!layout) {
        throw Error(ErrorCode::TooLarge, "decoder", "the answer is over the limit");
    }
    requireSpace(request.id, layout->end);
    std::memcpy(m_memory, text.data(), text.size());
    if (reply.tableBytes > 0) {
        std::memcpy(m_memory + layout->table, table->data(), reply.tableBytes);
    }
    if (!pixels.empty()) {
        std::memcpy(m_memory + layout->pixels, pixels.data(), pixels.size());
    }
    sendReply(reply);
}

void Server::fail(const Request& request, const Error& error)
{
    reply(request, ReplyKind::Failed, {decode::protocol::errorToJson(error), {}});
}

void Server::requireSpace(std::uint64_t requestId, std::uint64_t bytes)
{
    if (bytes <= m_memoryBytes) {
        return;
    }
    Reply need;
    need.kind = ReplyKind::NeedSpace;
    need.id = requestId;
    need.needBytes = bytes;
    sendReply(need);
    const auto message = decode::protocol::receive(kSocketFd, sizeof(Request), false);
    Request grown;
    if (message.closed || message.oversize || message.bytes.size() != sizeof grown) {
        throw HungUp{};
    }
    std::memcpy(&grown, message.bytes.data(), sizeof grown);
    if (grown.kind != RequestKind::Grown || grown.id != requestId) {
        throw HungUp{};
    }
    mapMemory();
    if (m_memoryBytes < bytes) {
        throw HungUp{};
    }
}

} // namespace diascope::decoder
