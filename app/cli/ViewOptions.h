// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "predict/Predictor.h"

#include <CLI/CLI.hpp>

namespace diascope::cli {

/// --tta and --tta-views. A misspelt view is refused with the nearest name before any picture is read.
void addViewOptions(CLI::App& command, predict::Predictor::Options& options);

} // namespace diascope::cli
