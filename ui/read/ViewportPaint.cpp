// SPDX-License-Identifier: GPL-3.0-or-later

#include "image/Render.h"
#include "ui/common/Icon.h"
#include "ui/common/Text.h"
#include "ui/common/Theme.h"
#include "ui/read/CornerText.h"
#include "ui/read/ViewportPrivate.h"

#include <QCoreApplication>
#include <QPainter>
#include <QPaintEvent>

#include <algorithm>
#include <cmath>

// The part of Viewport that paints. The ground is black in both themes: a bright surround costs contrast in dark parts.

namespace diascope::ui {

namespace {

constexpr QRgb kText = 0xffe3ebf2;
constexpr QRgb kMarker = 0xffffc857;
constexpr QRgb kError = 0xffff8a80;
constexpr int kMargin = 10;

/// Text that stays readable on any picture.
void drawReadable(QPainter& painter, const QRectF& rect, int flags, const QString& text, QRgb colour)
{
    painter.setPen(QColor(0, 0, 0, 210));
    for (const QPointF shift : {QPointF(1, 1), QPointF(-1, 0), QPointF(0, -1)}) {
        painter.drawText(rect.translated(shift), flags, text);
    }
    painter.setPen(QColor::fromRgba(colour));
    painter.drawText(rect, flags, text);
}

/// Length of the scale bar in cm: the longest usual one that takes no more than two fifths of `availableMm`; 0 = none fits.
double scaleBarCm(double availableMm)
{
    for (const double cm : {20.0, 10.0, 5.0, 2.0, 1.0, 0.5, 0.2, 0.1}) {
        if (cm * 10.0 <= availableMm * 0.4) {
            return cm;
        }
    }
    return 0.0;
}

void drawScaleBar(QPainter& painter, const QRectF& area, double pixelsPerMm)
{
    const double cm = scaleBarCm(area.height() / pixelsPerMm);
    if (cm <= 0.0) {
        return;
    }
    const double length = cm * 10.0 * pixelsPerMm;
    const double x = area.right() - 26;
    const double top = area.center().y() - length / 2;
    const int parts = cm >= 1.0 ? static_cast<int>(std::lround(cm)) : 2;
    for (const auto& [colour, width] : {std::pair(QColor(0, 0, 0, 200), 3.0), std::pair(QColor::fromRgba(kText), 1.0)}) {
        painter.setPen(QPen(colour, width));
        painter.drawLine(QPointF(x, top), QPointF(x, top + length));
        for (int i = 0; i <= parts; ++i) {
            const double tick = i == 0 || i == parts ? 9 : 5;
            const double y = top + length * i / parts;
            painter.drawLine(QPointF(x - tick, y), QPointF(x, y));
        }
    }
    drawReadable(painter, QRectF(x - 70, top + length + 4, 90, 18), Qt::AlignRight | Qt::AlignTop,
                 Viewport::tr("%1 cm").arg(number(cm, cm < 1.0 ? 1 : 0)), kText);
}

image::HeatStyle heatStyle(const OverlayStyle& style)
{
    image::HeatStyle made;
    made.colourMap = style.colourMap;
    made.opacity = style.opacity;
    made.threshold = style.threshold;
    made.smooth = style.drawing != OverlayStyle::Drawing::Cells;
    made.fill = style.drawing != OverlayStyle::Drawing::Contours;
    made.contour = style.drawing == OverlayStyle::Drawing::Contours;
    return made;
}

image::HeatGrid heatGrid(const predict::Explanation& explanation)
{
    return {explanation.map.rows, explanation.map.columns, explanation.map.values,
            {explanation.x0, explanation.y0, explanation.x1, explanation.y1}};
}

} // namespace

void Viewport::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    if (d->image.empty()) {
        painter.fillRect(rect(), Qt::black);
        paintState(painter);
    } else {
        renderFrame();
        painter.drawImage(QPointF(0, 0), d->frame);
        paintAnnotations(painter);
    }
    if (hasFocus()) {
        painter.setPen(themeColours(ThemeKind::Dark).focus);
        painter.drawRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5));
    }
}

