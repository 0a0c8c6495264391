// SPDX-License-Identifier: GPL-3.0-or-later
#include "search/ParzenEstimator.h"

#include "search/Gaussian.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace diascope::search {

namespace {

constexpr double kPriorWeight = 1.0;
constexpr std::size_t kFullWeights = 25; ///< So many of the newest observations weigh 1.

/// Of the observations, oldest first, and of the prior; sum 1.
std::vector<double> kernelWeights(std::size_t observations)
{
    std::vector<double> weights(observations, 1.0);
    const std::size_t ramp = observations > kFullWeights ? observations - kFullWeights : 0;
    const double first = 1.0 / static_cast<double>(std::max<std::size_t>(observations, 1));
    for (std::size_t i = 0; i < ramp; ++i) {
        weights[i] = ramp == 1 ? first : first + (1.0 - first) * static_cast<double>(i) / static_cast<double>(ramp - 1);
    }
    weights.push_back(observations == 0 ? 1.0 : kPriorWeight);
    const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
    for (double& weight : weights) {
        weight /= sum;
    }
    return weights;
}

/// Width of each kernel of a number, in the order of `mu`.
std::vector<double> kernelWidths(const std::vector<double>& mu, const Bounds& bounds)
{
    const std::size_t n = mu.size();
    std::vector<std::size_t> order(n);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&mu](std::size_t a, std::size_t b) { return mu[a] < mu[b]; });
    const double range = bounds.high - bounds.low;
    const double least = range / std::min(100.0, 2.0 + static_cast<double>(n)); // 1 + kernels, the prior among them
    std::vector<double> widths(n);
    for (std::size_t i = 0; i < n; ++i) {
        const double here = mu[order[i]];
        const double below = here - (i == 0 ? bounds.low : mu[order[i - 1]]);
        const double above = (i + 1 == n ? bounds.high : mu[order[i + 1]]) - here;
        const bool outermost = n >= 2 && (i == 0 || i + 1 == n);
        const double width = outermost ? (i == 0 ? above : below) : std::max(below, above);
        widths[order[i]] = std::clamp(width, least, range);
    }
    return widths;
}

std::size_t chosenIndex(const std::vector<double>& chances, double draw)
{
    std::size_t index = 0;
    double reached = chances[0];
    while (reached <= draw && index + 1 < chances.size()) { // the last one takes what rounding leaves
        reached += chances[++index];
    }
    return index;
}

} // namespace

ParzenEstimator::ParzenEstimator(
    const Space& space, const std::vector<std::size_t>& dimensions, const std::vector<const Point*>& observations)
    : m_weights(kernelWeights(observations.size()))
{
    for (const std::size_t dimension : dimensions) {
        const Parameter& parameter = space.parameters()[dimension];
        std::vector<double> observed;
        observed.reserve(observations.size());
        for (const Point* point : observations) {
            observed.push_back(*(*point)[dimension]);
        }
        m_factors.push_back(parameter.kind == Kind::Categorical ? choiceFactor(parameter, observed)
                                                                : numberFactor(parameter, observed));
    }
}

ParzenEstimator::Factor ParzenEstimator::numberFactor(const Parameter& parameter, const std::vector<double>& observed)
{
    Factor factor;
    factor.parameter = &parameter;
    factor.bounds = boundsOf(parameter);
    for (const double value : observed) {
        factor.mu.push_back(std::clamp(scaledValue(parameter, value), factor.bounds.low, factor.bounds.high));
    }
    factor.sigma = kernelWidths(factor.mu, factor.bounds);
    factor.mu.push_back(0.5 * (factor.bounds.low + factor.bounds.high));
    factor.sigma.push_back(factor.bounds.high - factor.bounds.low);
    for (std::size_t k = 0; k < factor.mu.size(); ++k) {
        const double mu = factor.mu[k], sigma = factor.sigma[k];
        factor.logNorm.push_back(logNormalMass((factor.bounds.low - mu) / sigma, (factor.bounds.high - mu) / sigma));
    }
    return factor;
}

ParzenEstimator::Factor ParzenEstimator::choiceFactor(const Parameter& parameter, const std::vector<double>& observed)
{
    Factor factor;
    factor.parameter = &parameter;
    const std::size_t choices = parameter.choices.size();
    const double kernels = static_cast<double>(observed.size()) + 1.0;
    const double each = kPriorWeight / kernels, sum = 1.0 + each * static_cast<double>(choices);
    for (const double value : observed) {
        std::vector<double> row(choices, each / sum);
        row[static_cast<std::size_t>(value)] += 1.0 / sum;
        factor.chances.push_back(std::move(row));
    }
    factor.chances.emplace_back(choices, 1.0 / static_cast<double>(choices));
    return factor;
}

double ParzenEstimator::draw(const Factor& factor, std::size_t kernel, base::Rng& rng)
{
    if (factor.parameter->kind == Kind::Categorical) {
        return static_cast<double>(chosenIndex(factor.chances[kernel], rng.uniform()));
    }
    const double scaled
        = truncatedNormal(factor.mu[kernel], factor.sigma[kernel], factor.bounds.low, factor.bounds.high, rng);
    return valueOnScale(*factor.parameter, scaled);
}

std::vector<double> ParzenEstimator::sample(base::Rng& rng) const
{
    const std::size_t kernel = chosenIndex(m_weights, rng.uniform());
    std::vector<double> coordinates;
    for (const Factor& factor : m_factors) {
        coordinates.push_back(draw(factor, kernel, rng));
    }
    return coordinates;
}

void ParzenEstimator::addLogDensity(const Factor& factor, double coordinate, std::vector<double>& logs)
{
    const Parameter& p = *factor.parameter;
    if (p.kind == Kind::Categorical) {
        for (std::size_t k = 0; k < logs.size(); ++k) {
            logs[k] += std::log(factor.chances[k][static_cast<std::size_t>(coordinate)]);
        }
        return;
    }
    const double half = p.step / 2.0;
    const double left = scaledValue(p, coordinate - half), right = scaledValue(p, coordinate + half);
    for (std::size_t k = 0; k < logs.size(); ++k) {
        const double mu = factor.mu[k], sigma = factor.sigma[k];
        if (p.step > 0.0) {
            logs[k] += logNormalMass((left - mu) / sigma, (right - mu) / sigma) - factor.logNorm[k];
        } else {
            const double z = (left - mu) / sigma;
            logs[k] += -0.5 * z * z - std::log(sigma) - 0.5 * std::log(2.0 * std::numbers::pi) - factor.logNorm[k];
        }
    }
}

double ParzenEstimator::logDensity(std::span<const double> coordinates) const
{
    std::vector<double> logs;
    for (const double weight : m_weights) {
        logs.push_back(std::log(weight));
    }
    for (std::size_t i = 0; i < m_factors.size(); ++i) {
        addLogDensity(m_factors[i], coordinates[i], logs);
    }
    const double largest = *std::max_element(logs.begin(), logs.end()); // the prior keeps it finite
    double sum = 0.0;
    for (const double log : logs) {
        sum += std::exp(log - largest);
    }
    return largest + std::log(sum);
}

} // namespace diascope::search
