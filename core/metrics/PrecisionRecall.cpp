// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/PrecisionRecall.h"

#include "metrics/OneClass.h"

namespace diascope::metrics {

namespace {

/// Without negatives the curve is still defined; without positives it is not.
std::string reasonAgainstCurve(const ScoreSteps& sorted)
{
    if (sorted.steps.empty()) {
        return sorted.reason;
    }
    return sorted.positives == 0 ? "no positives" : std::string();
}

double precisionAt(const ScoreStep& step)
{
    return static_cast<double>(step.truePositives) / static_cast<double>(step.truePositives + step.falsePositives);
}

} // namespace

PrecisionRecallCurve precisionRecallCurve(const ScoreSteps& sorted)
{
    PrecisionRecallCurve curve;
    curve.reason = reasonAgainstCurve(sorted);
    if (!curve.reason.empty()) {
        return curve;
    }
    for (auto step = sorted.steps.rbegin(); step != sorted.steps.rend(); ++step) {
        curve.precision.push_back(precisionAt(*step));
        curve.recall.push_back(static_cast<double>(step->truePositives) / static_cast<double>(sorted.positives));
        curve.thresholds.push_back(step->score);
    }
    curve.precision.push_back(1.0);
    curve.recall.push_back(0.0);
    return curve;
}

Figure averagePrecision(const ScoreSteps& sorted)
{
    if (std::string reason = reasonAgainstCurve(sorted); !reason.empty()) {
        return Figure::undefined(std::move(reason));
    }
    double sum = 0.0;
    for (const ScoreStep& step : sorted.steps) {
        sum += static_cast<double>(step.positives) * precisionAt(step);
    }
    return {sum / static_cast<double>(sorted.positives), {}};
}

Figure averagePrecision(std::span<const int> labels, std::span<const double> scores)
{
    return averagePrecision(scoreSteps(labels, scores));
}

std::vector<Figure> averagePrecisionPerClass(
    std::span<const int> labels, std::span<const double> probabilities, int classes)
{
    std::vector<Figure> figures;
    for (int c = 0; c < classes; ++c) {
        const OneClass one = againstRest(labels, probabilities, classes, c);
        figures.push_back(averagePrecision(one.labels, one.scores));
        if (figures.back().reason == "no positives") {
            figures.back().reason = "no case of class " + std::to_string(c);
        }
    }
    return figures;
}

} // namespace diascope::metrics
