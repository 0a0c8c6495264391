// SPDX-License-Identifier: GPL-3.0-or-later
#include "explain/MapComparison.h"

#include "metrics/Ranks.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace diascope::explain {

namespace {

struct Moments {
    double meanA = 0.0, meanB = 0.0, varianceA = 0.0, varianceB = 0.0, covariance = 0.0;
};

Moments momentsOf(std::span<const double> a, std::span<const double> b)
{
    Moments m;
    const auto n = static_cast<double>(a.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
        m.meanA += a[i] / n;
        m.meanB += b[i] / n;
    }
    for (std::size_t i = 0; i < a.size(); ++i) {
        m.varianceA += (a[i] - m.meanA) * (a[i] - m.meanA) / n;
        m.varianceB += (b[i] - m.meanB) * (b[i] - m.meanB) / n;
        m.covariance += (a[i] - m.meanA) * (b[i] - m.meanB) / n;
    }
    return m;
}

std::string whyNot(std::span<const float> a, std::span<const float> b)
{
    if (a.size() != b.size() || a.size() < 2) {
        return "the maps have not the same size, or fewer than two values";
    }
    const auto finite = [](float value) { return std::isfinite(value); };
    const bool numbers = std::all_of(a.begin(), a.end(), finite) && std::all_of(b.begin(), b.end(), finite);
    return numbers ? "" : "a map holds values that are no numbers";
}

bool isConstant(std::span<const float> values)
{
    return std::all_of(values.begin(), values.end(), [&](float value) { return value == values.front(); });
}

} // namespace

metrics::Figure rankCorrelation(std::span<const float> a, std::span<const float> b)
{
    if (const std::string reason = whyNot(a, b); !reason.empty()) {
        return metrics::Figure::undefined(reason);
    }
    if (isConstant(a) || isConstant(b)) {
        return metrics::Figure::undefined("a map is the same everywhere: it has no ranks");
    }
    const std::vector<double> ranksA = metrics::midRanks(std::vector<double>(a.begin(), a.end()));
    const std::vector<double> ranksB = metrics::midRanks(std::vector<double>(b.begin(), b.end()));
    const Moments m = momentsOf(ranksA, ranksB);
    return {std::clamp(m.covariance / std::sqrt(m.varianceA * m.varianceB), -1.0, 1.0), {}};
}

metrics::Figure structuralSimilarity(std::span<const float> a, std::span<const float> b)
{
    if (const std::string reason = whyNot(a, b); !reason.empty()) {
        return metrics::Figure::undefined(reason);
    }
    constexpr double kLuminance = 0.01 * 0.01, kContrast = 0.03 * 0.03; // of a range of 1
    const Moments m = momentsOf(std::vector<double>(a.begin(), a.end()), std::vector<double>(b.begin(), b.end()));
    const double light = (2.0 * m.meanA * m.meanB + kLuminance) / (m.meanA * m.meanA + m.meanB * m.meanB + kLuminance);
    const double structure = (2.0 * m.covariance + kContrast) / (m.varianceA + m.varianceB + kContrast);
    return {light * structure, {}};
}

} // namespace diascope::explain
