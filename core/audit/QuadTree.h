// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace diascope::audit {

/// A place on the map.
struct Place {
    double x = 0.0, y = 0.0;
};

/// Repulsion of t-SNE on one place: sum over the others of q (for the normaliser) and of q^2 (y_i - y_j), q =
/// 1/(1+d^2).
struct Repulsion {
    double sum = 0.0;
    Place force;
};

/// Barnes-Hut tree in the plane. Nodes stand in depth-first order, each with the number of the node after its subtree,
/// so that a walk needs no stack. Built the same way whatever the number of threads.
class QuadTree {
public:
    explicit QuadTree(std::span<const Place> places);
    /// On place `i`; subtrees whose width over distance is below `theta` count as one place.
    [[nodiscard]] Repulsion repulsionOn(std::size_t i, double theta) const;
    /// The places in the order of the tree: neighbours in it are neighbours in the plane.
    [[nodiscard]] std::span<const std::uint32_t> order() const { return m_order; }

private:
    struct Node {
        Place centre; ///< Of mass.
        double squaredWidth = 0.0;
        double mass = 0.0;
        std::uint32_t begin = 0, end = 0; ///< Of m_order.
        std::uint32_t next = 0;           ///< The node after this subtree.
        bool leaf = false;
    };
    struct Box {
        Place middle;
        double half = 0.0;
    };
    void build(std::uint32_t begin, std::uint32_t end, const Box& box, int depth);
    void addLeaf(const Node& node, std::size_t i, Repulsion& total) const;
    std::span<const Place> m_places;
    std::vector<std::uint32_t> m_order, m_rank; ///< m_order[m_rank[i]] == i.
    std::vector<Place> m_sorted;                ///< m_places in the order of m_order.
    std::vector<Node> m_nodes;
};

} // namespace diascope::audit
