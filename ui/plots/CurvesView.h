// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "train/EpochReport.h"

#include <QWidget>

#include <map>
#include <utility>
#include <vector>

class QCPGraph;
class QCPItemStraightLine;
class QCustomPlot;

namespace diascope::ui {

/// Live curves of a run: loss of the training and validation parts, and AUC of the validation part with its best epoch marked.
/// Further folds are drawn as thinner lines of the same colours.
class CurvesView final : public QWidget {
    Q_OBJECT
public:
    explicit CurvesView(QWidget* parent = nullptr);
    void clear();
    void addEpoch(const train::EpochReport& report);

    /// Number of points of "training loss", "validation loss", "validation AUC" over all folds, and the marked epoch (1-based, 0 = none).
    [[nodiscard]] int trainingPoints() const;
    [[nodiscard]] int validationPoints() const;
    [[nodiscard]] int aucPoints() const;
    [[nodiscard]] int bestEpoch() const { return m_bestEpoch; }

protected:
    void changeEvent(QEvent* event) override;

private:
    struct FoldCurves {
        QCPGraph* trainingLoss = nullptr;
        QCPGraph* validationLoss = nullptr;
        QCPGraph* auc = nullptr;
    };
    [[nodiscard]] FoldCurves& curvesOf(const train::EpochReport& report);
    [[nodiscard]] QCustomPlot* makePlot(const QString& name, const QString& title, const QString& yLabel);
    void markBest(int epoch);
    void scale();
    void colourPlot(QCustomPlot& plot) const;
    void applyColours();

    QCustomPlot* m_loss = nullptr;
    QCustomPlot* m_auc = nullptr;
    QCPItemStraightLine* m_lossMark = nullptr;
    QCPItemStraightLine* m_aucMark = nullptr;
    std::map<std::pair<int, int>, FoldCurves> m_folds;
    int m_bestEpoch = 0;
    int m_epochs = 1;
};

} // namespace diascope::ui
