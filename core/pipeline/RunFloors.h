// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "pipeline/PictureFloors.h"

#include <filesystem>
#include <stop_token>

namespace diascope::pipeline {

/// What trivial methods reach on the pictures of a run, on its own folds: beside them a network's figures mean something.
struct RunFloors {
    Floors outOfFold; ///< On the validation parts, pooled.
    Floors test;      ///< Without methods when there is no test part.
};

/// Reads data.csv and splits.csv of the run and the pictures themselves. `threads`: 0 = all cores. Throws Error{NotFound|Malformed} for a run without
/// them or of which no picture can be read any more, Error{Stopped}.
[[nodiscard]] RunFloors floorsOfRun(const std::filesystem::path& run, decode::DecoderPool& pool, int threads,
                                    const dataset::ProgressFunction& progress = {}, const std::stop_token& stop = {});

} // namespace diascope::pipeline
