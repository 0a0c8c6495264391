// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/Resolve.h"

#include "image/Preprocess.h"
#include "nn/Registry.h"
#include "pipeline/TrainingOptions.h"

#include <torch/headeronly/version.h>

#include <algorithm>

namespace diascope::pipeline {

using base::Error;
using base::ErrorCode;
using base::Json;

Json resolvedPreprocess(const Plan& plan)
{
    if (!plan.preprocess.is_null() && !plan.preprocess.empty()) {
        return plan.preprocess;
    }
    constexpr int kSide = 224;
    const int channels = nn::architectureInfo(plan.model.architecture).defaults.inputChannels;
    Json steps = Json::array();
    steps.push_back({{"op", "window"}, {"mode", "file"}});
    steps.push_back(Json{{"op", channels == 1 ? "grey" : "rgb"}});
    steps.push_back({{"op", "resize"}, {"width", kSide}, {"height", kSide}, {"antialias", true}, {"filter", "bilinear"}});
    const std::vector<double> half(static_cast<std::size_t>(channels), 0.5);
    steps.push_back({{"op", "normalise"}, {"mean", half}, {"std", half}});
    return steps;
}

train::Loss resolvedLoss(const Plan& plan, std::size_t classes)
{
    const bool binary = plan.training.loss == "bce" || (plan.training.loss == "auto" && classes == 2);
    if (binary && classes != 2) {
        throw Error(ErrorCode::Plan, "training.loss", "'bce' needs two classes, the data have " + std::to_string(classes), "Use cross-entropy or auto.");
    }
    return binary ? train::Loss::BinaryCrossEntropy : train::Loss::CrossEntropy;
}

nn::ModelSpec modelSpecOf(const Plan& plan, const image::Preprocess& preprocess, std::size_t classes)
{
    nn::ModelSpec spec = nn::defaultSpec(plan.model.architecture);
    spec.inputChannels = preprocess.outputChannels();
    spec.outputs = resolvedLoss(plan, classes) == train::Loss::BinaryCrossEntropy ? 1 : static_cast<int>(classes);
    spec.dropout = plan.model.dropout;
    if (plan.model.hidden > 0) {
        spec.hidden = plan.model.hidden;
    }
    const auto& options = nn::architectureInfo(plan.model.architecture).options;
    const auto offers = [&options](const char* name) {
        return std::any_of(options.begin(), options.end(), [name](const nn::OptionInfo& option) { return option.name == name; });
    };
    if (!plan.model.head.empty()) {
        if (!offers("head")) {
            throw Error(ErrorCode::Plan, "model.head", plan.model.architecture + " has one kind of head only", "Leave model.head empty.");
        }
        spec.options["head"] = plan.model.head;
    }
    if (plan.model.channels > 0) {
        if (!offers("conv_channels")) {
            throw Error(ErrorCode::Plan, "model.channels", plan.model.architecture + " has a fixed number of channels", "Set model.channels to 0.");
        }
        spec.options["conv_channels"] = plan.model.channels;
    }
    nn::checkSpec(spec);
    return spec;
}

train::TrainConfig trainConfigOf(const Plan& plan, const image::Preprocess& preprocess, std::size_t classes, const std::string& device)
{
    const Plan::Training& t = plan.training;
    train::TrainConfig config;
    config.epochs = t.epochs;
    config.batchSize = t.batchSize;
    config.seed = t.seed;
    config.learningRate = t.learningRate;
    config.backboneLearningRate = t.backboneLearningRate;
    config.weightDecay = t.weightDecay;
    config.loss = resolvedLoss(plan, classes);
    config.patience = t.patience;
    applyTrainingOptions(t, config);
    config.augment = t.augment;
    config.balance = t.balance;
    config.mean = preprocess.mean();
    config.stdDev = preprocess.stdDev();
    config.threads = plan.threads;
    config.device = device;
    config.buildId = buildId();
    return config;
}

std::string buildId()
{
    return std::string("Diascope ") + DIASCOPE_VERSION + ", LibTorch " + TORCH_VERSION + ", compiler " + __VERSION__;
}

} // namespace diascope::pipeline
