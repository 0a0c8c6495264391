// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "explain/HeatMap.h"
#include "image/Image.h"

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
};

struct OutOfDistribution {
    double score = 0.0;
    bool flag = false;
    std::vector<std::string> reasons;
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
    std::vector<std::string> predictionSet;      ///< Empty when the package carries no conformal calibration.
    std::optional<OutOfDistribution> outOfDistribution;
    std::vector<std::vector<double>> folds;      ///< Each member's probabilities, [member][class].
    image::Image networkSaw;                     ///< After preprocessing, before normalisation.
    double forwardMs = 0.0, totalMs = 0.0;
};

/// A heat map and how its grid lies over the source image: source = (grid corner) * scale + offset, in pixels.
struct Explanation {
    SourceBinding source;
    explain::HeatMap map;
    double x0 = 0.0, y0 = 0.0, x1 = 0.0, y1 = 0.0; ///< The rectangle of the source image that the grid covers.
};

} // namespace diascope::predict
