// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>

namespace diascope::train {

/// A gate in front of every batch of every fold. Any thread may close and open it; the engine's threads wait.
class PauseGate {
public:
    PauseGate() = default;
    /// `changed` is told each time the gate is closed or opened, on the thread that does it and after it is done.
    explicit PauseGate(std::function<void(bool closed)> changed);
    /// Closed twice is closed once.
    void close();
    void open();
    /// The other of the two, in one step; returns whether it is closed now.
    bool toggle();
    [[nodiscard]] bool isClosed() const;
    /// Returns when the gate is open or a stop is requested.
    void wait(const std::stop_token& stop) const;
    /// The same, for so long at most.
    void waitFor(const std::stop_token& stop, std::chrono::milliseconds longest) const;

private:
    void set(const std::function<bool(bool)>& next);
    mutable std::mutex m_mutex;
    mutable std::condition_variable_any m_opened;
    std::function<void(bool)> m_changed;
    bool m_closed = false;
};

} // namespace diascope::train
