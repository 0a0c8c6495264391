// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/Isotonic.h"

#include "base/Error.h"
#include "metrics/Ranks.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace diascope::metrics {

namespace {

/// Neighbours in score with one common value: the mean of their targets.
struct Block {
    double first = 0.0, last = 0.0; ///< Lowest and highest score.
    double weight = 0.0, sum = 0.0;
    [[nodiscard]] double mean() const { return sum / weight; }
};

} // namespace

double IsotonicCurve::at(double score) const
{
    if (std::isnan(score)) {
        return score;
    }
    const auto above = std::upper_bound(scores.begin(), scores.end(), score);
    if (above == scores.begin()) {
        return probabilities.front();
    }
    if (above == scores.end()) {
        return probabilities.back();
    }
    const auto right = static_cast<std::size_t>(above - scores.begin());
    const double share = (score - scores[right - 1]) / (scores[right] - scores[right - 1]);
    return probabilities[right - 1] + share * (probabilities[right] - probabilities[right - 1]);
}

std::vector<double> IsotonicCurve::at(std::span<const double> scoresOfCases) const
{
    std::vector<double> result(scoresOfCases.size());
    std::transform(
        scoresOfCases.begin(), scoresOfCases.end(), result.begin(), [this](double score) { return at(score); });
    return result;
}

IsotonicCurve isotonicRegression(
    std::span<const double> scores, std::span<const double> targets, std::span<const double> weights)
{
    if (scores.empty() || targets.size() != scores.size() || weights.size() != scores.size()) {
        throw base::Error(base::ErrorCode::Internal, "metrics", "there are not as many targets and weights as scores");
    }
    std::vector<std::size_t> order(scores.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [scores](std::size_t a, std::size_t b) { return scores[a] < scores[b]; });
    std::vector<Block> blocks;
    for (std::size_t i = 0; i < order.size();) {
        Block block{scores[order[i]], scores[order[i]], 0.0, 0.0};
        for (; i < order.size() && scores[order[i]] == block.first; ++i) { // equal scores must get one value
            block.weight += weights[order[i]];
            block.sum += weights[order[i]] * targets[order[i]];
        }
        while (!blocks.empty() && blocks.back().mean() >= block.mean()) {
            block
                = {blocks.back().first, block.last, blocks.back().weight + block.weight, blocks.back().sum + block.sum};
            blocks.pop_back();
        }
        blocks.push_back(block);
    }
    IsotonicCurve curve;
    for (const Block& block : blocks) {
        curve.scores.push_back(block.first);
        curve.probabilities.push_back(block.mean());
        if (block.last > block.first) {
            curve.scores.push_back(block.last);
            curve.probabilities.push_back(block.mean());
        }
    }
    return curve;
}

IsotonicFit fitIsotonic(std::span<const int> labels, std::span<const double> scores)
{
    IsotonicFit fit;
    fit.reason = countClasses(labels, scores).reason;
    if (!fit.reason.empty()) {
        return fit;
    }
    const std::vector<double> targets(labels.begin(), labels.end());
    const std::vector<double> weights(labels.size(), 1.0);
    fit.curve = isotonicRegression(scores, targets, weights);
    if (std::cmp_less(labels.size(), kIsotonicMinimumCases)) {
        fit.warning = "isotonic calibration overfits below " + std::to_string(kIsotonicMinimumCases) + " cases (here "
            + std::to_string(labels.size()) + ")";
    }
    return fit;
}

} // namespace diascope::metrics
