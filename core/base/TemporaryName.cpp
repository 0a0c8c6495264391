// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/TemporaryName.h"

#include "base/Hash.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <optional>
#include <random>
#include <string_view>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace diascope::base {

namespace {

constexpr std::string_view kPrefix = ".diascope-";
constexpr std::string_view kSuffix = ".tmp";

std::string hex(std::uint32_t value)
{
    std::array<char, 8> buffer{};
    const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, 16);
    return {buffer.data(), result.ptr};
}

const std::string& hostTag()
{
    static const std::string tag = hex(crc32(hostName()));
    return tag;
}

/// Tells this process from an earlier one with the same number (common in containers).
const std::string& lifeToken()
{
    static const std::string token = hex(std::random_device()());
    return token;
}

/// host, process, token, number; nothing when the name is not one of ours.
std::optional<std::vector<std::string>> partsOf(std::string_view name)
{
    if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix)) {
        return std::nullopt;
    }
    name.remove_prefix(kPrefix.size());
    name.remove_suffix(kSuffix.size());
    std::vector<std::string> parts(1);
    for (const char c : name) {
        if (c == '-') {
            parts.emplace_back();
        } else {
            parts.back() += c;
        }
    }
    return parts.size() == 4 ? std::optional(parts) : std::nullopt;
}

bool isOlderThanADay(const std::filesystem::path& file)
{
    std::error_code error;
    const auto written = std::filesystem::last_write_time(file, error);
    return !error && std::filesystem::file_time_type::clock::now() - written > std::chrono::hours(24);
}

} // namespace

std::string hostName()
{
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0) {
        return "unknown";
    }
    return name.data();
}

bool isProcessAlive(long pid)
{
    return pid > 0 && (::kill(static_cast<pid_t>(pid), 0) == 0 || errno != ESRCH);
}

std::string temporaryName()
{
    static std::atomic<unsigned> number = 0;
    return std::string(kPrefix) + hostTag() + "-" + std::to_string(::getpid()) + "-" + lifeToken() + "-"
         + std::to_string(number++) + std::string(kSuffix);
}

bool isStaleTemporary(const std::filesystem::path& file)
{
    const auto parts = partsOf(file.filename().string());
    if (!parts) {
        return false;
    }
    if (isOlderThanADay(file)) {
        return true;
    }
    long pid = 0;
    const std::string& digits = (*parts)[1];
    std::from_chars(digits.data(), digits.data() + digits.size(), pid);
    if ((*parts)[0] != hostTag()) {
        return false;
    }
    return pid == ::getpid() ? (*parts)[2] != lifeToken() : !isProcessAlive(pid);
}

} // namespace diascope::base
