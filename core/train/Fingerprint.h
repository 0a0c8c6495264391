// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Hash.h"
#include "train/TrainConfig.h"

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

namespace diascope::train {

/// Of settings and data, so that a checkpoint of another run is refused: takes numbers and texts one after another,
/// doubles by their bits.
class Fingerprint {
public:
    Fingerprint& add(const std::string& text);
    Fingerprint& add(double value);
    template <typename T> Fingerprint& addAll(const std::vector<T>& values)
    {
        add(std::to_string(values.size()));
        for (const T value : values) {
            add(static_cast<double>(value));
        }
        return *this;
    }
    /// Enumerations by their number.
    template <typename Enum> Fingerprint& addWord(Enum value)
    {
        return add(static_cast<double>(static_cast<int>(value)));
    }
    void addLabels(const at::Tensor& labels);
    void addAugmentation(const AugmentConfig& augmentation);
    /// Optimiser, schedule, loss, freezing, and the length where the schedule depends on it.
    void addOptimisation(const TrainConfig& config);
    [[nodiscard]] std::string hex() { return m_hash.hex(); }

private:
    base::Sha256 m_hash;
};

} // namespace diascope::train
