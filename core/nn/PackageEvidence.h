// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Json.h"

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

namespace diascope::nn {

/// One split-conformal quantile of the calibrated out-of-fold probabilities, and what its sets did on cases that it was not made of.
struct PackageQuantile {
    std::string score = "lac";    ///< "lac" or "aps" (metrics/Conformal.h).
    double alpha = 0.1;           ///< Share of cases whose label may be missing from the set; in (0, 1).
    double quantile = 1.0;        ///< Labels whose score is <= it are in the set.
    std::int64_t n = 0;           ///< Pictures it was made of.
    double coverageSeen = 0.0;    ///< Share of labels in their set, each group's from a quantile of the other groups.
    double coverageLow = 0.0, coverageHigh = 1.0; ///< Wilson, 95 %.
    double meanSize = 0.0;        ///< Classes in a set, on average.
};

/// When a picture is unlike those that the package learned from: distance to the k-th nearest training embedding.
struct PackageNeighbours {
    int member = 0;               ///< Whose features are compared.
    int neighbours = 0;           ///< k; 0 = the package holds no embeddings.
    double threshold = 0.0;       ///< Distances (1 - cosine) above it are unlike the training pictures; > 0.
    double quantile = 0.0;        ///< Which share of the pictures left out of that member's training lie at or below it.
    std::int64_t n = 0;           ///< How many pictures those were.
    std::int64_t trainedOn = 0;   ///< Training pictures of that member; the package keeps at most kMostCases of them.
    [[nodiscard]] bool any() const { return neighbours > 0; }
};

/// What the pixels of the training pictures are like (predict/PixelFigures.h): when a picture's brightness, contrast and detail at four scales,
/// kFigures numbers together, are not. Since format 3.
struct PackagePixels {
    static constexpr std::size_t kFigures = 10;
    std::vector<double> mean{}, spread{}; ///< kFigures each; spreads > 0. Empty: nothing is known.
    std::vector<double> precision{};      ///< kFigures x kFigures, the inverse of the covariance: of sqrt((x - mean)' precision (x - mean)).
    double threshold = 0.0;             ///< Such distances above it are unlike the training pictures; > 0.
    double quantile = 0.0;              ///< Which share of the pictures left out of the fit lie at or below it.
    std::int64_t n = 0;                 ///< How many pictures those were.
    std::int64_t fittedOn = 0;          ///< Training pictures.
    [[nodiscard]] bool any() const { return !mean.empty(); }
};

/// What the source files of the training were like, for checks in words.
struct PackageSources {
    std::int64_t headers = 0;             ///< Files that were looked at, of `samples`; 0 = nothing is known.
    std::int64_t samples = 0;
    std::vector<std::string> modalities;  ///< DICOM modalities; "" for plain pictures. Sorted.
    std::vector<std::string> units;       ///< Of the modality values ("HU"); "" where there is none. Sorted.
    int leastWidth = 0, mostWidth = 0, leastHeight = 0, mostHeight = 0; ///< Pixels.
    double mostColour = 0.0;              ///< Largest share of visibly coloured pixels in a picture.
    double leastSpacingMm = 0.0, mostSpacingMm = 0.0; ///< Between rows; 0 = some file states none.
    [[nodiscard]] bool any() const { return headers > 0; }
};

/// Embeddings of training pictures: no picture, no name.
struct PackageCases {
    /// Most pictures that are kept: the nearest of them are found in a fraction of a millisecond.
    static constexpr std::int64_t kMostCases = 1024;

    at::Tensor embeddings; ///< float16 N,F, each row of length 1. Undefined when there are none.
    at::Tensor labels;     ///< int64 N: class numbers.
    at::Tensor samples;    ///< int64 N: the row in the run's data.csv, from 1. Whoever has the run can find the picture; nobody else learns a name.
    at::Tensor groups;     ///< int64 N: a number of the group (the patient), from 1 in the order of data.csv.
    [[nodiscard]] bool any() const { return embeddings.defined(); }
    [[nodiscard]] std::int64_t count() const { return any() ? embeddings.size(0) : 0; }
};

/// What a package knows about the trust that an answer deserves. Everything in it was measured on pictures that the member in question did
/// not learn from.
struct PackageEvidence {
    base::Json calibration = base::Json::object(); ///< Figures before and after calibration, reliability curve; opaque here.
    std::string setScore;                          ///< Which of `quantiles` makes the prediction set: "lac", "aps"; "" = none.
    double setAlpha = 0.1;
    std::vector<PackageQuantile> quantiles;
    PackageNeighbours neighbours;
    PackagePixels pixels;
    PackageSources sources;

    [[nodiscard]] bool any() const;
    /// The quantile that makes the prediction set; nullptr without one.
    [[nodiscard]] const PackageQuantile* chosen() const;
};

[[nodiscard]] base::Json toJson(const PackageEvidence& evidence);
/// Strict; throws Error{Plan} naming the key.
[[nodiscard]] PackageEvidence packageEvidenceFromJson(const base::Json& json, const std::string& subject);
[[nodiscard]] base::Json toJson(const PackageSources& sources);
[[nodiscard]] PackageSources packageSourcesFromJson(const base::Json& json, const std::string& subject);
/// Throws Error{Mismatch} when the tensors do not fit each other, the classes or what `evidence` says of them.
void checkCases(const PackageCases& cases, const PackageEvidence& evidence, std::int64_t classes, const std::string& subject);

} // namespace diascope::nn
