// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "evaluate/Evaluation.h"

#include <string>
#include <vector>

namespace diascope::evaluate {

/// What another method says about some of the evaluated rows.
struct RivalAnswers {
    std::string name, method;      ///< "nearest-neighbour"; in words.
    std::vector<std::size_t> rows; ///< Of the predictions, none twice.
    std::vector<int> called;       ///< The class it calls each of them.
    std::vector<double> scores;    ///< rows x classes, higher means that class more; empty: it ranks nothing.
    std::string noScores;          ///< Why not.
};

/// Fewer patients than these (of each class, where the figure is about all classes) say nothing about a difference.
inline constexpr std::int64_t kFewestUnits = 10, kFewestUnitsOfClass = 5;

/// The rival's accuracy, balanced accuracy and AUC, and for each the difference model - rival on the same rows, with
/// intervals from one bootstrap by patient that draws both at once (paired), config.resamples of them. `threshold`: where
/// the model's "positive" begins (two classes). A difference that is the same in every resample has that value as both
/// ends of its interval, and its method says so. Throws Error{Internal} for rows that are not there, Error{Stopped}.
[[nodiscard]] Baseline comparedWith(
    const RivalAnswers& rival, const Predictions& predictions, double threshold, const EvaluationConfig& config);

/// What the 95 % interval of a difference says. By the interval alone, never by whether two intervals overlap.
[[nodiscard]] Verdict verdictOf(const metrics::Estimate& difference);
/// "beats", "cannot be told from", "does not beat", "no interval".
[[nodiscard]] std::string_view name(Verdict verdict);

/// Puts baselines into the evaluation with a sentence on each (floorWords), and warns when it is not shown of one that
/// the model beats it by the figure that counts: the AUC, or where the rival ranks nothing the balanced accuracy.
void addBaselines(Evaluation& evaluation, std::vector<Baseline> baselines);

} // namespace diascope::evaluate
