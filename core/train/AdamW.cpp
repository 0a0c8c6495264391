// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/AdamW.h"

#include <torch/torch.h>

#include <cmath>

namespace diascope::train {

AdamW::AdamW(std::vector<ParameterGroup> groups, AdamWOptions options)
    : m_options(options)
{
    for (ParameterGroup& parameters : groups) {
        Group group;
        for (const auto& [name, parameter] : parameters.parameters) {
            // The strides of the parameter are kept, so that every operation below runs over memory in order.
            group.first.push_back(at::zeros_like(parameter.detach()));
            group.second.push_back(at::zeros_like(parameter.detach()));
        }
        group.parameters = std::move(parameters);
        m_groups.push_back(std::move(group));
    }
}

void AdamW::step()
{
    const at::NoGradGuard noGrad;
    ++m_steps;
    for (Group& group : m_groups) {
        stepGroup(group);
    }
}

void AdamW::stepGroup(Group& group)
{
    std::vector<at::Tensor> weights, gradients, first, second;
    for (std::size_t i = 0; i < group.first.size(); ++i) {
        at::Tensor weight = group.parameters.parameters[i].second;
        if (weight.grad().defined()) {
            weights.push_back(weight.detach());
            gradients.push_back(weight.grad());
            first.push_back(group.first[i]);
            second.push_back(group.second[i]);
        }
    }
    if (weights.empty()) {
        return;
    }
    const double rate = group.parameters.learningRate;
    const double steps = static_cast<double>(m_steps);
    const double correction1 = 1.0 - std::pow(m_options.beta1, steps);
    const double correction2 = 1.0 - std::pow(m_options.beta2, steps);
    if (m_options.weightDecay != 0.0) {
        at::_foreach_mul_(weights, 1.0 - rate * m_options.weightDecay);
    }
    at::_foreach_lerp_(first, gradients, 1.0 - m_options.beta1);
    at::_foreach_mul_(second, m_options.beta2);
    at::_foreach_addcmul_(second, gradients, gradients, 1.0 - m_options.beta2);
    std::vector<at::Tensor> denominators = at::_foreach_sqrt(second);
    at::_foreach_div_(denominators, std::sqrt(correction2));
    at::_foreach_add_(denominators, m_options.epsilon);
    at::_foreach_addcdiv_(weights, first, denominators, -rate / correction1);
}

void AdamW::clearGradients()
{
    for (Group& group : m_groups) {
        for (auto& [name, parameter] : group.parameters.parameters) {
            parameter.mutable_grad().reset();
        }
    }
}

std::vector<double> AdamW::learningRates() const
{
    std::vector<double> rates;
    for (const Group& group : m_groups) {
        rates.push_back(group.parameters.learningRate);
    }
    return rates;
}

std::vector<std::pair<std::string, at::Tensor>> AdamW::moments() const
{
    std::vector<std::pair<std::string, at::Tensor>> result;
    for (const Group& group : m_groups) {
        for (std::size_t i = 0; i < group.first.size(); ++i) {
            const std::string& name = group.parameters.parameters[i].first;
            result.emplace_back("first/" + name, group.first[i]);
            result.emplace_back("second/" + name, group.second[i]);
        }
    }
    return result;
}

} // namespace diascope::train