void Viewport::renderFrame()
{
    const QSize size = deviceSize(*this);
    if (!d->dirty && d->frame.size() == size) {
        return;
    }
    if (d->frame.size() != size) {
        d->frame = QImage(size, QImage::Format_RGB32);
    }
    d->frame.setDevicePixelRatio(devicePixelRatioF());
    const image::RenderTarget target{reinterpret_cast<std::uint32_t*>(d->frame.bits()), size.width(), size.height(),
                                     static_cast<std::ptrdiff_t>(d->frame.bytesPerLine())};
    image::RenderRequest request;
    request.view = d->view.view(size);
    request.window = d->window;
    request.invert = d->inverted;
    image::renderToRgb32(d->image, request, d->lut, target);
    if (overlayPainted()) {
        image::blendHeat(heatGrid(*d->explanation), heatStyle(d->overlay), request.view, target);
    }
    d->dirty = false;
}

void Viewport::paintState(QPainter& painter)
{
    const QRect area = rect().adjusted(24, 24, -24, -24);
    const QString text = stateText();
    const QRect needed = painter.boundingRect(area, Qt::AlignCenter | Qt::TextWordWrap, text);
    if (d->stateIsError || d->state.isEmpty()) {
        // Painted by hand: the icon must show on black whatever the theme.
        painter.setPen(QPen(QColor::fromRgba(d->stateIsError ? kError : 0xff8fa3b3), 2));
        painter.setRenderHint(QPainter::Antialiasing);
        const QPointF c(area.center().x(), needed.top() - 44);
        if (d->stateIsError) {
            painter.drawPolygon(QPolygonF({c + QPointF(0, -22), c + QPointF(25, 20), c + QPointF(-25, 20)}));
            painter.drawLine(c + QPointF(0, -8), c + QPointF(0, 6));
            painter.drawPoint(c + QPointF(0, 13));
        } else {
            painter.drawRoundedRect(QRectF(c.x() - 28, c.y() - 22, 56, 44), 5, 5);
            painter.drawLine(c + QPointF(0, -12), c + QPointF(0, 12));
            painter.drawLine(c + QPointF(-7, 5), c + QPointF(0, 12));
            painter.drawLine(c + QPointF(7, 5), c + QPointF(0, 12));
        }
    }
    painter.setPen(QColor::fromRgba(d->stateIsError ? kError : 0xffc3d0da));
    painter.drawText(area, Qt::AlignCenter | Qt::TextWordWrap, text);
}

QStringList Viewport::cornerText(int corner) const
{
    if (d->image.empty()) {
        return {};
    }
    const ShownImage shown{d->image, d->info, d->window, d->inverted, d->view.zoom, d->shown, std::max(1, d->imageCount),
                           d->cinePlace.count > 1 && (d->cineRunning || d->framesOfInstance.size() == 1),
                           framesPerSecond(), frameRateAssumed()};
    const bool all = d->annotations == Annotations::All;
    switch (corner) {
    case 0: return all ? patientLines(d->info.patient) + studyLines(d->info) : patientLines(d->info.patient);
    case 1: {
        const QStringList marks = d->annotations == Annotations::None ? QStringList() : markers(d->image, d->info, all);
        return all ? sourceLines(d->info) + marks : marks;
    }
    case 2: return all ? displayLines(shown) : QStringList();
    case 3:
        if (d->annotations == Annotations::None) {
            return {};
        }
        return all ? numberLines(shown) : numberLines(shown).mid(numberLines(shown).size() - 1);
    default: return {};
    }
}

