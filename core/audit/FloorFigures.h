// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "audit/Floors.h"

namespace diascope::audit {

/// Fills in the figures of a floor from its labels, predictions and scores.
void addFigures(Floor& floor);

} // namespace diascope::audit
