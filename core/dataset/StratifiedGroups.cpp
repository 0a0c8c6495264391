// SPDX-License-Identifier: GPL-3.0-or-later
#include "dataset/ScikitSplit.h"

#include "base/Error.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

namespace diascope::dataset {

namespace {

using Row = std::vector<double>;

/// numpy's sum over contiguous numbers: in order below 8 of them, else eight partial sums (pairwise summation's inner
/// loop; rows of over 128 would be halved first, and no data set here has so many classes that it matters). Order
/// decides the last bit, and that decides ties.
double numpySum(const Row& values)
{
    if (values.size() < 8) {
        return std::accumulate(values.begin(), values.end(), 0.0);
    }
    std::array<double, 8> sums{};
    std::copy_n(values.begin(), 8, sums.begin());
    std::size_t i = 8;
    for (; i + 8 <= values.size(); i += 8) {
        for (std::size_t j = 0; j < 8; ++j) {
            sums[j] += values[i + j];
        }
    }
    const double head = ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
    return std::accumulate(values.begin() + static_cast<std::ptrdiff_t>(i), values.end(), head);
}

/// numpy.std of one row.
double rowDeviation(const Row& row)
{
    const auto n = static_cast<double>(row.size());
    const double mean = numpySum(row) / n;
    Row squares;
    for (const double value : row) {
        squares.push_back((value - mean) * (value - mean));
    }
    return std::sqrt(numpySum(squares) / n);
}

/// Groups go to folds one after another, the most one-sided first, each to the fold where the classes end up spread
/// most evenly.
class FoldFiller {
public:
    FoldFiller(std::size_t folds, Row classTotals) : m_totals(std::move(classTotals)),
        m_counts(folds, Row(m_totals.size())) {}

    int add(const Row& group)
    {
        std::size_t best = 0;
        double lowest = std::numeric_limits<double>::infinity(), fewest = lowest;
        for (std::size_t fold = 0; fold < m_counts.size(); ++fold) {
            const double spread = spreadWith(fold, group);
            const double samples = numpySum(m_counts[fold]);
            if (spread < lowest || (isClose(spread, lowest) && samples < fewest)) {
                best = fold;
                lowest = spread;
                fewest = samples;
            }
        }
        for (std::size_t c = 0; c < group.size(); ++c) {
            m_counts[best][c] += group[c];
        }
        return static_cast<int>(best);
    }

private:
    /// numpy.isclose
    static bool isClose(double a, double b) { return std::abs(a - b) <= 1e-8 + 1e-5 * std::abs(b); }

    /// Mean over the classes of the deviation, over the folds, of the class's share.
    double spreadWith(std::size_t candidate, const Row& group) const
    {
        const auto folds = static_cast<double>(m_counts.size());
        Row deviations;
        for (std::size_t c = 0; c < m_totals.size(); ++c) {
            const auto share = [&](std::size_t fold) { return (m_counts[fold][c]
                + (fold == candidate ? group[c] : 0.0)) / m_totals[c]; };
            double sum = 0.0, squares = 0.0; // along the first axis numpy adds row by row
            for (std::size_t fold = 0; fold < m_counts.size(); ++fold) {
                sum += share(fold);
            }
            for (std::size_t fold = 0; fold < m_counts.size(); ++fold) {
                const double difference = share(fold) - sum / folds;
                squares += difference * difference;
            }
            deviations.push_back(std::sqrt(squares / folds));
        }
        return numpySum(deviations) / static_cast<double>(deviations.size());
    }

    Row m_totals;
    std::vector<Row> m_counts; ///< Fold x class.
};

/// Classes that occur, renumbered without gaps.
std::vector<std::size_t> occurring(std::span<const int> labels, std::size_t& classes)
{
    std::vector<int> seen(labels.begin(), labels.end());
    std::sort(seen.begin(), seen.end());
    seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
    classes = seen.size();
    std::vector<std::size_t> numbers;
    for (const int label : labels) {
        numbers.push_back(static_cast<std::size_t>(std::lower_bound(seen.begin(), seen.end(), label) - seen.begin()));
    }
    return numbers;
}

} // namespace

std::vector<int> stratifiedGroupKFold(std::span<const int> labels, std::span<const int> groups, int k,
    NumpyRandom& random)
{
    const std::size_t groupCount = groups.empty() ? 0
        : static_cast<std::size_t>(*std::max_element(groups.begin(), groups.end())) + 1;
    if (k < 2 || static_cast<std::size_t>(k) > groupCount) {
        throw base::Error(base::ErrorCode::Plan, "split", std::to_string(k) + " folds cannot be made of "
            + std::to_string(groupCount) + " groups",
                          "Set split.folds to 2 or more, and at most that number.");
    }
    std::size_t classes = 0;
    const std::vector<std::size_t> numbers = occurring(labels, classes);
    Row totals(classes);
    std::vector<Row> counts(groupCount, Row(classes));
    for (std::size_t i = 0; i < labels.size(); ++i) {
        totals[numbers[i]] += 1.0;
        counts[static_cast<std::size_t>(groups[i])][numbers[i]] += 1.0;
    }
    if (*std::max_element(totals.begin(), totals.end()) < k) {
        throw base::Error(base::ErrorCode::Plan, "split", "no class has as many as " + std::to_string(k)
            + " images, one for each fold", "Set split.folds lower.");
    }
    std::vector<std::size_t> order = random.permutation(groupCount);
    std::vector<double> deviations;
    std::transform(counts.begin(), counts.end(), std::back_inserter(deviations), rowDeviation);
    std::stable_sort(order.begin(), order.end(),
        [&deviations](std::size_t a, std::size_t b) { return deviations[a] > deviations[b]; });
    FoldFiller filler(static_cast<std::size_t>(k), totals);
    std::vector<int> foldOf(groupCount);
    for (const std::size_t group : order) {
        foldOf[group] = filler.add(counts[group]);
    }
    std::vector<int> result;
    std::transform(groups.begin(), groups.end(), std::back_inserter(result),
        [&foldOf](int group) { return foldOf[static_cast<std::size_t>(group)]; });
    return result;
}

} // namespace diascope::dataset
