// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/read/CornerText.h"
#include "ui/read/ViewportPrivate.h"

#include <algorithm>

// The part of Viewport that says how the image is looked at: window, zoom, turning, annotations.

namespace diascope::ui {

image::Window Viewport::window() const
{
    return d->window;
}

void Viewport::setWindow(const image::Window& window)
{
    image::Window allowed = window;
    allowed.width = std::max(allowed.width, allowed.function == image::Window::Function::Linear ? 1.0 : 1e-9);
    if (d->image.empty() || allowed == d->window) {
        return;
    }
    d->window = allowed;
    d->windowChosen = true;
    d->dirty = true;
    update();
    Q_EMIT windowChanged(d->window);
    Q_EMIT viewChanged();
}

void Viewport::setAutoWindow()
{
    if (!d->image.empty()) {
        image::Window window = image::autoWindow(d->image);
        window.explanation = "Auto";
        setWindow(window);
    }
}

void Viewport::applyPreset(int key)
{
    if (d->image.empty()) {
        return;
    }
    if (key == 0) {
        setAutoWindow();
        return;
    }
    if (key <= 2) {
        const auto index = static_cast<std::size_t>(key - 1);
        if (index < d->image.windows.size()) {
            setWindow(d->image.windows[index]);
        }
        return;
    }
    const auto presets = image::ctPresets();
    const auto index = static_cast<std::size_t>(key - 3);
    if (d->info.modality == "CT" && index < presets.size()) {
        setWindow(presets[index]);
    }
}

QStringList Viewport::presetNames() const
{
    QStringList names(10);
    if (d->image.empty()) {
        return names;
    }
    names[0] = tr("Auto");
    for (std::size_t i = 0; i < 2 && i < d->image.windows.size(); ++i) {
        const QString given = windowName(d->image.windows[i].explanation);
        names[static_cast<int>(i) + 1] = given.isEmpty() ? tr("Window %1 of the file").arg(i + 1) : given;
    }
    if (d->info.modality == "CT") {
        int key = 3;
        for (const image::Window& preset : image::ctPresets().first(std::min<std::size_t>(7, image::ctPresets().size()))) {
            names[key++] = windowName(preset.explanation);
        }
    }
    return names;
}

void Viewport::setInverted(bool inverted)
{
    if (d->inverted != inverted) {
        d->inverted = inverted;
        d->dirty = true;
        update();
        Q_EMIT viewChanged();
    }
}

bool Viewport::inverted() const
{
    return d->inverted;
}

void Viewport::rotateClockwise()
{
    d->view.rotateClockwise();
    if (d->view.fitted) {
        fit();
    }
    d->dirty = true;
    update();
    Q_EMIT viewChanged();
}

void Viewport::flipHorizontally()
{
    d->view.flipOnScreen();
    d->dirty = true;
    update();
    Q_EMIT viewChanged();
}

void Viewport::fit()
{
    if (!d->image.empty()) {
        d->view.fit({d->image.width, d->image.height}, deviceSize(*this));
        d->dirty = true;
        update();
        Q_EMIT viewChanged();
    }
}

void Viewport::oneToOne()
{
    if (!d->image.empty()) {
        const QSize size = deviceSize(*this);
        d->view.zoomAt(1.0, QPointF(size.width() / 2.0, size.height() / 2.0), size);
        d->dirty = true;
        update();
        Q_EMIT viewChanged();
    }
}

void Viewport::resetView()
{
    d->inverted = false;
    d->view.rotation = 0;
    d->view.flip = false;
    if (!d->image.empty()) {
        setWindow(d->openingWindow);
    }
    d->windowChosen = false;
    d->dirty = true;
    fit();
    Q_EMIT viewChanged();
}

double Viewport::zoom() const
{
    return d->view.zoom;
}

bool Viewport::fitted() const
{
    return d->view.fitted;
}

void Viewport::setTool(Tool tool)
{
    if (d->tool != tool) {
        d->tool = tool;
        Q_EMIT viewChanged();
    }
}

Viewport::Tool Viewport::tool() const
{
    return d->tool;
}

void Viewport::setAnnotations(Annotations level)
{
    if (d->annotations != level) {
        d->annotations = level;
        update();
        Q_EMIT viewChanged();
    }
}

Viewport::Annotations Viewport::annotations() const
{
    return d->annotations;
}

void Viewport::setLevelReversed(bool reversed)
{
    d->levelReversed = reversed;
}

QPointF Viewport::toWidget(QPointF imagePoint) const
{
    return d->view.toTarget(imagePoint, deviceSize(*this)) / devicePixelRatioF();
}

QPointF Viewport::toImage(QPointF widgetPoint) const
{
    return d->view.toImage(widgetPoint * devicePixelRatioF(), deviceSize(*this));
}

QStringList Viewport::orientationLetters() const
{
    if (d->image.empty() || !d->orientation) {
        return {QString(), QString(), QString(), QString()};
    }
    const auto letters = edgeLetters(*d->orientation, d->view);
    return {letters[0], letters[1], letters[2], letters[3]};
}

QString Viewport::stateText() const
{
    if (!d->image.empty()) {
        return {};
    }
    return d->state.isEmpty() ? tr("Drop a file or folder here, or press Ctrl+O") : d->state;
}

QImage Viewport::screenshot()
{
    return grab().toImage();
}

} // namespace diascope::ui
