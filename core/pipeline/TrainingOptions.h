// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "pipeline/Plan.h"
#include "train/TrainConfig.h"

namespace diascope::pipeline {

/// Sets what the plan says in words and sub-sections: monitor, loss options, optimiser, schedule, augmentation, mixing, sampler, scope, precision.
/// Throws Error{Plan} naming key and nearest word.
void applyTrainingOptions(const Plan::Training& training, train::TrainConfig& config);

} // namespace diascope::pipeline
