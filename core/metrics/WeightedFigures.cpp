// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/WeightedFigures.h"

#include "metrics/Agreement.h"
#include "metrics/Confusion.h"
#include "metrics/OneClass.h"
#include "metrics/Ranks.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>

namespace diascope::metrics {

namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

/// A binary score in descending order.
class Ranked {
public:
    Ranked(std::span<const int> labels, std::span<const double> scores)
    {
        (void)countClasses(labels, scores); // refuses other labels and sizes
        std::vector<std::uint32_t> order(labels.size());
        std::iota(order.begin(), order.end(), 0U);
        std::sort(
            order.begin(), order.end(), [scores](std::uint32_t a, std::uint32_t b) { return scores[a] > scores[b]; });
        m_cases.reserve(order.size());
        for (std::size_t i = 0; i < order.size(); ++i) {
            const bool ends = i + 1 == order.size() || scores[order[i + 1]] != scores[order[i]];
            m_cases.push_back({order[i], labels[order[i]] == 1, ends});
        }
    }
    struct Areas {
        double roc = kUndefined, averagePrecision = kUndefined;
    };
    [[nodiscard]] Areas areas(std::span<const std::uint32_t> times) const
    {
        std::int64_t above[2] = {0, 0}, here[2] = {0, 0}; // weights of negatives and positives
        std::int64_t twice = 0;
        double precision = 0.0;
        for (const Case& one : m_cases) {
            here[one.positive ? 1 : 0] += times[one.index];
            if (one.endsStep) {
                twice += here[0] * (2 * above[1] + here[1]);
                above[0] += here[0];
                above[1] += here[1];
                if (here[1] > 0) {
                    precision += static_cast<double>(here[1]) * static_cast<double>(above[1])
                        / static_cast<double>(above[0] + above[1]);
                }
                here[0] = here[1] = 0;
            }
        }
        const auto negatives = static_cast<double>(above[0]), positives = static_cast<double>(above[1]);
        Areas result;
        if (positives > 0.0) {
            result.averagePrecision = precision / positives;
            result.roc = negatives > 0.0 ? 0.5 * static_cast<double>(twice) / (positives * negatives) : kUndefined;
        }
        return result;
    }

private:
    struct Case {
        std::uint32_t index;
        bool positive, endsStep;
    };
    std::vector<Case> m_cases;
};

/// Losses of single cases, to be averaged with weights.
struct Losses {
    std::vector<double> brier, logLoss;
    void add(double square, double p)
    {
        constexpr double kClip = std::numeric_limits<double>::epsilon();
        brier.push_back(square);
        logLoss.push_back(-std::log(std::clamp(p, kClip, 1.0 - kClip)));
    }
};

struct MeanLosses {
    double brier = kUndefined, logLoss = kUndefined;
};

MeanLosses meanOf(const Losses& losses, std::span<const std::uint32_t> times)
{
    double brier = 0.0, logLoss = 0.0, weight = 0.0;
    for (std::size_t i = 0; i < times.size(); ++i) {
        const double w = times[i];
        brier += w * losses.brier[i];
        logLoss += w * losses.logLoss[i];
        weight += w;
    }
    return weight > 0.0 ? MeanLosses{brier / weight, logLoss / weight} : MeanLosses{};
}

ConfusionMatrix weightedMatrix(
    std::span<const int> labels, std::span<const int> predicted, int classes, std::span<const std::uint32_t> times)
{
    const auto columns = static_cast<std::size_t>(classes);
    ConfusionMatrix matrix{classes, std::vector<std::int64_t>(columns * columns)};
    for (std::size_t i = 0; i < labels.size(); ++i) {
        matrix.counts[static_cast<std::size_t>(labels[i]) * columns + static_cast<std::size_t>(predicted[i])]
            += times[i];
    }
    return matrix;
}

double orUndefined(const Figure& figure)
{
    return figure.value.value_or(kUndefined);
}

double shareOf(std::int64_t part, std::int64_t whole)
{
    return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : kUndefined;
}

struct Binary {
    std::vector<int> labels, predicted;
    Ranked ranked;
    Losses losses;

