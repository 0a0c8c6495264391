// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/read/OverlayStyle.h"

#include <QWidget>

namespace diascope::ui {

/// The colour scale of the overlay with its numbers and the mark of the threshold; what the threshold hides is grey.
class LegendBar final : public QWidget {
    Q_OBJECT
public:
    explicit LegendBar(QWidget* parent = nullptr);
    void setOverlayStyle(const OverlayStyle& style);
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    OverlayStyle m_style;
};

} // namespace diascope::ui
