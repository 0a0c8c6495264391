// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Json.h"

#include <functional>
#include <string>
#include <vector>

namespace diascope::bench {

/// One figure, as `diascope-cli bench` prints it.
struct Figure {
    std::string name;
    double value = 0.0;
    std::string unit;   ///< "s", "ms", "MiB", "1/s", "ratio".
    std::string note;   ///< How it was taken.
};
[[nodiscard]] base::Json toJson(const Figure& figure, int threads, const std::string& device);

/// Median and 99th percentile (nearest rank) of a list; 0 for an empty one.
[[nodiscard]] double median(std::vector<double> values);
[[nodiscard]] double percentile99(std::vector<double> values);

/// Runs `work` until it has been timed `runs` times after `warmUp` untimed ones; milliseconds each.
[[nodiscard]] std::vector<double> timeEach(int warmUp, int runs, const std::function<void()>& work);

/// Times two pieces of work in turn, A B A B …, so that a drifting machine touches both alike; the median of the ratios A/B.
[[nodiscard]] double pairedRatio(int warmUp, int runs, const std::function<void()>& a, const std::function<void()>& b);

/// Memory of a process in MiB, from the kernel: resident now and at its peak.
struct Memory {
    double residentMiB = 0.0, peakMiB = 0.0;
};
[[nodiscard]] Memory memoryOf(int processId);

} // namespace diascope::bench
