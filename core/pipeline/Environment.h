// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Json.h"
#include "nn/Device.h"
#include "pipeline/Plan.h"

#include <string>

namespace diascope::pipeline {

/// What a run was computed with: program, libraries, device, threads, processor. No host name, no user, no folder.
[[nodiscard]] base::Json environmentJson(const Plan& plan, const nn::DeviceChoice& device);

/// The processor's name as the system gives it; empty where it gives none.
[[nodiscard]] std::string processorName();

} // namespace diascope::pipeline
