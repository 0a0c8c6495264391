// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dataset/Dataset.h"
#include "pipeline/Plan.h"

namespace diascope::pipeline {

/// What a plan says about its data, for dataset::readDataset: places, columns, data.fixes. Throws Error{Plan} for fixes
/// that are none.
[[nodiscard]] dataset::Source sourceOf(const Plan& plan);

} // namespace diascope::pipeline
