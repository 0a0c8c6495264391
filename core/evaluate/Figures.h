// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "evaluate/Evaluation.h"
#include "metrics/CrossFit.h"

#include <span>
#include <string>
#include <vector>

namespace diascope::evaluate {

/// The figures of `part` at `threshold` (two classes) with their intervals.
[[nodiscard]] FigureSet figuresOf(
    const Predictions& part, const std::string& name, double threshold, const EvaluationConfig& config);

/// The class that each case is called: of two by the threshold on the positive one, of more the most probable.
[[nodiscard]] std::vector<int> calledClasses(const Predictions& predictions, double threshold);

/// Who is independent of whom: the group, else with repeats the sample, else empty (every case).
[[nodiscard]] std::vector<std::string> independentUnits(const Predictions& predictions);
/// How many different ones; `cases` when the list is empty. An empty name is one of its own.
[[nodiscard]] std::int64_t countUnits(const std::vector<std::string>& units, std::size_t cases);

/// One row a patient: probabilities averaged, or the largest of each class (then summing to 1 again for more than two
/// classes). Truth of a patient with several labels: positive when one is (two classes), else the patient is left out
/// and told in `warnings`. Rows of one patient and one repeat are pooled.
enum class Pooling { Mean, Max };
[[nodiscard]] Predictions pooledByPatient(
    const Predictions& predictions, Pooling pooling, std::vector<std::string>& warnings);

/// Rows in parts that can judge each other: by fold of the first repeat, else two halves of the units at random. Empty
/// when there are too few.
struct CrossParts {
    metrics::RowParts parts;
    std::string how;
};
[[nodiscard]] CrossParts crossParts(const Predictions& predictions, std::uint64_t seed);

} // namespace diascope::evaluate
