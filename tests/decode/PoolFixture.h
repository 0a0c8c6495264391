// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"
#include "decode/DecoderPool.h"
#include "decode/Sanitizers.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace diascope::tests {

/// The decoder program of this build (ctest says where), and generous time limits: test machines are busy.
inline decode::PoolConfig poolConfig(int workers = 2)
{
    decode::PoolConfig config;
    if (const char* folder = std::getenv("DIASCOPE_BIN")) {
        config.program = std::filesystem::path(folder) / "diascope-decoder";
    }
    config.workers = workers;
    config.timeout = std::chrono::seconds(30);
    config.startTimeout = std::chrono::seconds(60);
    config.arguments = {"--allow-test-faults"};
    return config;
}

inline std::filesystem::path writeFile(const std::filesystem::path& file, const void* data, std::size_t size)
{
    std::ofstream(file, std::ios::binary).write(static_cast<const char*>(data), static_cast<std::streamsize>(size));
    return file;
}

/// A file that makes a decoder with test faults allowed misbehave in the named way.
inline std::filesystem::path faultFile(const std::filesystem::path& folder, const std::string& fault)
{
    const std::string text = "DIASCOPE-TEST-FAULT " + fault;
    return writeFile(folder / (fault + ".png"), text.data(), text.size());
}

inline std::optional<base::Error> errorOf(const std::function<void()>& action)
{
    try {
        action();
    } catch (const base::Error& error) {
        return error;
    }
    return std::nullopt;
}

/// Third and fourth fields of /proc/PID/stat.
struct ProcessState {
    char state = '?';
    int parent = 0;
};
inline std::optional<ProcessState> processState(int pid)
{
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string line;
    if (!std::getline(file, line)) {
        return std::nullopt;
    }
    std::istringstream rest(line.substr(line.rfind(')') + 1)); // The name may hold anything but comes first.
    ProcessState result;
    rest >> result.state >> result.parent;
    return result;
}

/// Living children of `parent`.
inline std::vector<int> childrenOf(int parent)
{
    std::vector<int> children;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        const std::string name = entry.path().filename().string();
        if (name.find_first_not_of("0123456789") != std::string::npos) {
            continue;
        }
        const auto state = processState(std::stoi(name));
        if (state && state->parent == parent && state->state != 'Z') {
            children.push_back(std::stoi(name));
        }
    }
    return children;
}

/// A figure of /proc/PID/status in KiB ("VmHWM"), or 0.
inline long statusKiB(int pid, const std::string& key)
{
    std::ifstream file("/proc/" + std::to_string(pid) + "/status");
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with(key + ":")) {
            return std::stol(line.substr(key.size() + 1));
        }
    }
    return 0;
}

} // namespace diascope::tests
