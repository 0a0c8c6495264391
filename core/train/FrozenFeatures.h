// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "train/Pictures.h"
#include "train/TrainConfig.h"

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <mutex>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace diascope::nn {
class Classifier;
}

namespace diascope::train {

/// What a backbone that does not change makes of the pictures of one collection: nn::Classifier::pooled() of its features, float32, computed when
/// a picture is first asked for and kept in memory. Serves all networks with that backbone, preprocessing, precision and device, from any thread.
class FrozenFeatures {
public:
    /// `pictures`: how many the collection has. `mostBytes`: beyond it nothing is kept.
    FrozenFeatures(std::int64_t pictures, std::uint64_t mostBytes);

    struct Completed {
        bool all = false;          ///< False after a stop, and where the features of the whole collection are more than `mostBytes`.
        std::int64_t computed = 0; ///< Pictures that went through the backbone now, always in batches of 32.
        std::int64_t found = 0;    ///< Pictures that had been through it.
        std::uint64_t neededBytes = 0; ///< For the whole collection; 0 = not known yet.
    };
    /// Computes what is missing of `pictures` (a part of the collection) with the backbone of `model`, which is left in eval mode.
    Completed complete(nn::Classifier& model, const Pictures& pictures, const TrainConfig& config, Precision precision, std::stop_token stop);

    /// Of these rows of the collection, which complete() has seen: N,... as pooled() gave them, memory order included, on `device`.
    [[nodiscard]] at::Tensor take(std::span<const std::int64_t> rows, const at::Device& device) const;

    /// Whole safetensors file of all that is known, `key` in it.
    [[nodiscard]] std::string serialised(const std::string& key) const;
    /// Takes such a file up. Throws Error{Malformed|Mismatch} when it is damaged, made for another key or for another collection; nothing is taken
    /// up then.
    void restore(const std::string& bytes, const std::string& key, const std::string& subject);

private:
    void reserve(const at::Tensor& pooled);
    void keep(std::span<const std::int64_t> rows, const at::Tensor& pooled);
    [[nodiscard]] std::vector<std::int64_t> knownRows() const;

    std::int64_t m_count;
    std::uint64_t m_mostBytes;
    mutable std::mutex m_mutex;
    std::vector<bool> m_known;
    at::Tensor m_values;               ///< float32 count,R: one picture a row, in the memory order of pooled().
    std::vector<std::int64_t> m_shape; ///< Of one picture, channels first.
    bool m_channelsLast = false;       ///< A row is h,w,C.
};

/// Why the features of a frozen backbone cannot be kept under this configuration, as the rest of "…, because …"; empty when they can.
[[nodiscard]] std::string whatMovesPictures(const TrainConfig& config);

} // namespace diascope::train
