// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

class QSocketNotifier;

namespace diascope::app {

/// The system asks the program to end: SIGTERM (logout, shutdown), SIGHUP (its terminal is gone), SIGINT. One object in a program.
class SystemStop final : public QObject {
    Q_OBJECT
public:
    explicit SystemStop(QObject* parent = nullptr);
    ~SystemStop() override;

Q_SIGNALS:
    void asked();

private:
    QSocketNotifier* m_notifier = nullptr;
};

} // namespace diascope::app
