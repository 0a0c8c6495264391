// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "evaluate/Predictions.h"

#include <string>
#include <vector>

namespace diascope::cli {

/// Where the values of a subgroup may stand, in the order in which they are asked.
struct SubgroupSource {
    std::vector<std::string> columns; ///< That somebody asked for.
    std::string named;                ///< A table named for it; then no other is asked.
    std::string other;                ///< The table of the data itself; not there, or no table: not asked.
};

/// Adds the columns that were asked for. One that the predictions have already (sex, age and manufacturer from DICOM
/// headers) stands where no table has it, and gives way where one does. Throws Error{Usage} for a column that is nowhere.
void addSubgroups(evaluate::Predictions& predictions, const SubgroupSource& source);

} // namespace diascope::cli
