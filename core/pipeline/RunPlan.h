// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "pipeline/Plan.h"
#include "runs/RunFolder.h"

#include <filesystem>

namespace diascope::pipeline {

/// The part of a plan that decides what is learned, as JSON: without package.*, predict.*, tracking.*, data.storeFolder,
/// data.memoryMiB, device and threads.
[[nodiscard]] base::Json essenceOf(Plan plan);

/// A new run folder, or with `resume` an existing one that was started with the same plan. What essenceOf()
/// leaves out may differ. Throws Error{Plan} for another plan, else as RunFolder::create() and open().
[[nodiscard]] runs::RunFolder openRun(const Plan& plan, const std::filesystem::path& path, bool resume);

/// Writes plan.yaml. That of an existing run stays as it was started, but for package.* and predict.*.
void writePlan(const Plan& plan, runs::RunFolder& folder);

} // namespace diascope::pipeline
