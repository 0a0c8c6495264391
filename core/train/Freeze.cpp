// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/Freeze.h"

#include "base/Error.h"
#include "base/Text.h"
#include "nn/Classifier.h"
#include "nn/Layers.h"

#include <torch/torch.h>

#include <algorithm>
#include <vector>

namespace diascope::train {

namespace {

/// The tree of layers, which Classifier opens to architectures only.
class LayerTree : public nn::Classifier {
public:
    static nn::Module& of(nn::Classifier& model) { return (model.*(&LayerTree::root))(); }
};

bool liesIn(const std::string& parameter, const std::string& module)
{
    return parameter.starts_with(module + ".") || parameter.find("." + module + ".") != std::string::npos;
}

/// The modules that a scope may name: of every path its first two and three parts.
std::string namesOf(const nn::State& parameters)
{
    std::vector<std::string> names;
    for (const auto& [name, tensor] : parameters) {
        std::string module = name.substr(0, name.find('.', name.find('.') + 1));
        if (module.find("weight") == std::string::npos && module.find("bias") == std::string::npos
            && std::find(names.begin(), names.end(), module) == names.end()) {
            names.push_back(std::move(module));
        }
    }
    std::string list;
    for (const std::string& name : names) {
        list += (list.empty() ? "" : ", ") + name;
    }
    return list;
}

} // namespace

std::set<std::string> trainableBackbone(const nn::Classifier& model, const std::string& scope)
{
    const nn::State parameters = model.backboneParameters();
    std::set<std::string> names;
    if (scope == "head") {
        return names;
    }
    bool on = scope == "all";
    const std::string module = scope.ends_with('+') ? scope.substr(0, scope.size() - 1) : std::string();
    for (const auto& [name, tensor] : parameters) {
        on = on || (!module.empty() && liesIn(name, module));
        if (on) {
            names.insert(name);
        }
    }
    if (names.empty() && scope != "all") {
        throw base::Error(base::ErrorCode::Plan, "training.trainable",
            "'" + base::shortened(base::visibleText(scope)) + "' names no part of " + model.spec().architecture,
            "Use all, head, or one of these with a + behind it: " + namesOf(parameters) + ".");
    }
    return names;
}

void setTrainable(nn::Classifier& model, const std::set<std::string>& backbone)
{
    for (auto& [name, tensor] : model.backboneParameters()) {
        const bool trains = backbone.contains(name);
        if (tensor.requires_grad() != trains) {
            at::Tensor(tensor).set_requires_grad(trains);
            at::Tensor(tensor).mutable_grad().reset();
        }
    }
    for (auto& [name, tensor] : model.headParameters()) {
        at::Tensor(tensor).set_requires_grad(true);
    }
}

void trainUnfrozen(nn::Classifier& model)
{
    model.train(true);
    nn::Module& tree = LayerTree::of(model);
    tree.forEach<nn::BatchNorm>([](nn::BatchNorm& layer) { layer.train(layer.weight.requires_grad()); });
    tree.forEach<nn::SpectralLinear>([](nn::SpectralLinear& layer) { layer.train(layer.weight.requires_grad()); });
}

} // namespace diascope::train
