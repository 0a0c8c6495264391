// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"
#include "base/Json.h"
#include "decode/Protocol.h"
#include "decoder/OpenFiles.h"
#include "image/Image.h"

#include <cstdint>
#include <string>

namespace diascope::decoder {

/// Answers the requests of the application, one after the other (decode/Protocol.h).
class Server {
public:
    /// Maps the memory file. Throws Error{Internal}.
    explicit Server(bool allowTestFaults);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// Greets and serves until the application hangs up; the exit code of the process.
    int run();

private:
    struct Contents {
        base::Json json;
        image::Image image; ///< Empty for anything but a frame.
    };
    void serve(const decode::protocol::Request& request, const decode::UniqueFd& file, const std::string& subject);
    [[nodiscard]] Contents answer(const decode::protocol::Request& request, int fd, const std::string& subject);
    void reply(const decode::protocol::Request& request, decode::protocol::ReplyKind kind, const Contents& contents);
    void fail(const decode::protocol::Request& request, const base::Error& error);
    void requireSpace(std::uint64_t requestId, std::uint64_t bytes);
    void mapMemory();

    bool m_allowTestFaults;
    std::byte* m_memory = nullptr;
    std::uint64_t m_memoryBytes = 0;
    OpenFiles m_files;
};

} // namespace diascope::decoder
