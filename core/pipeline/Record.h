// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Json.h"
#include "runs/EventWriter.h"
#include "runs/FoldState.h"
#include "runs/RunFolder.h"
#include "train/EpochReport.h"

#include <map>
#include <vector>

namespace diascope::pipeline {

class DiskPause;
class Tracking;

/// What curves show of an epoch: "train/loss", "validation/auc", "learning rate/0", …
[[nodiscard]] std::vector<runs::Scalar> scalarsOf(const train::EpochReport& report);

/// Writes what the engine tells into the run folder (epochs.csv, log.txt, TensorBoard's event files) and into MLflow's store, then passes it on. Called on the engine's thread.
class RecordingObserver final : public train::TrainingObserver {
public:
    RecordingObserver(runs::RunFolder& run, bool onlyFold, Tracking& tracking, DiskPause& disk, train::TrainingObserver& next)
        : m_run(run), m_onlyFold(onlyFold), m_tracking(tracking), m_disk(disk), m_next(next)
    {
    }
    void onBatch(const train::BatchProgress& progress) override { m_next.onBatch(progress); }
    void onEpoch(const train::EpochReport& report) override;
    void onMessage(const std::string& text) override;
    void onFolds(const train::FoldsProgress& folds) override { m_next.onFolds(folds); }

private:
    void appendRow(const train::EpochReport& report);
    void appendEvents(const train::EpochReport& report);

    runs::RunFolder& m_run;
    bool m_onlyFold;
    Tracking& m_tracking;
    DiskPause& m_disk;
    train::TrainingObserver& m_next;
    std::map<runs::FoldKey, runs::EventWriter> m_events;
};

} // namespace diascope::pipeline
