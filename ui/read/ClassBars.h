// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "predict/Prediction.h"

#include <QWidget>

#include <optional>
#include <vector>

namespace diascope::ui {

/// One bar for each class with its probability in figures, the answers of the folds as dots, and the operating point of a
/// two-class package as a tick on its positive (second) class.
class ClassBars final : public QWidget {
    Q_OBJECT
public:
    explicit ClassBars(QWidget* parent = nullptr);
    void setPrediction(const std::optional<predict::Prediction>& prediction);

    /// The figures of one row as painted, for tests and screen readers: "Stone: 82.4 % (logit 1.54)".
    [[nodiscard]] QString rowText(int row) const;
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;
    bool event(QEvent* event) override;

private:
    [[nodiscard]] int rowHeight() const;

    std::vector<predict::ClassAnswer> m_classes;
    std::vector<std::vector<double>> m_folds;
    int m_top = -1;
    double m_threshold = 0.5;
};

} // namespace diascope::ui
