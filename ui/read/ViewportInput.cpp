// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/read/ViewportPrivate.h"

#include <QActionGroup>
#include <QKeyEvent>
#include <QMenu>
#include <QMouseEvent>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>

// The part of Viewport that takes mouse and keys (viewer.md, "Ours").

namespace diascope::ui {

namespace {

constexpr double kClickSlack = 4.0;      ///< A press that moves less is a click.
constexpr double kPixelsPerDouble = 256; ///< Window drag over so many pixels doubles the width.
constexpr double kZoomPixels = 180.0;    ///< Zoom drag over so many pixels is a factor e.
constexpr int kScrollPixels = 12;        ///< Scroll drag: one image.
constexpr int kWheelNotch = 120;

} // namespace

void Viewport::mousePressEvent(QMouseEvent* event)
{
    if (d->drag != Private::Drag::None) {
        event->accept();
        return;
    }
    d->dragButton = event->button();
    d->pressed = d->last = event->position();
    d->dragMoved = false;
    d->pressedWindow = d->window;
    d->pressedZoom = d->view.zoom;
    d->pressedIndex = d->position;
    if (d->image.empty()) {
        return;
    }
    switch (event->button()) {
    case Qt::LeftButton:
        switch (d->tool) {
        case Tool::Window: d->drag = Private::Drag::Window; break;
        case Tool::Zoom: d->drag = Private::Drag::Zoom; break;
        case Tool::Pan: d->drag = Private::Drag::Pan; break;
        case Tool::Scroll: d->drag = Private::Drag::Scroll; break;
        }
        break;
    case Qt::MiddleButton: d->drag = Private::Drag::Pan; break;
    case Qt::RightButton: d->drag = Private::Drag::Zoom; break;
    default: break;
    }
}

void Viewport::mouseMoveEvent(QMouseEvent* event)
{
    d->pointer = event->position();
    const QPointF total = event->position() - d->pressed;
    if (d->drag != Private::Drag::None && (d->dragMoved || total.manhattanLength() >= kClickSlack)) {
        d->dragMoved = true;
        dragTo(event->position());
    }
    d->last = event->position();
    update();
}

void Viewport::dragTo(QPointF position)
{
    const QPointF total = position - d->pressed;
    const double ratio = devicePixelRatioF();
    switch (d->drag) {
    case Private::Drag::Window: {
        // Right = wider, up = lower centre = brighter.
        image::Window window = d->pressedWindow;
        const double step = std::max(std::abs(d->pressedWindow.width), 1e-6) / kPixelsPerDouble;
        window.width = d->pressedWindow.width + total.x() * step;
        window.centre = d->pressedWindow.centre + (d->levelReversed ? -total.y() : total.y()) * step;
        window.explanation.clear();
        setWindow(window);
        break;
    }
    case Private::Drag::Zoom:
        d->view.zoomAt(d->pressedZoom * std::exp(-total.y() / kZoomPixels), d->pressed * ratio, deviceSize(*this));
        d->dirty = true;
        Q_EMIT viewChanged();
        break;
    case Private::Drag::Pan:
        d->view.pan((position - d->last) * ratio, deviceSize(*this));
        d->dirty = true;
        Q_EMIT viewChanged();
        break;
    case Private::Drag::Scroll: requestImage(d->pressedIndex + static_cast<int>(total.y()) / kScrollPixels); break;
    case Private::Drag::None: break;
    }
}

void Viewport::mouseReleaseEvent(QMouseEvent* event)
{
    if (event->button() != d->dragButton) {
        return;
    }
    const bool click = event->button() == Qt::RightButton && !d->dragMoved && !d->image.empty();
    d->drag = Private::Drag::None;
    d->dragButton = Qt::NoButton;
    if (click) {
        showMenu(event->globalPosition().toPoint());
    }
}

void Viewport::mouseDoubleClickEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton || d->image.empty()) {
        return;
    }
    if (d->view.fitted) {
        Q_EMIT maximiseRequested();
    } else {
        fit();
    }
}

void Viewport::wheelEvent(QWheelEvent* event)
{
    event->accept();
    const int delta = event->angleDelta().y() != 0 ? event->angleDelta().y() : event->angleDelta().x();
    if (event->modifiers() & Qt::ControlModifier) {
        if (!d->image.empty()) {
            const double factor = std::pow(1.2, static_cast<double>(delta) / kWheelNotch);
            d->view.zoomAt(d->view.zoom * factor, event->position() * devicePixelRatioF(), deviceSize(*this));
            d->dirty = true;
            update();
            Q_EMIT viewChanged();
        }
        return;
    }
    d->wheelRest += delta;
    const int notches = d->wheelRest / kWheelNotch;
    d->wheelRest -= notches * kWheelNotch;
    if (notches != 0) {
        setCineRunning(false);
        step(-notches);
    }
}

void Viewport::leaveEvent(QEvent*)
{
    d->pointer = {-1, -1};
    update();
}

void Viewport::resizeEvent(QResizeEvent*)
{
    if (d->view.fitted && !d->image.empty()) {
        d->view.fit({d->image.width, d->image.height}, deviceSize(*this));
        Q_EMIT viewChanged();
    }
    d->dirty = true;
}

