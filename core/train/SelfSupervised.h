// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "train/Fit.h"

namespace diascope::train {

/// Learning without labels, by SimSiam: two random views of each picture pass the backbone and a projector, and from
/// the one a small predictor has to guess the other. (BYOL, Grill et al. 2020, needs a second, averaged network beside
/// it: half as much computing again, and in Chen & He's table 4 no better after a short training; SimSiam's loss has
/// nothing to tune.) Batch norm sees the batch: 32 pictures or more are better than fewer.
struct SelfSupervisedOptions {
    int projection = 512; ///< 8..8192.
    int bottleneck = 128; ///< 2..8192; about a quarter of the projection.
    [[nodiscard]] std::vector<base::Problem> check() const;
};

struct SelfSupervisedOutcome {
    RunState state = RunState::Finished; ///< Finished or Stopped; failures are thrown.
    int epochsDone = 0;
    double loss
        = 0.0; ///< Mean of the last whole epoch, -1 (views of one picture are told from each other exactly) to 1.
    double spread = 0.0; ///< Of the last whole epoch: EpochReport::spread.
    bool bitExact = true;
    std::string notBitExactBecause;
};

/// Trains the backbone in place on all pictures; their labels are not looked at, the head keeps its values. Uses of
/// `config`: epochs, batchSize (pictures, two views each; a smaller last batch is left out), seed, threads, device,
/// buildId, learningRate (of projector and predictor), backboneLearningRate, weightDecay, optimiser, schedule (all but
/// Plateau, which needs a validation part), augmentation, clipNorm, precision (all but Float16), channelsLast,
/// checkpointBatches, mean, stdDev. Stop, pause, checkpoints, bit-exact resume, and the network's state on return as in
/// fit().
/// Throws Error{Plan} (bad configuration, fewer pictures than one batch of two, a loss that is not finite, collapse: an
/// epoch whose spread is below 0.1), Error{Mismatch} (checkpoint of another run), Error{OutOfMemory}.
[[nodiscard]] SelfSupervisedOutcome fitWithoutLabels(nn::Classifier& model, const TrainingData& pictures,
    const TrainConfig& config, const SelfSupervisedOptions& options, const FitContext& context);

} // namespace diascope::train
