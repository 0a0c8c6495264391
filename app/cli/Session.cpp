// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/Cli.h"

#include "base/Clock.h"
#include "base/Log.h"
#include "base/Text.h"
#include "study/FolderScan.h"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <mutex>
#include <thread>

#include <pthread.h>
#include <unistd.h>

namespace diascope::cli {

namespace {

/// SIGINT and SIGTERM become a stop request, SIGUSR1 does what a PauseSignal says. The signals are blocked in every thread and taken by this one.
class SignalStop {
public:
    SignalStop()
    {
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, SIGINT);
        sigaddset(&set, SIGTERM);
        sigaddset(&set, SIGUSR1);
        pthread_sigmask(SIG_BLOCK, &set, nullptr);
        m_thread = std::jthread([this, set](const std::stop_token& stop) {
            const timespec tick{0, 100'000'000};
            while (!stop.stop_requested()) {
                const int signal = sigtimedwait(&set, nullptr, &tick);
                if (signal == SIGUSR1) {
                    const std::scoped_lock lock(m_mutex);
                    if (m_onPause) {
                        m_onPause();
                    }
                } else if (signal > 0) {
                    if (m_source.stop_requested()) {
                        _exit(kStopped); // Asked twice: the user does not want to wait for the batch.
                    }
                    m_source.request_stop();
                }
            }
        });
    }
    [[nodiscard]] std::stop_token token() const { return m_source.get_token(); }
    void setPauseAction(std::function<void()> action)
    {
        const std::scoped_lock lock(m_mutex);
        m_onPause = std::move(action);
    }

private:
    std::stop_source m_source;
    std::mutex m_mutex;
    std::function<void()> m_onPause;
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

/// Back to the line's beginning, and all of it away: what stood there may have been longer.
constexpr const char* kClearLine = "\r\033[K";

std::string rateText(double perSecond)
{
    return base::fixedText(perSecond, perSecond < 10.0 ? 1 : 0) + "/s";
}

} // namespace

PauseSignal::PauseSignal(std::function<void()> action) { signalStop().setPauseAction(std::move(action)); }

PauseSignal::~PauseSignal() { signalStop().setPauseAction({}); }

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

void Session::clearBar() const
{
    if (m_barShown.exchange(false)) {
        std::cerr << kClearLine << std::flush;
    }
}

void Session::result(const base::Json& json) const
{
    clearBar();
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
        clearBar();
        std::cerr << text << std::endl;
    }
}

void Session::failure(const std::string& text) const
{
    clearBar();
    std::cerr << text << std::endl;
}

void Session::progress(const base::Progress& step)
{
    static const base::Stopwatch clock;
    if (quiet) {
        return;
    }
    const double now = clock.seconds();
    const std::string name = step.stage.substr(0, step.stage.find(',')); // what follows changes all the time
    const bool begins = name != m_stage;
    if (begins) {
        m_stage = name;
        m_stageBegan = now;
        m_stageFirst = step.done;
    }
    const bool terminal = isatty(STDERR_FILENO) != 0;
    const bool last = step.total > 0 && step.done >= step.total;
    if (!last && now - m_lastProgress < (terminal ? 0.1 : 10.0)) {
        return;
    }
    m_lastProgress = now;
    std::string line = step.stage + ": " + std::to_string(step.done);
    if (step.total > 0) {
        line += "/" + std::to_string(step.total);
    }
    if (step.done > m_stageFirst && step.total > 1 && step.stage == name) { // else the stage says its own rate
        line += ", " + rateText(static_cast<double>(step.done - m_stageFirst) / std::max(1e-3, now - m_stageBegan));
    }
    if (step.secondsLeft >= 0 && !last) {
        line += ", " + clockText(step.secondsLeft) + " left";
    }
    if (terminal && step.total > 0) {
        constexpr int kWidth = 24;
        const auto filled = static_cast<int>(kWidth * std::clamp<std::int64_t>(step.done, 0, step.total) / step.total);
        std::cerr << kClearLine << "[" << std::string(static_cast<std::size_t>(filled), '#')
                  << std::string(static_cast<std::size_t>(kWidth - filled), '.') << "] " << line << (last ? "\n" : "") << std::flush;
        m_barShown = !last;
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
