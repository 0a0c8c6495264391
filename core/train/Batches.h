// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "train/Augment.h"
#include "train/Fit.h"
#include "train/ReadAhead.h"
#include "train/Sampling.h"

#include <cstdint>
#include <vector>

namespace diascope::train {

class FrozenFeatures;

/// One batch, ready for the network, on the training device.
struct Batch {
    at::Tensor input;     ///< float32 n,C,H,W, or the features that stand for them (FrozenFeatures).
    at::Tensor targets;   ///< float32 n,outputs: hard or mixed, not smoothed.
    double divisor = 1.0; ///< Of the summed loss.
};

/// The batches of one epoch: drawn, augmented, mixed. Each is a function of (seed, epoch, batch) alone. With an
/// accelerator and images in ordinary memory the next batch is made on a second thread while the network computes; on
/// the CPU that thread only reads the next pictures where they are streamed. With `features` no picture is looked at.
class EpochBatches {
public:
    EpochBatches(const TrainingData& data, const TrainConfig& config, const Normalisation& normalisation,
        std::vector<std::int64_t> order, int epoch, const FrozenFeatures* features = nullptr);
    [[nodiscard]] int count() const { return static_cast<int>(m_ranges.size()); }
    [[nodiscard]] const std::vector<std::int64_t>& order() const { return m_order; }
    [[nodiscard]] const BatchRange& range(int batch) const { return m_ranges[static_cast<std::size_t>(batch)]; }
    [[nodiscard]] Batch take(int batch, std::int64_t outputs);

private:
    [[nodiscard]] Pictures::Taken read(int batch) const;
    [[nodiscard]] Batch make(int batch, const Pictures::Taken& pictures, std::int64_t outputs) const;
    [[nodiscard]] Batch ofFeatures(int batch, std::int64_t outputs) const;
    [[nodiscard]] at::Tensor hardTargets(const BatchRange& range, std::int64_t outputs) const;

    const TrainingData& m_data;
    const TrainConfig& m_config;
    const Normalisation& m_normalisation;
    std::vector<std::int64_t> m_order;
    std::vector<BatchRange> m_ranges;
    int m_epoch;
    const FrozenFeatures* m_features; ///< In place of pictures; null = none.
    std::vector<std::int64_t> m_rows; ///< Of the training pictures in their collection, where there are features.
    bool m_makesAhead;
    ReadAhead<Batch> m_batches;
    ReadAhead<Pictures::Taken> m_pictures;
};

} // namespace diascope::train
