// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "nn/State.h"
#include "pipeline/FoldCases.h"
#include "pipeline/Prepare.h"
#include "runs/FoldState.h"

#include <stop_token>
#include <vector>

namespace diascope::runs {
class RunFolder;
}
namespace diascope::train {
class PauseGate;
}

namespace diascope::pipeline {

class DiskPause;

/// Who may hold the folds of a run, or end them.
struct Holds {
    std::stop_token stop;
    train::PauseGate* pause = nullptr; ///< In front of each batch of each fold; null = nobody pauses.
    DiskPause& disk;                   ///< All that is written goes through it.
};

/// What is left of one fold: enough for tables, figures and packages. Kept in the run folder, so that a resumed run has it again.
struct TrainedFold {
    runs::FoldEntry entry;        ///< Outcome, epochs, best epoch.
    nn::State weights;            ///< Of the epoch that is kept, on the CPU; empty for a fold that failed.
    at::Tensor validationLogits;  ///< float32 N,outputs, in the order of partOf(…, Validation).
    at::Tensor testLogits;        ///< The same of the test part; undefined without one.
    std::string stoppedBecause;   ///< "early", "epochs" or why the loss was no number any more.
    bool bitExact = true;
    std::string notBitExactBecause;
    FoldCases cases;              ///< Of the first fold of a run; else empty.
};

/// How many folds are trained side by side: the plan's number, or as many as there are threads where the network is small (a second thread brings
/// it little), half of the free memory suffices and the device is the CPU. Decide once a run: free memory changes, and each fold's share of the threads
/// is part of its bits.
[[nodiscard]] int foldsAtOnce(const Experiment& experiment);

/// Trains every fold of the experiment that the run folder does not already hold, `atOnce` side by side, and writes checkpoints, oof.csv, test.csv and folds.json as it goes.
/// `observer` is called on this thread only. Returns one entry a fold, in order; fewer when a stop came. A fold whose loss stops being a number is
/// recorded as failed and the others go on; a run of one fold throws instead. Throws what stops the whole run (Error{DiskFull|OutOfMemory|…}).
[[nodiscard]] std::vector<TrainedFold> trainFolds(const Experiment& experiment, int atOnce, runs::RunFolder& folder, train::TrainingObserver& observer,
                                                  const Holds& holds);

} // namespace diascope::pipeline
