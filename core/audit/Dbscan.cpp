// SPDX-License-Identifier: GPL-3.0-or-later
#include "audit/Dbscan.h"

#include "audit/Neighbours.h"
#include "base/Error.h"

#include <cmath>

namespace diascope::audit {

namespace {

/// Gives everything that is reached from core point `start` the next label.
void growCluster(
    std::size_t start, const std::vector<std::vector<std::uint32_t>>& near, int minSamples, Clusters& clusters)
{
    std::vector<std::size_t> open{start};
    clusters.labels[start] = clusters.count;
    while (!open.empty()) {
        const std::size_t point = open.back();
        open.pop_back();
        if (near[point].size() < static_cast<std::size_t>(minSamples)) {
            continue; // a border point spreads no further
        }
        for (const std::uint32_t other : near[point]) {
            if (clusters.labels[other] < 0) {
                clusters.labels[other] = clusters.count;
                open.push_back(other);
            }
        }
    }
    ++clusters.count;
}

} // namespace

Clusters dbscan(const Matrix& data, const DbscanConfig& config, const std::stop_token& stop)
{
    if (!(config.eps > 0.0) || !std::isfinite(config.eps) || config.minSamples < 1) {
        throw base::Error(base::ErrorCode::Usage, "DBSCAN", "eps must be above 0 and minSamples 1 or more");
    }
    const auto near = neighboursWithin(data, config.eps, config.threads, stop);
    Clusters clusters;
    clusters.labels.assign(data.rows, -1);
    for (std::size_t i = 0; i < data.rows; ++i) {
        if (near[i].size() < static_cast<std::size_t>(config.minSamples)) {
            continue;
        }
        clusters.core.push_back(i);
        if (clusters.labels[i] < 0) {
            growCluster(i, near, config.minSamples, clusters);
        }
    }
    return clusters;
}

} // namespace diascope::audit
