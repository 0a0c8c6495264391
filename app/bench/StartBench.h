// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/bench/Measure.h"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace diascope::bench {

/// Starts the application on `path` with DIASCOPE_TRACE set, waits until `last` was reached or `timeoutSeconds` passed, and ends it.
struct StartRun {
    std::map<std::string, double> milestonesMs; ///< Since process start.
    Memory memory;                              ///< When `last` was reached; decoder processes not counted.
};
[[nodiscard]] StartRun startApplication(const std::filesystem::path& program, const std::vector<std::string>& arguments, const std::string& last,
                                        double timeoutSeconds = 120.0);

/// Window and first image of the given data, from process start: median of `runs`. `name` starts the figures' names.
[[nodiscard]] std::vector<Figure> startFigures(const std::string& name, const std::filesystem::path& program, const std::filesystem::path& path, int runs);

} // namespace diascope::bench
