// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Clock.h"
#include "train/Average.h"
#include "train/Batches.h"
#include "train/Checkpoint.h"
#include "train/FeatureCache.h"
#include "train/Fit.h"
#include "train/Optimiser.h"
#include "train/Precision.h"
#include "train/Schedule.h"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace diascope::train {

/// The loss is not a number any more. A run with a finished epoch ends with its best one; without one it fails with
/// this.
class Diverged : public base::Error {
public:
    using Error::Error;
};

/// One run of fit(): the steps between "data and network" and "outcome". Lives on the engine's thread.
class Loop {
public:
    Loop(nn::Classifier& model, const TrainingData& training, const TrainingData& validation, const TrainConfig& config,
        const FitContext& context);
    TrainOutcome run();

private:
    // Loop.cpp: set-up and the order of things.
    void placeData();
    void makeOptimiser();
    void chooseMonitor();
    void choosePrecision();
    void sayWhatIsLeftOut();
    void enterStage(); ///< What is frozen in this epoch.
    TrainOutcome runEpochs();
    TrainOutcome finish(RunState state, bool stoppedEarly);

    // LoopBatch.cpp: one epoch's batches.
    bool trainEpoch(); ///< False when stopped.
    bool mayGoOn();    ///< Holds at a closed gate; false when stopped.
    void trainBatch(EpochBatches& batches);
    /// Adds to the gradients; returns the summed loss of the part, float64 on the device.
    at::Tensor forwardBackward(const Batch& batch, const BatchRange& part, std::int64_t firstDraw);
    at::Tensor outputs(const at::Tensor& input);
    void applyGradients();
    void shrinkMicroBatch(const std::string& why);
    void checkFinite();
    void reportBatch(bool last);

    // LoopEpoch.cpp: its end.
    bool finishEpoch(); ///< Validation, report, checkpoint; false when stopped.
    [[nodiscard]] PartFigures trainingFigures() const;
    [[nodiscard]] EpochReport reportOf(const PartFigures& validation, double trainSeconds) const;
    [[nodiscard]] bool improves(const PartFigures& figures) const;
    void judge(EpochReport& report);
    void takeBest(const PartFigures& figures);
    void keepWeights();
    [[nodiscard]] int keptEpoch() const; ///< -1 before the first is finished.

    // LoopFeatures.cpp: a frozen backbone's features, kept.
    void keepFeatures();
    [[nodiscard]] bool fillFeatures(FeatureCache::Entry& entry, const Pictures& pictures);
    [[nodiscard]] at::Tensor validationLogits(std::stop_token stop);

    // LoopResume.cpp: checkpoints.
    void resume(const std::string& bytes);
    [[nodiscard]] std::string fingerprint() const;
    [[nodiscard]] nn::State optimiserState() const;
    [[nodiscard]] Checkpoint checkpoint();
    void saveCheckpoint();

    nn::Classifier& m_model;
    const TrainConfig& m_config;
    const FitContext& m_context;
    TrainingData m_training, m_validation;
    std::vector<std::int64_t> m_labels; ///< Of the training part, on the CPU.
    Normalisation m_normalisation;
    std::optional<Optimiser> m_optimiser;
    std::optional<Schedule> m_schedule;
    std::optional<WeightAverage> m_average;
    std::optional<LossScaler> m_scaler;
    std::set<std::string> m_trainable; ///< Of the backbone, once it is unfrozen.
    bool m_frozenBackbone = false;     ///< All of it, in this epoch.
    FeatureCache::Entry m_trainingFeatures, m_validationFeatures; ///< Both or none.
    bool m_onCpu = true;
    Monitor m_monitor = Monitor::Auc;
    int m_batchesPerEpoch = 0;
    std::int64_t m_drawsPerEpoch = 0;

    Checkpoint m_state; ///< Without its tensors, which live below and in the network.
    nn::State m_kept; ///< Weights of the epoch that is kept.
    std::vector<std::int64_t> m_order;   ///< Of the current epoch.
    at::Tensor m_epochLogits, m_lossSum; ///< On the device.
    base::Stopwatch m_epochWatch, m_lastReport;
    double m_validationSeconds = 0.0;
};

/// Seed of torch's own draws (dropout) in one batch, keyed by place: a resumed run needs no saved generator.
[[nodiscard]] std::uint64_t torchSeed(std::uint64_t seed, int epoch, int batch);

/// The figure of `monitor`, undefined ones as 0; of an epoch without an AUC the loop monitors the loss.
[[nodiscard]] double monitoredFigure(const PartFigures& figures, Monitor monitor);

} // namespace diascope::train
