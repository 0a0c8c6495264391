// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "image/View.h"

#include <QPointF>
#include <QSize>

namespace diascope::ui {

/// Which part of an image the viewport shows and how it is turned, in terms a reader changes: zoom, centre, rotation, flip.
/// Targets are measured in device pixels.
struct ViewState {
    double zoom = 1.0;         ///< Device pixels for one image column (> 0).
    double aspect = 1.0;       ///< Height of an image pixel divided by its width.
    image::Point centre;       ///< Image position in the middle of the target.
    int rotation = 0;          ///< 0, 90, 180, 270 degrees clockwise, after the flip.
    bool flip = false;         ///< Left and right of the image exchanged.
    bool fitted = true;        ///< Follows the size of the target.

    [[nodiscard]] image::View view(QSize target) const;
    [[nodiscard]] QPointF toTarget(QPointF imagePoint, QSize target) const;
    [[nodiscard]] QPointF toImage(QPointF targetPoint, QSize target) const;

    /// The whole image, centred.
    void fit(QSize image, QSize target);
    /// Another zoom (kept in 0.02..64) that leaves the image point under `targetPoint` where it is.
    void zoomAt(double newZoom, QPointF targetPoint, QSize target);
    /// Moves the image by so many target pixels.
    void pan(QPointF targetDelta, QSize target);
    /// A quarter turn clockwise, and an exchange of left and right as seen on the screen.
    void rotateClockwise();
    void flipOnScreen();
};

} // namespace diascope::ui
