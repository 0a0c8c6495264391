// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "check_layers/IncludeScan.h"
#include "check_layers/LayerTable.h"

#include <string>
#include <vector>

namespace diascope::tests {

/// What the includes do against the table, one sentence each with file and line; empty when nothing.
[[nodiscard]] std::vector<std::string> forbiddenArrows(const std::vector<Include>& includes, const LayerTable& table);

/// Circles among files, and among the folders of core/ and ui/: "a.h -> b.h -> a.h"; empty when there are none.
[[nodiscard]] std::vector<std::string> cycles(const std::vector<Include>& includes);

/// Circles within the table itself, and names in it that are no folder of it.
[[nodiscard]] std::vector<std::string> faultsOfTable(const LayerTable& table);

} // namespace diascope::tests
