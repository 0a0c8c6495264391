// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/bench/Measure.h"

#include <filesystem>
#include <vector>

namespace diascope::bench {

/// Opens `folder` in a running application (its own window, 1600x1000), waits until the series is in memory, and scrolls: opening to first
/// image, milliseconds a step with painting, slices a second, and how far 300 wheel events at once lag behind.
/// `name` starts the figures' names.
[[nodiscard]] std::vector<Figure> scrollFigures(const std::string& name, const std::filesystem::path& folder);

} // namespace diascope::bench
