// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace diascope::app {

/// Sends the log to a rotating file in the user's data folder (1 MiB, three kept) through spdlog; to standard error when that
/// folder cannot be written. Log lines carry no patient data (safety rule 10).
void installLogFile();

} // namespace diascope::app
