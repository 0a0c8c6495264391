// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/training/TrainingDesk.h"

#include "dataset/Dataset.h"
#include "nn/Registry.h"
#include "pipeline/Resolve.h"
#include "ui/common/MessageBar.h"
#include "ui/shell/MainWindow.h"
#include "ui/train/TrainPage.h"

#include <QDateTime>
#include <QDir>
#include <QStandardPaths>

#include <map>
#include <set>

namespace diascope::app {

namespace {

constexpr double kMiB = 1024.0 * 1024.0;

ui::DataSummary summarise(const std::string& source, const dataset::Dataset& data)
{
    ui::DataSummary summary;
    summary.source = source;
    summary.samples = static_cast<std::int64_t>(data.samples.size());
    const auto counts = data.classCounts();
    for (std::size_t i = 0; i < data.classNames.size(); ++i) {
        summary.classes.emplace_back(data.classNames[i], counts[i]);
    }
    std::set<std::string> groups;
    for (const auto& sample : data.samples) {
        groups.insert(sample.group);
    }
    summary.groups = static_cast<std::int64_t>(groups.size());
    summary.grouping = data.groupedBy;
    summary.problems = data.problems;
    return summary;
}

std::string titleOf(const std::string& key)
{
    const std::map<std::string, QString> titles{{"auc", TrainingDesk::tr("AUC")},
                                                {"accuracy", TrainingDesk::tr("Accuracy")},
                                                {"sensitivity", TrainingDesk::tr("Sensitivity")},
                                                {"specificity", TrainingDesk::tr("Specificity")},
                                                {"loss", TrainingDesk::tr("Loss")},
                                                {"spread", TrainingDesk::tr("Spread of the outputs")}};
    const auto found = titles.find(key);
    return found == titles.end() ? key : found->second.toStdString();
}

/// What of a plan decides how its data are read.
base::Json inspectedPart(const pipeline::Plan& plan)
{
    return {{"data", pipeline::toJson(plan).at("data")}, {"labels", !plan.pretrain.enabled}};
}

/// The figures of result.json that the result card shows, with their intervals.
std::vector<ui::ResultFigure> figuresOf(const base::Json& result)
{
    std::vector<ui::ResultFigure> figures;
    const auto metrics = result.find("metrics");
    if (metrics == result.end() || !metrics->is_object()) {
        return figures;
    }
    for (const auto& [name, metric] : metrics->items()) {
        if (!metric.is_object() || !metric.contains("value") || !metric["value"].is_number()) {
            continue;
        }
        ui::ResultFigure figure;
        figure.name = titleOf(name);
        figure.value = metric["value"].get<double>();
        if (metric.contains("low") && metric["low"].is_number() && metric.contains("high") && metric["high"].is_number()) {
            figure.low = metric["low"].get<double>();
            figure.high = metric["high"].get<double>();
        }
        figure.note = metric.value("method", std::string());
        if (metric.contains("n") && metric["n"].is_number_integer()) {
            figure.note += (figure.note.empty() ? "n = " : ", n = ") + std::to_string(metric["n"].get<std::int64_t>());
        }
        figures.push_back(std::move(figure));
    }
    return figures;
}

} // namespace

TrainingDesk::TrainingDesk(ui::MainWindow& window, TrainingController& training, decode::DecoderPool& pool, const QString& modelsFolder,
                           QObject* parent)
    : QObject(parent), m_window(window), m_training(training), m_pool(pool)
{
    auto& page = window.trainPage();
    QStringList architectures;
    for (const auto& info : nn::architectures()) {
        architectures << QString::fromStdString(info.name);
    }
    page.setArchitectures(architectures);
    page.setDevices({QStringLiteral("auto"), QStringLiteral("cpu"), QStringLiteral("cuda")});
    connectPage();
    connectRun();
    try {
        page.setRecipes(pipeline::loadRecipes(std::filesystem::path(modelsFolder.toStdString()) / "recipes"));
    } catch (const base::Error& error) {
        window.messageBar().showError(error);
    }
    proposeRunFolder();
}

TrainingDesk::~TrainingDesk() = default;

void TrainingDesk::connectPage()
{
    auto& page = m_window.trainPage();
    connect(&page, &ui::TrainPage::dataSourceChosen, this, &TrainingDesk::inspect);
    connect(&page, &ui::TrainPage::planChanged, this, &TrainingDesk::checkPlan);
    connect(&page, &ui::TrainPage::startRequested, this, &TrainingDesk::start);
    connect(&page, &ui::TrainPage::stopRequested, this, [this] {
        m_window.trainPage().setState(ui::TrainPage::State::Stopping);
        m_training.requestStop();
    });
    connect(&page, &ui::TrainPage::pauseRequested, this, [this] { m_training.setPaused(true); });
    connect(&page, &ui::TrainPage::resumeRequested, this, [this] { m_training.setPaused(false); });
    connect(&m_window, &ui::MainWindow::workCancelRequested, &m_training, &TrainingController::requestStop);
}

void TrainingDesk::connectRun()
{
    auto& page = m_window.trainPage();
    connect(&m_training, &TrainingController::progressed, &m_window, &ui::MainWindow::setWork);
    connect(&m_training, &TrainingController::batchDone, &page, [this](const train::BatchProgress& batch) {
        m_window.trainPage().setBatch(batch);
        m_work = base::Progress{.stage = tr("Training").toStdString(),
                                .done = std::int64_t{batch.epoch} * batch.batches + batch.batch,
                                .total = std::int64_t{batch.epochs} * batch.batches,
                                .secondsLeft = batch.secondsLeft};
        if (!m_training.isPaused()) { // a late word of the batch that was finished meanwhile
            m_window.setWork(m_work);
        }
    });
    connect(&m_training, &TrainingController::epochDone, &page, [this](const train::EpochReport& report) {
        if (report.best) {
            m_bestEpoch = report.epoch;
        }
        m_window.trainPage().addEpoch(report);
    });
    connect(&m_training, &TrainingController::messageWritten, &page, &ui::TrainPage::addMessage);
    connect(&m_training, &TrainingController::pausedChanged, this, &TrainingDesk::showPaused);
    connect(&m_training, &TrainingController::finished, this, &TrainingDesk::finish);
}

void TrainingDesk::showPaused(bool paused, bool byUser)
{
    using State = ui::TrainPage::State;
    auto& page = m_window.trainPage();
    if (page.state() == State::Idle || page.state() == State::Stopping) {
        return; // too late to matter
    }
    page.setState(!paused ? State::Running : byUser ? State::Paused : State::NoRoom);
    base::Progress work = m_work;
    if (paused) {
        work.stage = tr("Training is paused").toStdString();
        work.secondsLeft = -1.0;
    }
    m_window.setWork(work);
}

/// Looks into the source on a thread of its own; a newer question makes an older answer void.
void TrainingDesk::inspect(const QString& source)
{
    auto& page = m_window.trainPage();
    page.setDataBusy(tr("Looking into the data…"));
    const auto number = ++m_inspection;
    auto plan = page.plan();
    plan.data.source = source.toStdString();
    m_inspected = inspectedPart(plan);
    m_inspector = std::jthread([this, number, plan, source = source.toStdString()](const std::stop_token& stop) {
        const dataset::Source where{.path = source,
                                    .imageFolder = plan.data.imageFolder,
                                    .imageColumn = plan.data.imageColumn,
                                    .labelColumn = plan.data.labelColumn,
                                    .groupColumn = plan.data.groupColumn,
                                    .splitColumn = plan.data.splitColumn,
                                    .groupPattern = plan.data.groupPattern,
                                    .foldColumn = plan.data.foldColumn,
                                    .ignoreLabels = plan.pretrain.enabled};
        std::optional<ui::DataSummary> summary;
        std::optional<base::Error> failure;
        try {
            summary = summarise(source, dataset::readDataset(where, m_pool, {}, stop));
            if (where.ignoreLabels) {
                summary->labelled = false;
                summary->classes.clear();
            }
        } catch (const base::Error& error) {
            failure = error;
        } catch (const std::exception& error) {
            failure = base::Error(base::ErrorCode::Internal, source, error.what());
        }
        QMetaObject::invokeMethod(this, [this, number, summary, failure] {
            if (number != m_inspection) {
                return;
            }
            if (failure) {
                m_window.trainPage().setDataError(*failure);
                return;
            }
            m_samples = summary->samples;
            m_classes = summary->classes.size();
            m_window.trainPage().setDataSummary(summary);
            checkPlan(std::make_shared<const pipeline::Plan>(m_window.trainPage().plan()));
        }, Qt::QueuedConnection);
    });
}

void TrainingDesk::checkPlan(const std::shared_ptr<const pipeline::Plan>& plan)
{
    auto& page = m_window.trainPage();
    if (!plan->data.source.empty() && inspectedPart(*plan) != m_inspected) {
        inspect(QString::fromStdString(plan->data.source)); // Another recipe may read the same files in another way.
        return;
    }
    auto problems = plan->check();
    if (plan->data.source.empty()) { // The page itself asks for data first.
        std::erase_if(problems, [](const base::Problem& problem) { return problem.subject.find("data.source") != std::string::npos; });
    }
    if (m_classes > 1 && problems.empty()) {
        try {
            (void)pipeline::resolvedLoss(*plan, m_classes); // What only plan and data together can say.
        } catch (const base::Error& error) {
            problems.push_back(base::toProblem(error));
        }
    }
    page.setPlanProblems(problems);
    if (m_samples == 0) {
        page.setEstimate({});
        return;
    }
    try {
        const auto memory = pipeline::estimateMemory(*plan, m_samples);
        QString text = tr("About %1 MiB of memory: %2 MiB of pictures, %3 MiB for the network.")
                           .arg(static_cast<double>(memory.totalBytes) / kMiB, 0, 'f', 0)
                           .arg(static_cast<double>(memory.pixelBytes) / kMiB, 0, 'f', 0)
                           .arg(static_cast<double>(memory.trainingBytes) / kMiB, 0, 'f', 0);
        if (memory.streams) {
            text += QLatin1Char(' ') + tr("The pictures are more than the memory for them and are read from the disk while training.");
        }
        if (!memory.fits()) {
            text += QLatin1Char(' ') + tr("More than the %1 MiB that are free: use a smaller batch.").arg(static_cast<double>(memory.availableBytes) / kMiB, 0, 'f', 0);
        }
        page.setEstimate(text);
    } catch (const base::Error& error) {
        page.setEstimate(QString::fromUtf8(error.what()));
    }
}

void TrainingDesk::start(const std::shared_ptr<const pipeline::Plan>& plan, const QString& folder)
{
    auto& page = m_window.trainPage();
    try {
        m_bestEpoch = -1;
        m_work = {.stage = tr("Training").toStdString()};
        const bool resume = QFile::exists(folder + QStringLiteral("/plan.yaml"));
        QDir().mkpath(QFileInfo(folder).absolutePath());
        m_training.start(*plan, folder, resume);
        page.setState(ui::TrainPage::State::Running);
        Q_EMIT runningChanged(true);
    } catch (const base::Error& error) {
        m_window.messageBar().showError(error);
    }
}

void TrainingDesk::finish(const RunOutcome& outcome)
{
    ui::RunResult result;
    result.state = outcome.state;
    result.runFolder = outcome.runFolder.toStdString();
    result.package = outcome.package.toStdString();
    result.weights = outcome.weights.toStdString();
    result.bestEpoch = m_bestEpoch;
    result.keptEpoch = outcome.result.is_object() ? outcome.result.value("keptEpoch", -1) : -1;
    if (outcome.result.is_object()) {
        result.figures = figuresOf(outcome.result);
    }
    result.message = outcome.error.toStdString();
    if (outcome.state == train::RunState::Stopped) {
        result.message = tr("Stopped. Start again with the same run folder to go on.").toStdString();
    }
    for (const auto& problem : outcome.problems) {
        m_window.trainPage().addMessage(problem);
    }
    m_window.trainPage().setResult(result);
    m_window.setWork(std::nullopt);
    if (outcome.state == train::RunState::Finished) {
        proposeRunFolder();
    }
    Q_EMIT runningChanged(false);
}

void TrainingDesk::proposeRunFolder()
{
    const QDir documents(QStandardPaths::writableLocation(QStandardPaths::DocumentsLocation));
    m_window.trainPage().setRunFolder(documents.filePath(
        QStringLiteral("Diascope/runs/") + QDateTime::currentDateTimeUtc().toString(QStringLiteral("yyyyMMdd-HHmmss"))));
}

} // namespace diascope::app
