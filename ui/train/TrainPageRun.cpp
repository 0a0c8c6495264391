// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/common/Text.h"
#include "ui/plots/CurvesView.h"
#include "ui/train/PlanForm.h"
#include "ui/train/ResultCard.h"
#include "ui/train/TrainPage.h"

#include <QLabel>
#include <QLocale>
#include <QPlainTextEdit>
#include <QProgressBar>
#include <QTabWidget>
#include <QTableWidget>

#include <algorithm>

// Shows a run: progress, curves, table, log, result.

namespace diascope::ui {

void TrainPage::clearRun()
{
    m_curves->clear();
    m_epochs->setRowCount(0);
    m_log->clear();
    m_resultCard->setResult(std::nullopt);
    m_progress->setValue(0);
    m_progressText->setText(tr("No run yet. The curves appear here while it trains."));
}

void TrainPage::setState(State state)
{
    if (state == State::Running && m_state == State::Idle) {
        clearRun();
        const pipeline::Plan plan = m_form->plan();
        m_trainings = plan.pretrain.enabled ? 1 : std::max(1, plan.split.folds * plan.split.repeats);
        m_progressText->setText(tr("Starting…"));
    } else if (state == State::Running && isHeld()) {
        m_progressText->setText(tr("Going on…"));
    } else if (state == State::Paused) {
        m_progressText->setText(tr("Paused. A batch that has begun is finished; what is done is kept."));
    } else if (state == State::NoRoom) {
        m_progressText->setText(tr("Paused: the disk is full. The run goes on by itself when there is room."));
    } else if (state == State::Stopping) {
        m_progressText->setText(tr("Stopping after this batch…"));
    }
    m_state = state;
    refresh();
}

void TrainPage::addEpoch(const train::EpochReport& report)
{
    m_curves->addEpoch(report);
    const int row = m_epochs->rowCount();
    m_epochs->insertRow(row);
    const auto figure = [](const std::optional<double>& value) { return value ? number(*value, 3) : QStringLiteral("–"); };
    const bool folds = report.repeat > 0 || report.fold > 0;
    const QStringList cells{folds ? tr("%1 (repeat %2, fold %3)").arg(report.epoch + 1).arg(report.repeat + 1).arg(report.fold + 1)
                                  : QString::number(report.epoch + 1),
                            number(report.train.loss, 4),
                            report.spread ? QStringLiteral("–") : number(report.validation.loss, 4),
                            figure(report.validation.auc),
                            figure(report.validation.accuracy),
                            report.learningRates.empty() ? QStringLiteral("–") : QLocale().toString(report.learningRates.front(), 'g', 3),
                            number(report.imagesPerSecond, 0),
                            number(report.idlePercent, 0),
                            number(report.seconds, 1),
                            report.best ? QStringLiteral("★") : QString()};
    for (int column = 0; column < cells.size(); ++column) {
        auto* item = new QTableWidgetItem(cells[column]);
        item->setTextAlignment((column + 1 < cells.size() ? Qt::AlignRight : Qt::AlignHCenter) | Qt::AlignVCenter);
        m_epochs->setItem(row, column, item);
    }
    m_epochs->scrollToBottom();
}

void TrainPage::setBatch(const train::BatchProgress& progress)
{
    if (m_state == State::Stopping || isHeld()) {
        return;
    }
    const double within = progress.batches > 0 ? static_cast<double>(progress.batch) / progress.batches : 0.0;
    // Folds may run side by side: what counts then is how many epochs have been reported.
    const double epochs = m_trainings > 1 ? m_epochs->rowCount() : progress.epoch;
    const double share = progress.epochs > 0 ? (epochs + within) / (static_cast<double>(progress.epochs) * m_trainings) : 0.0;
    m_progress->setValue(static_cast<int>(1000.0 * std::clamp(share, 0.0, 1.0)));
    QStringList parts{tr("Epoch %1 of %2").arg(progress.epoch + 1).arg(progress.epochs),
                      tr("batch %1 of %2").arg(progress.batch).arg(progress.batches),
                      tr("loss %1").arg(number(progress.loss, 4)),
                      tr("%1 images/s").arg(number(progress.imagesPerSecond, 0))};
    if (m_trainings > 1) {
        parts.prepend(tr("Repeat %1, fold %2").arg(progress.repeat + 1).arg(progress.fold + 1));
    }
    const QString left = m_trainings > 1 ? QString() : timeLeftText(progress.secondsLeft);
    if (!left.isEmpty()) {
        parts << left;
    }
    m_progressText->setText(parts.join(QStringLiteral(", ")));
}

void TrainPage::addMessage(const QString& text)
{
    m_log->appendPlainText(text);
}

void TrainPage::setResult(const RunResult& result)
{
    m_state = State::Idle;
    m_resultCard->setResult(result);
    switch (result.state) {
    case train::RunState::Finished:
        m_progress->setValue(1000);
        m_progressText->setText(tr("The run is finished."));
        break;
    case train::RunState::Stopped: m_progressText->setText(tr("The run was stopped.")); break;
    case train::RunState::Failed: m_progressText->setText(tr("The run failed.")); break;
    }
    refresh();
}

} // namespace diascope::ui
