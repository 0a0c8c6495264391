// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/Module.h"

#include <torch/torch.h>

namespace diascope::nn {

State Module::collect(Part part) const
{
    State all;
    collect(part, {}, all);
    return all;
}

void Module::collect(Part part, const std::string& prefix, State& into) const
{
    const auto append = [&](const State& own) {
        for (const auto& [name, tensor] : own) {
            into.emplace_back(prefix + name, tensor);
        }
    };
    if (part != Part::Buffers) {
        append(m_parameters);
    }
    if (part != Part::Parameters) {
        append(m_buffers);
    }
    for (const auto& [name, child] : m_children) {
        child->collect(part, prefix + name + ".", into);
    }
}

at::Tensor Module::first() const
{
    if (!m_parameters.empty()) {
        return m_parameters.front().second;
    }
    for (const auto& [name, child] : m_children) {
        if (at::Tensor tensor = child->first(); tensor.defined()) {
            return tensor;
        }
    }
    return {};
}

void Module::train(bool on)
{
    m_training = on;
    for (const auto& [name, child] : m_children) {
        child->train(on);
    }
}

at::Tensor Module::addParameter(const std::string& name, const std::vector<std::int64_t>& shape)
{
    // Leaves must be ordinary tensors even when the caller's thread is in inference mode.
    const c10::InferenceMode ordinary(false);
    m_parameters.emplace_back(name, at::empty(shape, at::kFloat).requires_grad_(true));
    return m_parameters.back().second;
}

at::Tensor Module::addBuffer(const std::string& name, at::Tensor value)
{
    m_buffers.emplace_back(name, std::move(value));
    return m_buffers.back().second;
}

} // namespace diascope::nn
