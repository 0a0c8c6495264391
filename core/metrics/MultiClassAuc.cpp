// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/MultiClassAuc.h"

#include "metrics/OneClass.h"
#include "metrics/Roc.h"

#include <algorithm>

namespace diascope::metrics {

namespace {

struct Pairs {
    Figure macro, weighted;
};

Pairs overPairs(std::span<const int> labels, std::span<const double> probabilities, int classes)
{
    double sum = 0.0, weightedSum = 0.0, weights = 0.0;
    int pairs = 0;
    for (int a = 0; a < classes; ++a) {
        for (int b = a + 1; b < classes; ++b) {
            const OneClass forA = againstOne(labels, probabilities, classes, {a, b});
            const OneClass forB = againstOne(labels, probabilities, classes, {b, a});
            const Figure first = rocAuc(forA.labels, forA.scores), second = rocAuc(forB.labels, forB.scores);
            if (!first || !second) {
                const std::string reason = first ? second.reason : first.reason;
                return {Figure::undefined(reason), Figure::undefined(reason)};
            }
            const double both = 0.5 * (*first.value + *second.value);
            const auto cases = static_cast<double>(forA.labels.size());
            sum += both;
            weightedSum += both * cases;
            weights += cases;
            ++pairs;
        }
    }
    return {{sum / pairs, {}}, {weightedSum / weights, {}}};
}

} // namespace

MultiClassAuc multiClassAuc(std::span<const int> labels, std::span<const double> probabilities, int classes)
{
    MultiClassAuc result;
    result.perClass = rocAucPerClass(labels, probabilities, classes);
    double sum = 0.0, weighted = 0.0;
    for (std::size_t c = 0; c < result.perClass.size(); ++c) {
        const Figure& area = result.perClass[c];
        if (!area) {
            result.macroOvr = result.weightedOvr = result.macroOvo = result.weightedOvo = area;
            return result;
        }
        sum += *area.value;
        weighted += *area.value * static_cast<double>(std::count(labels.begin(), labels.end(), static_cast<int>(c)));
    }
    result.macroOvr = {sum / classes, {}};
    result.weightedOvr = {weighted / static_cast<double>(labels.size()), {}};
    const Pairs pairs = overPairs(labels, probabilities, classes);
    result.macroOvo = pairs.macro;
    result.weightedOvo = pairs.weighted;
    return result;
}

} // namespace diascope::metrics
