// SPDX-License-Identifier: GPL-3.0-or-later
#include "audit/QuadTree.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace diascope::audit {

namespace {

constexpr std::uint32_t kBucket = 4; ///< Places that a leaf holds one by one.
constexpr int kDeepest = 48;         ///< Halvings; places that still share a field count as one.

void addPair(Place from, Place to, double mass, Repulsion& total)
{
    const double dx = from.x - to.x, dy = from.y - to.y;
    const double q = 1.0 / (1.0 + dx * dx + dy * dy);
    total.sum += mass * q;
    total.force.x += mass * q * q * dx;
    total.force.y += mass * q * q * dy;
}

} // namespace

QuadTree::QuadTree(std::span<const Place> places)
    : m_places(places)
    , m_order(places.size())
    , m_rank(places.size())
{
    std::iota(m_order.begin(), m_order.end(), 0U);
    if (places.empty()) {
        return;
    }
    Place low = places.front(), high = places.front();
    for (const Place& place : places) {
        low = {std::min(low.x, place.x), std::min(low.y, place.y)};
        high = {std::max(high.x, place.x), std::max(high.y, place.y)};
    }
    const double half = 0.5 * std::max(high.x - low.x, high.y - low.y);
    m_nodes.reserve(places.size());
    build(0, static_cast<std::uint32_t>(places.size()), {{0.5 * (low.x + high.x), 0.5 * (low.y + high.y)}, half}, 0);
    for (std::uint32_t rank = 0; rank < m_order.size(); ++rank) {
        m_rank[m_order[rank]] = rank;
        m_sorted.push_back(places[m_order[rank]]);
    }
}

void QuadTree::build(std::uint32_t begin, std::uint32_t end, const Box& box, int depth)
{
    const std::size_t at = m_nodes.size();
    Node node;
    node.begin = begin;
    node.end = end;
    node.mass = end - begin;
    node.squaredWidth = 4.0 * box.half * box.half;
    for (std::uint32_t k = begin; k < end; ++k) {
        node.centre.x += m_places[m_order[k]].x / node.mass;
        node.centre.y += m_places[m_order[k]].y / node.mass;
    }
    node.leaf = end - begin <= kBucket || depth >= kDeepest || !(box.half > 0.0);
    m_nodes.push_back(node);
    if (!node.leaf) {
        const auto first = m_order.begin();
        const auto isLeft = [&](std::uint32_t i) { return m_places[i].x < box.middle.x; };
        const auto isUpper = [&](std::uint32_t i) { return m_places[i].y < box.middle.y; };
        const auto split = [&](std::uint32_t from, std::uint32_t to, const auto& test) {
            return static_cast<std::uint32_t>(std::stable_partition(first + from, first + to, test) - first);
        };
        const std::uint32_t middle = split(begin, end, isUpper);
        const std::array<std::uint32_t, 5> ends{
            begin, split(begin, middle, isLeft), middle, split(middle, end, isLeft), end};
        const double quarter = 0.5 * box.half;
        for (std::size_t child = 0; child < 4; ++child) {
            if (ends[child] < ends[child + 1]) {
                const Place centre{box.middle.x + (child % 2 == 0 ? -quarter : quarter),
                    box.middle.y + (child < 2 ? -quarter : quarter)};
                build(ends[child], ends[child + 1], {centre, quarter}, depth + 1);
            }
        }
    }
    m_nodes[at].next = static_cast<std::uint32_t>(m_nodes.size());
}

void QuadTree::addLeaf(const Node& node, std::size_t i, Repulsion& total) const
{
    const std::uint32_t rank = m_rank[i];
    const bool inside = rank >= node.begin && rank < node.end;
    if (node.end - node.begin > kBucket) { // all on one spot
        addPair(m_places[i], inside ? m_places[i] : node.centre, node.mass - (inside ? 1.0 : 0.0), total);
        return;
    }
    for (std::uint32_t k = node.begin; k < node.end; ++k) {
        if (k != rank) {
            addPair(m_places[i], m_sorted[k], 1.0, total);
        }
    }
}

Repulsion QuadTree::repulsionOn(std::size_t i, double theta) const
{
    const Place place = m_places[i];
    const double limit = theta * theta;
    Repulsion total;
    for (std::size_t n = 0; n < m_nodes.size();) {
        const Node& node = m_nodes[n];
        if (node.leaf) {
            addLeaf(node, i, total);
            n = node.next;
            continue;
        }
        const double dx = place.x - node.centre.x, dy = place.y - node.centre.y;
        if (node.squaredWidth < limit * (dx * dx + dy * dy)) {
            addPair(place, node.centre, node.mass, total);
            n = node.next;
        } else {
            ++n;
        }
    }
    return total;
}

} // namespace diascope::audit
