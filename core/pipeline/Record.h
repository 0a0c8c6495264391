// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Json.h"
#include "runs/EventWriter.h"
#include "runs/FoldState.h"
#include "runs/RunFolder.h"
#include "train/EpochReport.h"

#include <map>

namespace diascope::pipeline {

/// Writes what the engine tells into the run folder (epochs.csv, log.txt, TensorBoard's event files), then passes it on. Called on the engine's thread.
class RecordingObserver final : public train::TrainingObserver {
public:
    RecordingObserver(runs::RunFolder& run, bool onlyFold, train::TrainingObserver& next) : m_run(run), m_onlyFold(onlyFold), m_next(next) {}
    void onBatch(const train::BatchProgress& progress) override { m_next.onBatch(progress); }
    void onEpoch(const train::EpochReport& report) override;
    void onMessage(const std::string& text) override;

private:
    void appendRow(const train::EpochReport& report);
    void appendEvents(const train::EpochReport& report);

    runs::RunFolder& m_run;
    bool m_onlyFold;
    train::TrainingObserver& m_next;
    std::map<runs::FoldKey, runs::EventWriter> m_events;
};

} // namespace diascope::pipeline
