// SPDX-License-Identifier: GPL-3.0-or-later
#include "search/Importance.h"

#include "search/Forest.h"

#include <algorithm>
#include <cmath>

namespace diascope::search {

namespace {

constexpr int kTrees = 64;
constexpr std::size_t kFewestTrials = 4; ///< Below that a tree has nothing to split.

/// A number's place in its range, 0..1, on its scale; a choice's index.
double columnValue(const Parameter& p, std::optional<double> coordinate)
{
    if (p.kind == Kind::Categorical) {
        return coordinate.value_or(0.0);
    }
    const Bounds bounds = boundsOf(p);
    constexpr double kMiddle = 0.5;
    return coordinate && bounds.high > bounds.low
        ? std::clamp((scaledValue(p, *coordinate) - bounds.low) / (bounds.high - bounds.low), 0.0, 1.0)
        : kMiddle;
}

/// Mean and variance of values with weights that sum to 1.
struct Moments {
    double mean = 0.0, square = 0.0;
    void add(double weight, double value)
    {
        mean += weight * value;
        square += weight * value * value;
    }
    [[nodiscard]] double variance() const { return std::max(0.0, square - mean * mean); }
};

/// What the tree says of each choice when all other columns are averaged out.
double choiceVariance(const std::vector<Leaf>& leaves, std::size_t column, std::size_t choices)
{
    std::vector<double> means(choices, 0.0);
    for (const Leaf& leaf : leaves) {
        const double elsewhere = leaf.volume() / leaf.share(column);
        for (std::size_t choice = 0; choice < choices; ++choice) {
            means[choice] += leaf.allowed[column][choice] ? elsewhere * leaf.value : 0.0;
        }
    }
    Moments moments;
    for (const double mean : means) {
        moments.add(1.0 / static_cast<double>(choices), mean);
    }
    return moments.variance();
}

/// The same of a number: a step function, summed from the left.
double numberVariance(const std::vector<Leaf>& leaves, std::size_t column)
{
    std::vector<std::pair<double, double>> steps; // where, and by how much the mean changes there
    for (const Leaf& leaf : leaves) {
        const double part = leaf.volume() / leaf.share(column) * leaf.value;
        steps.emplace_back(leaf.low[column], part);
        steps.emplace_back(leaf.high[column], -part);
    }
    std::sort(steps.begin(), steps.end());
    Moments moments;
    double mean = 0.0, from = 0.0;
    for (const auto& [at, change] : steps) {
        moments.add(at - from, mean);
        mean += change;
        from = at;
    }
    return moments.variance();
}

double wholeVariance(const std::vector<Leaf>& leaves)
{
    Moments moments;
    for (const Leaf& leaf : leaves) {
        moments.add(leaf.volume(), leaf.value);
    }
    return moments.variance();
}

struct Samples {
    std::vector<Column> columns;
    std::vector<std::vector<double>> rows;
    std::vector<double> target; ///< Centred, range 1: squares of large values would lose their digits.
};

Samples samplesOf(const Space& space, std::span<const Trial> trials)
{
    Samples samples;
    for (const Parameter& p : space.parameters()) {
        samples.columns.push_back({p.kind == Kind::Categorical ? p.choices.size() : 0});
    }
    for (const Trial& trial : trials) {
        if (trial.state != TrialState::Complete) {
            continue;
        }
        std::vector<double> row;
        for (std::size_t i = 0; i < space.size(); ++i) {
            row.push_back(columnValue(space.parameters()[i], trial.point[i]));
        }
        samples.rows.push_back(std::move(row));
        samples.target.push_back(*trial.value);
    }
    if (!samples.target.empty()) {
        const auto [low, high] = std::minmax_element(samples.target.begin(), samples.target.end());
        const double from = *low / 2.0, range = *high / 2.0 - from; // halves: the range of huge values has no overflow
        for (double& value : samples.target) {
            value = range > 0.0 ? (value / 2.0 - from) / range - 0.5 : 0.0;
        }
    }
    return samples;
}

/// Per parameter, one share a tree.
std::vector<std::vector<double>> sharesOfTrees(const Samples& samples, std::uint64_t seed)
{
    std::vector<std::vector<double>> shares(samples.columns.size());
    for (int tree = 0; tree < kTrees; ++tree) {
        base::Rng rng = base::Rng::stream(seed, "search/importance", static_cast<std::uint64_t>(tree));
        std::vector<std::size_t> which(samples.rows.size());
        for (std::size_t& row : which) {
            row = static_cast<std::size_t>(rng.below(samples.rows.size()));
        }
        const std::vector<Leaf> leaves = growTree(samples.columns, samples.rows, samples.target, std::move(which));
        const double whole = wholeVariance(leaves);
        constexpr double kNothing = 1e-15; // of a target whose range is 1
        for (std::size_t column = 0; whole > kNothing && column < shares.size(); ++column) {
            const std::size_t choices = samples.columns[column].choices;
            const double own = choices > 0 ? choiceVariance(leaves, column, choices) : numberVariance(leaves, column);
            shares[column].push_back(std::clamp(own / whole, 0.0, 1.0));
        }
    }
    return shares;
}

} // namespace

Importance importanceOf(const Space& space, std::span<const Trial> trials, std::uint64_t seed)
{
    const Samples samples = samplesOf(space, trials);
    Importance importance;
    importance.trials = static_cast<int>(samples.rows.size());
    if (samples.rows.size() < kFewestTrials) {
        importance.undefinedBecause = "fewer than " + std::to_string(kFewestTrials) + " trials are complete";
        return importance;
    }
    const std::vector<std::vector<double>> shares = sharesOfTrees(samples, seed);
    if (shares.empty() || shares.front().empty()) {
        importance.undefinedBecause = shares.empty() ? "nothing is searched" : "all trials have the same value";
        return importance;
    }
    importance.together = 1.0;
    for (std::size_t i = 0; i < shares.size(); ++i) {
        Moments moments;
        for (const double share : shares[i]) {
            moments.add(1.0 / static_cast<double>(shares[i].size()), share);
        }
        importance.parameters.push_back({space.parameters()[i].name, moments.mean, std::sqrt(moments.variance())});
        importance.together -= moments.mean;
    }
    importance.together = std::clamp(importance.together, 0.0, 1.0);
    std::stable_sort(importance.parameters.begin(), importance.parameters.end(),
        [](const ParameterImportance& a, const ParameterImportance& b) { return a.share > b.share; });
    return importance;
}

} // namespace diascope::search
