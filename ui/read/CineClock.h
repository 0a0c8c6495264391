// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtGlobal>

#include <vector>

namespace diascope::ui {

/// Which frame is due when, against the wall clock: a slow display drops frames instead of slowing the movement down.
class CineClock {
public:
    static constexpr double kAssumedFrameMs = 100.0; ///< 10 frames a second where a file does not tell; labelled as assumed.

    CineClock() = default;
    /// `frameMs`: one duration for all, or one for each of `count` frames; values that are not above 0 count as assumed ones.
    CineClock(const std::vector<double>& frameMs, int count);

    /// Frame (0..count-1) that is due `elapsedMs` after frame `from` was put on the screen; runs round.
    [[nodiscard]] int frameAt(int from, qint64 elapsedMs) const;
    /// Mean rate; 0 when there are no frames.
    [[nodiscard]] double framesPerSecond() const;

private:
    std::vector<double> m_starts; ///< Start of each frame, and the end of the last one.
};

} // namespace diascope::ui
