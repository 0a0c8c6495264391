// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"

#include <QFrame>
#include <QString>

#include <vector>

class QLabel;
class QPlainTextEdit;
class QToolButton;

namespace diascope::ui {

/// A message above the page: what failed, on which file, why and what to do. Plain text, can be copied and dismissed.
class MessageBar final : public QFrame {
    Q_OBJECT
public:
    explicit MessageBar(QWidget* parent = nullptr);

    void showError(const base::Error& error);
    /// A list of files or rows that were left out; `title` says what went on without them.
    void showProblems(const QString& title, const std::vector<base::Problem>& problems);
    void showNotice(const QString& text);
    void clear();
    /// All of it as text, as the copy button gives it.
    [[nodiscard]] QString text() const;

private:
    void show(const QString& kind, const QString& title, const QString& detail);
    void copy() const;

    QLabel* m_title = nullptr;
    QLabel* m_detail = nullptr;
    QPlainTextEdit* m_list = nullptr;
    QToolButton* m_listButton = nullptr;
    QString m_text;
};

} // namespace diascope::ui
