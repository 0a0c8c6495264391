// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/FoldQueue.h"

#include <future>

namespace diascope::pipeline {

void FoldQueue::post(std::function<void()> work)
{
    const std::scoped_lock lock(m_mutex);
    m_work.push_back(std::move(work));
    m_changed.notify_all();
}

void FoldQueue::call(const std::function<void()>& work)
{
    std::promise<void> done;
    post([&work, &done] {
        try {
            work();
            done.set_value();
        } catch (...) { // carried to the thread that asked
            done.set_exception(std::current_exception());
        }
    });
    done.get_future().get();
}

void FoldQueue::addThread()
{
    const std::scoped_lock lock(m_mutex);
    ++m_threads;
}

void FoldQueue::removeThread()
{
    const std::scoped_lock lock(m_mutex);
    --m_threads;
    m_changed.notify_all();
}

void FoldQueue::run(const std::function<void(std::exception_ptr)>& failed)
{
    std::unique_lock lock(m_mutex);
    for (;;) {
        m_changed.wait(lock, [this] { return !m_work.empty() || m_threads == 0; });
        if (m_work.empty()) {
            return;
        }
        const std::function<void()> work = std::move(m_work.front());
        m_work.pop_front();
        lock.unlock();
        try {
            work();
        } catch (...) { // the folds are told to stop; their threads must still be served
            failed(std::current_exception());
        }
        lock.lock();
    }
}

void QueuedObserver::onBatch(const train::BatchProgress& progress)
{
    {
        const std::scoped_lock lock(m_mutex);
        m_newest = progress;
        if (m_waiting) {
            return;
        }
        m_waiting = true;
    }
    m_queue.post([this] {
        train::BatchProgress newest;
        {
            const std::scoped_lock lock(m_mutex);
            newest = m_newest;
            m_waiting = false;
        }
        m_next.onBatch(newest);
    });
}

void QueuedObserver::onEpoch(const train::EpochReport& report)
{
    m_queue.call([&] { m_next.onEpoch(report); });
}

void QueuedObserver::onMessage(const std::string& text)
{
    m_queue.post([this, text] { m_next.onMessage(text); });
}

} // namespace diascope::pipeline
