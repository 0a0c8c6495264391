// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "predict/Prediction.h"

#include <QString>
#include <QWidget>

#include <optional>

class QLabel;
class QPushButton;

namespace diascope::ui {

class AnswerView;
class OverlayControls;

/// The model's answer for the shown image: classes with bars and numbers, verdict at the operating point, who answered, what the
/// network saw, and the controls of the overlay. It shows an answer only between setPrediction() and the next clear().
class ResultPanel final : public QWidget {
    Q_OBJECT
public:
    enum class State { NoPackage, Ready, Running, Answer, Failed };
    Q_ENUM(State)

    explicit ResultPanel(QWidget* parent = nullptr);

    /// Drops the answer: back to Ready (or NoPackage).
    void clear();
    /// The package that will answer; nullopt = none is open.
    void setPackage(const std::optional<predict::PackageIdentity>& package);
    void setRunning();
    void setPrediction(const predict::Prediction& prediction);
    void setError(const QString& text);
    [[nodiscard]] State state() const { return m_state; }
    [[nodiscard]] OverlayControls& overlayControls() const { return *m_overlay; }

Q_SIGNALS:
    void packageRequested();          ///< "Open model package..." was pressed.
    void predictionRequested();       ///< "Ask the model" was pressed.

private:
    [[nodiscard]] static QWidget* makeLine();
    void showPackage(const std::optional<predict::PackageIdentity>& package);
    void setState(State state);

    State m_state = State::NoPackage;
    std::optional<predict::PackageIdentity> m_package;
    QLabel* m_packageLine = nullptr;
    QLabel* m_packageDetail = nullptr;
    QLabel* m_calibration = nullptr;
    QLabel* m_message = nullptr;
    QWidget* m_overlayLine = nullptr;
    QWidget* m_evidenceLine = nullptr;
    QPushButton* m_openButton = nullptr;
    QPushButton* m_askButton = nullptr;
    AnswerView* m_answer = nullptr;
    OverlayControls* m_overlay = nullptr;
};

} // namespace diascope::ui
