// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "pipeline/Prepare.h"

#include <string>

namespace diascope::runs {
class RunFolder;
}

namespace diascope::pipeline {

/// Writes what the preparation found, so that a later program need not look again: data.csv (`sample,file,frame,label,group`), data.json (classes, what
/// groups are made of), splits.csv, split.json (receipt, problems), sources.json (what the files are like), of DICOM files that say so subgroups.csv (sex, age
/// in years, manufacturer of each sample) and store.json (size and SHA-256 of the pictures, which themselves stay in memory or in plan.data.storeFolder). Throws Error{DiskFull|Unreadable}.
void storePreparation(const Experiment& experiment, const std::string& datasetSha256, runs::RunFolder& folder);

/// The same read back, without pictures: enough for tables, figures and packages. `device` is resolved. Throws Error{Malformed|NotFound}.
[[nodiscard]] Experiment storedExperiment(const Plan& plan, const std::string& device, const runs::RunFolder& folder);

/// The SHA-256 of the pictures, names and labels that was stored; empty when nothing was.
[[nodiscard]] std::string storedDataHash(const runs::RunFolder& folder);

} // namespace diascope::pipeline
