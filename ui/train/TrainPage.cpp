// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/train/TrainPage.h"

#include "ui/common/Icon.h"
#include "ui/common/Labels.h"
#include "ui/common/Text.h"
#include "ui/plots/CurvesView.h"
#include "ui/train/DataCard.h"
#include "ui/train/PlanForm.h"
#include "ui/train/ResultCard.h"

#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QPlainTextEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QTabWidget>
#include <QTableWidget>

#include <algorithm>

// Set-up side and state of the page; TrainPageLayout.cpp builds it, TrainPageRun.cpp shows a run.

namespace diascope::ui {

void TrainPage::setRecipes(const std::vector<pipeline::Recipe>& recipes)
{
    m_recipes = recipes;
    m_recipe->clear();
    for (const pipeline::Recipe& recipe : recipes) {
        m_recipe->addItem(safeText(recipe.title.empty() ? recipe.name : recipe.title));
    }
    m_recipe->setEnabled(!recipes.empty());
    if (!recipes.empty()) {
        chooseRecipe(0);
    }
}

void TrainPage::setDevices(const QStringList& devices)
{
    m_form->setDevices(devices);
}

void TrainPage::setArchitectures(const QStringList& names)
{
    m_form->setArchitectures(names);
}

void TrainPage::setPlan(const pipeline::Plan& plan)
{
    pipeline::Plan shown = plan;
    if (shown.data.source.empty()) {
        shown.data.source = m_source->text().toStdString();
    }
    m_form->setPlan(shown);
    publishPlan();
}

pipeline::Plan TrainPage::plan() const
{
    pipeline::Plan plan = m_form->plan();
    plan.data.source = m_source->text().toStdString();
    return plan;
}

void TrainPage::setPlanProblems(const std::vector<base::Problem>& problems)
{
    QStringList lines;
    for (const base::Problem& problem : problems) {
        lines << QStringLiteral("%1: %2").arg(safeText(problem.subject), safeText(problem.detail));
    }
    m_problems->setText(lines.join(QLatin1Char('\n')));
    m_problems->setVisible(!lines.isEmpty());
    m_planGood = lines.isEmpty();
    refresh();
}

void TrainPage::setEstimate(const QString& text)
{
    m_estimate->setText(text);
    m_estimate->setVisible(!text.isEmpty());
}

void TrainPage::setRunFolder(const QString& folder)
{
    m_runFolder->setText(folder);
}

QString TrainPage::runFolder() const
{
    return m_runFolder->text();
}

void TrainPage::setFileChooser(FileChooser chooser)
{
    m_chooser = std::move(chooser);
}

void TrainPage::setDataSource(const QString& path)
{
    m_source->setText(path);
    m_dataGood = false;
    m_dataBusy = false;
    m_data->showSummary(std::nullopt);
    if (!path.isEmpty()) {
        Q_EMIT dataSourceChosen(path);
    }
    publishPlan();
}

void TrainPage::setDataBusy(const QString& text)
{
    m_dataGood = false;
    m_dataBusy = true;
    m_data->showBusy(text);
    refresh();
}

void TrainPage::setDataSummary(const std::optional<DataSummary>& summary)
{
    m_dataBusy = false;
    m_dataGood = summary && summary->samples > 1 && (!summary->labelled || summary->classes.size() > 1);
    m_data->showSummary(summary);
    refresh();
}

void TrainPage::setDataError(const base::Error& error)
{
    m_dataBusy = false;
    m_dataGood = false;
    m_data->showError(error);
    refresh();
}

void TrainPage::chooseRecipe(int index)
{
    if (index < 0 || index >= static_cast<int>(m_recipes.size())) {
        return;
    }
    const pipeline::Recipe& recipe = m_recipes[static_cast<std::size_t>(index)];
    m_recipe->setCurrentIndex(index);
    m_recipeSummary->setText(safeText(recipe.summary));
    m_recipeSummary->setVisible(!recipe.summary.empty());
    m_form->setBaseline(recipe.plan);
    pipeline::Plan plan = recipe.plan;
    plan.recipe = recipe.name;
    m_form->setPlan(plan);
    publishPlan();
}

void TrainPage::askForSource(bool folder)
{
    const FileQuestion question{folder ? FileQuestion::Kind::OpenFolder : FileQuestion::Kind::OpenFiles,
                                folder ? tr("Folder with one folder for each class") : tr("CSV file with labels"),
                                m_source->text(), folder ? QString() : tr("CSV files (*.csv);;All files (*)")};
    m_chooser(this, question, [this](const QStringList& paths) { setDataSource(paths.value(0)); });
}

void TrainPage::publishPlan()
{
    Q_EMIT planChanged(std::make_shared<const pipeline::Plan>(plan()));
    refresh();
}

void TrainPage::refresh()
{
    const bool idle = m_state == State::Idle;
    m_form->setLocked(!idle);
    for (QWidget* widget : std::initializer_list<QWidget*>{m_csvButton, m_folderButton, m_source, m_runFolder, m_runFolderButton}) {
        widget->setEnabled(idle);
    }
    m_recipe->setEnabled(idle && !m_recipes.empty());
    QString missing;
    if (m_source->text().isEmpty()) {
        missing = tr("Choose the data first.");
    } else if (m_dataBusy) {
        missing = tr("The data are being read.");
    } else if (!m_dataGood) {
        missing = tr("The data cannot be trained on as they are.");
    } else if (!m_planGood) {
        missing = tr("Correct the settings named above.");
    } else if (m_runFolder->text().isEmpty()) {
        missing = tr("Choose a folder for the run.");
    }
    m_start->setEnabled(idle && missing.isEmpty());
    m_pause->setEnabled(m_state == State::Running || isHeld());
    m_pause->setText(isHeld() ? tr("Resume") : tr("Pause"));
    m_pause->setIcon(icon(isHeld() ? QStringLiteral("play") : QStringLiteral("pause")));
    m_stop->setEnabled(m_state == State::Running || isHeld());
    m_stop->setText(m_state == State::Stopping ? tr("Stopping…") : tr("Stop"));
    m_hint->setText(idle ? missing : QString());
    m_hint->setVisible(idle && !missing.isEmpty());
}

void TrainPage::start()
{
    if (m_start->isEnabled()) {
        Q_EMIT startRequested(std::make_shared<const pipeline::Plan>(plan()), m_runFolder->text());
    }
}

} // namespace diascope::ui
