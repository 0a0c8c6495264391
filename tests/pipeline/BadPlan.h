// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"
#include "pipeline/Plan.h"
#include "support/ErrorOf.h"

#include <algorithm>
#include <string>

/// Plans in which one thing is wrong.
namespace diascope::tests {

using base::Json;

inline bool contains(const std::string& text, const std::string& part)
{
    return text.find(part) != std::string::npos;
}

inline Json::json_pointer pointerTo(const std::string& key)
{
    std::string path = "/" + key;
    std::replace(path.begin(), path.end(), '.', '/');
    return Json::json_pointer(path);
}

/// A plan that can be run, with every key written out.
inline Json goodPlan()
{
    pipeline::Plan plan;
    plan.data.source = "x.csv";
    return pipeline::toJson(plan);
}

/// The plan in which `key` has another value, and whatever makes that key matter.
inline Json planWith(const std::string& key, const Json& value)
{
    Json json = goodPlan();
    if (contains(key, "focalAlpha")) {
        json["training"]["focal"] = "standard";
    }
    if (key == "split.folds" || key == "split.repeats" || key == "training.seed") {
        json["split"]["kind"] = "stratified-kfold";
        json["split"]["folds"] = 5;
    }
    if (key == "training.learningRate") {
        json["training"]["backboneLearningRate"] = 0.0;
    }
    json[pointerTo(key)] = value;
    return json;
}

/// How the plan is refused, by reading or by Plan::check(): "key: why"; empty when it is taken.
inline std::string refusalOf(const Json& json)
{
    std::string text;
    const auto error = tests::errorOf([&] {
        for (const base::Problem& problem : pipeline::planFromJson(json, "plan.yaml").check()) {
            text += problem.subject + ": " + problem.detail + "\n";
        }
    });
    return error ? std::string(base::name(error->code())) + " " + error->what() : text;
}

} // namespace diascope::tests
