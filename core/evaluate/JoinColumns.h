// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "evaluate/Predictions.h"

#include <string>
#include <vector>

namespace diascope::evaluate {

/// Adds subgroup columns of another table (age, sex, manufacturer …) to predictions that have sample names. Its key is
/// the column 'sample', else the first column whose values name samples: as written, or as a file name with or without
/// its ending. Cases without a row get "(unknown)". Throws Error{Usage} for an unknown column, Error{Mismatch} when no
/// row names a sample.
void joinColumns(Predictions& predictions, const base::CsvTable& table, const std::vector<std::string>& columns,
    const std::string& subject);

/// Adds every column but 'sample' of a table that nobody asked for (what DICOM headers say). One that makes no subgroups,
/// having too many different values, is left out and told in `predictions.problems`.
void joinOfferedColumns(Predictions& predictions, const base::CsvTable& table, const std::string& subject);

} // namespace diascope::evaluate
