// SPDX-License-Identifier: GPL-3.0-or-later
#include "search/Overview.h"

#include <algorithm>
#include <array>

namespace diascope::search {

namespace {

using base::Json;

Json orNull(std::optional<double> value)
{
    return value ? Json(*value) : Json();
}

Json countsJson(std::span<const Trial> trials)
{
    Json json = Json::object();
    for (const TrialState state :
        {TrialState::Complete, TrialState::Pruned, TrialState::Failed, TrialState::Interrupted, TrialState::Running}) {
        json[std::string(name(state))]
            = std::count_if(trials.begin(), trials.end(), [state](const Trial& trial) { return trial.state == state; });
    }
    return json;
}

} // namespace

std::vector<BestSoFar> bestSoFar(std::span<const Trial> trials, Direction direction)
{
    std::vector<BestSoFar> curve;
    std::optional<double> best;
    for (const Trial& trial : trials) {
        if (trial.value && (!best || better(direction, *trial.value, *best))) {
            best = trial.value;
        }
        curve.push_back({trial.number, trial.value, best});
    }
    return curve;
}

ParallelCoordinates parallelCoordinates(const Space& space, std::span<const Trial> trials)
{
    ParallelCoordinates plot;
    for (const Parameter& p : space.parameters()) {
        ParallelAxis axis{p.name, p.log, p.low, p.high, {}};
        if (p.kind == Kind::Categorical) {
            axis.high = static_cast<double>(p.choices.size() - 1);
            std::transform(p.choices.begin(), p.choices.end(), std::back_inserter(axis.labels),
                [](const Json& choice) { return choice.is_string() ? choice.get<std::string>() : choice.dump(); });
        }
        plot.axes.push_back(std::move(axis));
    }
    for (const Trial& trial : trials) {
        if (trial.state == TrialState::Complete || trial.state == TrialState::Pruned) {
            plot.lines.push_back({trial.number, trial.state == TrialState::Complete, trial.value, trial.point});
        }
    }
    return plot;
}

Json toJson(const Trial& trial, const Space& space)
{
    Json reports = Json::array();
    for (const auto& [step, value] : trial.reports) {
        reports.push_back({step, value});
    }
    return {{"number", trial.number}, {"state", name(trial.state)}, {"value", orNull(trial.value)},
        {"settings", space.valuesOf(trial.point)}, {"reports", std::move(reports)}, {"seconds", trial.seconds},
        {"note", trial.note}};
}

Json toJson(const Importance& importance)
{
    Json json{{"trials", importance.trials}};
    if (!importance.undefinedBecause.empty()) {
        json["undefined"] = importance.undefinedBecause;
        return json;
    }
    Json list = Json::array();
    for (const ParameterImportance& p : importance.parameters) {
        list.push_back({{"name", p.name}, {"share", p.share}, {"deviation", p.deviation}});
    }
    json["parameters"] = std::move(list);
    json["together"] = importance.together;
    return json;
}

Json toJson(const ParallelCoordinates& plot)
{
    Json axes = Json::array(), lines = Json::array();
    for (const ParallelAxis& axis : plot.axes) {
        axes.push_back(
            {{"name", axis.name}, {"log", axis.log}, {"low", axis.low}, {"high", axis.high}, {"labels", axis.labels}});
    }
    for (const ParallelLine& line : plot.lines) {
        Json coordinates = Json::array();
        for (const auto& coordinate : line.coordinates) {
            coordinates.push_back(orNull(coordinate));
        }
        lines.push_back({{"trial", line.trial}, {"complete", line.complete}, {"value", orNull(line.value)},
            {"coordinates", std::move(coordinates)}});
    }
    return {{"axes", std::move(axes)}, {"lines", std::move(lines)}};
}

Json overviewJson(const StudyDescription& description, std::span<const Trial> trials)
{
    const Trial* best = bestOf(trials, description.direction);
    Json list = Json::array(), curve = Json::array();
    for (const Trial& trial : trials) {
        list.push_back(toJson(trial, description.space));
    }
    for (const BestSoFar& point : bestSoFar(trials, description.direction)) {
        curve.push_back({{"trial", point.trial}, {"value", orNull(point.value)}, {"best", orNull(point.best)}});
    }
    return {{"objective", description.objective}, {"direction", name(description.direction)},
        {"sampler", description.sampler}, {"seed", description.seed}, {"counts", countsJson(trials)},
        {"best", best == nullptr ? Json() : toJson(*best, description.space)}, {"trials", std::move(list)},
        {"bestSoFar", std::move(curve)},
        {"importance", toJson(importanceOf(description.space, trials, description.seed))},
        {"parallel", toJson(parallelCoordinates(description.space, trials))}};
}

} // namespace diascope::search
