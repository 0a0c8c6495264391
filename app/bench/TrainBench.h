// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/bench/Measure.h"

#include <filesystem>
#include <string>
#include <vector>

namespace diascope::bench {

/// A training that is timed: a recipe with a few keys set, run by the command line in a process of its own.
struct TrainCase {
    std::string name;   ///< "train-renalnet".
    std::string recipe;
    std::vector<std::string> settings; ///< "training.epochs=4".
    bool folds = false; ///< The whole of a cross-validation counts, not the images per second.
};
[[nodiscard]] const std::vector<TrainCase>& trainCases();

struct TrainBenchOptions {
    std::filesystem::path program;     ///< diascope-cli.
    std::string source;                ///< Data to train on; a table with a column "fold" for the cases with folds.
    std::string imageFolder;           ///< Of a table.
    std::vector<std::string> settings; ///< More keys, for every case.
    std::string peer; ///< Program that does the same another way: called as `peer NAME SOURCE IMAGEFOLDER`, prints as its last line JSON
                      ///< with imagesPerSecond or seconds, peakMiB, startSeconds. Empty = none.
    int threads = 0, runs = 3;
};

/// Figures of one case, medians of `runs` runs: images per second (median of the epochs after the first; seconds of the whole run with folds),
/// share of the time waiting for data, seconds from start to the first batch, peak memory. With a peer its figures and the ratios, each run of
/// ours followed by one of the peer's. Throws Error{NotFound|Plan} when a run fails.
[[nodiscard]] std::vector<Figure> trainFigures(const TrainCase& benchmark, const TrainBenchOptions& options);

} // namespace diascope::bench
