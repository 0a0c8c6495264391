// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"
#include "base/Progress.h"

#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

namespace diascope::decode {
class DecoderPool;
}

namespace diascope::pipeline {

struct Plan;

struct PreprocessOptions {
    std::filesystem::path folder; ///< New or empty, and not inside of the source.
    /// Also changed copies of the training part's rarer classes, until all classes have as many pictures there as the
    /// largest. Neuroflux does so before the split, which puts copies of test pictures into training.
    bool balance = false;
};

/// What "preprocess" wrote.
struct PreprocessOutcome {
    struct ClassCount {
        std::string name;
        int pictures = 0, copies = 0;
    };
    std::vector<ClassCount> classes; ///< Empty for a source without labels.
    int samples = 0;                 ///< Of the source; those without a picture are among the problems.
    int pictures = 0, copies = 0;    ///< Files written.
    std::string receipt;             ///< Of the split; empty unless balancing.
    std::vector<std::string> notes;
    std::vector<base::Problem> problems;
};

/// The one sentence "preprocess": read the data, take every picture through the plan's graph without its last step
/// "normalise", write it as
/// `<class>/<name>.png`, or without class folders where the source has no labels, and say what is what in `labels.csv`
/// (image, label, group, sample and, when balancing, split). When balancing, the plan's split decides who trains
/// (`splits.csv`; it must be one training, not folds), and copies
/// `<name>_aug_<i>.png` (i counts within the class) are drawn with the plan's augmentation, or Neuroflux's (mirror .5,
/// +-15 degrees, scale .9 to 1.1) where the plan has none or Neuroflux's own. Same plan and data: same bytes for any
/// number of threads. An unreadable picture is a problem; for anything else everything written is removed again. Throws
/// Error{Usage|Plan|NotFound|DiskFull|Stopped}, as readDataset and prepareExperiment.
[[nodiscard]] PreprocessOutcome preprocess(const Plan& plan, const PreprocessOptions& options,
    decode::DecoderPool& pool, const std::function<void(const base::Progress&)>& progress, std::stop_token stop);

} // namespace diascope::pipeline
