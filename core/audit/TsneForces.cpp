// SPDX-License-Identifier: GPL-3.0-or-later
#include "audit/TsneForces.h"

#include "audit/Blocks.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

namespace diascope::audit {

namespace {

constexpr std::size_t kPlacesAtOnce = 256;

Repulsion repulsionOfAll(std::span<const Place> places, std::size_t i)
{
    Repulsion total;
    for (const Place& other : places) {
        const double dx = places[i].x - other.x, dy = places[i].y - other.y;
        const double q = 1.0 / (1.0 + dx * dx + dy * dy);
        total.sum += q;
        total.force.x += q * q * dx;
        total.force.y += q * q * dy;
    }
    total.sum -= 1.0; // itself, whose force is 0
    return total;
}

} // namespace

TsneForces::TsneForces(const Affinities& affinities, double theta, int threads)
    : m_affinities(affinities)
    , m_theta(theta)
    , m_threads(threads)
    , m_repulsion(affinities.rows())
    , m_rows(affinities.rows())
{
}

Place TsneForces::attraction(std::span<const Place> places, std::size_t i) const
{
    Place force;
    for (std::size_t k = m_affinities.first[i]; k < m_affinities.first[i + 1]; ++k) {
        const Place& other = places[m_affinities.other[k]];
        const double dx = places[i].x - other.x, dy = places[i].y - other.y;
        const double weight = m_affinities.probability[k] / (1.0 + dx * dx + dy * dy);
        force.x += weight * dx;
        force.y += weight * dy;
    }
    return force;
}

void TsneForces::gradient(
    std::span<const Place> places, double exaggeration, std::span<Place> out, const std::stop_token& stop)
{
    std::optional<QuadTree> tree;
    if (m_theta >= 0.0) {
        tree.emplace(places);
    }
    forBlocks(
        {places.size(), kPlacesAtOnce, m_threads},
        [&](std::size_t begin, std::size_t end) {
            for (std::size_t k = begin; k < end; ++k) {
                const std::size_t i = tree ? tree->order()[k] : k;
                m_repulsion[i] = tree ? tree->repulsionOn(i, m_theta) : repulsionOfAll(places, i);
                const Place pull = attraction(places, i);
                out[i] = {4.0 * exaggeration * pull.x, 4.0 * exaggeration * pull.y};
            }
        },
        stop);
    m_normaliser = 0.0;
    for (const Repulsion& repulsion : m_repulsion) {
        m_normaliser += repulsion.sum;
    }
    m_normaliser = std::max(m_normaliser, std::numeric_limits<double>::min());
    for (std::size_t i = 0; i < out.size(); ++i) {
        out[i].x -= 4.0 * m_repulsion[i].force.x / m_normaliser;
        out[i].y -= 4.0 * m_repulsion[i].force.y / m_normaliser;
    }
}

double TsneForces::cost(std::span<const Place> places, double exaggeration, const std::stop_token& stop)
{
    constexpr double kLeast = std::numeric_limits<double>::epsilon();
    forBlocks(
        {places.size(), kPlacesAtOnce, m_threads},
        [&](std::size_t begin, std::size_t end) {
            for (std::size_t i = begin; i < end; ++i) {
                m_rows[i] = 0.0;
                for (std::size_t k = m_affinities.first[i]; k < m_affinities.first[i + 1]; ++k) {
                    const Place& other = places[m_affinities.other[k]];
                    const double dx = places[i].x - other.x, dy = places[i].y - other.y;
                    const double p = exaggeration * m_affinities.probability[k];
                    const double q = std::max(kLeast, 1.0 / ((1.0 + dx * dx + dy * dy) * m_normaliser));
                    m_rows[i] += p * std::log(std::max(p, kLeast) / q);
                }
            }
        },
        stop);
    return std::accumulate(m_rows.begin(), m_rows.end(), 0.0);
}

} // namespace diascope::audit
