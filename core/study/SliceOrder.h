// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "study/Series.h"

#include <vector>

namespace diascope::study {

/// Puts the instances of one series into display order (see groupIntoSeries) and lists what is odd about
/// their geometry: missing slices, mixed spacing, odd orientation. Sets sortedByGeometry.
void sortInstances(Series& series);

} // namespace diascope::study
