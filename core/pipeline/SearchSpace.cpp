// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/SearchSpace.h"

#include "base/Text.h"
#include "base/Yaml.h"

#include <algorithm>
#include <array>

namespace diascope::pipeline {

namespace {

using base::Error;
using base::ErrorCode;
using base::Json;
using base::ObjectReader;
using search::Kind;
using search::Parameter;

Json::json_pointer pointerOf(const std::string& dottedKey)
{
    std::string path = "/" + dottedKey;
    std::replace(path.begin(), path.end(), '.', '/');
    return Json::json_pointer(path);
}

struct Forbidden {
    std::string_view prefix, why;
};
constexpr std::string_view kYardstick = "decides what trials are compared by and must be the same for all of them";
constexpr std::string_view kNoEffect = "decides nothing about what is learned";
constexpr std::array kForbidden{Forbidden{"data.", kYardstick}, Forbidden{"split.", kYardstick},
    Forbidden{"training.seed", kYardstick}, Forbidden{"training.monitor", kYardstick},
    Forbidden{"pretrain.", kYardstick}, Forbidden{"version", kNoEffect}, Forbidden{"recipe", kNoEffect},
    Forbidden{"device", kNoEffect}, Forbidden{"threads", kNoEffect}, Forbidden{"package.", kNoEffect},
    Forbidden{"predict.", kNoEffect}, Forbidden{"tracking.", kNoEffect}, Forbidden{"training.foldsAtOnce", kNoEffect},
    Forbidden{"training.checkpointBatches", kNoEffect}};

/// Reads the section key by key.
class SpaceReader {
public:
    SpaceReader(const Plan& plan, const std::string& subject)
        : m_plan(plan)
        , m_json(toJson(plan))
        , m_subject(subject)
    {
        for (const auto& [key, value] : flattened(plan)) {
            m_keys.push_back(key);
        }
        m_keys.insert(m_keys.end(), {"preprocess", "training.augmentation"});
    }

    void read(const std::string& key, const Json& entry)
    {
        checkKey(key);
        const bool alternatives
            = entry.is_array() && !entry.empty() && std::all_of(entry.begin(), entry.end(), isDescription);
        if (!alternatives) {
            add(key, key, entry);
            return;
        }
        for (std::size_t i = 0; i < entry.size(); ++i) {
            add(entry.size() == 1 ? key : key + "#" + std::to_string(i + 1), key, entry[i]);
        }
    }

    SearchSpace finish()
    {
        if (m_parameters.empty()) {
            refuse("", "searches nothing");
        }
        try {
            m_searched.space = search::Space(std::move(m_parameters));
        } catch (const Error& error) {
            refuse(error.subject(), error.detail() + ". " + error.remedyText());
        }
        for (std::size_t i = 0; i < m_searched.space.size(); ++i) {
            tryEnds(i);
        }
        return std::move(m_searched);
    }

private:
    [[noreturn]] void refuse(const std::string& key, const std::string& why) const
    {
        throw Error(ErrorCode::Plan, m_subject,
            (key.empty() ? std::string("the search space") : base::shortened(base::visibleText(key))) + ": " + why);
    }

    static bool isDescription(const Json& json)
    {
        return json.is_object() && (json.contains("low") || json.contains("choices"));
    }

    void checkKey(const std::string& key) const
    {
        if (std::find(m_keys.begin(), m_keys.end(), key) == m_keys.end()) {
            const std::string near = base::nearestMatch(key, m_keys);
            refuse(key,
                "the plan has no such key"
                    + (near.empty() ? std::string("; see 'diascope-cli config'") : "; did you mean '" + near + "'?"));
        }
        for (const Forbidden& forbidden : kForbidden) {
            if (key.starts_with(forbidden.prefix)) {
                refuse(key, "cannot be searched: it " + std::string(forbidden.why));
            }
        }
    }

    [[nodiscard]] Kind kindOf(const Json& value) const
    {
        return value.is_number_integer() ? Kind::Integer : value.is_number() ? Kind::Float : Kind::Categorical;
    }

    void add(const std::string& name, const std::string& key, const Json& entry)
    {
        Parameter parameter;
        parameter.name = name;
        std::vector<std::string> keys{key};
        const Json& now = m_json.at(pointerOf(key));
        if (entry.is_array()) { // short for choices
            parameter.kind = Kind::Categorical;
            parameter.choices.assign(entry.begin(), entry.end());
        } else {
            readDescription(key, entry, now, parameter, keys);
        }
        m_parameters.push_back(std::move(parameter));
        m_searched.keys.push_back(std::move(keys));
    }

