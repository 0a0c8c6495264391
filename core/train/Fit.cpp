// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/Fit.h"

#include "nn/Classifier.h"
#include "nn/TorchErrors.h"
#include "train/Loop.h"
#include "train/Scope.h"

#include <torch/torch.h>

namespace diascope::train {

namespace {

using base::Error;
using base::ErrorCode;

void checkPart(const TrainingData& part, const char* name, std::int64_t least)
{
    const bool shaped = part.images.defined() && part.labels.defined() && part.images.dim() == 4 && part.labels.dim() == 1
                        && part.images.size(0) == part.labels.size(0) && part.images.scalar_type() == at::kByte && part.labels.scalar_type() == at::kLong;
    if (!shaped) {
        throw Error(ErrorCode::Internal, name, "expected uint8 images N,C,H,W and int64 labels N");
    }
    if (part.images.size(0) < least) {
        throw Error(ErrorCode::Plan, name, "there are " + std::to_string(part.images.size(0)) + " images, at least " + std::to_string(least) + " are needed");
    }
}

} // namespace

TrainOutcome fit(nn::Classifier& model, const TrainingData& training, const TrainingData& validation, const TrainConfig& config,
                 const FitContext& context)
{
    const std::vector<base::Problem> problems = config.check();
    if (!problems.empty()) {
        throw Error(ErrorCode::Plan, problems.front().subject, problems.front().detail);
    }
    checkPart(training, "training part", 2);
    checkPart(validation, "validation part", 1);
    return nn::translated("training", [&] {
        const EngineScope scope(config.threads);
        return Loop(model, training, validation, config, context).run();
    });
}

} // namespace diascope::train
