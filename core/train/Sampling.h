// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace diascope::train {

struct SamplingConfig {
    bool balance = true;
    std::uint64_t seed = 42;
};

/// The order in which an epoch draws its samples: as many draws as there are labels, a function of (seed, epoch) alone.
/// Balanced: each class that occurs gets the same share (to one draw); a class with fewer samples than its share is
/// gone through again in a new order, one with more gives a fresh random part of itself in every epoch.
[[nodiscard]] std::vector<std::int64_t> epochOrder(std::span<const std::int64_t> labels, int epoch, const SamplingConfig& config);

struct BatchRange {
    std::int64_t begin = 0, end = 0;
    [[nodiscard]] std::int64_t size() const { return end - begin; }
};

/// Cuts `draws` into batches. A last batch of one joins the one before it: batch norm cannot train on one value.
[[nodiscard]] std::vector<BatchRange> batchRanges(std::int64_t draws, int batchSize);

} // namespace diascope::train
