// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/plots/CurvesView.h"

#include "ui/common/Theme.h"
#include "ui/plots/QCustomPlotWrapper.h"

#include <QEvent>
#include <QHBoxLayout>

#include <algorithm>

namespace diascope::ui {

CurvesView::CurvesView(QWidget* parent)
    : QWidget(parent)
{
    setObjectName(QStringLiteral("curvesView"));
    m_loss = makePlot(QStringLiteral("lossPlot"), tr("Loss"), tr("Mean loss per image"));
    m_auc = makePlot(QStringLiteral("aucPlot"), tr("Validation AUC"), tr("AUC (0.5 to 1)"));
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(8);
    layout->addWidget(m_loss, 1);
    layout->addWidget(m_auc, 1);
    clear();
}

QCustomPlot* CurvesView::makePlot(const QString& name, const QString& title, const QString& yLabel)
{
    auto* plot = new QCustomPlot;
    plot->setObjectName(name);
    plot->setAccessibleName(title);
    plot->setMinimumSize(240, 180);
    plot->plotLayout()->insertRow(0);
    auto* heading = new QCPTextElement(plot, title);
    QFont bold = font();
    bold.setBold(true);
    heading->setFont(bold);
    plot->plotLayout()->addElement(0, 0, heading);
    plot->xAxis->setLabel(tr("Epoch"));
    plot->yAxis->setLabel(yLabel);
    const QSharedPointer<QCPAxisTickerFixed> whole(new QCPAxisTickerFixed);
    whole->setTickStep(1.0);
    whole->setScaleStrategy(QCPAxisTickerFixed::ssMultiples);
    plot->xAxis->setTicker(whole);
    plot->axisRect()->insetLayout()->setInsetAlignment(0, Qt::AlignTop | Qt::AlignRight);
    return plot;
}

void CurvesView::clear()
{
    m_folds.clear();
    m_bestEpoch = 0;
    m_epochs = 1;
    for (QCustomPlot* plot : {m_loss, m_auc}) {
        plot->clearGraphs();
        plot->clearItems();
        plot->legend->setVisible(false);
    }
    m_lossMark = nullptr;
    m_aucMark = nullptr;
    m_auc->setVisible(true);
    scale();
    applyColours();
}

CurvesView::FoldCurves& CurvesView::curvesOf(const train::EpochReport& report)
{
    const auto key = std::pair(report.repeat, report.fold);
    const auto known = m_folds.find(key);
    if (known != m_folds.end()) {
        return known->second;
    }
    const bool first = m_folds.empty();
    FoldCurves& made = m_folds[key];
    made.trainingLoss = m_loss->addGraph();
    made.trainingLoss->setName(tr("Training"));
    made.validationLoss = m_loss->addGraph();
    made.validationLoss->setName(tr("Validation"));
    if (report.spread) {
        made.validationLoss->removeFromLegend();
    }
    made.auc = m_auc->addGraph();
    made.auc->setName(tr("Validation AUC"));
    if (!first) {
        made.trainingLoss->removeFromLegend();
        made.validationLoss->removeFromLegend();
        made.auc->removeFromLegend();
    }
    m_loss->legend->setVisible(true);
    applyColours();
    return made;
}

void CurvesView::addEpoch(const train::EpochReport& report)
{
    FoldCurves& curves = curvesOf(report);
    const double epoch = report.epoch + 1;
    m_epochs = std::max({m_epochs, report.epoch + 1, report.epochs});
    curves.trainingLoss->addData(epoch, report.train.loss);
    m_auc->setVisible(!report.spread); // without labels there is no AUC
    if (!report.spread) {
        curves.validationLoss->addData(epoch, report.validation.loss);
    }
    if (report.validation.auc) {
        curves.auc->addData(epoch, *report.validation.auc);
    }
    if (report.best) {
        markBest(report.epoch + 1);
    }
    scale();
    m_loss->replot(QCustomPlot::rpQueuedReplot);
    m_auc->replot(QCustomPlot::rpQueuedReplot);
}

void CurvesView::markBest(int epoch)
{
    m_bestEpoch = epoch;
    const auto mark = [epoch](QCustomPlot& plot, QCPItemStraightLine*& line) {
        if (!line) {
            line = new QCPItemStraightLine(&plot);
        }
        line->point1->setCoords(epoch, 0.0);
        line->point2->setCoords(epoch, 1.0);
    };
    mark(*m_loss, m_lossMark);
    mark(*m_auc, m_aucMark);
    applyColours();
}

void CurvesView::scale()
{
    for (QCustomPlot* plot : {m_loss, m_auc}) {
        plot->xAxis->setRange(0.5, std::max(5, m_epochs) + 0.5);
    }
    double highest = 0.0;
    double lowest = 0.0; // the loss of a training without labels is negative
    double lowestAuc = 0.5;
    for (const auto& [key, curves] : m_folds) {
        for (const QCPGraph* graph : {curves.trainingLoss, curves.validationLoss}) {
            for (const QCPGraphData& point : *graph->data()) {
                highest = std::max(highest, point.value);
                lowest = std::min(lowest, point.value);
            }
        }
        for (const QCPGraphData& point : *curves.auc->data()) {
            lowestAuc = std::min(lowestAuc, point.value);
        }
    }
    m_loss->yAxis->setRange(lowest * 1.08, highest > 0.0 ? highest * 1.08 : lowest < 0.0 ? 0.0 : 1.0);
    m_auc->yAxis->setRange(std::max(0.0, lowestAuc - 0.03), 1.02);
}

void CurvesView::colourPlot(QCustomPlot& plot) const
{
    const ThemeColours& colours = themeColours(palette());
    plot.setBackground(colours.panel);
    plot.axisRect()->setBackground(colours.field);
    for (QCPAxis* axis : {plot.xAxis, plot.yAxis}) {
        axis->setBasePen(QPen(colours.border));
        axis->setTickPen(QPen(colours.textMuted));
        axis->setSubTickPen(QPen(Qt::NoPen));
        axis->setTickLabelColor(colours.text);
        axis->setLabelColor(colours.text);
        axis->setTickLabelFont(font());
        axis->setLabelFont(font());
        axis->grid()->setPen(QPen(colours.border, 1, Qt::DotLine));
        axis->grid()->setZeroLinePen(QPen(Qt::NoPen));
    }
    plot.legend->setBrush(colours.panel);
    plot.legend->setBorderPen(QPen(colours.border));
    plot.legend->setTextColor(colours.text);
    plot.legend->setFont(font());
    if (auto* heading = qobject_cast<QCPTextElement*>(plot.plotLayout()->element(0, 0))) {
        heading->setTextColor(colours.text);
    }
}

void CurvesView::applyColours()
{
    const ThemeColours& colours = themeColours(palette());
    colourPlot(*m_loss);
    colourPlot(*m_auc);
    bool first = true;
    for (auto& [key, curves] : m_folds) {
        const double width = first ? 2.0 : 1.0;
        const auto dots = QCPScatterStyle(QCPScatterStyle::ssDisc, first ? 5.0 : 3.0);
        curves.trainingLoss->setPen(QPen(colours.curves[0], width));
        curves.validationLoss->setPen(QPen(colours.curves[1], width));
        curves.auc->setPen(QPen(colours.curves[2], width));
        for (QCPGraph* graph : {curves.trainingLoss, curves.validationLoss, curves.auc}) {
            graph->setScatterStyle(dots);
        }
        first = false;
    }
    for (QCPItemStraightLine* mark : {m_lossMark, m_aucMark}) {
        if (mark) {
            mark->setPen(QPen(colours.curves[3], 1.5, Qt::DashLine));
        }
    }
    for (QCustomPlot* plot : {m_loss, m_auc}) {
        if (auto* heading = qobject_cast<QCPTextElement*>(plot->plotLayout()->element(0, 0)); heading && plot == m_auc) {
            heading->setText(m_bestEpoch > 0 ? tr("Validation AUC (dashed: best epoch, %1)").arg(m_bestEpoch) : tr("Validation AUC"));
        }
        plot->replot(QCustomPlot::rpQueuedReplot);
    }
}

int CurvesView::trainingPoints() const
{
    int count = 0;
    for (const auto& [key, curves] : m_folds) {
        count += curves.trainingLoss->dataCount();
    }
    return count;
}

int CurvesView::validationPoints() const
{
    int count = 0;
    for (const auto& [key, curves] : m_folds) {
        count += curves.validationLoss->dataCount();
    }
    return count;
}

int CurvesView::aucPoints() const
{
    int count = 0;
    for (const auto& [key, curves] : m_folds) {
        count += curves.auc->dataCount();
    }
    return count;
}

void CurvesView::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::StyleChange) {
        applyColours();
    }
}

} // namespace diascope::ui
