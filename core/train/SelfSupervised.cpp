// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/SelfSupervised.h"

#include "nn/Classifier.h"
#include "nn/TorchErrors.h"
#include "train/Scope.h"
#include "train/SelfSupervisedLoop.h"

#include <torch/torch.h>

namespace diascope::train {

using base::Error;
using base::ErrorCode;

namespace {

void checkPictures(const TrainingData& pictures)
{
    if (!pictures.images.defined()) {
        throw Error(ErrorCode::Internal, "pictures", "expected uint8 or uint16 images N,C,H,W");
    }
    if (pictures.images.count() < 2) {
        throw Error(ErrorCode::Plan, "pictures", "there are fewer than two");
    }
}

/// What this kind of training adds to TrainConfig::check().
std::vector<base::Problem> problemsOf(const TrainConfig& config)
{
    std::vector<base::Problem> problems;
    if (config.schedule.kind == ScheduleKind::Plateau) {
        problems.push_back({ErrorCode::Plan, "training.schedule",
            "is plateau, which needs a validation part; without labels there is none"});
    }
    if (config.precision == Precision::Float16) {
        problems.push_back(
            {ErrorCode::Plan, "training.precision", "is float16; without labels use bfloat16 or float32"});
    }
    if (config.backboneLearningRate == 0.0) {
        problems.push_back({ErrorCode::Plan, "training.backboneLearningRate", "is 0: the backbone would not learn"});
    }
    return problems;
}

} // namespace

std::vector<base::Problem> SelfSupervisedOptions::check() const
{
    constexpr int kWidest = 8192;
    std::vector<base::Problem> problems;
    if (projection < 8 || projection > kWidest) {
        problems.push_back({ErrorCode::Plan, "pretrain.projection", "must be 8 to 8192"});
    }
    if (bottleneck < 2 || bottleneck > kWidest) {
        problems.push_back({ErrorCode::Plan, "pretrain.bottleneck", "must be 2 to 8192"});
    }
    return problems;
}

SelfSupervisedOutcome fitWithoutLabels(nn::Classifier& model, const TrainingData& pictures, const TrainConfig& config,
    const SelfSupervisedOptions& options, const FitContext& context)
{
    for (const std::vector<base::Problem>& problems : {config.check(), problemsOf(config), options.check()}) {
        if (!problems.empty()) {
            throw Error(ErrorCode::Plan, problems.front().subject, problems.front().detail);
        }
    }
    checkPictures(pictures);
    return nn::translated("training without labels", [&] {
        const EngineScope scope(config.threads);
        return SelfSupervisedLoop(model, pictures, config, options, context).run();
    });
}

} // namespace diascope::train
