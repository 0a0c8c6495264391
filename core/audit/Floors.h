// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "audit/Matrix.h"
#include "dataset/FoldPlan.h"
#include "metrics/DeLong.h"
#include "metrics/Figure.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace diascope::image {
struct Image;
}

namespace diascope::audit {

/// What the trivial methods look at. Made from an image as decoded, or from a grey row of a pixel store.
struct FloorFeatures {
    static constexpr int kPixelSide = 32, kHogSide = 64;
    std::vector<float> pixels; ///< 32 x 32 grey levels, 0..255, antialiased, proportions given up.
    std::vector<float>
        hog; ///< Histogram of oriented gradients (Dalal and Triggs 2005) of 64 x 64 levels: 1764 numbers.
};
[[nodiscard]] FloorFeatures floorFeatures(const image::Image& image);

/// One split: who is learnt from, who is held out. Rows of the features.
struct FloorSplit {
    std::vector<std::size_t> training, heldOut;
};
/// Of plans of folds, those of the first repeat. A held-out part that several folds share (a test part) is judged once,
/// with the training part of the first of them; folds without either part are left out. `rowOf`: the place of each
/// sample among the features, nothing for one that has none; empty: every sample, in order.
[[nodiscard]] std::vector<FloorSplit> floorSplits(std::span<const dataset::FoldPlan> plans, dataset::Role heldOut,
    std::span<const std::optional<std::size_t>> rowOf = {});
/// The test part where one of the plans has one, else the validation part.
[[nodiscard]] dataset::Role judgedPart(std::span<const dataset::FoldPlan> plans);
/// Of the folds 0, 1, … that a source gives: each is held out once.
[[nodiscard]] std::vector<FloorSplit> floorSplits(std::span<const int> folds);

/// What a trivial method says about the held-out samples, and how good that is.
struct Floor {
    std::string name;              ///< "majority", "nearest-neighbour", "hog-svm".
    std::string method;            ///< In words.
    std::vector<std::size_t> rows; ///< Held-out samples, pooled over the splits, in their order.
    std::vector<int> labels;       ///< True class of each.
    std::vector<int> predicted;    ///< Of each.
    /// rows x classes scores, not probabilities: higher means that class more. Nearest neighbour: 1/distance to the
    /// nearest of each class, of sum 1; SVM: distance from the plane of that class against the rest; majority: the
    /// class's share.
    Matrix scores;
    metrics::Figure accuracy;
    std::optional<metrics::Interval> accuracyInterval; ///< Wilson 95 %.
    metrics::Figure balancedAccuracy;                  ///< Mean of the classes' shares recognised.
    /// Its Wilson 95 % lower limit, with the cases that a mean of shares is worth: classes^2 / sum of 1 / cases of a
    /// class.
    metrics::Figure leastBalancedAccuracy;
    metrics::Figure auc;                          ///< Binary: of class 1; else macro one-vs-rest.
    std::optional<metrics::Interval> aucInterval; ///< DeLong 95 %; binary only.
    std::vector<metrics::DeLongResult> perClass;  ///< One-vs-rest, with intervals. Empty for the majority.
};

struct FloorConfig {
    double svmC = 0.1; ///< Of the linear SVM, one-vs-rest; > 0.
    int threads = 0;
};

/// Majority, 1-NN on 32 x 32 pixels and a linear SVM on HOG, on the same splits as a network. `labels` has one entry a
/// row, 0 .. classes-1. A class that a training part lacks gets the lowest score. Same result for any number of
/// threads. Throws Error{Usage|Stopped}.
[[nodiscard]] std::vector<Floor> computeFloors(std::span<const FloorFeatures> features, std::span<const int> labels,
    int classes, const std::vector<FloorSplit>& splits, const FloorConfig& config = {},
    const dataset::ProgressFunction& progress = {}, const std::stop_token& stop = {});

/// The first of them alone: it needs no pictures. Throws Error{Usage} as above.
[[nodiscard]] Floor majorityFloor(
    std::span<const int> labels, int classes, const std::vector<FloorSplit>& splits);

/// Why the split must be leaking, in words; empty when nothing says so. The rule: 1-NN on 32 x 32 pixels knows no
/// organ, it finds pictures that are nearly the same. When the lower 95 % limit of its balanced accuracy lies 75 % of
/// the way or more from chance to perfect, held-out pictures have near-twins in training (neighbouring slices, one
/// patient on both sides), or the classes differ in something as plain as size or brightness.
[[nodiscard]] std::string splitLeaks(std::span<const Floor> floors);

} // namespace diascope::audit
