// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Json.h"
#include "evaluate/Evaluation.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace diascope::evaluate {

/// Of a run folder: `sample` and what the DICOM headers say of each (sex, age, manufacturer), as far as they say it.
inline constexpr const char* kSubgroupsFile = "subgroups.csv";

/// What a run folder says about itself, read without the engine. Files that are missing leave their part empty.
struct RunFacts {
    std::filesystem::path folder;
    base::Json plan, result, environment; ///< plan.yaml, result.json, environment.json; null when missing.
    struct Part {
        std::int64_t samples = 0, groups = 0;
    };
    std::map<std::string, Part>
        parts; ///< Of splits.csv: different samples and groups by role ("train", "validation", "test").
    std::optional<double> threshold;
    bool thresholdLocked = false; ///< The run chose it on its validation rows.

    /// A value of the plan by its dotted key as text ("training.epochs"), empty when it is not there. Lists and objects
    /// as JSON.
    [[nodiscard]] std::string planText(const std::string& dottedKey) const;
    /// The same of result.json.
    [[nodiscard]] std::string resultText(const std::string& dottedKey) const;
};

/// One table of predictions of a run with what is known about it.
struct RunPart {
    std::string name; ///< "out-of-fold" or "test".
    Predictions predictions;
    EvaluationConfig config;           ///< With the stored threshold.
    std::vector<std::string> warnings; ///< Of the run: what these rows were used for already.
};

/// Throws Error{NotFound} when `folder` is not there or has neither oof.csv nor test.csv, Error{Malformed} for damaged
/// files.
[[nodiscard]] RunFacts readRunFacts(const std::filesystem::path& folder);
/// oof.csv and test.csv, whichever are there, with the columns of kSubgroupsFile as subgroups. `base` gives everything but
/// the stored threshold.
[[nodiscard]] std::vector<RunPart> readRunParts(
    const RunFacts& facts, const EvaluationConfig& base, const ReadOptions& options);

} // namespace diascope::evaluate
