// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <mutex>
#include <stop_token>

namespace diascope::train {

/// A gate in front of every batch. Any thread may close and open it; the engine's thread waits.
class PauseGate {
public:
    void close();
    void open();
    [[nodiscard]] bool isClosed() const;
    /// Returns when the gate is open or a stop is requested.
    void wait(const std::stop_token& stop) const;

private:
    mutable std::mutex m_mutex;
    mutable std::condition_variable_any m_opened;
    bool m_closed = false;
};

} // namespace diascope::train
