// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <string>

namespace diascope::base {

/// Measures a duration on the steady clock; never affected by a change of the wall clock.
class Stopwatch {
public:
    Stopwatch() : m_start(std::chrono::steady_clock::now()) {}
    [[nodiscard]] double seconds() const
    {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - m_start).count();
    }
    [[nodiscard]] double milliseconds() const { return seconds() * 1000.0; }
    void restart() { m_start = std::chrono::steady_clock::now(); }

private:
    std::chrono::steady_clock::time_point m_start;
};

/// UTC wall-clock time as ISO 8601, "2026-01-31T12:00:00Z".
[[nodiscard]] std::string utcNow();

} // namespace diascope::base
