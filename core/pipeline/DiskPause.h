// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <stop_token>
#include <string>

namespace diascope::train {
class PauseGate;
}

namespace diascope::pipeline {

/// Lets a run wait while its disk is full, instead of ending it. Used on the engine's thread, which does all of a run's writing.
class DiskPause {
public:
    /// `say` must not write to the disk. Without a gate a full disk ends the run.
    DiskPause(train::PauseGate* gate, std::stop_token stop, std::function<void(const std::string&)> say);
    /// Does `action`, which must leave things as they were when it throws Error{DiskFull}. Then the gate is closed, so that no fold computes what could not
    /// be kept, and `action` is tried again each second, or at once when somebody opens the gate. With room again the gate opens by itself, unless it was
    /// closed before. Throws what `action` throws; DiskFull only after a stop or without a gate.
    void write(const std::function<void()>& action);

private:
    train::PauseGate* m_gate;
    std::stop_token m_stop;
    std::function<void(const std::string&)> m_say;
};

} // namespace diascope::pipeline
