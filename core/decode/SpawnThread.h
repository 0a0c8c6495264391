// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace diascope::decode {

/// One long-lived thread that starts all processes of a pool: "dies with its parent" (PR_SET_PDEATHSIG) is bound to the
/// thread that started the process, and a caller's thread may end long before the pool does.
class SpawnThread {
public:
    SpawnThread();
    ~SpawnThread();
    SpawnThread(const SpawnThread&) = delete;
    SpawnThread& operator=(const SpawnThread&) = delete;

    /// Runs `work` on the thread and waits for it; an Error that it throws is thrown here. Any thread may call.
    void run(const std::function<void()>& work);

private:
    struct Task;
    void loop();

    std::mutex m_mutex;
    std::condition_variable m_wake;
    std::condition_variable m_finished;
    std::deque<Task*> m_tasks;
    bool m_ending = false;
    std::thread m_thread; // Last: it uses all of the above.
};

} // namespace diascope::decode
