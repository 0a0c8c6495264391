// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/Cli.h"

#include "base/Clock.h"
#include "base/Log.h"
#include "study/FolderScan.h"

#include <csignal>
#include <cstdio>
#include <iostream>
#include <thread>

#include <pthread.h>
#include <unistd.h>

namespace diascope::cli {

namespace {

/// SIGINT and SIGTERM become a stop request. The signals are blocked in every thread and taken by this one.
class SignalStop {
public:
    SignalStop()
    {
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, SIGINT);
        sigaddset(&set, SIGTERM);
        pthread_sigmask(SIG_BLOCK, &set, nullptr);
        m_thread = std::jthread([this, set](const std::stop_token& stop) {
            const timespec tick{0, 100'000'000};
            while (!stop.stop_requested()) {
                if (sigtimedwait(&set, nullptr, &tick) > 0) {
                    if (m_source.stop_requested()) {
                        _exit(kStopped); // Asked twice: the user does not want to wait for the batch.
                    }
                    m_source.request_stop();
                }
            }
        });
    }
    [[nodiscard]] std::stop_token token() const { return m_source.get_token(); }

private:
    std::stop_source m_source;
    std::jthread m_thread;
};

SignalStop& signalStop()
{
    static SignalStop instance;
    return instance;
}

std::string clockText(double seconds)
{
    const auto whole = static_cast<long>(seconds);
    char text[32];
    std::snprintf(text, sizeof text, "%ld:%02ld", whole / 60, whole % 60);
    return text;
}

} // namespace

decode::DecoderPool& Session::pool()
{
    if (!m_pool) {
        decode::PoolConfig config;
        config.workers = effectiveThreads();
        m_pool = std::make_unique<decode::DecoderPool>(config);
    }
    return *m_pool;
}

int Session::effectiveThreads() const
{
    return threads > 0 ? threads : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

void Session::result(const base::Json& json) const
{
    std::cout << json.dump(-1, ' ', false, base::Json::error_handler_t::replace) << std::endl;
}

void Session::refused(const std::string& input, const std::exception& error)
{
    ++m_refused;
    const auto* known = dynamic_cast<const base::Error*>(&error);
    const auto code = known != nullptr ? known->code() : base::ErrorCode::Internal;
    result({{"input", input}, {"error", {{"code", base::name(code)}, {"message", error.what()}}}});
    message(error.what());
}

void Session::message(const std::string& text) const
{
    if (!quiet) {
        std::cerr << text << std::endl;
    }
}

void Session::progress(const base::Progress& step)
{
    static const base::Stopwatch clock;
    const bool terminal = isatty(STDERR_FILENO) != 0;
    const bool last = step.total > 0 && step.done >= step.total;
    if (quiet || (!last && clock.seconds() - m_lastProgress < (terminal ? 0.1 : 10.0))) {
        return;
    }
    m_lastProgress = clock.seconds();
    std::string line = step.stage + ": " + std::to_string(step.done);
    if (step.total > 0) {
        line += "/" + std::to_string(step.total);
    }
    if (step.secondsLeft >= 0) {
        line += ", " + clockText(step.secondsLeft) + " left";
    }
    if (terminal && step.total > 0) {
        constexpr int kWidth = 24;
        const auto filled = static_cast<int>(kWidth * step.done / step.total);
        std::cerr << "\r[" << std::string(static_cast<std::size_t>(filled), '#')
                  << std::string(static_cast<std::size_t>(kWidth - filled), '.') << "] " << line << "   " << (last ? "\n" : "")
                  << std::flush;
    } else {
        std::cerr << line << std::endl;
    }
}

std::stop_token Session::stopToken() const { return signalStop().token(); }

std::vector<std::filesystem::path> expandInputs(const std::vector<std::string>& inputs, const std::stop_token& stop)
{
    std::vector<std::filesystem::path> files;
    for (const auto& input : inputs) {
        std::error_code ignored;
        if (!std::filesystem::is_directory(input, ignored)) {
            files.emplace_back(input);
            continue;
        }
        const auto listing = study::listFiles(input, 1'000'000, stop);
        files.insert(files.end(), listing.files.begin(), listing.files.end());
    }
    return files;
}

} // namespace diascope::cli
