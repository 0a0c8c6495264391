// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/Bootstrap.h"

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace diascope::metrics {

// Figures of a weighted sample, sorted once: what bootstrapIntervals() asks for thousands of times. O(cases x classes)
// a call. With all weights 1 they are the figures of the other headers.

/// Order of the values that binaryFigures() gives.
inline constexpr std::array<std::string_view, 13> kBinaryFigures = {"auc", "averagePrecision", "accuracy",
    "balancedAccuracy", "sensitivity", "specificity", "ppv", "npv", "f1", "mcc", "kappa", "brier", "logLoss"};
/// Labels 0/1, probabilities of 1 without NaN, positive = probability >= threshold. Throws Error{Internal} for wrong
/// sizes and labels.
[[nodiscard]] WeightedFigures binaryFigures(
    std::span<const int> labels, std::span<const double> probabilityOfOne, double threshold);

/// Order of the values that multiClassFigures() gives; after them one area under the ROC curve a class.
inline constexpr std::array<std::string_view, 9> kMultiClassFigures
    = {"auc", "aucWeighted", "accuracy", "balancedAccuracy", "macroF1", "mcc", "kappa", "brier", "logLoss"};
/// `probabilities` is labels.size() x classes without NaN; the predicted class is the most probable one.
[[nodiscard]] WeightedFigures multiClassFigures(
    std::span<const int> labels, std::span<const double> probabilities, int classes);

} // namespace diascope::metrics
