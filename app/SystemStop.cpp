// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/SystemStop.h"

#include <QSocketNotifier>

#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace diascope::app {

namespace {

constexpr std::array kSignals{SIGTERM, SIGHUP, SIGINT};
std::array<int, 2> pipeEnds{-1, -1}; // A signal handler can reach nothing but globals.

void onSignal(int)
{
    const int kept = errno;
    const char byte = 1;
    [[maybe_unused]] const auto written = ::write(pipeEnds[1], &byte, 1);
    errno = kept;
}

} // namespace

SystemStop::SystemStop(QObject* parent) : QObject(parent)
{
    if (::pipe2(pipeEnds.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
        return; // The signals keep their usual meaning.
    }
    m_notifier = new QSocketNotifier(pipeEnds[0], QSocketNotifier::Read, this);
    connect(m_notifier, &QSocketNotifier::activated, this, [this] {
        char byte = 0;
        while (::read(pipeEnds[0], &byte, 1) > 0) {
        }
        Q_EMIT asked();
    });
    struct sigaction action = {};
    action.sa_handler = onSignal;
    action.sa_flags = SA_RESTART;
    for (const int number : kSignals) {
        ::sigaction(number, &action, nullptr);
    }
}

SystemStop::~SystemStop()
{
    if (m_notifier == nullptr) {
        return;
    }
    for (const int number : kSignals) {
        std::signal(number, SIG_DFL);
    }
    for (int& end : pipeEnds) {
        ::close(std::exchange(end, -1));
    }
}

} // namespace diascope::app
