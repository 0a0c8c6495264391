// SPDX-License-Identifier: GPL-3.0-or-later
#include "search/Forest.h"

#include <algorithm>
#include <optional>

namespace diascope::search {

namespace {

constexpr int kDeepest = 64;

struct Split {
    std::size_t column = 0;
    double at = 0.0;   ///< Numbers: left when <=. Choices: left when ==.
    double gain = 0.0; ///< Decrease of the sum of squares.
};

/// Sums of one side of a split; gain needs no more.
struct Sums {
    double n = 0.0, sum = 0.0;
    void add(double value)
    {
        n += 1.0;
        sum += value;
    }
    [[nodiscard]] double score() const { return n > 0.0 ? sum * sum / n : 0.0; }
};

class Grower {
public:
    Grower(const std::vector<Column>& columns, const std::vector<std::vector<double>>& rows,
        const std::vector<double>& target)
        : m_columns(columns)
        , m_rows(rows)
        , m_target(target)
    {
    }

    void grow(Leaf box, std::vector<std::size_t> which, int depth)
    {
        Sums all;
        for (const std::size_t row : which) {
            all.add(m_target[row]);
        }
        const std::optional<Split> split = depth < kDeepest ? bestSplit(which, all) : std::nullopt;
        if (!split) {
            box.value = all.sum / all.n;
            leaves.push_back(std::move(box));
            return;
        }
        const auto middle
            = std::stable_partition(which.begin(), which.end(), [&](std::size_t row) { return goesLeft(*split, row); });
        Leaf left = box, right = std::move(box);
        if (m_columns[split->column].choices == 0) {
            left.high[split->column] = right.low[split->column] = split->at;
        } else {
            const auto choice = static_cast<std::size_t>(split->at);
            left.allowed[split->column].assign(m_columns[split->column].choices, false);
            left.allowed[split->column][choice] = true;
            right.allowed[split->column][choice] = false;
        }
        grow(std::move(left), {which.begin(), middle}, depth + 1);
        grow(std::move(right), {middle, which.end()}, depth + 1);
    }

    std::vector<Leaf> leaves;

private:
    [[nodiscard]] bool goesLeft(const Split& split, std::size_t row) const
    {
        const double value = m_rows[row][split.column];
        return m_columns[split.column].choices == 0 ? value <= split.at : value == split.at;
    }

    [[nodiscard]] std::optional<Split> bestSplit(const std::vector<std::size_t>& which, const Sums& all) const
    {
        const double first = m_target[which.front()];
        if (std::all_of(which.begin(), which.end(), [&](std::size_t row) { return m_target[row] == first; })) {
            return std::nullopt;
        }
        std::optional<Split> best;
        for (std::size_t column = 0; column < m_columns.size(); ++column) {
            m_columns[column].choices == 0 ? splitNumber(column, which, all, best)
                                           : splitChoice(column, which, all, best);
        }
        return best;
    }

    static void offer(const Split& split, std::optional<Split>& best)
    {
        if (!best || split.gain > best->gain) {
            best = split;
        }
    }

    void splitNumber(
        std::size_t column, const std::vector<std::size_t>& which, const Sums& all, std::optional<Split>& best) const
    {
        std::vector<std::size_t> order = which;
        std::stable_sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return m_rows[a][column] < m_rows[b][column]; });
        Sums left;
        for (std::size_t i = 0; i + 1 < order.size(); ++i) {
            left.add(m_target[order[i]]);
            const double here = m_rows[order[i]][column], next = m_rows[order[i + 1]][column];
            const double middle = here + (next - here) / 2.0;
            if (here < next && middle < next) {
                const Sums right{all.n - left.n, all.sum - left.sum};
                offer({column, middle, left.score() + right.score() - all.score()}, best);
            }
        }
    }

    void splitChoice(
        std::size_t column, const std::vector<std::size_t>& which, const Sums& all, std::optional<Split>& best) const
    {
        std::vector<Sums> of(m_columns[column].choices);
        for (const std::size_t row : which) {
            of[static_cast<std::size_t>(m_rows[row][column])].add(m_target[row]);
        }
        for (std::size_t choice = 0; choice < of.size(); ++choice) {
            const Sums rest{all.n - of[choice].n, all.sum - of[choice].sum};
            if (of[choice].n > 0.0 && rest.n > 0.0) {
                offer({column, static_cast<double>(choice), of[choice].score() + rest.score() - all.score()}, best);
            }
        }
    }

    const std::vector<Column>& m_columns;
    const std::vector<std::vector<double>>& m_rows;
    const std::vector<double>& m_target;
};

} // namespace

double Leaf::share(std::size_t column) const
{
    const std::vector<bool>& set = allowed[column];
    return set.empty()
        ? high[column] - low[column]
        : static_cast<double>(std::count(set.begin(), set.end(), true)) / static_cast<double>(set.size());
}

double Leaf::volume() const
{
    double product = 1.0;
    for (std::size_t column = 0; column < low.size(); ++column) {
        product *= share(column);
    }
    return product;
}

std::vector<Leaf> growTree(const std::vector<Column>& columns, const std::vector<std::vector<double>>& rows,
    const std::vector<double>& target, std::vector<std::size_t> which)
{
    Leaf whole;
    whole.low.assign(columns.size(), 0.0);
    whole.high.assign(columns.size(), 1.0);
    for (const Column& column : columns) {
        whole.allowed.emplace_back(column.choices, true);
    }
    Grower grower(columns, rows, target);
    grower.grow(std::move(whole), std::move(which), 0);
    return std::move(grower.leaves);
}

} // namespace diascope::search
