// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/Recalibration.h"

#include "metrics/Logit.h"
#include "metrics/Ranks.h"

#include <boost/math/tools/roots.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace diascope::metrics {

namespace {

/// Lowest and highest logit of a class.
struct Range {
    double low = std::numeric_limits<double>::infinity(), high = -std::numeric_limits<double>::infinity();
    void add(double z)
    {
        low = std::min(low, z);
        high = std::max(high, z);
    }
};

std::string reasonAgainstLine(std::span<const int> labels, const std::vector<double>& z)
{
    Range ofClass[2];
    for (std::size_t i = 0; i < z.size(); ++i) {
        ofClass[labels[i]].add(z[i]);
    }
    if (std::min(ofClass[0].low, ofClass[1].low) == std::max(ofClass[0].high, ofClass[1].high)) {
        return "constant score";
    }
    const bool separable = ofClass[1].low >= ofClass[0].high || ofClass[1].high <= ofClass[0].low;
    return separable ? "the classes are separable by the score" : "";
}

double interceptAtSlope1(std::span<const int> labels, const std::vector<double>& z)
{
    const auto meanError = [&](double a) {
        double sum = 0.0;
        for (std::size_t i = 0; i < z.size(); ++i) {
            sum += sigmoid(z[i] + a) - labels[i];
        }
        return sum / static_cast<double>(z.size());
    };
    constexpr double kFarthest = 60.0; // logits lie within +-27.7
    std::uintmax_t rounds = 100;
    const auto bracket = boost::math::tools::toms748_solve(
        meanError, -kFarthest, kFarthest, boost::math::tools::eps_tolerance<double>(50), rounds);
    return 0.5 * (bracket.first + bracket.second);
}

struct Line {
    double intercept = 0.0, slope = 0.0;
};

/// One Newton step of the likelihood from `at`.
Line stepFrom(const Line& at, std::span<const int> labels, const std::vector<double>& z)
{
    double h00 = 0.0, h01 = 0.0, h11 = 0.0, g0 = 0.0, g1 = 0.0;
    for (std::size_t i = 0; i < z.size(); ++i) {
        const double q = sigmoid(at.intercept + at.slope * z[i]);
        const double w = q * (1.0 - q), error = labels[i] - q;
        h00 += w;
        h01 += w * z[i];
        h11 += w * z[i] * z[i];
        g0 += error;
        g1 += error * z[i];
    }
    const double determinant = h00 * h11 - h01 * h01;
    return {(h11 * g0 - h01 * g1) / determinant, (h00 * g1 - h01 * g0) / determinant};
}

/// Newton's method on a concave likelihood; a step is shortened where far scores would make it run away.
Line fit(std::span<const int> labels, const std::vector<double>& z)
{
    Line line;
    constexpr double kLongest = 10.0, kSmall = 1e-13;
    for (int round = 0; round < 200; ++round) {
        const Line step = stepFrom(line, labels, z);
        const double length = std::max(std::abs(step.intercept), std::abs(step.slope));
        const double share = length > kLongest ? kLongest / length : 1.0;
        line.intercept += share * step.intercept;
        line.slope += share * step.slope;
        if (!(length >= kSmall)) { // also for a step that is not a number
            break;
        }
    }
    return line;
}

} // namespace

Recalibration recalibration(std::span<const int> labels, std::span<const double> probabilityOfOne)
{
    Recalibration result;
    if (const std::string reason = countClasses(labels, probabilityOfOne).reason; !reason.empty()) {
        result.slope = result.intercept = result.interceptAtSlope1 = Figure::undefined(reason);
        return result;
    }
    const std::vector<double> z = logitsOf(probabilityOfOne);
    result.interceptAtSlope1 = {interceptAtSlope1(labels, z), {}};
    std::string reason = reasonAgainstLine(labels, z);
    const Line line = reason.empty() ? fit(labels, z) : Line{};
    if (reason.empty() && !(std::isfinite(line.slope) && std::isfinite(line.intercept))) {
        reason = "the regression does not converge";
    }
    if (!reason.empty()) {
        result.slope = result.intercept = Figure::undefined(reason);
        return result;
    }
    result.slope = {line.slope, {}};
    result.intercept = {line.intercept, {}};
    return result;
}

} // namespace diascope::metrics
