// SPDX-License-Identifier: GPL-3.0-or-later
#include "search/Space.h"

#include <array>
#include <string_view>
#include <utility>

namespace diascope::search {

namespace {

using base::Error;
using base::ErrorCode;
using base::Json;
using base::ObjectReader;

constexpr std::array<std::pair<std::string_view, Kind>, 3> kKinds{
    {{"float", Kind::Float}, {"int", Kind::Integer}, {"categorical", Kind::Categorical}}};

Kind kindNamed(const std::string& word, const std::string& subject)
{
    for (const auto& [name, kind] : kKinds) {
        if (name == word) {
            return kind;
        }
    }
    throw Error(
        ErrorCode::Plan, subject, "kind '" + base::visibleText(word) + "' is none of float, int and categorical");
}

std::vector<Json> listOf(const Json& json, const std::string& subject, const char* key)
{
    if (!json.is_array()) {
        throw Error(ErrorCode::Plan, subject, std::string(key) + " is not a list");
    }
    return {json.begin(), json.end()};
}

Parameter parameterFromJson(const Json& json, const std::string& subject)
{
    Parameter parameter;
    std::string kind;
    ObjectReader reader(json, subject);
    reader.require("name", parameter.name).require("kind", kind);
    parameter.kind = kindNamed(kind, subject);
    reader.read("low", parameter.low)
        .read("high", parameter.high)
        .read("step", parameter.step)
        .read("log", parameter.log);
    if (const Json* choices = reader.child("choices")) {
        parameter.choices = listOf(*choices, subject, "choices");
    }
    if (const Json* when = reader.child("when")) {
        ObjectReader inner(*when, subject, "when");
        Parameter::Condition condition;
        inner.require("parent", condition.parent);
        const Json* values = inner.child("values");
        condition.values = listOf(values == nullptr ? Json() : *values, subject, "when.values");
        inner.finish();
        parameter.when = std::move(condition);
    }
    reader.finish();
    return parameter;
}

} // namespace

Json toJson(const Space& space)
{
    Json list = Json::array();
    for (const Parameter& p : space.parameters()) {
        Json json{{"name", p.name}};
        for (const auto& [name, kind] : kKinds) {
            if (kind == p.kind) {
                json["kind"] = name;
            }
        }
        if (p.kind == Kind::Categorical) {
            json["choices"] = p.choices;
        } else {
            json["low"] = p.low;
            json["high"] = p.high;
            json["step"] = p.step;
            json["log"] = p.log;
        }
        if (p.when) {
            json["when"] = Json{{"parent", p.when->parent}, {"values", p.when->values}};
        }
        list.push_back(std::move(json));
    }
    return list;
}

Space spaceFromJson(const Json& json, const std::string& subject)
{
    if (!json.is_array()) {
        throw Error(ErrorCode::Plan, subject, "the search space is not a list of parameters");
    }
    std::vector<Parameter> parameters;
    for (const Json& parameter : json) {
        parameters.push_back(parameterFromJson(parameter, subject));
    }
    return Space(std::move(parameters));
}

} // namespace diascope::search
