// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/Figure.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace diascope::metrics {

/// What is drawn with replacement: patients, each with all its cases. Patients are drawn within strata of equal size
/// each time, so that no resample lacks a class.
struct BootstrapUnits {
    std::vector<std::size_t> unitOfCase;    ///< One a case, 0 .. units-1.
    std::vector<std::size_t> stratumOfUnit; ///< One a unit, 0 .. strata-1.
};

/// Units by group name, strata by the set of labels that a group holds. An empty name is a group of its own.
/// Throws Error{Internal} when the sizes differ (no groups at all: every case is a unit).
[[nodiscard]] BootstrapUnits unitsOf(std::span<const int> labels, std::span<const std::string> groups);

/// Figures of a weighted sample: `times` says how often each case was drawn, `out` takes one value a figure, NaN where
/// it is undefined. Called from several threads at once.
using WeightedFigures = std::function<void(std::span<const std::uint32_t> times, std::span<double> out)>;

struct BootstrapConfig {
    int resamples = 2000;
    std::uint64_t seed = 1;
    int threads = 0; ///< 0: all cores. The result is the same whatever the number.
    std::stop_token stop;
};

struct BootstrapResult {
    std::vector<std::optional<Interval>>
        intervals;                    ///< 95 %, bias-corrected and accelerated (Efron 1987); one a figure.
    std::vector<std::string> reasons; ///< Why there is none.
    std::vector<bool> constant;       ///< There is none because every resample gives the estimate itself.
    std::string method;               ///< "BCa bootstrap by patient, 2000 resamples, 95 %"
};

/// Resample b draws from the Philox stream (seed, "bootstrap", b), so that neither the number of threads nor their
/// order matters. The acceleration comes from the stratified jackknife over units; with more than 2,000 units over
/// 2,000 groups of them (200 where cases are a million). A figure that is undefined in more than 1 of 20 resamples gets
/// no interval. Throws Error{Stopped} on request, and what `figures` throws.
[[nodiscard]] BootstrapResult bootstrapIntervals(const BootstrapUnits& units, std::size_t figureCount,
    const WeightedFigures& figures, const BootstrapConfig& config = {});

} // namespace diascope::metrics
