// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Rng.h"

#include <cstddef>
#include <vector>

namespace diascope::search {

/// What a column of the forest's table holds: a number in [0, 1], or an index below `choices`.
struct Column {
    std::size_t choices = 0; ///< 0 = a number.
};

/// A part of the unit box in which a tree says the same: an interval of each number, a set of each choice.
struct Leaf {
    std::vector<double> low, high;          ///< Per column; of numbers.
    std::vector<std::vector<bool>> allowed; ///< Per column; of choices.
    double value = 0.0;
    /// Share of the column that the leaf covers, 0..1.
    [[nodiscard]] double share(std::size_t column) const;
    /// Share of the whole box.
    [[nodiscard]] double volume() const;
};

/// The leaves of one regression tree (Breiman et al. 1984): splits that lessen the squared error most, over all
/// columns, numbers at the middle between two values and choices one against the rest, until a leaf holds one value of
/// the target. `rows`: columns of each row; `which`: the rows to learn from, with repeats (a bootstrap sample).
[[nodiscard]] std::vector<Leaf> growTree(const std::vector<Column>& columns,
    const std::vector<std::vector<double>>& rows, const std::vector<double>& target, std::vector<std::size_t> which);

} // namespace diascope::search