    void figures(std::span<const std::uint32_t> times, std::span<double> out) const
    {
        const Ranked::Areas areas = ranked.areas(times);
        const ConfusionMatrix matrix = weightedMatrix(labels, predicted, 2, times);
        const std::int64_t tn = matrix.at(0, 0), fp = matrix.at(0, 1), fn = matrix.at(1, 0), tp = matrix.at(1, 1);
        const MeanLosses loss = meanOf(losses, times);
        const std::array<double, kBinaryFigures.size()> values = {areas.roc, areas.averagePrecision,
            orUndefined(matrix.accuracy()), orUndefined(balancedAccuracy(matrix)), shareOf(tp, tp + fn),
            shareOf(tn, tn + fp), shareOf(tp, tp + fp), shareOf(tn, tn + fn), shareOf(2 * tp, 2 * tp + fp + fn),
            orUndefined(matthewsCorrelation(matrix)), orUndefined(cohenKappa(matrix)), loss.brier, loss.logLoss};
        std::copy(values.begin(), values.end(), out.begin());
    }
};

struct MultiClass {
    int classes = 0;
    std::vector<int> labels, predicted;
    std::vector<Ranked> ranked; ///< One a class, against the rest.
    Losses losses;

    void figures(std::span<const std::uint32_t> times, std::span<double> out) const
    {
        const ConfusionMatrix matrix = weightedMatrix(labels, predicted, classes, times);
        double sum = 0.0, weighted = 0.0, f1 = 0.0;
        const auto total = static_cast<double>(matrix.total());
        for (int c = 0; c < classes; ++c) {
            const auto column = static_cast<std::size_t>(c);
            std::int64_t truth = 0, called = 0;
            for (int other = 0; other < classes; ++other) {
                truth += matrix.at(c, other);
                called += matrix.at(other, c);
            }
            const double area = ranked[column].areas(times).roc;
            out[kMultiClassFigures.size() + column] = area;
            sum += area / classes;
            weighted += area * static_cast<double>(truth) / total;
            f1 += truth + called > 0
                ? 2.0 * static_cast<double>(matrix.at(c, c)) / static_cast<double>(truth + called) / classes
                : 0.0;
        }
        const MeanLosses loss = meanOf(losses, times);
        const std::array<double, kMultiClassFigures.size()> values = {sum, weighted, orUndefined(matrix.accuracy()),
            orUndefined(balancedAccuracy(matrix)), total > 0.0 ? f1 : kUndefined,
            orUndefined(matthewsCorrelation(matrix)), orUndefined(cohenKappa(matrix)), loss.brier, loss.logLoss};
        std::copy(values.begin(), values.end(), out.begin());
    }
};

} // namespace

WeightedFigures binaryFigures(std::span<const int> labels, std::span<const double> probabilityOfOne, double threshold)
{
    auto data
        = std::make_shared<Binary>(Binary{{labels.begin(), labels.end()}, {}, Ranked(labels, probabilityOfOne), {}});
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const double p = probabilityOfOne[i];
        data->predicted.push_back(p >= threshold ? 1 : 0);
        data->losses.add((p - labels[i]) * (p - labels[i]), labels[i] == 1 ? p : 1.0 - p);
    }
    return [data](std::span<const std::uint32_t> times, std::span<double> out) { data->figures(times, out); };
}

WeightedFigures multiClassFigures(std::span<const int> labels, std::span<const double> probabilities, int classes)
{
    auto data = std::make_shared<MultiClass>();
    data->classes = classes;
    data->labels.assign(labels.begin(), labels.end());
    for (int c = 0; c < classes; ++c) {
        const OneClass one = againstRest(labels, probabilities, classes, c);
        data->ranked.emplace_back(one.labels, one.scores);
    }
    data->predicted = argmaxRows(probabilities, classes);
    (void)confusionMatrix(labels, data->predicted, classes); // refuses labels out of range
    const auto columns = static_cast<std::size_t>(classes);
    for (std::size_t i = 0; i < labels.size(); ++i) {
        double square = 0.0;
        for (std::size_t c = 0; c < columns; ++c) {
            const double error = probabilities[i * columns + c] - (labels[i] == static_cast<int>(c) ? 1.0 : 0.0);
            square += error * error;
        }
        data->losses.add(square, probabilities[i * columns + static_cast<std::size_t>(labels[i])]);
    }
    return [data](std::span<const std::uint32_t> times, std::span<double> out) { data->figures(times, out); };
}

} // namespace diascope::metrics
