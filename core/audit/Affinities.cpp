// SPDX-License-Identifier: GPL-3.0-or-later
#include "audit/Affinities.h"

#include "audit/Blocks.h"
#include "audit/Neighbours.h"
#include "base/Error.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace diascope::audit {

namespace {

constexpr double kLeastProbability = std::numeric_limits<double>::epsilon();

double squaredDistance(std::span<const double> a, std::span<const double> b)
{
    double sum = 0.0;
    for (std::size_t j = 0; j < a.size(); ++j) {
        sum += (a[j] - b[j]) * (a[j] - b[j]);
    }
    return sum;
}

/// Squared distances from row i to all others, in order, without itself.
void distancesFrom(const Matrix& data, std::size_t i, std::vector<double>& out)
{
    out.clear();
    for (std::size_t j = 0; j < data.rows; ++j) {
        if (j != i) {
            out.push_back(squaredDistance(data.row(i), data.row(j)));
        }
    }
}

/// One entry of a row before both directions are added.
struct Half {
    std::uint32_t to = 0;
    double probability = 0.0;
};

/// (p(j|i) + p(i|j)) / 2n of conditional rows of any pattern.
Affinities symmetrised(const std::vector<std::vector<Half>>& conditional)
{
    const std::size_t n = conditional.size();
    std::vector<std::vector<Half>> joint(n);
    for (std::size_t i = 0; i < n; ++i) {
        for (const Half& half : conditional[i]) {
            joint[i].push_back(half);
            joint[half.to].push_back({static_cast<std::uint32_t>(i), half.probability});
        }
    }
    Affinities result;
    result.first.push_back(0);
    const double scale = 1.0 / (2.0 * static_cast<double>(n));
    for (std::vector<Half>& row : joint) {
        std::stable_sort(row.begin(), row.end(), [](const Half& a, const Half& b) { return a.to < b.to; });
        for (const Half& half : row) {
            if (result.other.size() > result.first.back() && result.other.back() == half.to) {
                result.probability.back() += half.probability * scale;
            } else {
                result.other.push_back(half.to);
                result.probability.push_back(half.probability * scale);
            }
        }
        result.first.push_back(result.other.size());
    }
    return result;
}

std::vector<Bandwidth> bandwidthsOf(const Matrix& data, double perplexity, int threads, const std::stop_token& stop)
{
    std::vector<Bandwidth> bandwidths(data.rows);
    forBlocks(
        {data.rows, 16, threads},
        [&](std::size_t begin, std::size_t end) {
            std::vector<double> distances;
            for (std::size_t i = begin; i < end; ++i) {
                distancesFrom(data, i, distances);
                bandwidths[i] = bandwidthFor(distances, perplexity);
            }
        },
        stop);
    return bandwidths;
}

/// What one block of rows adds to the divergence.
struct Sums {
    double kernel = 0.0;  ///< Of 1 / (1 + d^2) over the pairs.
    double entropy = 0.0; ///< Of P log P.
    double cross = 0.0;   ///< Of P log(1 + d^2).
    double mass = 0.0;    ///< Of P.
};

Sums divergenceOfRow(
    const Matrix& data, const Matrix& embedding, const std::vector<Bandwidth>& bandwidths, std::size_t i)
{
    Sums sums;
    const double scale = 1.0 / (2.0 * static_cast<double>(data.rows));
    for (std::size_t j = 0; j < data.rows; ++j) {
        if (j == i) {
            continue;
        }
        const double distance = squaredDistance(data.row(i), data.row(j));
        const double p = std::max(
            kLeastProbability, (bandwidths[i].probability(distance) + bandwidths[j].probability(distance)) * scale);
        const double spread = 1.0 + squaredDistance(embedding.row(i), embedding.row(j));
        sums.kernel += 1.0 / spread;
        sums.entropy += p * std::log(p);
        sums.cross += p * std::log(spread);
        sums.mass += p;
    }
    return sums;
}

} // namespace

double Bandwidth::probability(double squaredDistance) const
{
    return std::exp(-beta * (squaredDistance - nearest)) / sum;
}

