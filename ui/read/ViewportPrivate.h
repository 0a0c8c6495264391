// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "image/HeatOverlay.h"
#include "image/Windowing.h"
#include "ui/read/CineClock.h"
#include "ui/read/OrientationLetters.h"
#include "ui/read/ViewState.h"
#include "ui/read/Viewport.h"

#include <QElapsedTimer>
#include <QPointer>
#include <QTimer>

namespace diascope::ui {

/// Where an image of the series lies: which instance, which of its frames.
struct FramePlace {
    int instance = 0, frame = 0;
    int first = 0, count = 1; ///< The run of images that a cine loop goes through.
};

struct Viewport::Private {
    // What is shown.
    std::vector<int> framesOfInstance;
    int imageCount = 0;
    int shown = -1;    ///< Index of the shown image.
    int position = 0;  ///< Where scrolling goes on from: shown, or failed, or asked for.
    int pending = -1;  ///< Asked for and not yet answered.
    qint64 pendingSince = 0;
    image::Image image;
    image::SourceInfo info;
    mutable std::string hash; ///< Of the shown pixels; computed when first needed.
    std::optional<ImageOrientation> orientation;
    QString state;
    bool stateIsError = false;
    bool slow = false;        ///< The pending image takes long enough to say so.
    QTimer slowTimer;

    // How it is shown.
    ViewState view;
    image::Window window, openingWindow;
    bool windowChosen = false; ///< By the reader; then it stays while scrolling.
    bool inverted = false;
    bool fresh = true;         ///< No image of this series has been shown yet.
    Tool tool = Tool::Window;
    Annotations annotations = Annotations::All;
    bool levelReversed = false;

    // Model overlay.
    std::optional<predict::Explanation> explanation;
    OverlayStyle overlay;
    bool overlayVisible = false;
    bool heldAway = false;

    // Painting.
    image::DisplayLut lut;
    QImage frame;
    bool dirty = true;

    // Cine.
    QTimer cineTimer;
    QElapsedTimer steady;
    std::function<qint64()> time;
    CineClock clock;
    FramePlace cinePlace;
    int cineFrom = 0;
    qint64 cineStart = 0;
    double rateChosen = 0.0;
    bool cineRunning = false;

    // Mouse.
    enum class Drag { None, Window, Zoom, Pan, Scroll };
    Drag drag = Drag::None;
    Qt::MouseButton dragButton = Qt::NoButton;
    bool dragMoved = false;
    QPointF pressed, last;
    image::Window pressedWindow;
    double pressedZoom = 1.0;
    int pressedIndex = 0;
    int wheelRest = 0;
    QPointF pointer{-1, -1};

    void countFrames(const study::Series& series);
    [[nodiscard]] FramePlace placeOf(int index) const;
    [[nodiscard]] const std::string& pixelHash() const;
    void rebuildClock();
};

/// Size of `widget` in device pixels.
[[nodiscard]] inline QSize deviceSize(const QWidget& widget)
{
    const double ratio = widget.devicePixelRatioF();
    return {std::max(1, qRound(widget.width() * ratio)), std::max(1, qRound(widget.height() * ratio))};
}

} // namespace diascope::ui
