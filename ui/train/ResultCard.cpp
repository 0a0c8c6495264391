// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/train/ResultCard.h"

#include "ui/common/Icon.h"
#include "ui/common/Labels.h"
#include "ui/common/Text.h"

#include <QGridLayout>
#include <QPushButton>

namespace diascope::ui {

QString figureText(const ResultFigure& figure)
{
    QString text = number(figure.value, 3);
    if (figure.low && figure.high) {
        text = ResultCard::tr("%1 (%2 to %3)").arg(text, number(*figure.low, 3), number(*figure.high, 3));
    }
    const QString unit = safeText(figure.unit);
    return unit.isEmpty() ? text : QStringLiteral("%1 %2").arg(text, unit);
}

namespace {

QString finishedText(const RunResult& result)
{
    if (result.bestEpoch < 0) {
        return ResultCard::tr("Finished");
    }
    return result.keptEpoch < 0 || result.keptEpoch == result.bestEpoch
        ? ResultCard::tr("Finished, best epoch %1").arg(result.bestEpoch + 1)
        : ResultCard::tr("Finished, epoch %1 is kept, the best was %2").arg(result.keptEpoch + 1).arg(result.bestEpoch + 1);
}

} // namespace

ResultCard::ResultCard(QWidget* parent)
    : QFrame(parent)
{
    setObjectName(QStringLiteral("resultCard"));
    setProperty("card", true);
    m_title = makeLabel(QStringLiteral("runStateLabel"), {}, QStringLiteral("title"));
    m_message = makeLabel(QStringLiteral("runMessageLabel"));
    m_message->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_figures = new QWidget;
    m_place = makeLabel(QStringLiteral("runPlaceLabel"), {}, QStringLiteral("muted"));
    m_place->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_open = new QPushButton(icon(QStringLiteral("read")), tr("Open package in Read"));
    m_open->setObjectName(QStringLiteral("openPackageInReadButton"));
    m_open->setProperty("primary", true);
    auto* head = new QHBoxLayout;
    head->addWidget(m_title, 1);
    head->addWidget(m_open);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(12, 8, 12, 10);
    layout->setSpacing(5);
    layout->addLayout(head);
    layout->addWidget(m_message);
    layout->addWidget(m_figures);
    layout->addWidget(m_place);
    connect(m_open, &QPushButton::clicked, this, [this] { Q_EMIT openPackageRequested(m_package); });
    setResult(std::nullopt);
}

void ResultCard::setResult(const std::optional<RunResult>& result)
{
    setVisible(result.has_value());
    if (!result) {
        return;
    }
    switch (result->state) {
    case train::RunState::Finished:
        m_title->setText(finishedText(*result));
        break;
    case train::RunState::Stopped: m_title->setText(tr("Stopped; what was done is kept")); break;
    case train::RunState::Failed: m_title->setText(tr("Failed")); break;
    }
    QString message = safeText(result->message);
    if (!result->weights.empty()) {
        message = tr("No package comes of a training without labels. Its weights are in %1: choose another recipe and name this file under \"Start weights\".")
                      .arg(safeText(result->weights));
    }
    m_message->setText(message);
    m_message->setVisible(!message.isEmpty());
    setRole(m_message, result->state == train::RunState::Failed ? QStringLiteral("danger") : QString());

    auto* fresh = new QWidget;
    auto* grid = new QGridLayout(fresh);
    grid->setContentsMargins(0, 2, 0, 2);
    grid->setHorizontalSpacing(18);
    grid->setVerticalSpacing(3);
    grid->setColumnStretch(2, 1);
    int row = 0;
    for (const ResultFigure& figure : result->figures) {
        auto* name = makeLabel(QStringLiteral("figureNameLabel"), safeText(figure.name));
        auto* value = makeLabel(QStringLiteral("figureValueLabel"), figureText(figure));
        name->setWordWrap(false);
        value->setWordWrap(false);
        grid->addWidget(name, row, 0);
        grid->addWidget(value, row, 1);
        grid->addWidget(makeLabel(QStringLiteral("figureNoteLabel"), safeText(figure.note), QStringLiteral("muted")), row, 2);
        ++row;
    }
    static_cast<QVBoxLayout*>(layout())->replaceWidget(m_figures, fresh);
    m_figures->deleteLater();
    m_figures = fresh;
    m_figures->setVisible(!result->figures.empty());

    m_place->setText(tr("Run folder: %1").arg(safeText(result->runFolder)));
    m_place->setVisible(!result->runFolder.empty());
    m_package = QString::fromStdString(result->package);
    m_open->setVisible(!result->package.empty());
}

} // namespace diascope::ui
