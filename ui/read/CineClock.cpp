// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/read/CineClock.h"

#include <algorithm>
#include <cmath>

namespace diascope::ui {

CineClock::CineClock(const std::vector<double>& frameMs, int count)
{
    m_starts.assign(1, 0.0);
    for (int i = 0; i < count; ++i) {
        double ms = kAssumedFrameMs;
        if (frameMs.size() == 1) {
            ms = frameMs.front();
        } else if (static_cast<std::size_t>(i) < frameMs.size()) {
            ms = frameMs[static_cast<std::size_t>(i)];
        }
        if (!std::isfinite(ms) || ms <= 0.0) {
            ms = kAssumedFrameMs;
        }
        m_starts.push_back(m_starts.back() + ms);
    }
}

int CineClock::frameAt(int from, qint64 elapsedMs) const
{
    const int count = static_cast<int>(m_starts.size()) - 1;
    if (count < 1) {
        return 0;
    }
    const auto start = m_starts[static_cast<std::size_t>(std::clamp(from, 0, count - 1))];
    const double position = std::fmod(start + static_cast<double>(std::max<qint64>(0, elapsedMs)), m_starts.back());
    const auto next = std::upper_bound(m_starts.begin(), m_starts.end(), position);
    return std::clamp(static_cast<int>(next - m_starts.begin()) - 1, 0, count - 1);
}

double CineClock::framesPerSecond() const
{
    const auto count = static_cast<double>(m_starts.empty() ? 0 : m_starts.size() - 1);
    return count > 0 ? 1000.0 * count / m_starts.back() : 0.0;
}

} // namespace diascope::ui
