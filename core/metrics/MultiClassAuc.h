// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/Figure.h"

#include <span>
#include <vector>

namespace diascope::metrics {

/// Areas under the ROC curve of several classes in one number, as scikit-learn's roc_auc_score. Each is undefined when
/// a class has no case.
struct MultiClassAuc {
    std::vector<Figure> perClass; ///< One against the rest.
    Figure macroOvr;              ///< Their mean (metrics::macroRocAuc).
    Figure weightedOvr;           ///< Weighted by the number of cases of the class.
    Figure macroOvo; ///< Mean over pairs of classes, both directions (Hand and Till 2001): insensitive to prevalence.
    Figure weightedOvo; ///< Pairs weighted by their number of cases (Ferri, Hernandez-Orallo and Modroiu 2009).
};

/// `probabilities` is labels.size() x classes, row by row; labels 0 .. classes-1; classes >= 2.
[[nodiscard]] MultiClassAuc multiClassAuc(
    std::span<const int> labels, std::span<const double> probabilities, int classes);

} // namespace diascope::metrics