    void readDescription(const std::string& key, const Json& entry, const Json& now, Parameter& parameter,
        std::vector<std::string>& keys)
    {
        ObjectReader reader(entry, m_subject, key);
        if (const Json* choices = reader.child("choices")) {
            parameter.kind = Kind::Categorical;
            if (!choices->is_array()) {
                refuse(key, "choices must be a list");
            }
            parameter.choices.assign(choices->begin(), choices->end());
        } else if (now.is_boolean()) {
            parameter.kind = Kind::Categorical;
            parameter.choices = {false, true};
        } else {
            parameter.kind = kindOf(now);
            if (parameter.kind == Kind::Categorical) {
                refuse(key, "is no number: give choices");
            }
            reader.require("low", parameter.low)
                .require("high", parameter.high)
                .read("step", parameter.step)
                .read("log", parameter.log);
        }
        if (const Json* when = reader.child("when")) {
            parameter.when = conditionOf(key, *when);
        }
        std::vector<std::string> also;
        reader.read("also", also).finish();
        for (const std::string& other : also) {
            checkKey(other);
            if (kindOf(m_json.at(pointerOf(other))) != kindOf(now)) {
                refuse(key, "also sets " + other + ", which is of another type");
            }
            keys.push_back(other);
        }
    }

    [[nodiscard]] Parameter::Condition conditionOf(const std::string& key, const Json& when) const
    {
        if (!when.is_object() || when.size() != 1) {
            refuse(key, "when must name one key and its values: {training.optimiser.kind: [sgd]}");
        }
        const auto item = when.items().begin();
        const Json& values = item.value();
        return {item.key(),
            values.is_array() ? std::vector<Json>(values.begin(), values.end()) : std::vector<Json>{values}};
    }

    /// A point in which parameter `index` exists.
    [[nodiscard]] search::Point pointWith(std::size_t index) const
    {
        search::Point point(m_searched.space.size());
        for (auto at = std::optional(index); at;) {
            const Parameter& p = m_searched.space.parameters()[*at];
            if (!p.when) {
                break;
            }
            const auto parent = m_searched.space.find(p.when->parent);
            const auto& choices = m_searched.space.parameters()[*parent].choices;
            if (!p.when->values.empty()) {
                point[*parent] = static_cast<double>(
                    std::find(choices.begin(), choices.end(), p.when->values.front()) - choices.begin());
            }
            at = parent;
        }
        return point;
    }

    /// The plan's own word on both ends of a range, or on each choice; what only a combination makes wrong is left to
    /// the trial.
    void tryEnds(std::size_t index) const
    {
        const Parameter& p = m_searched.space.parameters()[index];
        std::vector<double> ends{p.low, p.high};
        if (p.kind == Kind::Categorical) {
            ends.resize(p.choices.size());
            for (std::size_t i = 0; i < ends.size(); ++i) {
                ends[i] = static_cast<double>(i);
            }
        }
        search::Point point = pointWith(index);
        for (const double end : ends) {
            point[index] = end;
            const std::string shown = base::shortened(m_searched.space.valueOf(index, end).dump());
            std::vector<base::Problem> problems;
            try {
                problems = planAt(m_plan, m_searched, point).check();
            } catch (const Error& error) {
                refuse(p.name, shown + " cannot be set: " + error.detail());
            }
            for (const base::Problem& problem : problems) {
                const bool ours = std::any_of(m_searched.keys[index].begin(), m_searched.keys[index].end(),
                    [&](const std::string& key) { return problem.subject.starts_with(key); });
                if (ours) {
                    refuse(p.name, shown + " is refused by the plan: " + problem.subject + ": " + problem.detail);
                }
            }
        }
    }

    const Plan& m_plan;
    Json m_json;
    std::string m_subject;
    std::vector<std::string> m_keys;
    std::vector<Parameter> m_parameters;
    SearchSpace m_searched;
};

} // namespace

SearchDocument searchDocumentFromYaml(const std::string& text, const std::string& subject)
{
    const Json json = base::parseYaml(text, subject);
    SearchDocument document;
    if (!json.is_object()) {
        throw Error(
            ErrorCode::Plan, subject, "is no search space: keys of the plan with ranges or choices are expected");
    }
    if (!json.contains("search")) {
        document.search = json;
        return document;
    }
    ObjectReader reader(json, subject);
    reader.read("title", document.title).read("summary", document.summary).read("plan", document.plan);
    reader.read("trials", document.trials).read("minutes", document.minutes);
    document.search = *reader.child("search");
    reader.finish();
    if (document.trials < 0 || document.minutes < 0.0) {
        throw Error(ErrorCode::Plan, subject, "trials and minutes cannot be negative");
    }
    return document;
}

SearchSpace searchSpaceFor(const Plan& plan, const Json& search, const std::string& subject)
{
    if (!search.is_object()) {
        throw Error(ErrorCode::Plan, subject, "search must hold keys of the plan with ranges or choices");
    }
    SpaceReader reader(plan, subject);
    for (const auto& [key, entry] : search.items()) {
        reader.read(key, entry);
    }
    return reader.finish();
}

Plan planAt(const Plan& plan, const SearchSpace& searched, const search::Point& point)
{
    Json json = toJson(plan);
    for (std::size_t i = 0; i < point.size(); ++i) {
        if (point[i]) {
            for (const std::string& key : searched.keys[i]) {
                json[pointerOf(key)] = searched.space.valueOf(i, *point[i]);
            }
        }
    }
    return planFromJson(json, "the trial's plan");
}

} // namespace diascope::pipeline
