// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/train/DataCard.h"

#include "ui/common/Labels.h"
#include "ui/common/Text.h"

#include <QGridLayout>
#include <QLocale>
#include <QPlainTextEdit>
#include <QProgressBar>

#include <algorithm>

namespace diascope::ui {

namespace {

constexpr std::size_t kShownClasses = 12;

QString count(std::int64_t value)
{
    return QLocale().toString(static_cast<qlonglong>(value));
}

} // namespace

DataCard::DataCard(QWidget* parent)
    : QFrame(parent)
{
    setObjectName(QStringLiteral("dataCard"));
    setProperty("card", true);
    m_summary = makeLabel(QStringLiteral("dataSummaryLabel"));
    m_groups = makeLabel(QStringLiteral("dataGroupsLabel"), {}, QStringLiteral("muted"));
    m_classes = new QWidget;
    m_problemsTitle = makeLabel(QStringLiteral("dataProblemsLabel"), {}, QStringLiteral("warning"));
    m_problems = new QPlainTextEdit;
    m_problems->setObjectName(QStringLiteral("dataProblemsEdit"));
    m_problems->setAccessibleName(tr("What is wrong with the data"));
    m_problems->setReadOnly(true);
    m_problems->setTabChangesFocus(true);
    m_problems->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(10, 8, 10, 8);
    layout->setSpacing(5);
    for (QWidget* part : std::initializer_list<QWidget*>{m_summary, m_groups, m_classes, m_problemsTitle, m_problems}) {
        layout->addWidget(part);
    }
    showSummary(std::nullopt);
}

void DataCard::showBusy(const QString& text)
{
    showSummary(std::nullopt);
    m_summary->setText(text);
}

void DataCard::showError(const base::Error& error)
{
    showSummary(std::nullopt);
    const QString subject = safeText(error.subject());
    m_summary->setText(QStringLiteral("%1: %2\n%3\n%4")
                           .arg(errorTitle(error.code()), subject, safeText(error.detail()), errorRemedy(error.code())));
    setRole(m_summary, QStringLiteral("danger"));
}

void DataCard::showSummary(const std::optional<DataSummary>& summary)
{
    setRole(m_summary, summary ? QString() : QStringLiteral("muted"));
    m_summary->setText(tr("Choose a CSV file with labels, or a folder with one folder for each class."));
    for (QWidget* part : std::initializer_list<QWidget*>{m_groups, m_classes, m_problemsTitle, m_problems}) {
        part->setVisible(false);
    }
    if (!summary) {
        return;
    }
    m_summary->setText(summary->labelled
                           ? tr("%1 images, %2 classes").arg(count(summary->samples), count(static_cast<std::int64_t>(summary->classes.size())))
                           : tr("%1 images; labels are not looked at").arg(count(summary->samples)));
    QString groups = summary->groups > 0 ? tr("%1 patients").arg(count(summary->groups)) : tr("Patients unknown: each image counts as one");
    if (!summary->grouping.empty()) {
        groups += QStringLiteral(" (%1)").arg(safeText(summary->grouping));
    }
    if (summary->trainingSamples > 0) {
        groups += QLatin1Char('\n') + tr("%1 for training, %2 for validation").arg(count(summary->trainingSamples), count(summary->validationSamples));
    }
    m_groups->setText(groups);
    m_groups->setVisible(true);
    showClasses(*summary);
    if (!summary->problems.empty()) {
        QStringList lines;
        for (const base::Problem& problem : summary->problems) {
            lines << QStringLiteral("%1: %2").arg(safeText(problem.subject), safeText(problem.detail));
        }
        m_problemsTitle->setText(lines.size() == 1 ? tr("1 thing to look at") : tr("%1 things to look at").arg(lines.size()));
        m_problems->setPlainText(lines.join(QLatin1Char('\n')));
        // Two lines of text for each entry, up to six lines; the rest scrolls.
        const int shown = std::min(6, 2 * static_cast<int>(lines.size()));
        m_problems->setFixedHeight(shown * m_problems->fontMetrics().lineSpacing() + 16);
        m_problemsTitle->setVisible(true);
        m_problems->setVisible(true);
    }
}

void DataCard::showClasses(const DataSummary& summary)
{
    auto* fresh = new QWidget;
    auto* grid = new QGridLayout(fresh);
    grid->setContentsMargins(0, 2, 0, 2);
    grid->setHorizontalSpacing(8);
    grid->setVerticalSpacing(3);
    grid->setColumnStretch(1, 1);
    const double all = std::max<double>(1.0, static_cast<double>(summary.samples));
    for (std::size_t i = 0; i < std::min(kShownClasses, summary.classes.size()); ++i) {
        const auto& [name, samples] = summary.classes[i];
        const int row = static_cast<int>(i);
        auto* bar = new QProgressBar;
        bar->setTextVisible(false);
        bar->setRange(0, 1000);
        bar->setValue(static_cast<int>(1000.0 * static_cast<double>(samples) / all));
        auto* label = makeLabel(QStringLiteral("classNameLabel"), fresh->fontMetrics().elidedText(safeText(name), Qt::ElideRight, 130));
        label->setToolTip(plainToolTip(safeText(name)));
        label->setWordWrap(false);
        auto* figure = makeLabel(QStringLiteral("classCountLabel"),
                                 tr("%1 (%2 %)").arg(count(samples), number(100.0 * static_cast<double>(samples) / all, 1)));
        figure->setWordWrap(false);
        grid->addWidget(label, row, 0);
        grid->addWidget(bar, row, 1);
        grid->addWidget(figure, row, 2, Qt::AlignRight);
    }
    if (summary.classes.size() > kShownClasses) {
        grid->addWidget(makeLabel(QStringLiteral("moreClassesLabel"), tr("and %1 more").arg(summary.classes.size() - kShownClasses),
                                  QStringLiteral("muted")),
                        static_cast<int>(kShownClasses), 0, 1, 3);
    }
    static_cast<QVBoxLayout*>(layout())->replaceWidget(m_classes, fresh);
    m_classes->deleteLater();
    m_classes = fresh;
    m_classes->setVisible(!summary.classes.empty());
}

} // namespace diascope::ui
