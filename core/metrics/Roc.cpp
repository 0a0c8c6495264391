// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/Roc.h"

#include "base/Error.h"

#include <algorithm>
#include <cstdint>
#include <limits>

namespace diascope::metrics {

Figure rocAuc(std::span<const int> labels, std::span<const double> scores)
{
    return rocAuc(scoreSteps(labels, scores));
}

Figure rocAuc(const ScoreSteps& sorted)
{
    if (!sorted.reason.empty()) {
        return Figure::undefined(sorted.reason);
    }
    std::int64_t twice = 0; // pairs in the right order count two, ties one
    for (const ScoreStep& step : sorted.steps) {
        twice += step.positives * (2 * (sorted.negatives - step.falsePositives) + step.negatives);
    }
    return {0.5 * static_cast<double>(twice)
            / (static_cast<double>(sorted.positives) * static_cast<double>(sorted.negatives)),
        {}};
}

std::vector<Figure> rocAucPerClass(std::span<const int> labels, std::span<const double> probabilities, int classes)
{
    if (classes < 2 || probabilities.size() != labels.size() * static_cast<std::size_t>(classes)) {
        throw base::Error(base::ErrorCode::Internal, "metrics", "the probabilities are not cases x classes");
    }
    const auto columns = static_cast<std::size_t>(classes);
    std::vector<Figure> areas;
    std::vector<int> isClass(labels.size());
    std::vector<double> column(labels.size());
    for (std::size_t c = 0; c < columns; ++c) {
        for (std::size_t i = 0; i < labels.size(); ++i) {
            isClass[i] = labels[i] == static_cast<int>(c) ? 1 : 0;
            column[i] = probabilities[i * columns + c];
        }
        areas.push_back(rocAuc(isClass, column));
        if (!areas.back() && std::count(isClass.begin(), isClass.end(), 1) == 0) {
            areas.back().reason = "no case of class " + std::to_string(c);
        }
    }
    return areas;
}

Figure macroRocAuc(std::span<const int> labels, std::span<const double> probabilities, int classes)
{
    double sum = 0.0;
    for (const Figure& area : rocAucPerClass(labels, probabilities, classes)) {
        if (!area) {
            return area;
        }
        sum += *area.value;
    }
    return {sum / classes, {}};
}

RocCurve rocCurve(const ScoreSteps& sorted, RocPoints points)
{
    RocCurve curve;
    curve.reason = sorted.reason;
    if (!curve.reason.empty()) {
        return curve;
    }
    const auto add = [&](const ScoreStep& step) {
        curve.thresholds.push_back(step.score);
        curve.falsePositiveRate.push_back(
            static_cast<double>(step.falsePositives) / static_cast<double>(sorted.negatives));
        curve.truePositiveRate.push_back(
            static_cast<double>(step.truePositives) / static_cast<double>(sorted.positives));
    };
    add({std::numeric_limits<double>::infinity(), 0, 0, 0, 0});
    const std::vector<ScoreStep>& steps = sorted.steps;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        // As scikit-learn: dropped where the step before and the step after are equal, not merely parallel.
        const bool between = i > 0 && i + 1 < steps.size() && steps[i + 1].positives == steps[i].positives
            && steps[i + 1].negatives == steps[i].negatives;
        if (points == RocPoints::All || !between) {
            add(steps[i]);
        }
    }
    return curve;
}

std::optional<OperatingPoint> youdenPoint(std::span<const int> labels, std::span<const double> scores)
{
    return youdenPoint(scoreSteps(labels, scores));
}

std::optional<OperatingPoint> youdenPoint(const ScoreSteps& sorted)
{
    if (!sorted.reason.empty()) {
        return std::nullopt;
    }
    // J times positives times negatives is a whole number: equal maxima are seen as equal.
    OperatingPoint best{std::numeric_limits<double>::infinity(), 0.0, 1.0};
    std::int64_t bestJ = 0;
    for (const ScoreStep& step : sorted.steps) {
        const std::int64_t j = step.truePositives * sorted.negatives - step.falsePositives * sorted.positives;
        if (j > bestJ) {
            bestJ = j;
            best = {step.score, static_cast<double>(step.truePositives) / static_cast<double>(sorted.positives),
                static_cast<double>(sorted.negatives - step.falsePositives) / static_cast<double>(sorted.negatives)};
        }
    }
    return best;
}

} // namespace diascope::metrics
