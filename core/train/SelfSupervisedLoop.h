// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Clock.h"
#include "train/Augment.h"
#include "train/Checkpoint.h"
#include "train/Optimiser.h"
#include "train/Precision.h"
#include "train/Sampling.h"
#include "train/Schedule.h"
#include "train/SelfSupervised.h"
#include "train/SimSiam.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace diascope::train {

/// One run of fitWithoutLabels(). Lives on the engine's thread.
class SelfSupervisedLoop {
public:
    SelfSupervisedLoop(nn::Classifier& model, const TrainingData& pictures, const TrainConfig& config,
        const SelfSupervisedOptions& options, const FitContext& context);
    SelfSupervisedOutcome run();

private:
    // SelfSupervisedLoop.cpp: set-up, epochs, end.
    void place();
    void makeOptimiser();
    void choosePrecision();
    bool trainEpoch(); ///< False when stopped.
    void finishEpoch();
    SelfSupervisedOutcome finish(RunState state);

    // SelfSupervisedBatch.cpp
    void trainBatch(const BatchRange& range);
    /// View 0 or 1 of the pictures drawn at the places `range` of the epoch; float32 n,C,H,W on the device.
    [[nodiscard]] at::Tensor view(const BatchRange& range, int number) const;
    void learn(const at::Tensor& first, const at::Tensor& second);
    [[nodiscard]] at::Tensor projection(const at::Tensor& view);
    void checkFinite() const;
    void reportBatch(bool last);
    [[nodiscard]] bool mayGoOn();
    [[nodiscard]] double drawsDone() const;

    // SelfSupervisedResume.cpp: checkpoints.
    [[nodiscard]] std::string fingerprint(const SelfSupervisedOptions& options) const;
    [[nodiscard]] nn::State weights() const; ///< Of the network and of what is behind it.
    [[nodiscard]] nn::State moments() const; ///< Of the optimiser; with them the epoch's spread so far.
    void resume(const std::string& bytes);
    void saveCheckpoint();

    nn::Classifier& m_model;
    const TrainConfig& m_config;
    const FitContext& m_context;
    Pictures m_images;
    std::int64_t m_count;
    std::vector<BatchRange> m_ranges;  ///< Of every epoch.
    std::vector<std::int64_t> m_order; ///< Of the current epoch.
    SimSiamHeads m_heads;
    Normalisation m_normalisation;
    std::optional<Optimiser> m_optimiser;
    std::optional<Schedule> m_schedule;
    bool m_onCpu = true;

    /// Without its tensors. Its best epoch is the last whole one: bestValidation.loss is its loss, bestMonitored its
    /// spread.
    Checkpoint m_state;
    at::Tensor m_lossSum, m_spreadSum; ///< Over the epoch's pictures so far; float64 scalars on the device.
    base::Stopwatch m_epochWatch, m_lastReport;
};

} // namespace diascope::train
