// SPDX-License-Identifier: GPL-3.0-or-later
// diascope-decoder: parses files of strangers for the application, with as few rights as the system can take away.

#include "base/Error.h"
#include "base/Log.h"
#include "decode/Protocol.h"
#include "decode/Sanitizers.h"
#include "decoder/Sandbox.h"
#include "decoder/Server.h"
#include "dicom/Charset.h"

#include <opencv2/core.hpp>

#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>
#include <string_view>

namespace {

using namespace diascope;

constexpr int kExitBug = 1;
constexpr int kExitUsage = 2;
constexpr int kExitOrphan = 3;
constexpr int kNiceness = 5; ///< Reading ahead must never hold the interface up on a machine with few cores.

struct Arguments {
    pid_t parent = 0;
    std::size_t memoryBytes = 0;
    bool testFaults = false;
};

template <typename T> bool readNumber(std::string_view text, T& value)
{
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() && value > 0;
}

std::optional<Arguments> readArguments(int count, char** words)
{
    Arguments arguments;
    for (int i = 1; i < count; ++i) {
        const std::string_view word = words[i];
        if (word == "--allow-test-faults") {
            arguments.testFaults = true;
        } else if (word == "--parent" && i + 1 < count && readNumber(words[i + 1], arguments.parent)) {
            ++i;
        } else if (word == "--memory" && i + 1 < count && readNumber(words[i + 1], arguments.memoryBytes)) {
            ++i;
        } else {
            return std::nullopt;
        }
    }
    const bool complete = arguments.parent > 0 && arguments.memoryBytes > 0;
    return complete ? std::optional(arguments) : std::nullopt;
}

} // namespace

/// Sanitizer builds have no memory limit of the system; these options stand in for it.
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options()
{
    return "max_allocation_size_mb=1024:allocator_may_return_null=1";
}
extern "C" const char* __tsan_default_options();
extern "C" const char* __tsan_default_options()
{
    return "max_allocation_size_mb=1024:allocator_may_return_null=1";
}

int main(int count, char** words)
{
    const auto arguments = readArguments(count, words);
    if (!arguments) {
        std::fputs("diascope-decoder is a part of Diascope and is started by it.\n", stderr);
        return kExitUsage;
    }
    try {
        // Whatever the application left open by mistake is none of our business.
        ::close_range(decode::protocol::kMemoryFd + 1, ~0U, 0);
        if (!decoder::tieToParent(arguments->parent)) {
            return kExitOrphan;
        }
        if constexpr (!decode::kSanitized) {
            base::setLogSink({}); // No value of a file may reach a log (safety rule 10).
        }
        cv::setNumThreads(0);
        dicom::warmUp(); // Tables that the library reads from files.
        decoder::limitResources(arguments->memoryBytes);
        (void)::nice(kNiceness);
        decoder::Server server(arguments->testFaults);
        decoder::closeFileSystem();
        decoder::filterSystemCalls();
        return server.run();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "diascope-decoder: %s\n", error.what());
        return kExitBug;
    }
}
