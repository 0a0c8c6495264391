// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/training/TrainingController.h"
#include "decode/DecoderPool.h"
#include "pipeline/Plan.h"
#include "ui/train/RunView.h"

#include <QObject>
#include <QString>

#include <cstdint>
#include <memory>
#include <thread>

namespace diascope::ui {
class MainWindow;
}

namespace diascope::app {

/// Drives the Train perspective: looks into a data source in the background, checks the plan that the form shows, starts and stops
/// runs, and shows what they send. Lives on the GUI thread.
class TrainingDesk final : public QObject {
    Q_OBJECT
public:
    TrainingDesk(ui::MainWindow& window, TrainingController& training, decode::DecoderPool& pool, const QString& modelsFolder,
                 QObject* parent = nullptr);
    ~TrainingDesk() override;

Q_SIGNALS:
    void runningChanged(bool running);

private:
    void connectPage();
    void connectRun();
    void inspect(const QString& source);
    void checkPlan(const std::shared_ptr<const pipeline::Plan>& plan);
    void start(const std::shared_ptr<const pipeline::Plan>& plan, const QString& folder);
    void showPaused(bool paused, bool byUser);
    void finish(const RunOutcome& outcome);
    void proposeRunFolder();

    ui::MainWindow& m_window;
    TrainingController& m_training;
    decode::DecoderPool& m_pool;
    std::uint64_t m_inspection = 0;
    base::Json m_inspected;     ///< What the plan said about its data when they were last looked into.
    std::int64_t m_samples = 0; ///< Of the data source last looked into.
    std::size_t m_classes = 0;
    int m_bestEpoch = -1;
    base::Progress m_work; ///< What the status bar last said of the run.
    std::jthread m_inspector;
};

} // namespace diascope::app
