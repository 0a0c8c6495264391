// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "evaluate/Evaluation.h"

#include <string>
#include <vector>

namespace diascope::evaluate {

/// The plots of a report, each one inline SVG element: ROC, precision and recall, reliability, decision curve. What is
/// undefined is left out.
[[nodiscard]] std::vector<std::string> plotsOf(const Evaluation& evaluation);

} // namespace diascope::evaluate
