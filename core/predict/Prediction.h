// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "explain/HeatMap.h"
#include "image/Image.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace diascope::predict {

struct ClassAnswer {
    std::string name;
    double probability = 0.0; ///< 0..1, after calibration where there is one.
    double logit = 0.0;       ///< As the network gave it (mean over folds and views).
};

/// Which package answered: stands beside every answer.
struct PackageIdentity {
    std::string name, version, sha256;
    std::string trainedOn;  ///< One sentence.
    bool calibrated = false;
    std::string calibration;///< "none", "temperature T=1.8", ...
};

/// What the answer belongs to; an answer is never shown on anything else.
struct SourceBinding {
    std::string input;          ///< Path as given.
    int frame = 0;
    std::string sopInstanceUid; ///< Empty for plain pictures.
    std::string pixelSha256;    ///< image::pixelHash of the frame.
    std::string modality{};     ///< DICOM modality; empty for plain pictures.
};

/// Whether the picture is unlike those that the package learned from: then its probabilities mean nothing.
struct OutOfDistribution {
    std::optional<double> score;      ///< The larger of two distances from the training pictures, each divided by the package's threshold for it: of the
                                      ///< network's features to the k-th nearest, and of the pixels' figures. Flagged above 1.
    bool flag = false;                ///< The score, or one of the plain checks.
    std::vector<std::string> reasons; ///< One sentence each, for a person; empty without a flag.
};

/// A training picture that looks alike to the network; no two of one patient.
struct SimilarCase {
    std::string className;   ///< Its label.
    double similarity = 0.0; ///< Cosine of the two embeddings, up to 1.
    std::string sample;      ///< Its row in the training run's data.csv, from 1: those who have the run can find it.
    std::string group;       ///< A number of its patient.
};

/// What is known about how often the prediction set holds the truth.
struct SetCoverage {
    std::string score;       ///< "lac", "aps".
    double promised = 0.0;   ///< 1 - alpha.
    double seen = 0.0, low = 0.0, high = 1.0; ///< On pictures of other groups than the quantile's; Wilson, 95 %.
    std::int64_t n = 0;
};

/// One frame's answer. Plain values.
struct Prediction {
    SourceBinding source;
    PackageIdentity package;
    std::vector<ClassAnswer> classes;            ///< In the package's order.
    int top = 0;                                 ///< Index of the highest probability.
    std::string verdict;                         ///< Class name at the locked operating point, or "".
    double threshold = 0.5;                      ///< The operating point (on the positive class for binary packages).
    bool thresholdLocked = false;                ///< Chosen on validation data and stored in the package.
    std::vector<std::string> predictionSet;      ///< Empty when the package carries no conformal calibration, or when no class fits.
    std::optional<SetCoverage> setCoverage;      ///< Of the prediction set; nothing when the package carries no conformal calibration.
    std::optional<OutOfDistribution> outOfDistribution; ///< Nothing when the package knows nothing of its training pictures and the picture is not blank.
    std::vector<SimilarCase> similarCases;       ///< The most similar first.
    std::vector<std::vector<double>> folds;      ///< Each member's probabilities, [member][class].
    image::Image networkSaw;                     ///< After preprocessing, before normalisation.
    double forwardMs = 0.0, totalMs = 0.0;
};

/// How far the folds of an ensemble agree on a map.
struct FoldAgreement {
    int folds = 0;                ///< Whose maps were averaged.
    std::optional<double> meanRankCorrelation; ///< Spearman, mean over all pairs of folds; nothing with a reason.
    std::string reason;
};

/// A heat map and how its grid lies over the source image: source = (grid corner) * scale + offset, in pixels.
struct Explanation {
    SourceBinding source;
    explain::HeatMap map;
    double x0 = 0.0, y0 = 0.0, x1 = 0.0, y1 = 0.0; ///< The rectangle of the source image that the grid covers.
    int fold = 0;                                  ///< The member that was asked; kMeanOfFolds = all of them.
    std::optional<FoldAgreement> agreement{};      ///< With kMeanOfFolds.
};

/// Explanation::fold for the mean over all members: each map 0..1, averaged and not stretched again, so that a low peak says disagreement.
inline constexpr int kMeanOfFolds = -1;

} // namespace diascope::predict
