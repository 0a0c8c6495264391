// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/Application.h"

namespace diascope::app {

/// Waits for the first answer, saves screenshots of the window in both themes and the answer as JSON into a folder, and ends the
/// program: 0 when an answer was shown, 3 otherwise. What packaging/run.sh does without a display.
class FirstLook final : public QObject {
    Q_OBJECT
public:
    FirstLook(Application& application, QString folder, QObject* parent = nullptr);

private:
    void shoot();
    void giveUp(const QString& reason);

    Application& m_application;
    QString m_folder;
    bool m_done = false;
};

} // namespace diascope::app
