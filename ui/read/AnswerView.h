// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "predict/Prediction.h"

#include <QWidget>

#include <optional>

class QLabel;

namespace diascope::ui {

class ClassBars;

/// One answer: verdict, bars, operating point, who answered, what the network saw, what it was computed from.
class AnswerView final : public QWidget {
    Q_OBJECT
public:
    explicit AnswerView(QWidget* parent = nullptr);
    /// nullopt empties every part of it.
    void setPrediction(const std::optional<predict::Prediction>& prediction);
    /// The part that says what the network saw and where the answer comes from; to be placed by the owner.
    [[nodiscard]] QWidget* evidence() const { return m_evidence; }

private:
    void showVerdict(const predict::Prediction& prediction);
    void showEvidence(const predict::Prediction& prediction);

    QLabel* m_verdict = nullptr;
    QLabel* m_operatingPoint = nullptr;
    QLabel* m_warning = nullptr;
    QWidget* m_evidence = nullptr;
    ClassBars* m_bars = nullptr;
    QLabel* m_folds = nullptr;
    QLabel* m_set = nullptr;
    QLabel* m_sawPicture = nullptr;
    QLabel* m_sawText = nullptr;
    QLabel* m_source = nullptr;
};

/// "KidneyNet 1.2 (3f9a2c1e)": the identity that stands beside every answer.
[[nodiscard]] QString packageTitle(const predict::PackageIdentity& package);
/// "Calibrated: temperature T=1.8", or that it is not.
[[nodiscard]] QString calibrationText(const predict::PackageIdentity& package);

} // namespace diascope::ui
