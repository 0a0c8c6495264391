// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "pipeline/Plan.h"
#include "runs/RunFolder.h"

#include <filesystem>

namespace diascope::pipeline {

/// A new run folder, or with `resume` an existing one that was started with the same plan. What may differ is what decides nothing about what is learned:
/// package.*, predict.*, tracking.*, data.storeFolder, device and threads. Throws Error{Plan} for another plan, else as RunFolder::create() and open().
[[nodiscard]] runs::RunFolder openRun(const Plan& plan, const std::filesystem::path& path, bool resume);

/// Writes plan.yaml. That of an existing run stays as it was started, but for package.* and predict.*.
void writePlan(const Plan& plan, runs::RunFolder& folder);

} // namespace diascope::pipeline
