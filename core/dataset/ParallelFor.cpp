// SPDX-License-Identifier: GPL-3.0-or-later
#include "dataset/ParallelFor.h"

#include "base/Clock.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

namespace diascope::dataset {

namespace {

/// One run of parallelFor. Owned by the calling thread; its threads touch only the atomics and what the mutex guards.
class Run {
public:
    Run(const ParallelJob& job, const std::function<void(std::size_t)>& work, const std::stop_token& stop)
        : m_job(job), m_work(work), m_stop(stop)
    {
    }

    void execute(int threads, const ProgressFunction& progress)
    {
        {
            m_running = threads;
            std::vector<std::jthread> workers;
            for (int i = 0; i < threads; ++i) {
                workers.emplace_back([this] { drain(); });
            }
            try {
                waitAndReport(progress);
            } catch (...) {
                m_abort = true; // the threads end after their current index and are joined here
                throw;
            }
        }
        if (m_failure) {
            std::rethrow_exception(m_failure);
        }
        if (progress) {
            progress(state());
        }
        if (m_stop.stop_requested()) {
            throw base::Error(base::ErrorCode::Stopped, m_job.stage, "stopped on request");
        }
    }

private:
    void drain()
    {
        try {
            for (std::size_t i = m_next++; i < m_job.count && !m_stop.stop_requested() && !m_abort; i = m_next++) {
                m_work(i);
                ++m_done;
            }
        } catch (...) {
            const std::lock_guard lock(m_mutex);
            m_failure = std::current_exception();
            m_abort = true;
        }
        const std::lock_guard lock(m_mutex);
        --m_running;
        m_ended.notify_all();
    }

    void waitAndReport(const ProgressFunction& progress)
    {
        std::unique_lock lock(m_mutex);
        while (m_running > 0) {
            m_ended.wait_for(lock, std::chrono::milliseconds(70));
            if (progress) {
                lock.unlock();
                progress(state());
                lock.lock();
            }
        }
    }

    base::Progress state() const
    {
        base::Progress state{m_job.stage, static_cast<std::int64_t>(m_done.load()), static_cast<std::int64_t>(m_job.count), -1.0};
        if (state.done > 0) {
            state.secondsLeft = m_watch.seconds() / static_cast<double>(state.done) * static_cast<double>(state.total - state.done);
        }
        return state;
    }

    const ParallelJob& m_job;
    const std::function<void(std::size_t)>& m_work;
    const std::stop_token& m_stop;
    base::Stopwatch m_watch;
    std::atomic<std::size_t> m_next{0}, m_done{0};
    std::atomic<bool> m_abort{false};
    std::mutex m_mutex; ///< Guards the members below.
    std::condition_variable m_ended;
    int m_running = 0;
    std::exception_ptr m_failure;
};

} // namespace

int decodingThreads(int threads, int decoders)
{
    const int cores = threads > 0 ? threads : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
    return threads == 1 ? 1 : cores + decoders;
}

void parallelFor(const ParallelJob& job, const std::function<void(std::size_t)>& work, const ProgressFunction& progress,
                 const std::stop_token& stop)
{
    std::size_t threads = job.threads > 0 ? static_cast<std::size_t>(job.threads) : std::max(1u, std::thread::hardware_concurrency());
    threads = std::clamp<std::size_t>(threads, 1, std::max<std::size_t>(1, job.count));
    Run(job, work, stop).execute(static_cast<int>(threads), progress);
}

} // namespace diascope::dataset
