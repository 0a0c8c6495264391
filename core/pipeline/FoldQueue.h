// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "train/EpochReport.h"

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>

namespace diascope::pipeline {

/// Work that threads of folds hand to the engine's thread, which alone calls observers and writes into the run folder.
class FoldQueue {
public:
    /// Hands `work` over and goes on.
    void post(std::function<void()> work);
    /// Hands `work` over and waits until it is done; what it throws is thrown here.
    void call(const std::function<void()>& work);
    /// The number of threads that may still hand work over.
    void addThread();
    void removeThread();
    /// Does what is handed over, in order, until no thread is left. What posted work throws goes to `failed`.
    void run(const std::function<void(std::exception_ptr)>& failed);

private:
    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::deque<std::function<void()>> m_work;
    int m_threads = 0;
};

/// Passes on what a fold says through the queue. Of batches at most one waits at a time: the newest word is enough.
class QueuedObserver final : public train::TrainingObserver {
public:
    QueuedObserver(FoldQueue& queue, train::TrainingObserver& next) : m_queue(queue), m_next(next) {}
    void onBatch(const train::BatchProgress& progress) override;
    void onEpoch(const train::EpochReport& report) override;
    void onMessage(const std::string& text) override;

private:
    FoldQueue& m_queue;
    train::TrainingObserver& m_next;
    std::mutex m_mutex;
    train::BatchProgress m_newest;
    bool m_waiting = false;
};

} // namespace diascope::pipeline
