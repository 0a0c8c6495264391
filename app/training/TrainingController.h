// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Progress.h"
#include "decode/DecoderPool.h"
#include "pipeline/Plan.h"
#include "pipeline/Train.h"
#include "train/EpochReport.h"

#include <QObject>
#include <QString>
#include <QStringList>
#include <QThread>

#include <memory>
#include <stop_token>

namespace diascope::train {
class PauseGate;
}

namespace diascope::app {

/// How a run ended; always the last thing a run sends, exactly once.
struct RunOutcome {
    train::RunState state = train::RunState::Failed;
    QString runFolder;
    QString package;          ///< Empty unless a package was made.
    QString weights;          ///< Starting weights that a run without labels made; else empty.
    base::Json result;        ///< Figures with their intervals; null unless finished.
    QStringList problems;     ///< Files left out and why.
    QString error;            ///< File, reason and remedy when the run failed.
    bool resumable = false;   ///< A checkpoint is there: start again with `resume`.
};

/// Owns the engine thread: one QThread that runs pipeline::train with a frozen plan. Lives on the GUI thread.
/// Stop is a std::stop_token checked per batch; batch progress is limited to 15 a second, epochs are never dropped.
/// The destructor stops a running run, which stays resumable, and joins the thread.
class TrainingController final : public QObject {
    Q_OBJECT
public:
    explicit TrainingController(decode::DecoderPool& pool, QObject* parent = nullptr);
    ~TrainingController() override;

    /// Validates and freezes the plan, then starts. Throws Error{Plan} for a plan that cannot run and Error{Busy} while one runs.
    void start(const pipeline::Plan& plan, const QString& runFolder, bool resume);
    void requestStop();
    /// Holds the run before its next batch, after a checkpoint, or lets it go on; pausedChanged answers. Does nothing while none runs.
    void setPaused(bool paused);
    [[nodiscard]] bool isPaused() const;
    [[nodiscard]] bool isRunning() const { return m_thread != nullptr; }

Q_SIGNALS:
    void progressed(const diascope::base::Progress& progress);
    void batchDone(const diascope::train::BatchProgress& progress);
    void epochDone(const diascope::train::EpochReport& report);
    void messageWritten(const QString& text);
    /// Also when a full disk holds the run: `byUser` is false then, and the run goes on by itself when there is room.
    void pausedChanged(bool paused, bool byUser);
    void finished(const diascope::app::RunOutcome& outcome);

private:
    void onThreadFinished();

    decode::DecoderPool& m_pool;
    std::unique_ptr<QThread> m_thread;
    std::stop_source m_stop;
    std::unique_ptr<train::PauseGate> m_gate; ///< Of the run; outlives its thread.
    bool m_pausedByUser = false;
    std::shared_ptr<RunOutcome> m_outcome; ///< Written by the engine thread before it ends, read after.
};

} // namespace diascope::app

Q_DECLARE_METATYPE(diascope::app::RunOutcome)
