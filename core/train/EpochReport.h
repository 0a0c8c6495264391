// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace diascope::train {

/// Figures of one pass over one part (training or validation).
struct PartFigures {
    double loss = 0.0;         ///< Mean over samples.
    std::optional<double> auc; ///< Binary, or macro one-vs-rest; absent where undefined (one class only).
    std::optional<double> accuracy;
    std::optional<double> balancedAccuracy; ///< Mean recall of the classes that occur.
    std::int64_t samples = 0;
};

/// What one epoch did; sent once per epoch, never dropped. Plain values.
struct EpochReport {
    int repeat = 0, fold = 0;
    int epoch = 0; ///< 0-based.
    int epochs = 0;
    PartFigures train, validation;
    std::vector<double> learningRates; ///< One per parameter group.
    double imagesPerSecond = 0.0;
    double idlePercent = 0.0; ///< Share of the epoch's wall time in which the device waited for data.
    double seconds = 0.0;
    bool best = false; ///< The monitored figure improved here.
    /// Self-supervised training only, which has no validation part (validation.samples is 0): how far the outputs are
    /// spread, 0 (collapsed: all pictures look the same to the network) to 1.
    std::optional<double> spread;
};

/// Within an epoch; at most 15 a second reach the user interface.
struct BatchProgress {
    int repeat = 0, fold = 0, epoch = 0, epochs = 0;
    int batch = 0, batches = 0;
    double loss = 0.0;
    double imagesPerSecond = 0.0;
    double secondsLeft = -1.0;
};

/// How many of a run's trainings are done: told once at the start and after each.
struct FoldsProgress {
    int done = 0, total = 1;
    int repeat = -1, fold = -1; ///< The one that was done just now; -1 at the start.
};

/// What the engine needs from outside. Called on the engine's thread.
class TrainingObserver {
public:
    virtual ~TrainingObserver() = default;
    virtual void onBatch(const BatchProgress& progress) = 0;
    virtual void onEpoch(const EpochReport& report) = 0;
    virtual void onMessage(const std::string& text) = 0;
    virtual void onFolds(const FoldsProgress&) { } ///< Of a whole run, not of fit(): nobody has to look.
};

enum class RunState { Finished, Stopped, Failed };

} // namespace diascope::train
