// SPDX-License-Identifier: GPL-3.0-or-later
#include "explain/FoldMaps.h"

#include "base/Error.h"
#include "explain/MapComparison.h"

#include <algorithm>

namespace diascope::explain {

namespace {

metrics::Figure agreementOf(const std::vector<HeatMap>& folds)
{
    double sum = 0.0;
    int pairs = 0;
    for (std::size_t i = 0; i < folds.size(); ++i) {
        for (std::size_t k = i + 1; k < folds.size(); ++k) {
            if (const metrics::Figure pair = rankCorrelation(folds[i].raw, folds[k].raw)) {
                sum += *pair.value;
                ++pairs;
            }
        }
    }
    if (pairs == 0) {
        return metrics::Figure::undefined(folds.size() < 2 ? "the package has one fold: there is nobody to agree with"
                                                           : "no two folds have a map that is not the same everywhere");
    }
    return {sum / pairs, {}};
}

} // namespace

MeanOfMaps meanOfMaps(const std::vector<HeatMap>& folds)
{
    if (folds.empty()) {
        throw base::Error(base::ErrorCode::Internal, "maps", "there are none to average");
    }
    MeanOfMaps mean{folds.front(), agreementOf(folds)};
    std::fill(mean.map.raw.begin(), mean.map.raw.end(), 0.0F);
    std::fill(mean.map.values.begin(), mean.map.values.end(), 0.0F);
    const auto share = 1.0F / static_cast<float>(folds.size());
    for (const HeatMap& fold : folds) {
        if (fold.rows != mean.map.rows || fold.columns != mean.map.columns) {
            throw base::Error(base::ErrorCode::Internal, "maps", "the folds do not have the same grid");
        }
        for (std::size_t i = 0; i < fold.values.size(); ++i) {
            mean.map.raw[i] += share * fold.raw[i];
            mean.map.values[i] += share * fold.values[i];
        }
    }
    mean.map.nothingToShow = std::all_of(folds.begin(), folds.end(), [](const HeatMap& fold) { return fold.nothingToShow; });
    return mean;
}

} // namespace diascope::explain
