// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "audit/Floors.h"
#include "base/Error.h"
#include "dataset/Dataset.h"
#include "evaluate/Evaluation.h"

#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

namespace diascope::decode {
class DecoderPool;
}

namespace diascope::pipeline {

/// What trivial methods reach on the pictures of a run, on its own folds: beside them a network's figures mean something.
struct RunFloors {
    std::vector<std::string> classes;
    std::vector<audit::Floor> outOfFold; ///< On the validation parts, pooled.
    std::vector<audit::Floor> test;      ///< Empty without a test part.
    std::string on;                      ///< "the 5 folds of the first repeat", ….
    std::vector<base::Problem> problems; ///< Pictures that cannot be read any more; they are left out.
};

/// Reads data.csv and splits.csv of the run and the pictures themselves. `threads`: 0 = all cores. Throws Error{NotFound|Malformed} for a run without
/// them or of which no picture can be read any more, Error{Stopped}.
[[nodiscard]] RunFloors floorsOfRun(const std::filesystem::path& run, decode::DecoderPool& pool, int threads,
                                    const dataset::ProgressFunction& progress = {}, const std::stop_token& stop = {});

/// Puts floors beside the figures of a network on the same rows, and says plainly (`floorWords`, and among the warnings) which of them
/// it does not beat, and when a floor is so high that the split must be leaking.
void addFloors(evaluate::Evaluation& evaluation, const std::vector<audit::Floor>& floors, const std::string& on);

} // namespace diascope::pipeline
