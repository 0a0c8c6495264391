// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"
#include "train/EpochReport.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace diascope::ui {

/// What an inspection of a data source found; plain values for the Train page.
struct DataSummary {
    std::string source;
    std::int64_t samples = 0;
    bool labelled = true;                                      ///< False: the plan learns without labels, there are no classes to show.
    std::vector<std::pair<std::string, std::int64_t>> classes; ///< Name and number of samples.
    std::int64_t groups = 0;                                   ///< Patients (or what stands for them); 0 = unknown.
    std::string grouping;                                      ///< How they were told apart, in words.
    std::int64_t trainingSamples = 0, validationSamples = 0;   ///< As the split would make them; 0 = not known yet.
    std::vector<base::Problem> problems;
};

/// One figure of a finished run with its interval.
struct ResultFigure {
    std::string name;            ///< "AUC (validation)".
    double value = 0.0;
    std::optional<double> low, high; ///< Limits of the interval.
    std::string unit;            ///< Empty for a share or an index.
    std::string note;            ///< "95 % interval, DeLong, 84 images of 21 patients".
};

/// How a run ended.
struct RunResult {
    train::RunState state = train::RunState::Finished;
    std::string runFolder;
    std::string package;         ///< Path; empty when none was written.
    std::string weights;         ///< Path of starting weights that a run without labels made; empty for others.
    int bestEpoch = -1;          ///< 0-based; -1 = none.
    int keptEpoch = -1;          ///< Whose weights the package holds, 0-based; -1 = those of the best one.
    std::vector<ResultFigure> figures;
    std::string message;         ///< Why it failed, or what to know.
};

} // namespace diascope::ui
