// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/Conformal.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace diascope::metrics {

/// Row numbers in parts that can judge each other: what is fitted on the rows of the others is judged on those of one. A row may be in no part.
using RowParts = std::vector<std::vector<std::size_t>>;

/// The rows of each of `most` parts, or of as many as there are groups; groups are kept whole and dealt out in the order in which they occur.
/// `groups`: one a row.
[[nodiscard]] RowParts dealtByGroup(std::span<const std::string> groups, std::size_t most);

/// All rows of the other parts, ascending.
[[nodiscard]] std::vector<std::size_t> othersOf(const RowParts& parts, std::size_t part);

/// Cases with their labels and probabilities, cases x classes.
struct LabelledProbabilities {
    std::vector<int> labels;
    std::vector<double> probabilities;
};

/// What conformal sets do on cases that their quantile was not made of, added up part by part.
struct CrossCoverage {
    std::int64_t n = 0, covered = 0;
    std::int64_t empty = 0, singletons = 0; ///< Sets of no class, of one.
    double classesInSets = 0.0;             ///< All sets together.

    /// Sets of `asked` by the quantile of `known`. Throws as calibrateConformal().
    void add(const LabelledProbabilities& known, const LabelledProbabilities& asked, int classes, ConformalScore score, double alpha);
    /// Classes in a set on average; 0 without a case.
    [[nodiscard]] double meanSize() const { return n > 0 ? classesInSets / static_cast<double>(n) : 0.0; }
};

} // namespace diascope::metrics
