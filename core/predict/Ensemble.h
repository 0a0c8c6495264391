// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace diascope::predict {

/// Probabilities of several members (folds of a cross-validation, or views of one picture) for the same samples.
struct MemberProbabilities {
    std::span<const double> values; ///< Members, samples, classes; the class varies fastest. Each row adds up to 1.
    std::size_t members = 0;
    std::size_t samples = 0;
    std::size_t classes = 0;
    /// One member's row for one sample.
    [[nodiscard]] std::span<const double> row(std::size_t member, std::size_t sample) const
    {
        return values.subspan((member * samples + sample) * classes, classes);
    }
};

/// What the members say together.
struct EnsembleAnswer {
    std::vector<double>
        mean; ///< Samples, classes: the arithmetic mean of the members' probabilities, each member once.
    std::vector<double>
        spread;           ///< Samples, classes: the sample standard deviation over members (n - 1); 0 for one member.
    std::vector<int> top; ///< Samples: the class with the largest mean, the first of equals.
    std::vector<int> agreeing; ///< Samples: how many members have that class on top themselves.
};

/// Averages in probability space, after each member's own calibration: the mean of logits would let one overconfident
/// member outvote the rest. Views are averaged within a fold first, then folds, so that every fold counts once. Throws
/// Error{Mismatch} when sizes do not agree or a row is no probability (not finite, outside 0 to 1, or a sum that is off
/// 1 by more than 1e-6): logits or scores, as a rule.
[[nodiscard]] EnsembleAnswer averageProbabilities(const MemberProbabilities& members);

/// One sample's rows, member by member: what Prediction::folds shows. Throws as averageProbabilities().
[[nodiscard]] std::vector<std::vector<double>> memberTable(const MemberProbabilities& members, std::size_t sample);

} // namespace diascope::predict
