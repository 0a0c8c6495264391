// SPDX-License-Identifier: GPL-3.0-or-later
#include "search/TpeSampler.h"

#include "search/ParzenEstimator.h"

#include <algorithm>
#include <cmath>

namespace diascope::search {

namespace {

/// The points in which all of these parameters exist.
std::vector<const Point*> pointsWith(
    const std::vector<std::size_t>& dimensions, const std::vector<const Trial*>& trials)
{
    std::vector<const Point*> points;
    for (const Trial* trial : trials) {
        if (std::all_of(
                dimensions.begin(), dimensions.end(), [trial](std::size_t i) { return trial->point[i].has_value(); })) {
            points.push_back(&trial->point);
        }
    }
    return points;
}

} // namespace

Point TpeSampler::propose(int number, std::span<const Trial> trials) const
{
    std::vector<const Trial*> done;
    for (const Trial& trial : trials) {
        if (trial.state == TrialState::Complete || trial.state == TrialState::Pruned) {
            done.push_back(&trial);
        }
    }
    if (static_cast<int>(done.size()) < kStartTrials) {
        return m_random.propose(number, trials);
    }
    const Halves halves = split(std::move(done));
    Point point(m_space.size());
    for (const auto& group : m_space.groups()) {
        if (m_space.active(point, group.front())) { // each group draws from a stream of its own
            const std::string& first = m_space.parameters()[group.front()].name;
            base::Rng rng = base::Rng::stream(m_seed, "search/tpe/" + first, static_cast<std::uint64_t>(number));
            proposeGroup(group, halves, rng, point);
        }
    }
    return point;
}

bool TpeSampler::ranksBefore(const Trial& a, const Trial& b) const
{
    if (a.state != b.state) {
        return a.state == TrialState::Complete;
    }
    if (a.state == TrialState::Complete) {
        return better(m_direction, *a.value, *b.value);
    }
    const int stepOfA = a.reports.empty() ? -1 : a.reports.back().first,
              stepOfB = b.reports.empty() ? -1 : b.reports.back().first;
    if (stepOfA != stepOfB || a.reports.empty()) {
        return stepOfA > stepOfB;
    }
    return better(m_direction, a.reports.back().second, b.reports.back().second);
}

TpeSampler::Halves TpeSampler::split(std::vector<const Trial*> done) const
{
    constexpr double kShare = 0.1;
    const auto n = static_cast<double>(done.size());
    const auto good = static_cast<std::ptrdiff_t>(std::min(std::ceil(kShare * n), static_cast<double>(kLargestGood)));
    std::stable_sort(done.begin(), done.end(), [this](const Trial* a, const Trial* b) { return ranksBefore(*a, *b); });
    Halves halves{{done.begin(), done.begin() + good}, {done.begin() + good, done.end()}};
    const auto byNumber = [](const Trial* a, const Trial* b) { return a->number < b->number; };
    std::sort(halves.good.begin(), halves.good.end(), byNumber);
    std::sort(halves.bad.begin(), halves.bad.end(), byNumber);
    return halves;
}

void TpeSampler::proposeGroup(
    const std::vector<std::size_t>& group, const Halves& halves, base::Rng& rng, Point& point) const
{
    std::vector<std::size_t> dimensions;
    for (const std::size_t i : group) {
        if (m_space.parameters()[i].single()) {
            point[i] = m_space.parameters()[i].kind == Kind::Categorical ? 0.0 : m_space.parameters()[i].low;
        } else {
            dimensions.push_back(i);
        }
    }
    if (dimensions.empty()) {
        return;
    }
    const ParzenEstimator good(m_space, dimensions, pointsWith(dimensions, halves.good));
    const ParzenEstimator bad(m_space, dimensions, pointsWith(dimensions, halves.bad));
    std::vector<double> best;
    double bestRatio = 0.0;
    for (int candidate = 0; candidate < kCandidates; ++candidate) {
        std::vector<double> drawn = good.sample(rng);
        const double ratio = good.logDensity(drawn) - bad.logDensity(drawn);
        if (best.empty() || ratio > bestRatio) {
            bestRatio = ratio;
            best = std::move(drawn);
        }
    }
    for (std::size_t i = 0; i < dimensions.size(); ++i) {
        point[dimensions[i]] = best[i];
    }
}

} // namespace diascope::search
