// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/State.h"

#include "base/Error.h"
#include "base/Text.h"
#include "nn/Classifier.h"
#include "nn/TorchErrors.h"

#include <torch/torch.h>

#include <algorithm>
#include <unordered_map>

namespace diascope::nn {

namespace {

std::unordered_map<std::string, at::Tensor> byName(const State& state)
{
    return {state.begin(), state.end()};
}

std::string shapeText(const at::Tensor& tensor)
{
    std::string text = "[";
    for (std::int64_t i = 0; i < tensor.dim(); ++i) {
        text.append(i == 0 ? "" : ",").append(std::to_string(tensor.size(i)));
    }
    return text.append("]");
}

std::string quoted(const std::string& name)
{
    return "'" + base::shortened(name, 200) + "'";
}

} // namespace

const at::Tensor* find(const State& state, const std::string& name)
{
    const auto found = std::find_if(state.begin(), state.end(), [&](const auto& entry) { return entry.first == name; });
    return found == state.end() ? nullptr : &found->second;
}

State deepCopy(const State& state)
{
    return translated("copying the weights", [&] {
        const c10::InferenceMode ordinary(false);
        State copy;
        copy.reserve(state.size());
        for (const auto& [name, tensor] : state) {
            const at::Tensor onCpu = tensor.detach().to(at::kCPU);
            copy.emplace_back(name, onCpu.clone(at::MemoryFormat::Contiguous));
        }
        return copy;
    });
}

std::vector<std::string> differences(const State& wanted, const State& given)
{
    std::vector<std::string> lines;
    const auto givenByName = byName(given);
    for (const auto& [name, tensor] : wanted) {
        const auto found = givenByName.find(name);
        if (found == givenByName.end()) {
            lines.push_back("missing " + quoted(name));
        } else if (found->second.sizes() != tensor.sizes()) {
            lines.push_back(quoted(name) + " has shape " + shapeText(found->second) + ", the network wants " + shapeText(tensor));
        } else if (found->second.is_floating_point() != tensor.is_floating_point()) {
            lines.push_back(quoted(name) + " holds " + std::string(c10::toString(found->second.scalar_type())) + ", the network wants "
                            + c10::toString(tensor.scalar_type()));
        }
    }
    const auto wantedByName = byName(wanted);
    for (const auto& [name, tensor] : given) {
        if (!wantedByName.contains(name)) {
            lines.push_back("unexpected " + quoted(name));
        }
    }
    if (givenByName.size() != given.size()) {
        lines.push_back("a name stands twice");
    }
    return lines;
}

void loadState(Classifier& model, const State& state, const std::string& subject)
{
    const State own = model.state();
    const auto lines = differences(own, state);
    if (!lines.empty()) {
        std::string text = "the weights do not fit the network " + model.spec().architecture + ":";
        for (const auto& line : lines) {
            text += " " + line + ";";
        }
        text.pop_back();
        throw base::Error(base::ErrorCode::Mismatch, subject, text, "Nothing was loaded. Choose the weights of this network.");
    }
    translated("loading the weights", [&] {
        const c10::InferenceMode ordinary(false);
        const at::NoGradGuard noGrad;
        const auto given = byName(state);
        for (const auto& [name, tensor] : own) {
            tensor.copy_(given.at(name));
        }
    });
    model.freeze(model.isFrozen()); // What was folded from the old values must not answer any more.
}

std::vector<std::string> nonFiniteTensors(const State& state)
{
    std::vector<std::string> names;
    for (const auto& [name, tensor] : state) {
        if (tensor.is_floating_point() && !at::isfinite(tensor).all().item<bool>()) {
            names.push_back(name);
        }
    }
    return names;
}

} // namespace diascope::nn
