// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "pipeline/FoldFiles.h"
#include "pipeline/RunPackage.h"

#include <string>

namespace diascope::pipeline {

/// result.json of a run: figures of the out-of-fold predictions with their intervals, operating point, folds, problems. Pictures are not needed.
/// Throws Error{Plan} when no fold could be trained.
[[nodiscard]] base::Json evaluated(const Experiment& experiment, const std::vector<TrainedFold>& folds, const std::string& datasetSha256, int foldsAtOnce);

/// What a package needs of it.
[[nodiscard]] PackageParts partsOf(const base::Json& result);

/// The weights of the folds that have some.
[[nodiscard]] std::vector<nn::State> membersOf(const std::vector<TrainedFold>& folds);

} // namespace diascope::pipeline
