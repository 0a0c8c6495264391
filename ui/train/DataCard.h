// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"
#include "ui/train/RunView.h"

#include <QFrame>

#include <optional>

class QGridLayout;
class QLabel;
class QPlainTextEdit;

namespace diascope::ui {

/// What is in the chosen data: numbers, classes with their shares, patients, and what is wrong with it.
class DataCard final : public QFrame {
    Q_OBJECT
public:
    explicit DataCard(QWidget* parent = nullptr);
    void showBusy(const QString& text);
    void showSummary(const std::optional<DataSummary>& summary);
    void showError(const base::Error& error);

private:
    void showClasses(const DataSummary& summary);

    QLabel* m_summary = nullptr;
    QLabel* m_groups = nullptr;
    QWidget* m_classes = nullptr;
    QLabel* m_problemsTitle = nullptr;
    QPlainTextEdit* m_problems = nullptr;
};

} // namespace diascope::ui
