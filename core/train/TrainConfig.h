// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"

#include <cstdint>
#include <string>
#include <vector>

namespace diascope::train {

enum class Loss { BinaryCrossEntropy, CrossEntropy };
enum class Monitor { Auc, Loss };

/// Everything that fit() does; resolved once, nothing is read later.
struct TrainConfig {
    int epochs = 30;                    ///< 1..100000.
    int batchSize = 32;                 ///< 2..65536. A last batch of one joins the one before it (batch norm needs two values).
    std::uint64_t seed = 42;
    double learningRate = 1e-3;         ///< Of the head, >= 0.
    double backboneLearningRate = 1e-3; ///< Of the rest, >= 0.
    double weightDecay = 1e-4;          ///< Decoupled, >= 0.
    Loss loss = Loss::BinaryCrossEntropy;
    Monitor monitor = Monitor::Auc;
    int patience = 7;                   ///< Epochs without improvement before an early stop; 0 = never.
    bool augment = true;
    bool balance = true;
    std::vector<float> mean, stdDev;    ///< Per channel: x = (pixel / 255 - mean) / stdDev. Empty = 0 and 1.
    int threads = 0;                    ///< Of LibTorch on the CPU; 0 = all cores. Part of bit-exactness.
    std::string device = "cpu";         ///< "cpu", "cuda", "cuda:N": already resolved.
    std::string buildId;                ///< Stored in checkpoints; part of bit-exactness.
    int repeat = 0, fold = 0;           ///< Passed through to the reports.
    [[nodiscard]] std::vector<base::Problem> check() const;
};

} // namespace diascope::train
