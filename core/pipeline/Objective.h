// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "pipeline/Plan.h"
#include "train/EpochReport.h"

#include <filesystem>
#include <optional>

namespace diascope::pipeline {

/// The figure of plan.training.monitor in an epoch; nothing where it is undefined or no finite number.
[[nodiscard]] std::optional<double> monitoredFigure(const Plan& plan, const train::EpochReport& report);

/// The same of a finished run at the epoch that each fold keeps, mean over the folds; from its folds.json and
/// epochs.csv. Throws Error{Mismatch} naming the run when a fold failed or has no such figure, else as RunFolder.
[[nodiscard]] double objectiveOf(const Plan& plan, const std::filesystem::path& runFolder);

} // namespace diascope::pipeline
