// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/Reliability.h"

#include "base/Error.h"
#include "metrics/Confusion.h"
#include "metrics/Proportion.h"

#include <algorithm>
#include <cmath>

namespace diascope::metrics {

namespace {

struct BinSum {
    std::int64_t count = 0, hits = 0;
    double probability = 0.0;
};

std::string reasonAgainstBins(std::span<const int> outcome, std::span<const double> probabilities)
{
    if (outcome.empty()) {
        return "no cases";
    }
    for (const double p : probabilities) {
        if (std::isnan(p)) {
            return "a probability is not a number";
        }
        if (p < 0.0 || p > 1.0) {
            return "a probability is outside 0 to 1";
        }
    }
    return {};
}

std::vector<BinSum> sums(std::span<const int> outcome, std::span<const double> probabilities, int bins)
{
    std::vector<double> edges;
    for (int k = 1; k < bins; ++k) {
        edges.push_back(static_cast<double>(k) / bins);
    }
    std::vector<BinSum> result(static_cast<std::size_t>(bins));
    for (std::size_t i = 0; i < outcome.size(); ++i) {
        if (outcome[i] != 0 && outcome[i] != 1) {
            throw base::Error(base::ErrorCode::Internal, "metrics", "an outcome is " + std::to_string(outcome[i]));
        }
        const auto bin = std::upper_bound(edges.begin(), edges.end(), probabilities[i]) - edges.begin();
        BinSum& sum = result[static_cast<std::size_t>(bin)];
        ++sum.count;
        sum.hits += outcome[i];
        sum.probability += probabilities[i];
    }
    return result;
}

} // namespace

Reliability reliability(std::span<const int> outcome, std::span<const double> probabilities, int bins)
{
    if (outcome.size() != probabilities.size() || bins < 1) {
        throw base::Error(
            base::ErrorCode::Internal, "metrics", "there are not as many outcomes as probabilities, or no bins");
    }
    Reliability result;
    result.bins = bins;
    if (const std::string reason = reasonAgainstBins(outcome, probabilities); !reason.empty()) {
        result.expectedError = result.largestError = Figure::undefined(reason);
        return result;
    }
    double expected = 0.0, largest = 0.0;
    const std::vector<BinSum> all = sums(outcome, probabilities, bins);
    for (std::size_t k = 0; k < all.size(); ++k) {
        const BinSum& sum = all[k];
        if (sum.count == 0) {
            continue;
        }
        const auto count = static_cast<double>(sum.count);
        ReliabilityBin bin{
            static_cast<int>(k), sum.count, sum.probability / count, proportionEstimate(sum.hits, sum.count)};
        const double gap = std::abs(*bin.observed.value - bin.meanProbability);
        expected += count / static_cast<double>(outcome.size()) * gap;
        largest = std::max(largest, gap);
        result.table.push_back(std::move(bin));
    }
    result.expectedError = {expected, {}};
    result.largestError = {largest, {}};
    return result;
}

TopLabel topLabel(std::span<const int> labels, std::span<const double> probabilities, int classes)
{
    const std::vector<int> top = argmaxRows(probabilities, classes);
    if (top.size() != labels.size()) {
        throw base::Error(base::ErrorCode::Internal, "metrics", "the probabilities are not cases x classes");
    }
    TopLabel result;
    for (std::size_t i = 0; i < top.size(); ++i) {
        result.right.push_back(top[i] == labels[i] ? 1 : 0);
        result.probability.push_back(
            probabilities[i * static_cast<std::size_t>(classes) + static_cast<std::size_t>(top[i])]);
    }
    return result;
}

TopLabel topLabel(std::span<const int> labels, std::span<const double> probabilityOfOne)
{
    if (labels.size() != probabilityOfOne.size()) {
        throw base::Error(base::ErrorCode::Internal, "metrics", "there are not as many probabilities as labels");
    }
    TopLabel result;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const double p = probabilityOfOne[i];
        const bool one = p >= 0.5;
        result.right.push_back((labels[i] == 1) == one ? 1 : 0);
        result.probability.push_back(one ? p : 1.0 - p);
    }
    return result;
}

} // namespace diascope::metrics
