// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "search/Sampler.h"

#include <array>
#include <cmath>
#include <functional>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

/// The four functions on which samplers are compared, as ../shared/parity/hpo.json defines them; all to be minimised.
namespace diascope::bench {

struct SearchFunction {
    std::string name;
    search::Space space;
    std::function<double(const search::Point&)> value;
};

inline search::Parameter searchNumber(const std::string& name, double low, double high)
{
    return {.name = name,
        .kind = search::Kind::Float,
        .low = low,
        .high = high,
        .step = 0.0,
        .log = false,
        .choices = {},
        .when = {}};
}

inline search::Parameter searchChoice(const std::string& name, std::vector<base::Json> choices)
{
    return {.name = name,
        .kind = search::Kind::Categorical,
        .low = 0.0,
        .high = 0.0,
        .step = 0.0,
        .log = false,
        .choices = std::move(choices),
        .when = {}};
}

inline search::Space searchCube(int dimensions, double low, double high)
{
    std::vector<search::Parameter> parameters;
    for (int i = 0; i < dimensions; ++i) {
        parameters.push_back(searchNumber(std::string("x").append(std::to_string(i)), low, high));
    }
    return search::Space(std::move(parameters));
}

inline double branin(const search::Point& point)
{
    constexpr double kPi = std::numbers::pi;
    const double x = *point[0], y = *point[1], bowl = y - 5.1 / (4.0 * kPi * kPi) * x * x + 5.0 / kPi * x - 6.0;
    return bowl * bowl + 10.0 * (1.0 - 1.0 / (8.0 * kPi)) * std::cos(x) + 10.0;
}

inline double hartmann6(const search::Point& x)
{
    constexpr std::array<double, 4> kHeight{1.0, 1.2, 3.0, 3.2};
    constexpr double kA[4][6]
        = {{10, 3, 17, 3.5, 1.7, 8}, {0.05, 10, 17, 0.1, 8, 14}, {3, 3.5, 1.7, 10, 17, 8}, {17, 8, 0.05, 10, 0.1, 14}};
    constexpr double kP[4][6] = {{.1312, .1696, .5569, .0124, .8283, .5886}, {.2329, .4135, .8307, .3736, .1004, .9991},
        {.2348, .1451, .3522, .2883, .3047, .6650}, {.4047, .8828, .8732, .5743, .1091, .0381}};
    double sum = 0.0;
    for (std::size_t i = 0; i < kHeight.size(); ++i) {
        double distance = 0.0;
        for (std::size_t j = 0; j < 6; ++j) {
            distance += kA[i][j] * (*x[j] - kP[i][j]) * (*x[j] - kP[i][j]);
        }
        sum -= kHeight[i] * std::exp(-distance);
    }
    return sum;
}

/// Stands for a validation error: the best rate depends on the optimiser.
inline double trainingLike(const search::Point& point)
{
    constexpr std::array<double, 4> kBest{-2.0, -3.0, -3.2, -3.8}, kBase{0.30, 0.12, 0.10, 0.20};
    constexpr std::array<double, 3> kBatch{0.02, 0.0, 0.05};
    const auto optimiser = static_cast<std::size_t>(*point[1]);
    const double rate = std::log10(*point[0]) - kBest[optimiser], dropout = *point[3] - 0.35,
                 hidden = std::log2(*point[4]) - 8.5;
    return kBase[optimiser] + kBatch[static_cast<std::size_t>(*point[2])] + 0.15 * rate * rate + 1.5 * dropout * dropout
        + 0.01 * hidden * hidden;
}

inline double rosenbrock5(const search::Point& x)
{
    double sum = 0.0;
    for (std::size_t i = 0; i + 1 < x.size(); ++i) {
        const double valley = *x[i + 1] - *x[i] * *x[i];
        sum += 100.0 * valley * valley + (1.0 - *x[i]) * (1.0 - *x[i]);
    }
    return std::log1p(sum);
}

inline search::Space trainingLikeSpace()
{
    search::Parameter rate = searchNumber("lr", 1e-5, 1e-1), hidden = searchNumber("hidden", 32, 1024);
    rate.log = hidden.log = true;
    hidden.kind = search::Kind::Integer;
    return search::Space({rate, searchChoice("optimizer", {"sgd", "adam", "adamw", "rmsprop"}),
        searchChoice("batch", {16, 32, 64}), searchNumber("dropout", 0.1, 0.7), hidden});
}

inline std::vector<SearchFunction> searchFunctions()
{
    return {{"branin", search::Space({searchNumber("x", -5.0, 10.0), searchNumber("y", 0.0, 15.0)}), &branin},
        {"hartmann6", searchCube(6, 0.0, 1.0), &hartmann6}, {"training_like", trainingLikeSpace(), &trainingLike},
        {"rosenbrock5_log1p", searchCube(5, -2.0, 2.0), &rosenbrock5}};
}

/// Minimises by `trials` proposals of a sampler; the trials in order.
inline std::vector<search::Trial> minimised(const SearchFunction& function, const search::Sampler& sampler, int trials)
{
    std::vector<search::Trial> done;
    for (int number = 0; number < trials; ++number) {
        search::Trial trial;
        trial.number = number;
        trial.state = search::TrialState::Complete;
        trial.point = sampler.propose(number, done);
        trial.value = function.value(trial.point);
        done.push_back(std::move(trial));
    }
    return done;
}

} // namespace diascope::bench
