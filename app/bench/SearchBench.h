// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/bench/Measure.h"

#include <vector>

namespace diascope::bench {

/// What a search costs beside its trainings, and how good its proposals are: seconds per TPE suggestion after 50 and
/// 500 trials of the function "training_like" (median of 20), seconds to write a trial with ten reports into a study
/// file (a fsync each; median of 20), seconds for the importance of 500 trials, and for each of the four functions the
/// median over 30 seeds of the best of 50 trials, by TPE and by random search.
[[nodiscard]] std::vector<Figure> searchFigures();

} // namespace diascope::bench
