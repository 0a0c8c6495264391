// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "train/TrainConfig.h"

#include <cstdint>
#include <span>
#include <vector>

namespace diascope::train {

struct SamplingConfig {
    bool balance = true;
    std::uint64_t seed = 42;
    Sampler sampler = Sampler::Share;
    double drawsPerSample = 1.0; ///< > 0.
};

/// The order in which an epoch draws its samples, drawsPerSample times as many draws as there are labels (rounded), a
/// function of (seed, epoch) alone. Share: each class that occurs gets the same share (to one draw); a class with fewer
/// samples than its share is gone through again in a new order, one with more gives a fresh random part of itself in
/// every epoch. Weighted: see weightedDraws(), a sample's weight 1 / size of its class. Not balanced: all samples, gone
/// through as often as needed.
[[nodiscard]] std::vector<std::int64_t> epochOrder(
    std::span<const std::int64_t> labels, int epoch, const SamplingConfig& config);

/// Independent draws with replacement by weight: torch.multinomial in double, bit for bit, with a CPU generator of this
/// seed.
[[nodiscard]] std::vector<std::int64_t> weightedDraws(
    std::span<const double> weights, std::int64_t draws, std::uint64_t generatorSeed);

struct BatchRange {
    std::int64_t begin = 0, end = 0;
    [[nodiscard]] std::int64_t size() const { return end - begin; }
};

/// Cuts `draws` into batches. A last batch of one joins the one before it: batch norm cannot train on one value.
[[nodiscard]] std::vector<BatchRange> batchRanges(std::int64_t draws, int batchSize);

} // namespace diascope::train
