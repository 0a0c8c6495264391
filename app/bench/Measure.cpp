// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/bench/Measure.h"

#include "base/Clock.h"

#include <algorithm>
#include <cmath>
#include <fstream>

namespace diascope::bench {

base::Json toJson(const Figure& figure, int threads, const std::string& device)
{
    base::Json json{{"name", figure.name}, {"value", figure.value}, {"unit", figure.unit}, {"threads", threads}, {"device", device}};
    if (!figure.note.empty()) {
        json["note"] = figure.note;
    }
    return json;
}

double median(std::vector<double> values)
{
    if (values.empty()) {
        return 0.0;
    }
    std::sort(values.begin(), values.end());
    const auto middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : 0.5 * (values[middle - 1] + values[middle]);
}

double percentile99(std::vector<double> values)
{
    if (values.empty()) {
        return 0.0;
    }
    std::sort(values.begin(), values.end());
    const auto rank = static_cast<std::size_t>(std::ceil(0.99 * static_cast<double>(values.size())));
    return values[rank - 1];
}

std::vector<double> timeEach(int warmUp, int runs, const std::function<void()>& work)
{
    std::vector<double> milliseconds;
    for (int i = 0; i < warmUp + runs; ++i) {
        const base::Stopwatch watch;
        work();
        if (i >= warmUp) {
            milliseconds.push_back(watch.milliseconds());
        }
    }
    return milliseconds;
}

double pairedRatio(int warmUp, int runs, const std::function<void()>& a, const std::function<void()>& b)
{
    std::vector<double> ratios;
    for (int i = 0; i < warmUp + runs; ++i) {
        const double first = timeEach(0, 1, a).front();
        const double second = timeEach(0, 1, b).front();
        if (i >= warmUp) {
            ratios.push_back(first / second);
        }
    }
    return median(std::move(ratios));
}

Memory memoryOf(int processId)
{
    std::ifstream status("/proc/" + std::to_string(processId) + "/status");
    Memory memory;
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmRSS:")) {
            memory.residentMiB = std::strtod(line.c_str() + 6, nullptr) / 1024.0;
        } else if (line.starts_with("VmHWM:")) {
            memory.peakMiB = std::strtod(line.c_str() + 6, nullptr) / 1024.0;
        }
    }
    return memory;
}

} // namespace diascope::bench
