// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Json.h"
#include "predict/Prediction.h"

#include <string>
#include <vector>

namespace diascope::explain {
struct MapQuality;
struct RandomisationTest;
struct GatedLayer;
}

namespace diascope::predict {

/// One line of `diascope-cli predict`, with the keys that ARCHITECTURE.md and the command's help promise.
[[nodiscard]] base::Json toJson(const Prediction& prediction);

/// One line of `diascope-cli explain`: method, class, grid and quality; `overlay` and `map` are the files that were written
/// (empty ones are left out).
[[nodiscard]] base::Json toJson(const Explanation& explanation, const std::string& overlay, const std::string& map);

/// What `explain --quality` adds to "quality": {"stability", "deletion", "insertion", "outsideSector"}; each figure is {"value"[, "reason"]}.
[[nodiscard]] base::Json toJson(const explain::MapQuality& quality);
/// {"grade", "pictures", "steps": [{"layer", "rankCorrelation", "similarity"}]}
[[nodiscard]] base::Json toJson(const explain::RandomisationTest& test);
/// [{"layer", "channels", "mean", "deviation", "least", "most", "top": [{"channel", "gate"}]}]
[[nodiscard]] base::Json toJson(const std::vector<explain::GatedLayer>& layers);

/// The line of an input that was refused: {"input", "error": {"code", "message"}}.
[[nodiscard]] base::Json refusalJson(const std::string& input, const base::Error& error);

} // namespace diascope::predict
