// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluate/Threshold.h"

#include "base/Text.h"
#include "evaluate/Figures.h"
#include "metrics/Proportion.h"

#include <cmath>

namespace diascope::evaluate {

namespace {

metrics::ScoreSteps sorted(const Predictions& predictions)
{
    return metrics::scoreSteps(predictions.binaryLabels(), predictions.positiveScores());
}

/// The threshold of each fold chosen on the others.
std::vector<NamedEstimate> crossFitted(const Predictions& predictions, std::uint64_t seed)
{
    const CrossParts cross = crossParts(predictions, seed);
    metrics::BinaryCounts sum;
    for (std::size_t part = 0; part < cross.parts.size(); ++part) {
        const auto point = metrics::youdenPoint(sorted(predictions.rows(metrics::othersOf(cross.parts, part))));
        if (!point) {
            return {};
        }
        const Predictions own = predictions.rows(cross.parts[part]);
        const metrics::BinaryCounts counts
            = metrics::countAtThreshold(own.binaryLabels(), own.positiveScores(), point->threshold);
        sum.truePositives += counts.truePositives;
        sum.falsePositives += counts.falsePositives;
        sum.trueNegatives += counts.trueNegatives;
        sum.falseNegatives += counts.falseNegatives;
    }
    if (cross.parts.empty()) {
        return {};
    }
    std::vector<NamedEstimate> figures{
        {"sensitivity", metrics::proportionEstimate(sum.truePositives, sum.truePositives + sum.falseNegatives)},
        {"specificity", metrics::proportionEstimate(sum.trueNegatives, sum.trueNegatives + sum.falsePositives)}};
    for (NamedEstimate& figure : figures) {
        figure.estimate.method += "; threshold chosen elsewhere, " + cross.how;
    }
    return figures;
}

OperatingThreshold chosenHere(const Predictions& predictions)
{
    const auto point = metrics::youdenPoint(sorted(predictions));
    if (!point || !std::isfinite(point->threshold)) {
        return {
            0.5, ThresholdSource::NoChoice, "no threshold was given and these cases allow no choice; 0.5 stands", {}};
    }
    return {point->threshold, ThresholdSource::SameRows,
        "no threshold was given: " + base::numberText(point->threshold)
            + " was chosen on these same rows (Youden), so that sensitivity, specificity and all that follows from "
              "them are optimistic",
        {}};
}

} // namespace

OperatingThreshold operatingThreshold(const Predictions& predictions, const EvaluationConfig& config)
{
    OperatingThreshold result;
    if (!predictions.isBinary()) {
        result.source = ThresholdSource::MostProbable;
        result.words = "the predicted class is the most probable one";
        return result;
    }
    if (config.threshold) {
        result = {*config.threshold, ThresholdSource::Given,
            "threshold " + base::numberText(*config.threshold) + " was given, chosen elsewhere", {}};
    } else if (config.storedThreshold && config.storedByDefault) {
        result = {*config.storedThreshold, ThresholdSource::NoChoice,
            "the run could not choose a threshold on its validation rows; " + base::numberText(*config.storedThreshold)
                + " stands",
            {}};
    } else if (config.storedThreshold && config.storedOnTheseRows) {
        result = {*config.storedThreshold, ThresholdSource::SameRows,
            "the run chose threshold " + base::numberText(*config.storedThreshold)
                + " on these same rows (its validation predictions), so that sensitivity, specificity and all that "
                  "follows from them are optimistic",
            {}};
    } else if (config.storedThreshold) {
        result = {*config.storedThreshold, ThresholdSource::Stored,
            "threshold " + base::numberText(*config.storedThreshold)
                + " was stored by the run, chosen on other rows (validation)",
            {}};
    } else {
        result = chosenHere(predictions);
    }
    if (result.source == ThresholdSource::SameRows) {
        result.crossFitted = crossFitted(predictions, config.seed);
    }
    return result;
}

std::vector<Candidate> candidatesOf(const Predictions& predictions, const metrics::Costs& costs)
{
    const metrics::ScoreSteps steps = sorted(predictions);
    std::vector<Candidate> list;
    const auto add = [&](const std::string& rule, const std::optional<metrics::OperatingPoint>& point) {
        if (point) {
            list.push_back({rule, *point});
        }
    };
    add("Youden (largest sensitivity + specificity)", metrics::youdenPoint(steps));
    for (const double wanted : {0.95, 0.9}) {
        const std::string percent = std::to_string(static_cast<int>(std::lround(100.0 * wanted))) + " %";
        add("best specificity at sensitivity " + percent, metrics::specificityAtSensitivity(steps, wanted));
        add("best sensitivity at specificity " + percent, metrics::sensitivityAtSpecificity(steps, wanted));
    }
    if (const auto least = metrics::leastCostPoint(steps, costs)) {
        add("least cost (false positive " + base::numberText(costs.falsePositive) + ", false negative "
                + base::numberText(costs.falseNegative)
                + (costs.prevalence ? ", prevalence " + base::numberText(*costs.prevalence)
                                    : ", prevalence of these rows")
                + ")",
            least->point);
    }
    return list;
}

} // namespace diascope::evaluate
