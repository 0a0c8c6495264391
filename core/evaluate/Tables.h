// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "evaluate/Evaluation.h"

#include <string>
#include <vector>

namespace diascope::evaluate {

/// A file of the report folder: name and content, UTF-8.
struct ReportFile {
    std::string name;
    std::string text;
};

/// CSV, cells protected (base/Csv.h): metrics.csv (all, by fold, by patient, by subgroup: one row a figure),
/// confusion.csv, report.csv, roc.csv, pr.csv, calibration.csv, decision.csv, thresholds.csv, floors.csv. Tables without rows are
/// left out. An undefined figure has an empty cell and its reason beside it.
[[nodiscard]] std::vector<ReportFile> tablesOf(const Evaluation& evaluation);

} // namespace diascope::evaluate
