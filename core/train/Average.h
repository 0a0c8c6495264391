// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "nn/State.h"

#include <cstdint>

namespace diascope::train {

/// Exponential moving average of a network's weights and running figures. Counters are taken over as they are.
class WeightAverage {
public:
    /// `live`: the network's state(); tensors are followed, not copied. `decay` in (0, 1).
    WeightAverage(const nn::State& live, double decay);
    /// After the optimiser's step number `steps` (from 1). Early on the average follows faster: decay = min(d, (1 +
    /// steps) / (10 + steps)).
    void update(std::int64_t steps);
    [[nodiscard]] const nn::State& state() const { return m_average; }

private:
    nn::State m_live, m_average;
    double m_decay;
};

/// Puts other weights into a network for the length of a scope.
class BorrowedWeights {
public:
    BorrowedWeights(const nn::State& live, const nn::State& other);
    ~BorrowedWeights();
    BorrowedWeights(const BorrowedWeights&) = delete;
    BorrowedWeights& operator=(const BorrowedWeights&) = delete;

private:
    nn::State m_live, m_own;
};

} // namespace diascope::train
