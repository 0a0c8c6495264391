// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Log.h"

#include "base/Error.h"

#include <atomic>
#include <cstdio>
#include <mutex>
#include <string>
#include <utility>

namespace diascope::base {

namespace {

void writeToStandardError(LogLevel level, std::string_view message)
{
    constexpr const char* kNames[] = {"debug", "info", "warning", "error"};
    const std::string line = std::string(kNames[static_cast<int>(level)]) + ": " + std::string(message) + "\n";
    std::fwrite(line.data(), 1, line.size(), stderr);
}

struct LogState {
    std::mutex mutex;
    LogSink sink = writeToStandardError;
    std::atomic<LogLevel> level = LogLevel::Info;
};

LogState& state()
{
    static LogState instance;
    return instance;
}

/// True while this thread is inside the sink: a sink that logs would wait for itself for ever.
thread_local bool insideSink = false;

struct SinkGuard {
    SinkGuard() { insideSink = true; }
    ~SinkGuard() { insideSink = false; }
    SinkGuard(const SinkGuard&) = delete;
    SinkGuard& operator=(const SinkGuard&) = delete;
};

} // namespace

void setLogSink(LogSink sink)
{
    // The old sink is destroyed outside the lock, since its destructor may log.
    const std::lock_guard lock(state().mutex);
    state().sink.swap(sink);
}

void setLogLevel(LogLevel level)
{
    state().level.store(level, std::memory_order_relaxed);
}

void log(LogLevel level, std::string_view message)
{
    if (level < state().level.load(std::memory_order_relaxed)) {
        return;
    }
    const std::string line = visibleText(message);
    if (insideSink) {
        writeToStandardError(level, line);
        return;
    }
    const std::lock_guard lock(state().mutex);
    if (state().sink) {
        const SinkGuard guard;
        state().sink(level, line);
    }
}

void logInfo(std::string_view message)
{
    log(LogLevel::Info, message);
}

void logWarning(std::string_view message)
{
    log(LogLevel::Warning, message);
}

void logError(std::string_view message)
{
    log(LogLevel::Error, message);
}

} // namespace diascope::base
