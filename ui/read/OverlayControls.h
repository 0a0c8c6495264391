// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "predict/Prediction.h"
#include "ui/read/OverlayStyle.h"

#include <QStringList>
#include <QWidget>

#include <optional>

class QCheckBox;
class QComboBox;
class QLabel;
class QSlider;

namespace diascope::ui {

class LegendBar;

/// Model overlay: on/off, method, class, opacity, threshold, colour map, grid, and the legend with its scale.
class OverlayControls final : public QWidget {
    Q_OBJECT
public:
    explicit OverlayControls(QWidget* parent = nullptr);

    /// What the package offers ("gradcam", "attention") and its classes, in order. Emits nothing.
    void setMethods(const QStringList& methods);
    void setClasses(const QStringList& classes, int chosen);
    void setOverlayVisible(bool visible);             ///< Emits nothing.
    void setOverlayStyle(const OverlayStyle& style);         ///< Emits nothing.
    [[nodiscard]] OverlayStyle overlayStyle() const;
    [[nodiscard]] bool overlayVisible() const;
    [[nodiscard]] QString method() const;
    [[nodiscard]] int classIndex() const;
    /// For the legend and the "nothing to show" line; nullopt: there is no map for the shown image (yet).
    void setExplanation(const std::optional<predict::Explanation>& explanation);
    void setRunning(bool running);                    ///< The map is being computed.

Q_SIGNALS:
    void visibleRequested(bool visible);
    void styleRequested(const diascope::ui::OverlayStyle& style);
    /// Another method or class was chosen.
    void explanationRequested(const QString& method, int classIndex);

private:
    void publishStyle();
    void requestExplanation();
    void refresh();

    QCheckBox* m_visible = nullptr;
    QComboBox* m_method = nullptr;
    QComboBox* m_class = nullptr;
    QComboBox* m_colourMap = nullptr;
    QComboBox* m_grid = nullptr;
    QSlider* m_opacity = nullptr;
    QSlider* m_threshold = nullptr;
    QLabel* m_opacityValue = nullptr;
    QLabel* m_thresholdValue = nullptr;
    QLabel* m_statement = nullptr;
    LegendBar* m_legend = nullptr;
    QWidget* m_body = nullptr;
    std::optional<predict::Explanation> m_explanation;
    bool m_running = false;
    bool m_quiet = false;
};

} // namespace diascope::ui
