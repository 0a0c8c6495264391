// SPDX-License-Identifier: GPL-3.0-or-later
#include "audit/FloorFigures.h"

#include "base/Text.h"
#include "metrics/Confusion.h"
#include "metrics/Proportion.h"
#include "metrics/Roc.h"

#include <cmath>

namespace diascope::audit {

namespace {

constexpr double kLeakingShare = 0.75;

std::string shortFigure(double value)
{
    return base::fixedText(value, 3);
}

/// Wilson's 95 % lower limit of a proportion that was seen in `n` cases, which need not be whole.
double wilsonLow(double share, double n)
{
    const double z2 = metrics::kNormal975 * metrics::kNormal975;
    const double half = metrics::kNormal975 * std::sqrt(share * (1.0 - share) / n + z2 / (4.0 * n * n));
    return (share + z2 / (2.0 * n) - half) / (1.0 + z2 / n);
}

void addBalanced(Floor& floor, const metrics::ConfusionMatrix& confusion)
{
    double mean = 0.0, inverse = 0.0; // inverse: sum of 1 / cases
    for (int c = 0; c < confusion.classes; ++c) {
        std::int64_t cases = 0;
        for (int p = 0; p < confusion.classes; ++p) {
            cases += confusion.at(c, p);
        }
        if (cases == 0) {
            const std::string reason = "class " + std::to_string(c) + " has no held-out sample";
            floor.balancedAccuracy = metrics::Figure::undefined(reason);
            floor.leastBalancedAccuracy = metrics::Figure::undefined(reason);
            return;
        }
        mean += metrics::proportion(confusion.at(c, c), cases).value.value() / confusion.classes;
        inverse += 1.0 / static_cast<double>(cases);
    }
    floor.balancedAccuracy = {mean, {}};
    floor.leastBalancedAccuracy = {wilsonLow(mean, confusion.classes * confusion.classes / inverse), {}};
}

void addAuc(Floor& floor, int classes)
{
    if (floor.name == "majority") {
        floor.auc = metrics::Figure::undefined("it says the same about every picture of a split, so it ranks nothing");
        return;
    }
    for (int c = 0; c < classes; ++c) {
        std::vector<int> isClass;
        std::vector<double> scores;
        for (std::size_t i = 0; i < floor.labels.size(); ++i) {
            isClass.push_back(floor.labels[i] == c ? 1 : 0);
            scores.push_back(floor.scores.at(i, static_cast<std::size_t>(c)));
        }
        floor.perClass.push_back(metrics::deLong(isClass, scores));
    }
    if (classes == 2) {
        floor.auc = floor.perClass[1].auc;
        floor.aucInterval = floor.perClass[1].interval;
    } else {
        floor.auc = metrics::macroRocAuc(floor.labels, floor.scores.values, classes);
    }
}

} // namespace

void addFigures(Floor& floor)
{
    const int classes = static_cast<int>(floor.scores.columns);
    const metrics::ConfusionMatrix confusion = metrics::confusionMatrix(floor.labels, floor.predicted, classes);
    floor.accuracy = confusion.accuracy();
    floor.accuracyInterval = metrics::wilsonInterval(confusion.correct(), confusion.total());
    addBalanced(floor, confusion);
    addAuc(floor, classes);
}

std::string splitLeaks(std::span<const Floor> floors)
{
    for (const Floor& floor : floors) {
        if (floor.name != "nearest-neighbour" || !floor.leastBalancedAccuracy.value || floor.scores.columns < 2) {
            continue;
        }
        const double chance = 1.0 / static_cast<double>(floor.scores.columns);
        const double share = (*floor.leastBalancedAccuracy.value - chance) / (1.0 - chance);
        if (share >= kLeakingShare) {
            return "The nearest training picture at 32 x 32 pixels gives the right class with a balanced accuracy of "
                + shortFigure(*floor.balancedAccuracy.value) + " (lower limit "
                + shortFigure(*floor.leastBalancedAccuracy.value) + ", chance " + shortFigure(chance)
                + "): so high a floor means that this split leaks (near-twins of held-out pictures are in training), "
                  "or that "
                  "the classes differ in something trivial. A network's figures on it say nothing clinical.";
        }
    }
    return {};
}

} // namespace diascope::audit
