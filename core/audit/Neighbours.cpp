// SPDX-License-Identifier: GPL-3.0-or-later
#include "audit/Neighbours.h"

#include "audit/Blocks.h"
#include "base/Error.h"

#include <nanoflann.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace diascope::audit {

namespace {

/// The points as nanoflann wants them.
struct Points {
    const Matrix& data;
    [[nodiscard]] std::size_t kdtree_get_point_count() const { return data.rows; }
    [[nodiscard]] double kdtree_get_pt(std::size_t i, std::size_t j) const { return data.at(i, j); }
    template <class Box> bool kdtree_get_bbox(Box&) const { return false; }
};
using Tree
    = nanoflann::KDTreeSingleIndexAdaptor<nanoflann::L2_Simple_Adaptor<double, Points>, Points, -1, std::uint32_t>;

/// Everything within a radius, the border included (nanoflann's own set leaves it out).
class InclusiveSet {
public:
    using DistanceType = double;
    using IndexType = std::uint32_t;
    InclusiveSet(double squaredRadius, std::vector<std::uint32_t>& found)
        : m_squared(squaredRadius)
        , m_beyond(std::nextafter(squaredRadius, std::numeric_limits<double>::infinity()))
        , m_found(found)
    {
    }
    [[nodiscard]] std::size_t size() const { return m_found.size(); }
    [[nodiscard]] bool full() const { return true; }
    bool addPoint(double distance, std::uint32_t index)
    {
        if (distance <= m_squared) {
            m_found.push_back(index);
        }
        return true;
    }
    [[nodiscard]] double worstDist() const { return m_beyond; }

private:
    double m_squared, m_beyond;
    std::vector<std::uint32_t>& m_found;
};

void requirePoints(const Matrix& data, const char* subject)
{
    requireFinite(data, subject);
    if (data.columns == 0 || data.rows > std::numeric_limits<std::uint32_t>::max()) {
        throw base::Error(base::ErrorCode::Usage, subject, "wants one column at least and fewer than 2^32 rows");
    }
}

} // namespace

Neighbours nearestNeighbours(const Matrix& data, std::size_t each, int threads, const std::stop_token& stop)
{
    requirePoints(data, "nearest neighbours");
    if (each >= data.rows) {
        throw base::Error(base::ErrorCode::Usage, "nearest neighbours",
            std::to_string(each) + " neighbours of " + std::to_string(data.rows) + " points are too many");
    }
    const Points points{data};
    const Tree tree(data.columns, points, nanoflann::KDTreeSingleIndexAdaptorParams(16));
    Neighbours result{each, std::vector<std::uint32_t>(data.rows * each), std::vector<double>(data.rows * each)};
    forBlocks(
        {data.rows, 64, threads},
        [&](std::size_t begin, std::size_t end) {
            std::vector<std::uint32_t> index(each + 1);
            std::vector<double> distance(each + 1);
            for (std::size_t i = begin; i < end; ++i) {
                tree.knnSearch(data.row(i).data(), each + 1, index.data(), distance.data());
                // Of many equal points the row itself may be missing: then the last one goes.
                std::size_t out = i * each;
                for (std::size_t k = 0; k <= each && out < (i + 1) * each; ++k) {
                    if (index[k] != i) {
                        result.index[out] = index[k];
                        result.squaredDistance[out++] = distance[k];
                    }
                }
            }
        },
        stop);
    return result;
}

std::vector<std::vector<std::uint32_t>> neighboursWithin(
    const Matrix& data, double radius, int threads, const std::stop_token& stop)
{
    requirePoints(data, "neighbours within a radius");
    std::vector<std::vector<std::uint32_t>> result(data.rows);
    if (data.rows == 0) {
        return result;
    }
    const Points points{data};
    const Tree tree(data.columns, points, nanoflann::KDTreeSingleIndexAdaptorParams(16));
    forBlocks(
        {data.rows, 64, threads},
        [&](std::size_t begin, std::size_t end) {
            for (std::size_t i = begin; i < end; ++i) {
                InclusiveSet set(radius * radius, result[i]);
                tree.findNeighbors(set, data.row(i).data(), nanoflann::SearchParams(32, 0.0F, false));
                std::sort(result[i].begin(), result[i].end());
            }
        },
        stop);
    return result;
}

} // namespace diascope::audit
