// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/Classifier.h"

#include "base/Error.h"
#include "nn/Layers.h"
#include "nn/Module.h"
#include "nn/Registry.h"
#include "nn/TorchErrors.h"

#include <torch/torch.h>

namespace diascope::nn {

Classifier::Classifier(ModelSpec spec) : m_spec(std::move(spec)), m_root(std::make_unique<Module>()) {}
Classifier::~Classifier() = default;

at::Tensor Classifier::features(const at::Tensor& x)
{
    return translated("computing the feature map", [&] {
        checkInput(x);
        return computeFeatures(m_frozen ? x.contiguous(at::MemoryFormat::ChannelsLast) : x);
    });
}

at::Tensor Classifier::pooled(const at::Tensor& f)
{
    return translated("computing the logits", [&] { return computePooled(f); });
}

at::Tensor Classifier::logits(const at::Tensor& pooled)
{
    return translated("computing the logits", [&] { return computeLogits(pooled); });
}

at::Tensor Classifier::computePooled(const at::Tensor& f)
{
    return f;
}

std::optional<at::Tensor> Classifier::attention(const at::Tensor& f)
{
    return translated("computing the attention map", [&] { return computeAttention(f); });
}

std::optional<at::Tensor> Classifier::computeAttention(const at::Tensor&)
{
    return std::nullopt;
}

void Classifier::checkInput(const at::Tensor& x) const
{
    const auto refuse = [&](const std::string& why) {
        throw base::Error(base::ErrorCode::Mismatch, m_spec.architecture, "the input " + why);
    };
    if (!x.defined() || x.dim() != 4 || x.size(0) < 1) {
        refuse("is not a batch of images (N,C,H,W)");
    }
    if (x.size(1) != m_spec.inputChannels) {
        refuse("has " + std::to_string(x.size(1)) + " channels, the network takes " + std::to_string(m_spec.inputChannels));
    }
    constexpr std::int64_t kSmallest = 32; // All networks halve five times.
    if (x.size(2) < kSmallest || x.size(3) < kSmallest) {
        refuse("is " + std::to_string(x.size(3)) + " x " + std::to_string(x.size(2)) + " pixels, fewer than 32 x 32");
    }
    if (const int fixed = fixedInputSize(m_spec); fixed != 0 && (x.size(2) != fixed || x.size(3) != fixed)) {
        const std::string side = std::to_string(fixed);
        refuse("is " + std::to_string(x.size(3)) + " x " + std::to_string(x.size(2)) + " pixels, the network takes " + side + " x " + side + " only");
    }
    if (x.scalar_type() != dtype() || x.device() != device()) {
        refuse(std::string("is ") + c10::toString(x.scalar_type()) + " on " + x.device().str() + ", the weights are " + c10::toString(dtype())
               + " on " + device().str());
    }
}

State Classifier::parameters() const
{
    return m_root->collect(Module::Part::Parameters);
}

State Classifier::buffers() const
{
    return m_root->collect(Module::Part::Buffers);
}

State Classifier::state() const
{
    return m_root->collect(Module::Part::Both);
}

State Classifier::backboneParameters() const
{
    State all = parameters();
    std::erase_if(all, [&](const auto& entry) { return isHead(entry.first); });
    return all;
}

State Classifier::headParameters() const
{
    State all = parameters();
    std::erase_if(all, [&](const auto& entry) { return !isHead(entry.first); });
    return all;
}

State Classifier::backboneState() const
{
    State all = state();
    std::erase_if(all, [&](const auto& entry) { return isHead(entry.first); });
    return all;
}

std::int64_t Classifier::parameterCount() const
{
    std::int64_t count = 0;
    for (const auto& [name, tensor] : parameters()) {
        count += tensor.numel();
    }
    return count;
}

void Classifier::train(bool on)
{
    m_root->train(on);
    if (on && m_frozen) {
        freeze(false);
    }
}

void Classifier::freeze(bool on)
{
    m_frozen = on;
    m_root->forEach<Conv2d>([&](Conv2d& conv) { conv.freeze(on); });
}

bool Classifier::isTraining() const
{
    return m_root->isTraining();
}

void Classifier::to(at::Device device)
{
    translated("moving the network", [&] {
        const c10::InferenceMode ordinary(false);
        for (auto& [name, tensor] : state()) {
            tensor.set_data(tensor.detach().to(device));
            tensor.mutable_grad().reset();
        }
    });
    freeze(m_frozen);
}

void Classifier::toDouble()
{
    translated("casting the network", [&] {
        const c10::InferenceMode ordinary(false);
        for (auto& [name, tensor] : state()) {
            if (tensor.is_floating_point()) {
                tensor.mutable_grad().reset();
                tensor.set_data(tensor.detach().to(at::kDouble));
            }
        }
    });
    freeze(m_frozen);
}

void Classifier::toChannelsLast()
{
    translated("casting the network", [&] {
        const c10::InferenceMode ordinary(false);
        for (auto& [name, tensor] : state()) {
            if (tensor.dim() == 4) {
                tensor.set_data(tensor.detach().contiguous(at::MemoryFormat::ChannelsLast));
            }
        }
    });
}

at::Device Classifier::device() const
{
    return m_root->first().device();
}

at::ScalarType Classifier::dtype() const
{
    return m_root->first().scalar_type();
}

std::shared_ptr<Classifier> Classifier::clone() const
{
    auto copy = makeEmptyClassifier(m_spec);
    translated("copying the network", [&] {
        const c10::InferenceMode ordinary(false);
        const State from = state(), to = copy->state();
        for (std::size_t i = 0; i < from.size(); ++i) {
            to[i].second.set_data(from[i].second.detach().clone());
            to[i].second.set_requires_grad(from[i].second.requires_grad());
        }
    });
    copy->train(isTraining());
    copy->freeze(m_frozen);
    return copy;
}

} // namespace diascope::nn
