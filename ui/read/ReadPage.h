// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "predict/Prediction.h"
#include "ui/read/OverlayStyle.h"

#include <QImage>
#include <QWidget>

#include <optional>

class QSplitter;

namespace diascope::ui {

class CineBar;
class ResultPanel;
class SeriesPanel;
class Viewport;

/// The Read perspective: series, viewport with cine bar, result. Connects its own parts with each other; what leaves it are the
/// signals of the parts, which the application connects:
///   seriesPanel(): seriesRequested, thumbnailRequested        viewport(): imageRequested, explanationRefused
///   resultPanel(): packageRequested, predictionRequested      resultPanel().overlayControls(): explanationRequested
class ReadPage final : public QWidget {
    Q_OBJECT
public:
    explicit ReadPage(QWidget* parent = nullptr);

    [[nodiscard]] SeriesPanel& seriesPanel() const { return *m_series; }
    [[nodiscard]] Viewport& viewport() const { return *m_viewport; }
    [[nodiscard]] ResultPanel& resultPanel() const { return *m_result; }
    [[nodiscard]] CineBar& cineBar() const { return *m_cine; }

    /// Shows the answer when it was computed from the shown image; otherwise drops it and returns false. Use this, not
    /// resultPanel().setPrediction().
    bool setPrediction(const predict::Prediction& prediction);
    /// The same for the heat map: viewport and legend together.
    bool setExplanation(const std::optional<predict::Explanation>& explanation);
    /// Viewport, overlay box and menu together.
    void setOverlayVisible(bool visible);
    void setOverlayStyle(const OverlayStyle& style);
    /// Side panels away (true) or back.
    void setMaximised(bool maximised);
    [[nodiscard]] bool maximised() const { return m_maximised; }
    /// Picture of the viewport with annotations and, below it, the safety line and who answered.
    [[nodiscard]] QImage screenshot();

Q_SIGNALS:
    /// A prediction is wanted for the image that has just been shown; emitted for each newly shown image.
    void imageShown();

protected:
    void keyPressEvent(QKeyEvent* event) override;
    void keyReleaseEvent(QKeyEvent* event) override;

private:
    void connectParts();

    QSplitter* m_splitter = nullptr;
    SeriesPanel* m_series = nullptr;
    Viewport* m_viewport = nullptr;
    CineBar* m_cine = nullptr;
    ResultPanel* m_result = nullptr;
    QString m_answeredBy;
    bool m_maximised = false;
};

} // namespace diascope::ui
