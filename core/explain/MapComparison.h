// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/Figure.h"

#include <span>

namespace diascope::explain {

/// Spearman's rank correlation, -1..1 (Pearson's of the mid-ranks). Undefined when the sizes differ, for fewer than two values, and when one
/// side is constant or not finite.
[[nodiscard]] metrics::Figure rankCorrelation(std::span<const float> a, std::span<const float> b);

/// Structural similarity (Wang et al. 2004) of two maps of 0..1 taken as one window, up to 1: maps have too few cells for a sliding one.
/// Undefined when the sizes differ, for no values and for values that are not finite.
[[nodiscard]] metrics::Figure structuralSimilarity(std::span<const float> a, std::span<const float> b);

} // namespace diascope::explain