void Viewport::focusInEvent(QFocusEvent*)
{
    update();
}

void Viewport::focusOutEvent(QFocusEvent*)
{
    holdOverlay(false); // the release of H would go elsewhere
    update();
}

void Viewport::holdOverlay(bool away)
{
    if (d->heldAway != away) {
        d->heldAway = away;
        d->dirty = true;
        update();
    }
}

void Viewport::keyPressEvent(QKeyEvent* event)
{
    const bool plain = !(event->modifiers() & (Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier));
    if (!plain || !(scrollKey(*event) || viewKey(*event))) {
        event->ignore();
    }
}

void Viewport::keyReleaseEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_H) {
        if (!event->isAutoRepeat()) {
            holdOverlay(false);
        }
        return;
    }
    event->ignore();
}

bool Viewport::scrollKey(const QKeyEvent& event)
{
    const int by = event.modifiers() & Qt::ShiftModifier ? 10 : 1;
    const auto scroll = [this](int images) {
        setCineRunning(false);
        step(images);
    };
    switch (event.key()) {
    case Qt::Key_Left:
    case Qt::Key_Up: scroll(-by); return true;
    case Qt::Key_Right:
    case Qt::Key_Down: scroll(by); return true;
    case Qt::Key_Home: scroll(-d->imageCount); return true;
    case Qt::Key_End: scroll(d->imageCount); return true;
    case Qt::Key_PageUp: Q_EMIT seriesStepRequested(-1); return true;
    case Qt::Key_PageDown: Q_EMIT seriesStepRequested(1); return true;
    case Qt::Key_C: setCineRunning(!d->cineRunning); return true;
    default: return false;
    }
}

bool Viewport::viewKey(const QKeyEvent& event)
{
    const auto zoomBy = [this](double factor) {
        const QSize size = deviceSize(*this);
        d->view.zoomAt(d->view.zoom * factor, QPointF(size.width() / 2.0, size.height() / 2.0), size);
        d->dirty = true;
        update();
        Q_EMIT viewChanged();
    };
    switch (event.key()) {
    case Qt::Key_Space: setAnnotations(static_cast<Annotations>((static_cast<int>(d->annotations) + 1) % 3)); return true;
    case Qt::Key_G: setOverlayVisible(!d->overlayVisible); return true;
    case Qt::Key_H:
        if (!event.isAutoRepeat()) {
            holdOverlay(true);
        }
        return true;
    case Qt::Key_I: setInverted(!d->inverted); return true;
    case Qt::Key_R: rotateClockwise(); return true;
    case Qt::Key_F: flipHorizontally(); return true;
    case Qt::Key_W: setTool(Tool::Window); return true;
    case Qt::Key_Z: setTool(Tool::Zoom); return true;
    case Qt::Key_T: setTool(Tool::Pan); return true;
    case Qt::Key_S: setTool(Tool::Scroll); return true;
    case Qt::Key_Plus:
    case Qt::Key_Equal: zoomBy(1.2); return true;
    case Qt::Key_Minus: zoomBy(1 / 1.2); return true;
    case Qt::Key_Menu: showMenu(mapToGlobal(rect().center())); return true;
    case Qt::Key_Escape: cancel(); return true;
    default: break;
    }
    if (event.key() >= Qt::Key_0 && event.key() <= Qt::Key_9) {
        applyPreset(event.key() - Qt::Key_0);
        return true;
    }
    return false;
}

void Viewport::cancel()
{
    if (d->drag == Private::Drag::Window) {
        setWindow(d->pressedWindow);
        d->drag = Private::Drag::None;
    } else if (d->drag != Private::Drag::None) {
        d->drag = Private::Drag::None;
    } else if (d->cineRunning) {
        setCineRunning(false);
    } else {
        resetView();
    }
}

void Viewport::showMenu(QPoint globalPosition)
{
    auto* menu = new QMenu(this);
    menu->setObjectName(QStringLiteral("viewportMenu"));
    menu->setAttribute(Qt::WA_DeleteOnClose);
    const QStringList presets = presetNames();
    for (int key = 0; key < presets.size(); ++key) {
        if (!presets[key].isEmpty()) {
            QString name = presets[key];
            name.replace(QLatin1Char('&'), QStringLiteral("&&")); // a file's text makes no mnemonics
            menu->addAction(QStringLiteral("%1\t%2").arg(name.remove(QLatin1Char('\t'))).arg(key), this,
                            [this, key] { applyPreset(key); });
        }
    }
    menu->addSeparator();
    menu->addAction(tr("Fit to view"), this, &Viewport::fit);
    menu->addAction(tr("One to one"), this, &Viewport::oneToOne);
    menu->addAction(tr("Rotate 90° clockwise\tR"), this, &Viewport::rotateClockwise);
    menu->addAction(tr("Flip left-right\tF"), this, &Viewport::flipHorizontally);
    menu->addAction(tr("Invert\tI"), this, [this] { setInverted(!d->inverted); });
    menu->addSeparator();
    menu->addAction(tr("Reset view\tEsc"), this, &Viewport::resetView);
    menu->popup(globalPosition);
}

} // namespace diascope::ui
