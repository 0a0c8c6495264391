// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/read/ViewState.h"

#include <algorithm>

namespace diascope::ui {

image::View ViewState::view(QSize target) const
{
    image::View view;
    view.width = std::max(1, target.width());
    view.height = std::max(1, target.height());
    view.rotation = rotation;
    view.flipHorizontal = flip;
    const double across = (view.transposed() ? view.height : view.width) / zoom;
    const double down = (view.transposed() ? view.width : view.height) / (zoom * aspect);
    view.source = {centre.x - across / 2, centre.y - down / 2, centre.x + across / 2, centre.y + down / 2};
    return view;
}

QPointF ViewState::toTarget(QPointF imagePoint, QSize target) const
{
    const image::Point p = view(target).toTarget().map({imagePoint.x(), imagePoint.y()});
    return {p.x, p.y};
}

QPointF ViewState::toImage(QPointF targetPoint, QSize target) const
{
    const image::Point p = view(target).toSource().map({targetPoint.x(), targetPoint.y()});
    return {p.x, p.y};
}

void ViewState::fit(QSize image, QSize target)
{
    const bool transposed = rotation == 90 || rotation == 270;
    const double across = image.width();
    const double down = image.height() * aspect;
    const double wide = std::max(1.0, transposed ? down : across);
    const double tall = std::max(1.0, transposed ? across : down);
    zoom = std::clamp(std::min(target.width() / wide, target.height() / tall), 0.001, 64.0);
    centre = {image.width() / 2.0, image.height() / 2.0};
    fitted = true;
}

void ViewState::zoomAt(double newZoom, QPointF targetPoint, QSize target)
{
    const QPointF kept = toImage(targetPoint, target);
    zoom = std::clamp(newZoom, 0.02, 64.0);
    const QPointF now = toImage(targetPoint, target);
    centre.x += kept.x() - now.x();
    centre.y += kept.y() - now.y();
    fitted = false;
}

void ViewState::pan(QPointF targetDelta, QSize target)
{
    const QPointF from = toImage(QPointF(0, 0), target);
    const QPointF to = toImage(targetDelta, target);
    centre.x -= to.x() - from.x();
    centre.y -= to.y() - from.y();
    fitted = false;
}

void ViewState::rotateClockwise()
{
    rotation = (rotation + 90) % 360;
}

void ViewState::flipOnScreen()
{
    // The view flips before it turns: exchanging left and right on the screen is a flip of the image and the opposite turn.
    flip = !flip;
    rotation = (360 - rotation) % 360;
}

} // namespace diascope::ui
