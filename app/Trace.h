// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace diascope::app {

/// Prints {"milestone":…,"ms":…} on standard error when DIASCOPE_TRACE is set: milliseconds since the process started. For measurements.
void traceMilestone(const char* name);

} // namespace diascope::app
