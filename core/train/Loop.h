// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Clock.h"
#include "train/AdamW.h"
#include "train/Augment.h"
#include "train/Checkpoint.h"
#include "train/Fit.h"
#include "train/Sampling.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace diascope::train {

/// One run of fit(): the steps between "data and network" and "outcome". Lives on the engine's thread.
class Loop {
public:
    Loop(nn::Classifier& model, const TrainingData& training, const TrainingData& validation, const TrainConfig& config,
         const FitContext& context);
    TrainOutcome run();

private:
    void placeData();
    void makeOptimiser();
    void chooseMonitor();
    void resume(const std::string& bytes);
    [[nodiscard]] std::string fingerprint() const;

    bool trainEpoch();                       ///< False when stopped.
    bool finishEpoch();                      ///< Validation, report, checkpoint; false when stopped.
    void trainBatch(const BatchRange& range);
    /// Adds to the gradients; returns the summed loss of the chunk, float64 on the device.
    at::Tensor forwardBackward(const BatchRange& chunk, std::int64_t batchSize);
    at::Tensor outputs(const at::Tensor& input);
    void shrinkMicroBatch(const std::string& why);
    void checkFinite();
    void reportBatch(std::size_t batches, bool last);
    [[nodiscard]] bool improves(const PartFigures& figures) const;
    [[nodiscard]] double monitoredOf(const PartFigures& figures) const;
    void takeBest(const PartFigures& figures);
    void saveCheckpoint();
    TrainOutcome finish(RunState state, bool stoppedEarly);

    nn::Classifier& m_model;
    const TrainConfig& m_config;
    const FitContext& m_context;
    TrainingData m_training, m_validation;
    std::vector<std::int64_t> m_labels;      ///< Of the training part, on the CPU.
    Normalisation m_normalisation;
    std::optional<AdamW> m_optimiser;
    bool m_frozenBackbone = false;
    bool m_onCpu = true;
    Monitor m_monitor = Monitor::Auc;

    Checkpoint m_state;                      ///< Without its tensors, which live below and in the network.
    nn::State m_best;
    std::vector<std::int64_t> m_order;       ///< Of the current epoch.
    at::Tensor m_epochLogits, m_lossSum;     ///< On the device.
    base::Stopwatch m_epochWatch, m_lastReport;
    double m_validationSeconds = 0.0;
};

} // namespace diascope::train
