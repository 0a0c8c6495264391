// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/Figure.h"
#include "metrics/ScoreSteps.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace diascope::metrics {

/// Area under the ROC curve by mid-ranks (Mann-Whitney; ties count one half). Labels are 0 or 1, higher scores mean 1.
/// Undefined for no cases, one class only, and scores that are not numbers.
[[nodiscard]] Figure rocAuc(std::span<const int> labels, std::span<const double> scores);
[[nodiscard]] Figure rocAuc(const ScoreSteps& sorted);

/// One area per class, that class against the rest. `probabilities` is labels.size() x classes, row by row; labels 0 ..
/// classes-1.
[[nodiscard]] std::vector<Figure> rocAucPerClass(
    std::span<const int> labels, std::span<const double> probabilities, int classes);
/// Their unweighted mean; undefined when one of them is.
[[nodiscard]] Figure macroRocAuc(std::span<const int> labels, std::span<const double> probabilities, int classes);

/// The curve itself, points from (0, 0) to (1, 1); as scikit-learn's roc_curve.
struct RocCurve {
    std::vector<double> falsePositiveRate, truePositiveRate;
    std::vector<double> thresholds; ///< Descending; the first one is infinite (nothing is called positive).
    std::string reason;             ///< Why there is none.
};
enum class RocPoints {
    All,     ///< Every distinct score.
    Corners, ///< Without points on a straight line between their neighbours (scikit-learn's drop_intermediate).
};
[[nodiscard]] RocCurve rocCurve(const ScoreSteps& sorted, RocPoints points = RocPoints::Corners);

/// A threshold with what it gives. Positive = score >= threshold; an infinite threshold calls everything negative.
struct OperatingPoint {
    double threshold = 0.5;
    double sensitivity = 0.0;
    double specificity = 0.0;
    [[nodiscard]] double youdenJ() const { return sensitivity + specificity - 1.0; }
};

/// The point with the largest J = sensitivity + specificity - 1 (Youden 1950); of several the one with the highest
/// threshold. Nothing when rocAuc() is undefined. Choose it on validation data only.
[[nodiscard]] std::optional<OperatingPoint> youdenPoint(std::span<const int> labels, std::span<const double> scores);
[[nodiscard]] std::optional<OperatingPoint> youdenPoint(const ScoreSteps& sorted);

} // namespace diascope::metrics
