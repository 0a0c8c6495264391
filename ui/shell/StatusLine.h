// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Progress.h"

#include <QWidget>

#include <optional>

class QLabel;
class QProgressBar;
class QPushButton;

namespace diascope::ui {

/// Device, memory and the running work with progress, time left and Cancel.
class StatusLine final : public QWidget {
    Q_OBJECT
public:
    explicit StatusLine(QWidget* parent = nullptr);
    void setDevice(const QString& text);
    void setMemory(const QString& text);
    void setWork(const std::optional<base::Progress>& progress);

Q_SIGNALS:
    void cancelRequested();

private:
    QLabel* m_device = nullptr;
    QLabel* m_memory = nullptr;
    QLabel* m_work = nullptr;
    QProgressBar* m_progress = nullptr;
    QPushButton* m_cancel = nullptr;
};

} // namespace diascope::ui
