// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/DiskPause.h"

#include "base/Error.h"
#include "train/Pause.h"

#include <utility>

namespace diascope::pipeline {

namespace {

using base::Error;
using base::ErrorCode;

constexpr std::chrono::seconds kTryAgain{1};

} // namespace

DiskPause::DiskPause(train::PauseGate* gate, std::stop_token stop, std::function<void(const std::string&)> say)
    : m_gate(gate), m_stop(std::move(stop)), m_say(std::move(say))
{
}

void DiskPause::write(const std::function<void()>& action)
{
    bool full = false, openAfter = false;
    for (;;) {
        try {
            action();
            break;
        } catch (const Error& error) {
            if (error.code() != ErrorCode::DiskFull || m_gate == nullptr || m_stop.stop_requested()) {
                throw;
            }
            if (!full) {
                m_say("The disk is full, training is paused and nothing is lost. It goes on by itself as soon as there is room. (" +
                      std::string(error.what()) + ")");
            }
        }
        openAfter = full ? openAfter : !m_gate->isClosed();
        full = true;
        m_gate->close();
        m_gate->waitFor(m_stop, kTryAgain);
    }
    if (full) {
        m_say("There is room on the disk again.");
        if (openAfter) {
            m_gate->open();
        }
    }
}

} // namespace diascope::pipeline
