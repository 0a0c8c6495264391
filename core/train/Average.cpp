// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/Average.h"

#include <torch/torch.h>

#include <algorithm>

namespace diascope::train {

namespace {

nn::State independentCopy(const nn::State& state)
{
    nn::State copy;
    for (const auto& [name, tensor] : state) {
        copy.emplace_back(name, tensor.detach().clone());
    }
    return copy;
}

void copyValues(const nn::State& from, const nn::State& to)
{
    const at::NoGradGuard noGrad;
    for (std::size_t i = 0; i < to.size(); ++i) {
        to[i].second.detach().copy_(from[i].second);
    }
}

} // namespace

WeightAverage::WeightAverage(const nn::State& live, double decay)
    : m_live(live)
    , m_average(independentCopy(live))
    , m_decay(decay)
{
}

void WeightAverage::update(std::int64_t steps)
{
    const at::NoGradGuard noGrad;
    std::vector<at::Tensor> averages, values;
    for (std::size_t i = 0; i < m_live.size(); ++i) {
        if (m_live[i].second.is_floating_point()) {
            averages.push_back(m_average[i].second);
            values.push_back(m_live[i].second.detach());
        } else {
            m_average[i].second.copy_(m_live[i].second);
        }
    }
    const auto n = static_cast<double>(steps);
    at::_foreach_lerp_(averages, values, 1.0 - std::min(m_decay, (1.0 + n) / (10.0 + n)));
}

BorrowedWeights::BorrowedWeights(const nn::State& live, const nn::State& other)
    : m_live(live)
    , m_own(independentCopy(live))
{
    copyValues(other, m_live);
}

BorrowedWeights::~BorrowedWeights()
{
    copyValues(m_own, m_live);
}

} // namespace diascope::train