QString Viewport::probeText() const
{
    if (d->image.empty() || d->pointer.x() < 0 || !rect().contains(d->pointer.toPoint())) {
        return {};
    }
    const QPointF at = toImage(d->pointer);
    QString text = probeLine(d->image, static_cast<int>(std::floor(at.x())), static_cast<int>(std::floor(at.y())));
    if (!text.isEmpty() && overlayPainted()) {
        const double heat = image::heatAt(heatGrid(*d->explanation), {at.x(), at.y()},
                                          d->overlay.drawing != OverlayStyle::Drawing::Cells);
        if (std::isfinite(heat)) {
            text += tr("   overlay %1 (relative)").arg(number(heat, 2));
        }
    }
    return text;
}

void Viewport::paintAnnotations(QPainter& painter)
{
    const QRectF area = QRectF(rect()).adjusted(kMargin, kMargin - 2, -kMargin, -kMargin + 2);
    const double line = QFontMetricsF(painter.font()).lineSpacing();
    const auto corner = [&](int which, QStringList lines) {
        const bool right = which % 2 == 1;
        const bool bottom = which >= 2;
        const QStringList marks = which == 1 && d->annotations != Annotations::None
                                      ? markers(d->image, d->info, d->annotations == Annotations::All)
                                      : QStringList();
        double y = bottom ? area.bottom() - line * static_cast<double>(lines.size()) : area.top();
        for (const QString& text : lines) {
            const QRectF place(right ? area.center().x() : area.left(), y, area.width() / 2 - 8, line);
            const QRectF fitted = right ? place.translated(8, 0) : place;
            const QString shortText = QFontMetricsF(painter.font()).elidedText(text, Qt::ElideRight, fitted.width());
            drawReadable(painter, fitted, (right ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter | Qt::TextSingleLine,
                         shortText, marks.contains(text) ? kMarker : kText);
            y += line;
        }
    };
    corner(0, cornerText(0));
    corner(1, cornerText(1));
    QStringList bottomLeft = cornerText(2);
    if (d->annotations == Annotations::All) {
        const QString probe = probeText();
        bottomLeft.prepend(probe.isEmpty() ? QStringLiteral(" ") : probe);
    }
    corner(2, bottomLeft);
    corner(3, cornerText(3));
    if (d->annotations == Annotations::All) {
        paintOrientation(painter);
        const auto spacing = d->image.spacing ? d->image.spacing : d->info.spacing;
        if (spacing && spacing->columnMm > 0.0) {
            drawScaleBar(painter, area.adjusted(0, 60, 0, -60), d->view.zoom / devicePixelRatioF() / spacing->columnMm);
        }
    }
    if (overlayPainted()) {
        const QRectF place(area.left(), area.bottom() - line, area.width(), line);
        drawReadable(painter, place, Qt::AlignHCenter | Qt::AlignVCenter,
                     tr("Model overlay: %1").arg(safeText(d->explanation->map.className)), kMarker);
    }
    if (d->slow && d->pending >= 0) {
        drawReadable(painter, area, Qt::AlignHCenter | Qt::AlignTop, tr("Loading image %1…").arg(d->pending + 1), kMarker);
    }
}

void Viewport::paintOrientation(QPainter& painter)
{
    const QStringList letters = orientationLetters();
    QFont font = painter.font();
    const QFont plain = font;
    font.setBold(true);
    font.setPointSizeF(font.pointSizeF() > 0 ? font.pointSizeF() * 1.15 : 11);
    painter.setFont(font);
    const QRectF area = QRectF(rect()).adjusted(kMargin, kMargin - 2, -kMargin, -kMargin + 2);
    drawReadable(painter, area, Qt::AlignLeft | Qt::AlignVCenter, letters[0], kText);
    drawReadable(painter, area, Qt::AlignHCenter | Qt::AlignTop, letters[1], kText);
    drawReadable(painter, area, Qt::AlignRight | Qt::AlignVCenter, letters[2], kText);
    const double raised = overlayPainted() ? QFontMetricsF(font).lineSpacing() : 0.0;
    drawReadable(painter, area.adjusted(0, 0, 0, -raised), Qt::AlignHCenter | Qt::AlignBottom, letters[3], kText);
    painter.setFont(plain);
}

} // namespace diascope::ui
