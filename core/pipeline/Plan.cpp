// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/Plan.h"

#include "base/AtomicFile.h"
#include "base/Yaml.h"
#include "dataset/Fixes.h"
#include "pipeline/PlanFields.h"

#include <algorithm>

namespace diascope::pipeline {

namespace {

using base::Error;
using base::ErrorCode;
using base::Json;
using base::ObjectReader;

constexpr int kPlanVersion = 1;
constexpr std::size_t kMaxPlanBytes = 4u << 20;

template <typename Fill> void readSection(ObjectReader& parent, const std::string& subject, const std::string& key, Fill fill)
{
    if (const Json* section = parent.child(key)) {
        ObjectReader reader(*section, subject, parent.pathOf(key));
        fill(reader);
        reader.finish();
    }
}

/// Reads each field of a section that `visitAll` names; `rest` reads its sub-sections.
template <typename Section, typename VisitAll, typename Rest>
void readFields(ObjectReader& parent, const std::string& subject, const std::string& key, Section& section, VisitAll visitAll, Rest rest)
{
    readSection(parent, subject, key, [&](ObjectReader& reader) {
        visitAll(section, [&](const char* name, auto& field) { reader.read(name, field); });
        rest(reader);
    });
}

constexpr auto kNothing = [](ObjectReader&) {};
#define DIASCOPE_FIELDS(section) [](auto& value, auto visit) { fields::section(value, visit); }

/// The section as JSON, in the order of its fields.
template <typename Section, typename VisitAll> Json fieldsJson(const Section& section, VisitAll visitAll)
{
    Json json = Json::object();
    Section copy = section;
    visitAll(copy, [&json](const char* name, const auto& field) { json[name] = field; });
    return json;
}

Json dataJson(const Plan::Data& data)
{
    Json json = fieldsJson(data, DIASCOPE_FIELDS(data));
    if (json["fixes"].is_null()) {
        json["fixes"] = Json::array();
    }
    return json;
}

Json trainingJson(const Plan::Training& training)
{
    Json json = fieldsJson(training, DIASCOPE_FIELDS(training));
    if (json["augmentation"].is_null()) {
        json["augmentation"] = Json::object();
    }
    json["optimiser"] = fieldsJson(training.optimiser, DIASCOPE_FIELDS(optimiser));
    json["schedule"] = fieldsJson(training.schedule, DIASCOPE_FIELDS(schedule));
    json["mix"] = fieldsJson(training.mix, DIASCOPE_FIELDS(mix));
    return json;
}

void collectLeaves(const Json& json, const std::string& path, std::vector<std::pair<std::string, Json>>& leaves)
{
    for (const auto& [key, value] : json.items()) {
        const std::string dotted = path.empty() ? key : path + "." + key;
        if (value.is_object() && !value.empty()) {
            collectLeaves(value, dotted, leaves);
        } else {
            leaves.emplace_back(dotted, value);
        }
    }
}

Json::json_pointer pointerTo(const std::string& dottedKey)
{
    std::string path = "/" + dottedKey;
    std::replace(path.begin(), path.end(), '.', '/');
    return Json::json_pointer(path);
}

/// Text that stands where a text stands is taken as it is ("007" stays "007"); the rest is read as YAML.
Json valueFor(const Json& current, const std::string& key, const std::string& value)
{
    if (current.is_string()) {
        return value;
    }
    if (key == "preprocess" || key == "training.augmentation") {
        return base::parseJson(value, key, kMaxPlanBytes);
    }
    return base::parseYaml(value, key);
}

} // namespace

bool Plan::operator==(const Plan& other) const
{
    return toJson(*this) == toJson(other);
}

Json toJson(const Plan& plan)
{
    Json json;
    json["version"] = kPlanVersion;
    json["recipe"] = plan.recipe;
    json["data"] = dataJson(plan.data);
    json["split"] = fieldsJson(plan.split, DIASCOPE_FIELDS(split));
    json["preprocess"] = plan.preprocess.is_null() ? Json::array() : plan.preprocess;
    json["model"] = fieldsJson(plan.model, DIASCOPE_FIELDS(model));
    json["training"] = trainingJson(plan.training);
    json["pretrain"] = fieldsJson(plan.pretrain, DIASCOPE_FIELDS(pretrain));
    json["predict"] = Json{{"ttaViews", plan.predict.ttaViews}};
    json["package"] = fieldsJson(plan.package, DIASCOPE_FIELDS(package));
    json["tracking"] = fieldsJson(plan.tracking, DIASCOPE_FIELDS(tracking));
    json["device"] = plan.device;
    json["threads"] = plan.threads;
    return json;
}

std::vector<std::pair<std::string, Json>> flattened(const Plan& plan)
{
    std::vector<std::pair<std::string, Json>> leaves;
    collectLeaves(toJson(plan), {}, leaves);
    return leaves;
}

Plan planFromJson(const Json& json, const std::string& subject)
{
    Plan plan;
    ObjectReader reader(json, subject);
    int version = kPlanVersion;
    reader.read("version", version).read("recipe", plan.recipe);
    if (version != kPlanVersion) {
        throw Error(ErrorCode::Plan, subject, "version is " + std::to_string(version) + ", this program reads version " + std::to_string(kPlanVersion));
    }
    readFields(reader, subject, "data", plan.data, DIASCOPE_FIELDS(data), kNothing);
    if (!plan.data.fixes.is_null()) {
        const Json fixes = dataset::toJson(dataset::fixesFromJson(plan.data.fixes, subject));
        plan.data.fixes = fixes.empty() ? Json() : fixes;
    }
    readFields(reader, subject, "split", plan.split, DIASCOPE_FIELDS(split), kNothing);
    reader.read("preprocess", plan.preprocess);
    if (plan.preprocess.is_null() || (plan.preprocess.is_array() && plan.preprocess.empty())) {
        plan.preprocess = Json();
    } else if (!plan.preprocess.is_array()) {
        throw Error(ErrorCode::Plan, subject, "preprocess must be a list of steps");
    }
    readFields(reader, subject, "model", plan.model, DIASCOPE_FIELDS(model), kNothing);
    Plan::Training& t = plan.training;
    readFields(reader, subject, "training", t, DIASCOPE_FIELDS(training), [&](ObjectReader& inner) {
        readFields(inner, subject, "optimiser", t.optimiser, DIASCOPE_FIELDS(optimiser), kNothing);
        readFields(inner, subject, "schedule", t.schedule, DIASCOPE_FIELDS(schedule), kNothing);
        readFields(inner, subject, "mix", t.mix, DIASCOPE_FIELDS(mix), kNothing);
    });
    if (t.augmentation.is_object() && t.augmentation.empty()) {
        t.augmentation = Json();
    }
    readFields(reader, subject, "pretrain", plan.pretrain, DIASCOPE_FIELDS(pretrain), kNothing);
    readSection(reader, subject, "predict", [&](ObjectReader& inner) { inner.read("ttaViews", plan.predict.ttaViews); });
    readFields(reader, subject, "package", plan.package, DIASCOPE_FIELDS(package), kNothing);
    readFields(reader, subject, "tracking", plan.tracking, DIASCOPE_FIELDS(tracking), kNothing);
    reader.read("device", plan.device).read("threads", plan.threads).finish();
    return plan;
}

Plan planFromYaml(const std::string& text, const std::string& subject)
{
    return planFromJson(base::parseYaml(text, subject), subject);
}

std::string toYaml(const Plan& plan)
{
    return base::toYaml(toJson(plan));
}

void setKey(Plan& plan, const std::string& dottedKey, const std::string& value)
{
    Json json = toJson(plan);
    std::vector<std::string> leaves;
    for (const auto& [key, current] : flattened(plan)) {
        leaves.push_back(key);
    }
    if (std::find(leaves.begin(), leaves.end(), dottedKey) == leaves.end()) {
        const std::string near = base::nearestMatch(dottedKey, leaves);
        throw Error(ErrorCode::Plan, dottedKey, "unknown key '" + dottedKey + "'" + (near.empty() ? "" : "; did you mean '" + near + "'?"),
                    near.empty() ? "See 'diascope-cli config' for the keys." : "Use '" + near + "', or see 'diascope-cli config' for the keys.");
    }
    Json& field = json[pointerTo(dottedKey)];
    try {
        field = valueFor(field, dottedKey, value);
    } catch (const Error& error) {
        throw Error(ErrorCode::Plan, dottedKey, "cannot be set to '" + base::visibleText(value) + "': " + error.detail());
    }
    plan = planFromJson(json, dottedKey);
}

namespace {

Recipe recipeFromFile(const std::filesystem::path& file)
{
    const std::string subject = file.filename().string();
    const Json json = base::parseYaml(base::readFile(file, kMaxPlanBytes), subject);
    Recipe recipe;
    ObjectReader reader(json, subject);
    reader.require("name", recipe.name).require("title", recipe.title).require("summary", recipe.summary);
    Json plan = Json::object();
    reader.require("plan", plan).finish();
    recipe.plan = planFromJson(plan, subject);
    recipe.plan.recipe = recipe.name;
    if (recipe.name != file.stem().string()) {
        throw Error(ErrorCode::Plan, subject, "name '" + recipe.name + "' differs from the file's name");
    }
    return recipe;
}

} // namespace

std::vector<Recipe> loadRecipes(const std::filesystem::path& folder)
{
    std::error_code failure;
    std::vector<std::filesystem::path> files;
    for (std::filesystem::directory_iterator it(folder, failure), end; !failure && it != end; it.increment(failure)) {
        if (it->path().extension() == ".yaml") {
            files.push_back(it->path());
        }
    }
    if (failure) {
        throw Error(ErrorCode::NotFound, folder.string(), "the recipes cannot be listed: " + failure.message());
    }
    std::sort(files.begin(), files.end());
    std::vector<Recipe> recipes;
    for (const auto& file : files) {
        recipes.push_back(recipeFromFile(file));
    }
    return recipes;
}

} // namespace diascope::pipeline
