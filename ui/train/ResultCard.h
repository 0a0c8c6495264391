// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/train/RunView.h"

#include <QFrame>

#include <optional>

class QLabel;
class QPushButton;

namespace diascope::ui {

/// How a run ended: figures with intervals, where it lies, and the way to Read.
class ResultCard final : public QFrame {
    Q_OBJECT
public:
    explicit ResultCard(QWidget* parent = nullptr);
    /// nullopt hides the card.
    void setResult(const std::optional<RunResult>& result);

Q_SIGNALS:
    void openPackageRequested(const QString& path);

private:
    QLabel* m_title = nullptr;
    QLabel* m_message = nullptr;
    QWidget* m_figures = nullptr;
    QLabel* m_place = nullptr;
    QPushButton* m_open = nullptr;
    QString m_package;
};

/// "AUC (validation) 0.913 (0.852 to 0.961)".
[[nodiscard]] QString figureText(const ResultFigure& figure);

} // namespace diascope::ui
