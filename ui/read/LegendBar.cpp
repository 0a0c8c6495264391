// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/read/LegendBar.h"

#include "image/HeatOverlay.h"
#include "ui/common/Pixels.h"
#include "ui/common/Text.h"
#include "ui/common/Theme.h"

#include <QPainter>

namespace diascope::ui {

namespace {

constexpr int kLegendBar = 14;
constexpr int kSide = 14; ///< Room for half a number beside the bar.

} // namespace

LegendBar::LegendBar(QWidget* parent)
    : QWidget(parent)
{
    setObjectName(QStringLiteral("overlayLegend"));
    setAccessibleName(tr("Colour scale of the overlay, relative within this image"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void LegendBar::setOverlayStyle(const OverlayStyle& style)
{
    m_style = style;
    update();
}

QSize LegendBar::sizeHint() const
{
    return {160, kLegendBar + 12 + fontMetrics().height()};
}

void LegendBar::paintEvent(QPaintEvent*)
{
    const ThemeColours& colours = themeColours(palette());
    QPainter painter(this);
    const QRect bar(kSide, 6, width() - 2 * kSide, kLegendBar);
    if (bar.width() < 20) {
        return;
    }
    image::HeatStyle style;
    style.colourMap = m_style.colourMap;
    style.opacity = 1.0;
    style.alphaFromValue = false; // the scale shows the colours themselves; how strongly they cover is the opacity's slider
    style.threshold = m_style.threshold;
    painter.drawImage(bar, toQImage(image::legendStrip(style, bar.width(), bar.height())));
    painter.setPen(colours.textMuted);
    painter.drawRect(QRectF(bar).adjusted(-0.5, -0.5, 0.5, 0.5));

    const QFontMetrics metrics = fontMetrics();
    const int base = bar.bottom() + 5 + metrics.ascent();
    painter.setPen(colours.text);
    for (const double value : {0.0, 0.5, 1.0}) {
        const int x = bar.left() + qRound(value * bar.width());
        painter.drawLine(x, bar.bottom() + 1, x, bar.bottom() + 4);
        const QString text = number(value, 1);
        painter.drawText(x - metrics.horizontalAdvance(text) / 2, base, text);
    }
    const int mark = bar.left() + qRound(m_style.threshold * bar.width());
    painter.setPen(QPen(colours.text, 2));
    painter.drawLine(mark, 1, mark, bar.bottom() + 3);
}

} // namespace diascope::ui
