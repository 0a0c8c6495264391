// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/common/Icon.h"
#include "ui/common/Labels.h"
#include "ui/plots/CurvesView.h"
#include "ui/train/DataCard.h"
#include "ui/train/PlanForm.h"
#include "ui/train/ResultCard.h"
#include "ui/train/TrainPage.h"

#include <QComboBox>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollArea>
#include <QSplitter>
#include <QTabWidget>
#include <QTableWidget>
#include <QVBoxLayout>

// Builds the page.

namespace diascope::ui {

TrainPage::TrainPage(QWidget* parent)
    : QWidget(parent)
    , m_chooser(dialogFileChooser())
{
    setObjectName(QStringLiteral("trainPage"));
    auto* splitter = new QSplitter(Qt::Horizontal);
    splitter->setObjectName(QStringLiteral("trainSplitter"));
    splitter->setHandleWidth(1);
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(makeSetup());
    splitter->addWidget(makeRunView());
    splitter->setStretchFactor(0, 0);
    splitter->setStretchFactor(1, 1);
    splitter->setSizes({385, 800});
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(splitter);
    connectParts();
    clearRun();
    refresh();
}

QWidget* TrainPage::makeSource()
{
    auto* box = new QWidget;
    m_source = new QLineEdit;
    m_source->setObjectName(QStringLiteral("dataSourceEdit"));
    m_source->setReadOnly(true);
    m_source->setPlaceholderText(tr("No data chosen"));
    m_source->setAccessibleName(tr("Data source"));
    m_csvButton = new QPushButton(icon(QStringLiteral("open")), tr("CSV file…"));
    m_csvButton->setObjectName(QStringLiteral("csvButton"));
    m_folderButton = new QPushButton(icon(QStringLiteral("folder")), tr("Folder…"));
    m_folderButton->setObjectName(QStringLiteral("classFolderButton"));
    m_data = new DataCard;
    auto* buttons = new QHBoxLayout;
    buttons->addWidget(m_csvButton);
    buttons->addWidget(m_folderButton);
    auto* layout = new QVBoxLayout(box);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(6);
    layout->addWidget(makeLabel(QStringLiteral("dataTitleLabel"), tr("Data"), QStringLiteral("title")));
    layout->addWidget(m_source);
    layout->addLayout(buttons);
    layout->addWidget(m_data);
    return box;
}

QWidget* TrainPage::makeOutput()
{
    auto* box = new QWidget;
    m_runFolder = new QLineEdit;
    m_runFolder->setObjectName(QStringLiteral("runFolderEdit"));
    m_runFolder->setAccessibleName(tr("Run folder"));
    m_runFolder->setPlaceholderText(tr("Where the run and its model package are written"));
    m_runFolderButton = new QPushButton(tr("Choose…"));
    m_runFolderButton->setObjectName(QStringLiteral("runFolderButton"));
    auto* line = new QHBoxLayout;
    line->addWidget(m_runFolder, 1);
    line->addWidget(m_runFolderButton);
    auto* layout = new QVBoxLayout(box);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(6);
    layout->addWidget(makeLabel(QStringLiteral("outputTitleLabel"), tr("Run folder"), QStringLiteral("title")));
    layout->addLayout(line);
    return box;
}

QWidget* TrainPage::makeSetup()
{
    m_recipe = new QComboBox;
    m_recipe->setObjectName(QStringLiteral("recipeComboBox"));
    m_recipe->setAccessibleName(tr("Recipe"));
    m_recipe->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_recipe->setEnabled(false);
    m_recipeSummary = makeLabel(QStringLiteral("recipeSummaryLabel"), {}, QStringLiteral("muted"));
    m_recipeSummary->hide();
    m_form = new PlanForm;

    auto* body = new QWidget;
    body->setObjectName(QStringLiteral("scrollBody"));
    auto* column = new QVBoxLayout(body);
    column->setContentsMargins(14, 10, 14, 14);
    column->setSpacing(8);
    column->addWidget(makeSource());
    column->addSpacing(6);
    column->addWidget(makeLabel(QStringLiteral("recipeTitleLabel"), tr("Recipe"), QStringLiteral("title")));
    column->addWidget(m_recipe);
    column->addWidget(m_recipeSummary);
    column->addSpacing(6);
    column->addWidget(makeOutput());
    column->addSpacing(6);
    column->addWidget(m_form);
    column->addStretch(1);
    auto* scroll = new QScrollArea;
    scroll->setObjectName(QStringLiteral("setupScrollArea"));
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setWidget(body);

    m_estimate = makeLabel(QStringLiteral("estimateLabel"), {}, QStringLiteral("muted"));
    m_estimate->hide();
    m_problems = makeLabel(QStringLiteral("planProblemsLabel"), {}, QStringLiteral("danger"));
    m_problems->hide();
    m_hint = makeLabel(QStringLiteral("startHintLabel"), {}, QStringLiteral("muted"));
    m_start = new QPushButton(tr("Start"));
    m_start->setObjectName(QStringLiteral("startButton"));
    m_start->setProperty("primary", true);
    m_pause = new QPushButton(tr("Pause"));
    m_pause->setObjectName(QStringLiteral("pauseButton"));
    m_pause->setToolTip(tr("Hold the run before its next batch; what is done is kept"));
    m_stop = new QPushButton(icon(QStringLiteral("stop")), tr("Stop"));
    m_stop->setObjectName(QStringLiteral("stopButton"));
    auto* buttons = new QHBoxLayout;
    buttons->addWidget(m_start, 1);
    buttons->addWidget(m_pause, 1);
    buttons->addWidget(m_stop, 1);
    auto* foot = new QVBoxLayout;
    foot->setContentsMargins(14, 8, 14, 12);
    foot->setSpacing(6);
    for (QWidget* widget : std::initializer_list<QWidget*>{m_estimate, m_problems, m_hint}) {
        foot->addWidget(widget);
    }
    foot->addLayout(buttons);

    auto* side = new QWidget;
    side->setProperty("panel", true);
    side->setAttribute(Qt::WA_StyledBackground);
    side->setMinimumWidth(360);
    auto* outer = new QVBoxLayout(side);
    outer->setContentsMargins(0, 0, 0, 0);
    outer->setSpacing(0);
    outer->addWidget(scroll, 1);
    outer->addLayout(foot);
    return side;
}

QTableWidget* TrainPage::makeEpochTable()
{
    const QStringList columns{tr("Epoch"),    tr("Loss, train"), tr("Loss, val."), tr("AUC, val."), tr("Acc., val."),
                              tr("Rate"),     tr("Images/s"),    tr("Wait, %"),    tr("Time, s"),   tr("Best")};
    const QStringList meanings{tr("Epoch"),
                               tr("Mean loss of the training part"),
                               tr("Mean loss of the validation part"),
                               tr("Area under the ROC curve of the validation part"),
                               tr("Accuracy of the validation part"),
                               tr("Learning rate of the head"),
                               tr("Images per second"),
                               tr("Share of the time in which the device waited for data"),
                               tr("Seconds for the epoch"),
                               tr("Epochs that were the best so far")};
    auto* table = new QTableWidget(0, static_cast<int>(columns.size()));
    table->setObjectName(QStringLiteral("epochTable"));
    table->setAccessibleName(tr("Epochs"));
    table->setHorizontalHeaderLabels(columns);
    table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    table->setSelectionBehavior(QAbstractItemView::SelectRows);
    table->setAlternatingRowColors(true);
    table->setTabKeyNavigation(false);
    for (int column = 0; column < columns.size(); ++column) {
        table->horizontalHeaderItem(column)->setToolTip(meanings[column]);
    }
    table->verticalHeader()->hide();
    table->verticalHeader()->setDefaultSectionSize(table->fontMetrics().height() + 8);
    table->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    table->horizontalHeader()->setStretchLastSection(true);
    return table;
}

QWidget* TrainPage::makeRunView()
{
    m_curves = new CurvesView;
    m_progress = new QProgressBar;
    m_progress->setObjectName(QStringLiteral("trainProgressBar"));
    m_progress->setAccessibleName(tr("Progress of the run"));
    m_progress->setTextVisible(false);
    m_progress->setRange(0, 1000);
    m_progressText = makeLabel(QStringLiteral("trainProgressLabel"));
    m_progressText->setWordWrap(false);
    m_epochs = makeEpochTable();
    m_log = new QPlainTextEdit;
    m_log->setObjectName(QStringLiteral("trainLogEdit"));
    m_log->setAccessibleName(tr("Log"));
    m_log->setReadOnly(true);
    m_log->setTabChangesFocus(true);
    m_log->setMaximumBlockCount(5000);
    m_tabs = new QTabWidget;
    m_tabs->setObjectName(QStringLiteral("trainTabs"));
    m_tabs->addTab(m_epochs, tr("Epochs"));
    m_tabs->addTab(m_log, tr("Log"));
    m_resultCard = new ResultCard;

    auto* view = new QWidget;
    auto* layout = new QVBoxLayout(view);
    layout->setContentsMargins(14, 10, 14, 12);
    layout->setSpacing(8);
    layout->addWidget(m_progressText);
    layout->addWidget(m_progress);
    layout->addWidget(m_resultCard);
    layout->addWidget(m_curves, 3);
    layout->addWidget(m_tabs, 2);
    return view;
}

void TrainPage::connectParts()
{
    connect(m_csvButton, &QPushButton::clicked, this, [this] { askForSource(false); });
    connect(m_folderButton, &QPushButton::clicked, this, [this] { askForSource(true); });
    connect(m_recipe, &QComboBox::activated, this, &TrainPage::chooseRecipe);
    connect(m_form, &PlanForm::changed, this, &TrainPage::publishPlan);
    connect(m_runFolder, &QLineEdit::textChanged, this, &TrainPage::refresh);
    connect(m_runFolderButton, &QPushButton::clicked, this, [this] {
        m_chooser(this, {FileQuestion::Kind::SaveFolder, tr("Folder for the run"), m_runFolder->text(), {}},
                  [this](const QStringList& paths) { setRunFolder(paths.value(0)); });
    });
    connect(m_start, &QPushButton::clicked, this, &TrainPage::start);
    connect(m_pause, &QPushButton::clicked, this, [this] {
        if (isHeld()) {
            Q_EMIT resumeRequested();
        } else {
            Q_EMIT pauseRequested();
        }
    });
    connect(m_stop, &QPushButton::clicked, this, [this] {
        setState(State::Stopping);
        Q_EMIT stopRequested();
    });
    connect(m_resultCard, &ResultCard::openPackageRequested, this, &TrainPage::openPackageRequested);
}

} // namespace diascope::ui
