// SPDX-License-Identifier: GPL-3.0-or-later
#include "decode/SpawnThread.h"

#include "base/Error.h"

#include <optional>

namespace diascope::decode {

using base::Error;
using base::ErrorCode;

struct SpawnThread::Task {
    const std::function<void()>* work = nullptr;
    std::optional<Error> error;
    bool done = false;
};

SpawnThread::SpawnThread()
    : m_thread([this] { loop(); })
{
}

SpawnThread::~SpawnThread()
{
    {
        const std::lock_guard lock(m_mutex);
        m_ending = true;
    }
    m_wake.notify_all();
    m_thread.join();
}

void SpawnThread::run(const std::function<void()>& work)
{
    Task task{&work, std::nullopt, false};
    std::unique_lock lock(m_mutex);
    m_tasks.push_back(&task);
    m_wake.notify_all();
    m_finished.wait(lock, [&] { return task.done; });
    if (task.error) {
        throw *task.error;
    }
}

void SpawnThread::loop()
{
    std::unique_lock lock(m_mutex);
    while (true) {
        m_wake.wait(lock, [this] { return m_ending || !m_tasks.empty(); });
        if (m_tasks.empty()) {
            return;
        }
        Task* task = m_tasks.front();
        m_tasks.pop_front();
        lock.unlock();
        std::optional<Error> error;
        try {
            (*task->work)();
        } catch (const Error& failure) {
            error = failure;
        } catch (const std::exception& failure) {
            error = Error(ErrorCode::Internal, "decoder", failure.what());
        }
        lock.lock();
        task->error = std::move(error);
        task->done = true;
        m_finished.notify_all();
    }
}

} // namespace diascope::decode
