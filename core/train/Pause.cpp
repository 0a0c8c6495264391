// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/Pause.h"

#include <utility>

namespace diascope::train {

PauseGate::PauseGate(std::function<void(bool)> changed)
    : m_changed(std::move(changed))
{
}

void PauseGate::set(const std::function<bool(bool)>& next)
{
    bool closed = false;
    {
        const std::lock_guard lock(m_mutex);
        closed = next(m_closed);
        if (closed == m_closed) {
            return;
        }
        m_closed = closed;
    }
    m_opened.notify_all();
    if (m_changed) {
        m_changed(closed);
    }
}

void PauseGate::close()
{
    set([](bool) { return true; });
}

void PauseGate::open()
{
    set([](bool) { return false; });
}

bool PauseGate::toggle()
{
    bool now = false;
    set([&now](bool closed) { return now = !closed; });
    return now;
}

bool PauseGate::isClosed() const
{
    const std::lock_guard lock(m_mutex);
    return m_closed;
}

void PauseGate::wait(const std::stop_token& stop) const
{
    std::unique_lock lock(m_mutex);
    m_opened.wait(lock, stop, [this] { return !m_closed; });
}

void PauseGate::waitFor(const std::stop_token& stop, std::chrono::milliseconds longest) const
{
    std::unique_lock lock(m_mutex);
    m_opened.wait_for(lock, stop, longest, [this] { return !m_closed; });
}

} // namespace diascope::train
