// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "image/Image.h"
#include "image/SourceInfo.h"
#include "predict/Prediction.h"
#include "study/Series.h"
#include "ui/read/OverlayStyle.h"

#include <QImage>
#include <QWidget>

#include <functional>
#include <memory>
#include <optional>
#include <string>

class QPainter;

namespace diascope::ui {

/// One picture of a series, painted by ourselves (16-bit table, scaling, one blit), with the mouse and the keys that readers have in
/// their hands: left window/level, middle pan, right zoom, wheel scroll. It asks for images by number (imageRequested) and shows what
/// setImage() hands it; it never reads a file. Used on the GUI thread only.
///
/// Safety: clear() and setSeries() empty it at once; orientation letters come from vectors or the file's Patient Orientation only;
/// an explanation that does not belong to the shown pixels is refused.
class Viewport final : public QWidget {
    Q_OBJECT
public:
    enum class Tool { Window, Zoom, Pan, Scroll };
    Q_ENUM(Tool)
    /// The patient's identity and the markers for incomplete and lossy images stay in Minimal, the identity also in None.
    enum class Annotations { All, Minimal, None };
    Q_ENUM(Annotations)

    explicit Viewport(QWidget* parent = nullptr);
    ~Viewport() override;

    /// Takes picture, identity, series and explanation away. `reason` is shown in their place ("Reading folder..."); empty shows the
    /// invitation to open something.
    void clear(const QString& reason = {});
    /// Clears the picture and takes over the series' length and identity. Emits nothing; ask for the first image yourself or
    /// call requestImage(0).
    void setSeries(const study::Series& series);
    /// The current series has become longer while its folder is read: the picture stays, and is now number `shownIndex` (-1 = none is shown).
    void growSeries(const study::Series& series, int shownIndex);
    /// Image `index` is on its way: says so when it takes long. What is shown stays (it is of the same series).
    void setLoading(int index);
    /// The answer to imageRequested(index). A late answer for another series must not be handed in (drop it by request number).
    /// `pixelSha256` is image::pixelHash(image) when the caller has it already (computed here, when needed, otherwise).
    void setImage(int index, const image::Image& image, const image::SourceInfo& info, const std::string& pixelSha256 = {});
    /// Takes the picture away and shows why there is none; scrolling on stays possible.
    void setError(const QString& text);

    /// Shows `explanation` when it was computed from exactly the shown image (SOP instance, frame and pixel hash); otherwise removes
    /// any explanation, emits explanationRefused and returns false. nullopt removes it.
    bool setExplanation(const std::optional<predict::Explanation>& explanation);
    void setOverlayStyle(const OverlayStyle& style);
    void setOverlayVisible(bool visible);
    [[nodiscard]] bool overlayVisible() const;
    /// True when the overlay is on, has something to show and is not held away with H.
    [[nodiscard]] bool overlayPainted() const;
    /// Whether something computed from `source` belongs to the shown image.
    [[nodiscard]] bool matches(const predict::SourceBinding& source) const;
    /// The binding of the shown image (input empty); nullopt when none is shown.
    [[nodiscard]] std::optional<predict::SourceBinding> binding() const;

    [[nodiscard]] bool hasImage() const;
    [[nodiscard]] int imageCount() const;
    [[nodiscard]] int currentIndex() const;  ///< Of the shown image, 0-based; -1 when none is shown.
    void requestImage(int index);            ///< Clamped; emits imageRequested when it is not shown or asked for already.
    void step(int images);

    [[nodiscard]] image::Window window() const;
    void setWindow(const image::Window& window);
    void setAutoWindow();
    void applyPreset(int key);               ///< 0 auto, 1-2 windows of the file, 3-9 presets of the modality.
    [[nodiscard]] QStringList presetNames() const; ///< For keys 0..9; empty where there is none.
    void setInverted(bool inverted);
    [[nodiscard]] bool inverted() const;
    void rotateClockwise();
    void flipHorizontally();
    void fit();
    void oneToOne();
    void resetView();                        ///< Window, zoom, rotation, flip and inversion as when the series was opened.
    [[nodiscard]] double zoom() const;       ///< Screen pixels per image row or column pixel.
    [[nodiscard]] bool fitted() const;
    void setTool(Tool tool);
    [[nodiscard]] Tool tool() const;
    void setAnnotations(Annotations level);
    [[nodiscard]] Annotations annotations() const;
    /// True turns the vertical sense of window/level round (IHE BIR: drag down brightens).
    void setLevelReversed(bool reversed);

    void setCineRunning(bool running);
    [[nodiscard]] bool cineRunning() const;
    [[nodiscard]] double framesPerSecond() const;
    [[nodiscard]] bool frameRateAssumed() const;
    void setFramesPerSecond(double rate);    ///< 0 = as the file says.
    /// Milliseconds of a steady clock; tests put their own in.
    void setTimeSource(std::function<qint64()> milliseconds);
    void tickCine();                         ///< What the timer calls.

    /// Widget coordinates of a point of the image (pixel corners; the centre of the first pixel is 0.5, 0.5), and back.
    [[nodiscard]] QPointF toWidget(QPointF imagePoint) const;
    [[nodiscard]] QPointF toImage(QPointF widgetPoint) const;
    /// Letters at left, top, right, bottom of the view; empty when the file does not tell.
    [[nodiscard]] QStringList orientationLetters() const;
    /// The annotation text of one corner (0 top left, 1 top right, 2 bottom left, 3 bottom right), as painted.
    [[nodiscard]] QStringList cornerText(int corner) const;
    [[nodiscard]] QString probeText() const; ///< Value under the pointer with its unit; empty outside.
    [[nodiscard]] QString stateText() const; ///< The message in place of a picture; empty while one is shown.
    [[nodiscard]] QImage screenshot();       ///< As shown, annotations included.

Q_SIGNALS:
    void imageRequested(int index);
    void shownChanged();                     ///< Another image, or none: results of the last one are void.
    void windowChanged(const diascope::image::Window& window);
    void viewChanged();                      ///< Anything of the view that a menu or a slider mirrors.
    void overlayVisibleChanged(bool visible);
    void explanationRefused();
    void cineRunningChanged(bool running);
    void seriesStepRequested(int step);      ///< PgUp (-1), PgDn (+1).
    void maximiseRequested();                ///< Double click when fitted already.

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void keyReleaseEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    void leaveEvent(QEvent* event) override;

private:
    friend class ReadPage; // forwards the keys that its other children did not want
    struct Private;
    void renderFrame();
    void paintState(QPainter& painter);
    void paintAnnotations(QPainter& painter);
    void paintOrientation(QPainter& painter);
    void dragTo(QPointF position);
    void holdOverlay(bool away);
    bool scrollKey(const QKeyEvent& event);
    bool viewKey(const QKeyEvent& event);
    void cancel();
    void showMenu(QPoint globalPosition);

    std::unique_ptr<Private> d;
};

} // namespace diascope::ui