Bandwidth bandwidthFor(std::span<const double> squaredDistances, double perplexity)
{
    constexpr double kTolerance = 1e-5, kInfinite = std::numeric_limits<double>::infinity();
    constexpr int kSteps = 100;
    Bandwidth found;
    if (squaredDistances.empty()) {
        return found;
    }
    found.nearest = *std::min_element(squaredDistances.begin(), squaredDistances.end());
    const double wanted = std::log(perplexity);
    double low = 0.0, high = kInfinite;
    for (int step = 0; step < kSteps; ++step) {
        double sum = 0.0, moment = 0.0;
        for (const double distance : squaredDistances) {
            const double weight = std::exp(-found.beta * (distance - found.nearest));
            sum += weight;
            moment += weight * (distance - found.nearest);
        }
        found.sum = sum;
        const double excess = std::log(sum) + found.beta * moment / sum - wanted;
        if (std::abs(excess) <= kTolerance || step + 1 == kSteps) {
            break;
        }
        (excess > 0.0 ? low : high) = found.beta;
        found.beta = excess > 0.0 ? (high == kInfinite ? found.beta * 2.0 : 0.5 * (found.beta + high))
                                  : (low == 0.0 ? found.beta / 2.0 : 0.5 * (found.beta + low));
    }
    return found;
}

Affinities allAffinities(const Matrix& data, double perplexity, int threads, const std::stop_token& stop)
{
    const std::vector<Bandwidth> bandwidths = bandwidthsOf(data, perplexity, threads, stop);
    std::vector<std::vector<Half>> conditional(data.rows);
    forBlocks(
        {data.rows, 16, threads},
        [&](std::size_t begin, std::size_t end) {
            for (std::size_t i = begin; i < end; ++i) {
                for (std::size_t j = 0; j < data.rows; ++j) {
                    if (j != i) {
                        const double distance = squaredDistance(data.row(i), data.row(j));
                        conditional[i].push_back({static_cast<std::uint32_t>(j), bandwidths[i].probability(distance)});
                    }
                }
            }
        },
        stop);
    return symmetrised(conditional);
}

Affinities nearAffinities(const Matrix& data, double perplexity, int threads, const std::stop_token& stop)
{
    const auto each = std::min(data.rows - 1, static_cast<std::size_t>(3.0 * perplexity + 1.0));
    const Neighbours near = nearestNeighbours(data, each, threads, stop);
    std::vector<std::vector<Half>> conditional(data.rows);
    forBlocks(
        {data.rows, 64, threads},
        [&](std::size_t begin, std::size_t end) {
            for (std::size_t i = begin; i < end; ++i) {
                const std::span<const double> distances(near.squaredDistance.data() + i * each, each);
                const Bandwidth bandwidth = bandwidthFor(distances, perplexity);
                for (std::size_t k = 0; k < each; ++k) {
                    conditional[i].push_back({near.index[i * each + k], bandwidth.probability(distances[k])});
                }
            }
        },
        stop);
    return symmetrised(conditional);
}

double exactDivergence(
    const Matrix& data, const Matrix& embedding, double perplexity, int threads, const std::stop_token& stop)
{
    if (data.rows != embedding.rows || data.rows < 2 || !(perplexity > 0.0)) {
        throw base::Error(
            base::ErrorCode::Usage, "t-SNE divergence", "wants one place on the map for each of two rows or more");
    }
    const std::vector<Bandwidth> bandwidths = bandwidthsOf(data, perplexity, threads, stop);
    std::vector<Sums> rows(data.rows); // summed by index below, whatever thread made them
    forBlocks(
        {data.rows, 16, threads},
        [&](std::size_t begin, std::size_t end) {
            for (std::size_t i = begin; i < end; ++i) {
                rows[i] = divergenceOfRow(data, embedding, bandwidths, i);
            }
        },
        stop);
    Sums all;
    for (const Sums& row : rows) {
        all.kernel += row.kernel;
        all.entropy += row.entropy;
        all.cross += row.cross;
        all.mass += row.mass;
    }
    return all.entropy + all.cross + all.mass * std::log(all.kernel); // log Q = -log(1 + d^2) - log(sum)
}

} // namespace diascope::audit
