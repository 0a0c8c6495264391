// SPDX-License-Identifier: GPL-3.0-or-later
#include "decode/Protocol.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstring>

namespace diascope::decode::protocol {

using base::Error;
using base::ErrorCode;

namespace {

constexpr std::uint64_t kAlignment = 64;
constexpr std::size_t kMaxErrorText = 8192;

std::uint64_t aligned(std::uint64_t bytes)
{
    return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

/// Room for the control message of one descriptor, aligned as the system wants it.
union ControlBuffer {
    char bytes[CMSG_SPACE(sizeof(int))];
    cmsghdr align;
};

/// Takes the descriptor out of a received message; more than one are closed and reported.
bool takeDescriptor(msghdr& header, UniqueFd& fd)
{
    bool good = true;
    for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS
            || part->cmsg_len != CMSG_LEN(sizeof(int)) || fd.valid()) {
            good = false;
            continue;
        }
        int received = -1;
        std::memcpy(&received, CMSG_DATA(part), sizeof received);
        fd.reset(received);
    }
    return good;
}

} // namespace

std::optional<Layout> layoutOf(std::uint64_t jsonBytes, std::uint64_t tableBytes, std::uint64_t pixelBytes)
{
    constexpr std::uint64_t kMaxPixelBytes = std::uint64_t{1} << 40;
    if (jsonBytes > kMaxJsonBytes || tableBytes > kMaxTableBytes || tableBytes % sizeof(float) != 0
        || pixelBytes > kMaxPixelBytes) {
        return std::nullopt;
    }
    Layout layout;
    layout.table = aligned(jsonBytes);
    layout.pixels = aligned(layout.table + tableBytes);
    layout.end = layout.pixels + pixelBytes;
    return layout;
}

bool send(int socket, std::span<const std::byte> message, int fd)
{
    iovec data{const_cast<std::byte*>(message.data()), message.size()};
    ControlBuffer control{};
    msghdr header{};
    header.msg_iov = &data;
    header.msg_iovlen = 1;
    if (fd >= 0) {
        header.msg_control = control.bytes;
        header.msg_controllen = sizeof control.bytes;
        cmsghdr* part = CMSG_FIRSTHDR(&header);
        part->cmsg_level = SOL_SOCKET;
        part->cmsg_type = SCM_RIGHTS;
        part->cmsg_len = CMSG_LEN(sizeof(int));
        std::memcpy(CMSG_DATA(part), &fd, sizeof fd);
    }
    ssize_t sent = 0;
    do {
        sent = ::sendmsg(socket, &header, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent == static_cast<ssize_t>(message.size());
}

Message receive(int socket, std::size_t maxBytes, bool takeFd)
{
    Message message;
    message.bytes.resize(maxBytes);
    iovec data{message.bytes.data(), message.bytes.size()};
    ControlBuffer control{};
    msghdr header{};
    header.msg_iov = &data;
    header.msg_iovlen = 1;
    if (takeFd) {
        header.msg_control = control.bytes;
        header.msg_controllen = sizeof control.bytes;
    }
    ssize_t received = 0;
    do {
        received = ::recvmsg(socket, &header, MSG_CMSG_CLOEXEC);
    } while (received < 0 && errno == EINTR);
    message.closed = received <= 0;
    message.bytes.resize(received > 0 ? static_cast<std::size_t>(received) : 0);
    const bool descriptors = !message.closed && takeFd && !takeDescriptor(header, message.fd);
    message.oversize = descriptors || (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0;
    return message;
}

std::string cut(const std::string& text, std::size_t maxBytes)
{
    if (text.size() <= maxBytes) {
        return text;
    }
    std::size_t end = maxBytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0u) == 0x80u) {
        --end;
    }
    return text.substr(0, end);
}

std::string dump(const base::Json& json)
{
    return json.dump(-1, ' ', false, base::Json::error_handler_t::replace);
}

base::Json errorToJson(const base::Error& error)
{
    return {{"code", static_cast<int>(error.code())},
            {"subject", cut(error.subject(), kMaxErrorText)},
            {"detail", cut(error.detail(), kMaxErrorText)},
            {"remedy", cut(error.remedyText(), kMaxErrorText)}};
}

base::Error errorFromJson(const base::Json& json)
{
    try {
        const int code = json.at("code").get<int>();
        if (code < 0 || code > static_cast<int>(ErrorCode::Internal)) {
            throw Error(ErrorCode::Internal, "decoder", "an unknown error code");
        }
        return Error(static_cast<ErrorCode>(code), cut(json.at("subject").get<std::string>(), kMaxErrorText),
                     cut(json.at("detail").get<std::string>(), kMaxErrorText),
                     cut(json.at("remedy").get<std::string>(), kMaxErrorText));
    } catch (const nlohmann::json::exception& error) {
        throw Error(ErrorCode::Internal, "decoder", error.what());
    }
}

} // namespace diascope::decode::protocol
