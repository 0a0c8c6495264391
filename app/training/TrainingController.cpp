// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/training/TrainingController.h"

#include "base/Clock.h"
#include "train/Pause.h"

namespace diascope::app {

namespace {

constexpr double kBatchReportSeconds = 1.0 / 15.0;

/// Turns the engine's calls into signals. Lives on the engine thread.
class SignalObserver final : public train::TrainingObserver {
public:
    explicit SignalObserver(TrainingController& controller) : m_controller(controller) {}

    void onBatch(const train::BatchProgress& progress) override
    {
        if (m_anySent && m_sinceBatch.seconds() < kBatchReportSeconds) {
            return;
        }
        m_anySent = true;
        m_sinceBatch.restart();
        Q_EMIT m_controller.batchDone(progress);
    }
    void onEpoch(const train::EpochReport& report) override { Q_EMIT m_controller.epochDone(report); }
    void onMessage(const std::string& text) override { Q_EMIT m_controller.messageWritten(QString::fromStdString(text)); }

private:
    TrainingController& m_controller;
    base::Stopwatch m_sinceBatch;
    bool m_anySent = false;
};

RunOutcome toOutcome(const pipeline::RunResult& result)
{
    RunOutcome outcome;
    outcome.state = result.state;
    outcome.runFolder = QString::fromStdString(result.runFolder.string());
    outcome.package = QString::fromStdString(result.package.string());
    outcome.weights = QString::fromStdString(result.weights.string());
    outcome.result = result.result;
    for (const auto& problem : result.problems) {
        outcome.problems << QString::fromStdString(problem.subject + ": " + problem.detail);
    }
    if (result.state == train::RunState::Failed && !outcome.problems.isEmpty()) {
        outcome.error = outcome.problems.takeLast();
    }
    outcome.resumable = result.resumable;
    return outcome;
}

} // namespace

TrainingController::TrainingController(decode::DecoderPool& pool, QObject* parent) : QObject(parent), m_pool(pool)
{
    qRegisterMetaType<base::Progress>();
    qRegisterMetaType<train::BatchProgress>();
    qRegisterMetaType<train::EpochReport>();
    qRegisterMetaType<RunOutcome>();
}

TrainingController::~TrainingController()
{
    if (m_thread) {
        m_thread->disconnect(this);
        m_stop.request_stop();
        m_thread->wait();
    }
}

void TrainingController::start(const pipeline::Plan& plan, const QString& runFolder, bool resume)
{
    if (m_thread) {
        throw base::Error(base::ErrorCode::Busy, "training", "a run is already under way", "Stop it or wait for it.");
    }
    if (const auto problems = plan.check(); !problems.empty()) {
        throw base::Error(base::ErrorCode::Plan, problems.front().subject, problems.front().detail);
    }
    m_stop = std::stop_source();
    m_outcome = std::make_shared<RunOutcome>();
    m_pausedByUser = false;
    // Whichever thread closes or opens it: the answer is given on the GUI thread, in order.
    m_gate = std::make_unique<train::PauseGate>([this](bool closed) {
        QMetaObject::invokeMethod(
            this, [this, closed] { Q_EMIT pausedChanged(closed, m_pausedByUser); }, Qt::QueuedConnection);
    });
    m_thread.reset(QThread::create([this, frozen = std::make_shared<const pipeline::Plan>(plan), outcome = m_outcome,
                                    folder = std::filesystem::path(runFolder.toStdString()), stop = m_stop.get_token(), gate = m_gate.get(), resume] {
        SignalObserver observer(*this);
        base::Stopwatch sinceProgress;
        const auto progress = [&](const base::Progress& step) {
            if (step.done == step.total || sinceProgress.seconds() >= kBatchReportSeconds) {
                sinceProgress.restart();
                Q_EMIT progressed(step);
            }
        };
        try {
            *outcome = toOutcome(pipeline::train(*frozen, folder, m_pool, observer, progress, stop, resume, gate));
        } catch (const std::exception& error) {
            outcome->state = train::RunState::Failed;
            outcome->runFolder = QString::fromStdString(folder.string());
            outcome->error = QString::fromUtf8(error.what());
        }
    }));
    m_thread->setObjectName(QStringLiteral("engine"));
    // The thread's last act queues this behind every signal it has sent, so that `finished` is always last.
    connect(m_thread.get(), &QThread::finished, this, &TrainingController::onThreadFinished, Qt::QueuedConnection);
    m_thread->start();
}

void TrainingController::requestStop() { m_stop.request_stop(); }

void TrainingController::setPaused(bool paused)
{
    if (!m_thread) {
        return;
    }
    m_pausedByUser = paused;
    paused ? m_gate->close() : m_gate->open();
}

bool TrainingController::isPaused() const { return m_thread && m_gate->isClosed(); }

void TrainingController::onThreadFinished()
{
    m_thread->wait();
    m_thread.reset();
    const auto outcome = std::move(m_outcome);
    Q_EMIT finished(*outcome);
}

} // namespace diascope::app
