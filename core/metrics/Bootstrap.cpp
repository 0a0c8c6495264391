// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/Bootstrap.h"

#include "base/Error.h"
#include "base/Rng.h"
#include "metrics/Jackknife.h"
#include "metrics/Proportion.h"

#include <boost/math/distributions/normal.hpp>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <exception>
#include <map>
#include <mutex>
#include <set>
#include <thread>

namespace diascope::metrics {

namespace {

using base::Error;
using base::ErrorCode;

/// Runs `job(index)` for 0 .. count-1 on several threads; the first exception is thrown again here.
void onAllCores(std::size_t count, const BootstrapConfig& config, const std::function<void(std::size_t)>& job)
{
    const auto cores = static_cast<std::size_t>(
        config.threads > 0 ? config.threads : static_cast<int>(std::max(1U, std::thread::hardware_concurrency())));
    std::atomic<std::size_t> next{0};
    std::exception_ptr failure;
    std::mutex mutex;
    const auto work = [&] {
        try {
            for (std::size_t i = next++; i < count && !config.stop.stop_requested(); i = next++) {
                job(i);
            }
        } catch (...) {
            next = count;
            const std::scoped_lock lock(mutex);
            failure = std::current_exception();
        }
    };
    {
        std::vector<std::jthread> threads;
        for (std::size_t t = 1; t < std::min(cores, count); ++t) {
            threads.emplace_back(work);
        }
        work();
    }
    if (failure) {
        std::rethrow_exception(failure);
    }
    if (config.stop.stop_requested()) {
        throw Error(ErrorCode::Stopped, "bootstrap", "stopped on request");
    }
}

std::vector<std::vector<std::size_t>> unitsByStratum(const BootstrapUnits& units)
{
    std::vector<std::vector<std::size_t>> strata;
    for (std::size_t unit = 0; unit < units.stratumOfUnit.size(); ++unit) {
        strata.resize(std::max(strata.size(), units.stratumOfUnit[unit] + 1));
        strata[units.stratumOfUnit[unit]].push_back(unit);
    }
    return strata;
}

/// How often each case comes in resample number `b`.
std::vector<std::uint32_t> drawn(
    const BootstrapUnits& units, const std::vector<std::vector<std::size_t>>& strata, std::uint64_t seed, std::size_t b)
{
    base::Rng rng = base::Rng::stream(seed, "bootstrap", 0, b);
    std::vector<std::uint32_t> timesOfUnit(units.stratumOfUnit.size());
    for (const auto& stratum : strata) {
        for (std::size_t draw = 0; draw < stratum.size(); ++draw) {
            ++timesOfUnit[stratum[static_cast<std::size_t>(rng.below(stratum.size()))]];
        }
    }
    std::vector<std::uint32_t> times(units.unitOfCase.size());
    for (std::size_t i = 0; i < times.size(); ++i) {
        times[i] = timesOfUnit[units.unitOfCase[i]];
    }
    return times;
}

/// Quantile by linear interpolation of sorted values (numpy's default).
double quantileOf(const std::vector<double>& sorted, double share)
{
    const double at = share * static_cast<double>(sorted.size() - 1);
    const auto below
        = static_cast<std::size_t>(std::clamp(std::floor(at), 0.0, static_cast<double>(sorted.size() - 1)));
    const std::size_t above = std::min(below + 1, sorted.size() - 1);
    return sorted[below] + (at - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

/// Efron 1987; ties with the estimate count one half.
Interval bcaInterval(std::vector<double>& replicates, double estimate, double acceleration)
{
    std::sort(replicates.begin(), replicates.end());
    const auto count = static_cast<double>(replicates.size());
    const auto [first, last] = std::equal_range(replicates.begin(), replicates.end(), estimate);
    const double below = 0.5 * static_cast<double>((first - replicates.begin()) + (last - replicates.begin())) / count;
    const boost::math::normal_distribution<double> normal;
    const double z0 = boost::math::quantile(normal, std::clamp(below, 0.5 / count, 1.0 - 0.5 / count));
    const auto share = [&](double z) {
        const double moved = z0 + (z0 + z) / (1.0 - acceleration * (z0 + z));
        return boost::math::cdf(normal, moved);
    };
    return {quantileOf(replicates, share(-kNormal975)), quantileOf(replicates, share(kNormal975))};
}

struct OneFigure {
    std::optional<Interval> interval;
    std::string reason;
    bool constant = false;
};

OneFigure intervalOf(std::vector<double> replicates, double estimate, const std::function<double()>& acceleration)
{
    if (std::isnan(estimate)) {
        return {std::nullopt, "the figure is undefined", false};
    }
    const std::size_t all = replicates.size();
    std::erase_if(replicates, [](double value) { return std::isnan(value); });
    constexpr double kMayFail = 0.05;
    if (static_cast<double>(all - replicates.size()) > kMayFail * static_cast<double>(all)) {
        return {std::nullopt,
            "undefined in " + std::to_string(all - replicates.size()) + " of " + std::to_string(all) + " resamples", false};
    }
    const auto [low, high] = std::minmax_element(replicates.begin(), replicates.end());
    if (*low == *high) {
        return {std::nullopt, "all resamples give the same value", *low == estimate};
    }
    return {bcaInterval(replicates, estimate, acceleration()), {}, false};
}

} // namespace

BootstrapUnits unitsOf(std::span<const int> labels, std::span<const std::string> groups)
{
    if (!groups.empty() && groups.size() != labels.size()) {
        throw Error(ErrorCode::Internal, "metrics", "there are not as many groups as labels");
    }
    BootstrapUnits units;
    std::map<std::string_view, std::size_t> byName;
    std::vector<std::set<int>> labelsOfUnit;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        std::size_t unit = labelsOfUnit.size();
        if (!groups.empty() && !groups[i].empty()) {
            unit = byName.try_emplace(groups[i], unit).first->second;
        }
        if (unit == labelsOfUnit.size()) {
            labelsOfUnit.emplace_back();
        }
        labelsOfUnit[unit].insert(labels[i]);
        units.unitOfCase.push_back(unit);
    }
    std::map<std::set<int>, std::size_t> strata;
    for (const auto& set : labelsOfUnit) {
        units.stratumOfUnit.push_back(strata.try_emplace(set, strata.size()).first->second);
    }
    return units;
}

BootstrapResult bootstrapIntervals(
    const BootstrapUnits& units, std::size_t figureCount, const WeightedFigures& figures, const BootstrapConfig& config)
{
    BootstrapResult result;
    const auto resamples = static_cast<std::size_t>(std::max(1, config.resamples));
    result.method = std::string("BCa bootstrap by ")
        + (units.stratumOfUnit.size() < units.unitOfCase.size() ? "patient" : "case") + ", " + std::to_string(resamples)
        + " resamples, 95 %";
    result.intervals.resize(figureCount);
    result.reasons.assign(figureCount, "no cases");
    result.constant.assign(figureCount, false);
    if (units.unitOfCase.empty()) {
        return result;
    }
    const auto strata = unitsByStratum(units);
    std::vector<double> estimates(figureCount);
    figures(std::vector<std::uint32_t>(units.unitOfCase.size(), 1), estimates);
    std::vector<double> values(resamples * figureCount);
    onAllCores(resamples, config, [&](std::size_t b) {
        figures(drawn(units, strata, config.seed, b), std::span(values).subspan(b * figureCount, figureCount));
    });
    // With very many cases the acceleration is next to nothing and each value dear: fewer groups will do.
    constexpr std::size_t kWork = 400'000'000;
    const std::size_t most = std::clamp<std::size_t>(kWork / units.unitOfCase.size(), 200, 2000);
    const JackknifeGroups groups = jackknifeGroups(units, strata, most);
    std::vector<double> left(groups.count() * figureCount);
    onAllCores(groups.count(), config,
        [&](std::size_t g) { figures(groups.without(g), std::span(left).subspan(g * figureCount, figureCount)); });
    for (std::size_t f = 0; f < figureCount; ++f) {
        std::vector<double> replicates(resamples);
        for (std::size_t b = 0; b < resamples; ++b) {
            replicates[b] = values[b * figureCount + f];
        }
        OneFigure one = intervalOf(std::move(replicates), estimates[f], [&] {
            std::vector<double> withoutGroup(groups.count());
            for (std::size_t g = 0; g < withoutGroup.size(); ++g) {
                withoutGroup[g] = left[g * figureCount + f];
            }
            return groups.acceleration(withoutGroup);
        });
        result.intervals[f] = one.interval;
        result.reasons[f] = std::move(one.reason);
        result.constant[f] = one.constant;
    }
    return result;
}

} // namespace diascope::metrics
