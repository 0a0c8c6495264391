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

} // namespace

std::vector<base::Problem> TrainConfig::check() const
{
    std::vector<base::Problem> problems;
    require(problems, epochs >= 1 && epochs <= 100000, "epochs", "must be 1 to 100000");
    require(problems, batchSize >= 2 && batchSize <= 65536, "batchSize", "must be 2 to 65536: batch normalisation needs two images");
    require(problems, isRate(learningRate), "learningRate", "must be 0 or more");
    require(problems, isRate(backboneLearningRate), "backboneLearningRate", "must be 0 or more");
    require(problems, learningRate > 0.0 || backboneLearningRate > 0.0, "learningRate", "is 0 everywhere: nothing would be learned");
    require(problems, isRate(weightDecay), "weightDecay", "must be 0 or more");
    require(problems, patience >= 0, "patience", "must be 0 or more");
    require(problems, threads >= 0 && threads <= 4096, "threads", "must be 0 to 4096");
    require(problems, mean.size() == stdDev.size(), "mean", "and stdDev must have one value for each channel");
    for (const float deviation : stdDev) {
        require(problems, std::isfinite(deviation) && deviation > 0.0F, "stdDev", "must be more than 0");
    }
    return problems;
}

} // namespace diascope::train
