// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/Optimiser.h"

#include <torch/torch.h>

#include <cmath>

namespace diascope::train {

Optimiser::Optimiser(std::vector<ParameterGroup> groups, OptimiserOptions options)
    : m_options(options)
{
    const bool adam = options.kind == OptimiserKind::AdamW || options.kind == OptimiserKind::Adam;
    const bool rms = options.kind == OptimiserKind::RmsProp;
    for (ParameterGroup& parameters : groups) {
        Group group;
        for (const auto& [name, parameter] : parameters.parameters) {
            // The strides of the parameter are kept: fused steps run over memory in order.
            const auto zeros = [&weight = parameter] { return at::zeros_like(weight.detach()); };
            if (adam || (rms && options.centred)) {
                group.first.push_back(zeros());
            }
            if (adam || rms) {
                group.second.push_back(zeros());
            }
            if (!adam && options.momentum > 0.0) {
                group.momentum.push_back(zeros());
            }
            if (adam) {
                group.steps.push_back(
                    torch::zeros({}, torch::TensorOptions().dtype(torch::kFloat32).device(parameter.device())));
            }
        }
        group.parameters = std::move(parameters);
        m_groups.push_back(std::move(group));
    }
}

Optimiser::Active Optimiser::activeOf(const Group& group)
{
    Active active;
    const auto take = [](const std::vector<at::Tensor>& from, std::vector<at::Tensor>& to, std::size_t i) {
        if (!from.empty()) {
            to.push_back(from[i]);
        }
    };
    for (std::size_t i = 0; i < group.parameters.parameters.size(); ++i) {
        const at::Tensor& weight = group.parameters.parameters[i].second;
        if (!weight.grad().defined()) {
            continue;
        }
        const bool sameOrder = weight.grad().strides() == weight.strides();
        active.weights.push_back(weight.detach());
        active.gradients.push_back(sameOrder ? weight.grad() : at::empty_like(weight.detach()).copy_(weight.grad()));
        take(group.first, active.first, i);
        take(group.second, active.second, i);
        take(group.momentum, active.momentum, i);
        take(group.steps, active.steps, i);
    }
    return active;
}

void Optimiser::step()
{
    const at::NoGradGuard noGrad;
    const OptimiserOptions& o = m_options;
    for (const Group& group : m_groups) {
        Active active = activeOf(group);
        const double rate = group.parameters.learningRate;
        if (active.weights.empty()) {
            continue;
        }
        if (!active.steps.empty()) {
            at::_foreach_add_(active.steps, 1.0);
        }
        switch (o.kind) {
        case OptimiserKind::AdamW:
            at::_fused_adamw_(active.weights, active.gradients, active.first, active.second, {}, active.steps, rate,
                o.beta1, o.beta2, o.weightDecay, o.epsilon, false, false);
            break;
        case OptimiserKind::Adam:
            at::_fused_adam_(active.weights, active.gradients, active.first, active.second, {}, active.steps, rate,
                o.beta1, o.beta2, o.weightDecay, o.epsilon, false, false);
            break;
        case OptimiserKind::Sgd:
            // A first step with momentum sets the buffer to the gradient: the same as momentum * 0 + gradient.
            at::_fused_sgd_(active.weights, active.gradients, active.momentum, o.weightDecay, o.momentum, rate, 0.0,
                o.nesterov, false, false);
            break;
        case OptimiserKind::RmsProp:
            stepRmsProp(active, rate);
            break;
        }
    }
}

void Optimiser::stepRmsProp(Active& active, double rate) const
{
    const OptimiserOptions& o = m_options;
    std::vector<at::Tensor> gradients = active.gradients;
    if (o.weightDecay != 0.0) {
        gradients = at::_foreach_add(gradients, active.weights, o.weightDecay);
    }
    at::_foreach_mul_(active.second, o.smoothing);
    at::_foreach_addcmul_(active.second, gradients, gradients, 1.0 - o.smoothing);
    std::vector<at::Tensor> spread;
    if (o.centred) {
        at::_foreach_lerp_(active.first, gradients, 1.0 - o.smoothing);
        spread = at::_foreach_addcmul(active.second, active.first, active.first, -1.0);
        at::_foreach_sqrt_(spread);
    } else {
        spread = at::_foreach_sqrt(active.second);
    }
    at::_foreach_add_(spread, o.epsilon);
    if (o.momentum > 0.0) {
        at::_foreach_mul_(active.momentum, o.momentum);
        at::_foreach_addcdiv_(active.momentum, gradients, spread, 1.0);
        at::_foreach_add_(active.weights, active.momentum, -rate);
    } else {
        at::_foreach_addcdiv_(active.weights, gradients, spread, -rate);
    }
}

void Optimiser::clearGradients()
{
    for (Group& group : m_groups) {
        for (auto& [name, parameter] : group.parameters.parameters) {
            parameter.mutable_grad().reset();
        }
    }
}

std::vector<at::Tensor> Optimiser::gradients() const
{
    std::vector<at::Tensor> result;
    for (const Group& group : m_groups) {
        for (const auto& [name, parameter] : group.parameters.parameters) {
            if (parameter.grad().defined()) {
                result.push_back(parameter.grad());
            }
        }
    }
    return result;
}

std::vector<double> Optimiser::learningRates() const
{
    std::vector<double> rates;
    for (const Group& group : m_groups) {
        rates.push_back(group.parameters.learningRate);
    }
    return rates;
}

void Optimiser::setLearningRates(const std::vector<double>& rates)
{
    for (std::size_t i = 0; i < m_groups.size(); ++i) {
        m_groups[i].parameters.learningRate = rates.at(i);
    }
}

void Optimiser::setMomentum(double momentum)
{
    if (m_options.kind == OptimiserKind::AdamW || m_options.kind == OptimiserKind::Adam) {
        m_options.beta1 = momentum;
    } else if (m_options.momentum > 0.0) {
        m_options.momentum = momentum;
    }
}

std::vector<std::pair<std::string, at::Tensor>> Optimiser::state() const
{
    std::vector<std::pair<std::string, at::Tensor>> result;
    for (const Group& group : m_groups) {
        for (std::size_t i = 0; i < group.parameters.parameters.size(); ++i) {
            const auto add = [&](const char* kind, const std::vector<at::Tensor>& tensors) {
                if (!tensors.empty()) {
                    result.emplace_back(std::string(kind) + group.parameters.parameters[i].first, tensors[i]);
                }
            };
            add("first/", group.first);
            add("second/", group.second);
            add("momentum/", group.momentum);
            add("steps/", group.steps);
        }
    }
    return result;
}

double clipGradients(std::vector<at::Tensor> gradients, double longest)
{
    if (gradients.empty()) {
        return 0.0;
    }
    const at::NoGradGuard noGrad;
    const double norm = torch::stack(at::_foreach_norm(gradients)).norm().item<double>();
    const double factor = longest / (norm + 1e-6);
    if (factor < 1.0) {
        at::_foreach_mul_(gradients, factor);
    }
    return norm;
}

} // namespace diascope::train
