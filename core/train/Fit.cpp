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
    const PictureShape& shape = part.images.shape();
    const bool shaped = part.images.defined() && part.labels.defined() && shape.channels > 0 && part.labels.dim() == 1
        && shape.count == part.labels.size(0) && part.labels.scalar_type() == at::kLong
        && (shape.type == at::kByte || shape.type == at::kUInt16);
    if (!shaped) {
        throw Error(ErrorCode::Internal, name, "expected uint8 or uint16 images N,C,H,W and int64 labels N");
    }
    if (shape.count < least) {
        throw Error(ErrorCode::Plan, name,
            "there are " + std::to_string(shape.count) + " images, at least " + std::to_string(least)
                + " are needed");
    }
}

void checkLabels(const TrainingData& part, const char* name, std::int64_t classes)
{
    const auto lowest = part.labels.min().item<std::int64_t>(), highest = part.labels.max().item<std::int64_t>();
    if (lowest < 0 || highest >= classes) {
        throw Error(ErrorCode::Mismatch, name,
            "its labels go from " + std::to_string(lowest) + " to " + std::to_string(highest)
                + ", the network knows 0 to " + std::to_string(classes - 1));
    }
}

void checkFits(const nn::Classifier& model, const TrainingData& training, const TrainingData& validation,
    const TrainConfig& config)
{
    const int outputs = model.spec().outputs;
    const bool binary = config.loss == Loss::BinaryCrossEntropy;
    if (binary && outputs != 1) {
        throw Error(ErrorCode::Plan, "training.loss",
            "binary cross entropy needs a network with one output, this one has " + std::to_string(outputs));
    }
    const auto weights = config.lossOptions.classWeights.size();
    if (weights != 0 && weights != static_cast<std::size_t>(outputs)) {
        throw Error(ErrorCode::Plan, "training.classWeights",
            "there are " + std::to_string(weights) + " weights for " + std::to_string(outputs) + " classes");
    }
    checkLabels(training, "training part", binary ? 2 : outputs);
    checkLabels(validation, "validation part", binary ? 2 : outputs);
    const PictureShape &wanted = training.images.shape(), &given = validation.images.shape();
    if (wanted.channels != given.channels || wanted.height != given.height || wanted.width != given.width) {
        throw Error(ErrorCode::Mismatch, "validation part",
            "its images have another size or number of channels than those of the training part");
    }
}

} // namespace

TrainOutcome fit(nn::Classifier& model, const TrainingData& training, const TrainingData& validation,
    const TrainConfig& config, const FitContext& context)
{
    const std::vector<base::Problem> problems = config.check();
    if (!problems.empty()) {
        throw Error(ErrorCode::Plan, problems.front().subject, problems.front().detail);
    }
    checkPart(training, "training part", 2);
    checkPart(validation, "validation part", 1);
    checkFits(model, training, validation, config);
    return nn::translated("training", [&] {
        const EngineScope scope(config.threads);
        return Loop(model, training, validation, config, context).run();
    });
}

} // namespace diascope::train
