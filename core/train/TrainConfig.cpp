// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/TrainConfig.h"

#include <cmath>

namespace diascope::train {

namespace {

void require(std::vector<base::Problem>& problems, bool good, const char* key, const std::string& detail)
{
    if (!good) {
        problems.push_back({base::ErrorCode::Plan, std::string("training.") + key, detail});
    }
}

bool isRate(double value)
{
    return std::isfinite(value) && value >= 0.0;
}

bool isWithin(double value, double low, double high)
{
    return value >= low && value <= high; // false for a NaN
}

/// A number of epochs or batches: high enough for anyone, and sums of them cannot overflow.
bool isCount(int value, int least)
{
    constexpr int kMost = 100000;
    return value >= least && value <= kMost;
}

void checkLoss(std::vector<base::Problem>& problems, const TrainConfig& config)
{
    const LossOptions& loss = config.lossOptions;
    const bool binary = config.loss == Loss::BinaryCrossEntropy;
    require(problems, isWithin(loss.labelSmoothing, 0.0, 0.999), "labelSmoothing", "must be 0 to less than 1");
    require(problems, isWithin(loss.focalGamma, 0.0, 100.0), "focalGamma", "must be 0 to 100");
    require(problems, loss.focal != Focal::RenalNet || isWithin(loss.focalAlpha, 1e-6, 1e6), "focalAlpha",
        "must be more than 0 with RenalNet's focal loss");
    require(problems, loss.focal != Focal::Standard || isWithin(loss.focalAlpha, -1e6, 1.0), "focalAlpha",
        "must be 0 to 1, or negative for no weights");
    require(problems, isWithin(loss.positiveWeight, 1e-6, 1e6), "positiveWeight", "must be more than 0");
    require(problems, loss.positiveWeight == 1.0 || (binary && loss.focal == Focal::None), "positiveWeight",
        "goes with binary cross entropy without a focal term only");
    require(problems, loss.classWeights.empty() || (!binary && loss.focal == Focal::None), "classWeights",
        "go with cross entropy without a focal term only");
    for (const double weight : loss.classWeights) {
        require(problems, isWithin(weight, 1e-6, 1e6), "classWeights", "must be more than 0");
    }
}

void checkOptimiser(std::vector<base::Problem>& problems, const OptimiserOptions& o)
{
    constexpr double kBelowOne = 0.9999999;
    const char* const share = "must be 0 to less than 1";
    require(problems, isWithin(o.beta1, 0.0, kBelowOne), "optimiser.beta1", share);
    require(problems, isWithin(o.beta2, 0.0, kBelowOne), "optimiser.beta2", share);
    require(problems, isWithin(o.epsilon, 1e-300, 1.0), "optimiser.epsilon", "must be more than 0, at most 1");
    require(problems, isWithin(o.momentum, 0.0, kBelowOne), "optimiser.momentum", share);
    require(problems, isWithin(o.smoothing, 0.0, kBelowOne), "optimiser.smoothing", share);
    require(problems, !o.nesterov || o.momentum > 0.0, "optimiser.nesterov", "needs optimiser.momentum above 0");
}

void checkSchedule(std::vector<base::Problem>& problems, const ScheduleOptions& s)
{
    require(problems, isCount(s.stepEpochs, 1), "schedule.stepEpochs", "must be 1 to 100000");
    require(problems, isWithin(s.factor, 1e-9, 1.0 - 1e-9), "schedule.factor", "must be between 0 and 1");
    require(problems, isCount(s.patience, 0), "schedule.patience", "must be 0 to 100000");
    require(problems, isWithin(s.threshold, 0.0, 1.0), "schedule.threshold", "must be 0 to 1");
    require(problems, isWithin(s.smallest, 0.0, 100.0), "schedule.smallest", "must be 0 to 100");
    require(problems, isCount(s.periodEpochs, 0), "schedule.periodEpochs", "must be 0 (all epochs) to 100000");
    require(problems, isWithin(s.warmup, 0.0, 0.99), "schedule.warmup", "must be 0 to 0.99");
    require(problems, isWithin(s.divideFirst, 1.0, 1e9), "schedule.divideFirst", "must be 1 to 1e9");
    require(problems, isWithin(s.divideLast, 1.0, 1e9), "schedule.divideLast", "must be 1 to 1e9");
}

void checkMix(std::vector<base::Problem>& problems, const MixOptions& mix)
{
    require(problems, isWithin(mix.mixupProbability, 0.0, 1.0), "mix.mixupProbability", "must be 0 to 1");
    require(problems, isWithin(mix.cutmixProbability, 0.0, 1.0), "mix.cutmixProbability", "must be 0 to 1");
    require(problems, isWithin(mix.mixupAlpha, 1e-3, 1e3), "mix.mixupAlpha", "must be 0.001 to 1000");
    require(problems, isWithin(mix.cutmixAlpha, 1e-3, 1e3), "mix.cutmixAlpha", "must be 0.001 to 1000");
}

/// "affine.shift must be 0 to 1" -> key and what it must be.
void checkAugmentation(std::vector<base::Problem>& problems, const AugmentConfig& augmentation)
{
    for (const std::string& sentence : augmentation.check()) {
        const std::size_t blank = sentence.find(' ');
        require(problems, false, ("augmentation." + sentence.substr(0, blank)).c_str(), sentence.substr(blank + 1));
    }
}

} // namespace

std::vector<base::Problem> TrainConfig::check() const
{
    std::vector<base::Problem> problems;
    require(problems, isCount(epochs, 1), "epochs", "must be 1 to 100000");
    require(problems, batchSize >= 2 && batchSize <= 65536, "batchSize",
        "must be 2 to 65536: batch normalisation needs two images");
    require(problems, isRate(learningRate), "learningRate", "must be 0 or more");
    require(problems, isRate(backboneLearningRate), "backboneLearningRate", "must be 0 or more");
    require(problems, learningRate > 0.0 || backboneLearningRate > 0.0, "learningRate",
        "is 0 everywhere: nothing would be learned");
    require(problems, isRate(weightDecay), "weightDecay", "must be 0 or more");
    require(problems, isCount(patience, 0), "patience", "must be 0 to 100000");
    require(problems, threads >= 0 && threads <= 4096, "threads", "must be 0 to 4096");
    require(problems, drawsPerSample > 0.0 && drawsPerSample <= 1000.0, "drawsPerSample",
        "must be more than 0, at most 1000");
    require(problems, isCount(freezeEpochs, 0), "freezeEpochs", "must be 0 to 100000");
    require(problems, !(freezeEpochs > 0 && learningRate == 0.0), "freezeEpochs",
        "needs a learningRate of the head above 0: nothing else trains then");
    require(problems, isWithin(clipNorm, 0.0, 1e6), "clipNorm", "must be 0 (off) to 1e6");
    require(problems, microBatch == 0 || (microBatch >= 2 && microBatch <= 65536), "microBatch",
        "must be 0 (whole batches) or 2 to 65536");
    require(problems, emaDecay >= 0.0 && emaDecay < 1.0, "emaDecay", "must be 0 (off) to less than 1");
    require(problems, isCount(checkpointBatches, 0), "checkpointBatches", "must be 0 to 100000");
    checkLoss(problems, *this);
    checkOptimiser(problems, optimiser);
    checkSchedule(problems, schedule);
    checkMix(problems, mix);
    checkAugmentation(problems, augmentation);
    require(problems, mean.size() == stdDev.size(), "mean", "and stdDev must have one value for each channel");
    for (const float deviation : stdDev) {
        require(problems, std::isfinite(deviation) && deviation > 0.0F, "stdDev", "must be more than 0");
    }
    return problems;
}

} // namespace diascope::train
