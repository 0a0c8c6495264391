// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/Plan.h"

#include "base/AtomicFile.h"
#include "base/Yaml.h"

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

void readTraining(ObjectReader& reader, Plan::Training& training)
{
    reader.read("epochs", training.epochs)
        .read("batchSize", training.batchSize)
        .read("seed", training.seed)
        .read("learningRate", training.learningRate)
        .read("backboneLearningRate", training.backboneLearningRate)
        .read("weightDecay", training.weightDecay)
        .read("loss", training.loss)
        .read("monitor", training.monitor)
        .read("patience", training.patience)
        .read("augment", training.augment)
        .read("balance", training.balance);
}

void collectLeaves(const Json& json, const std::string& path, std::vector<std::string>& leaves)
{
    for (const auto& [key, value] : json.items()) {
        const std::string dotted = path.empty() ? key : path + "." + key;
        if (value.is_object()) {
            collectLeaves(value, dotted, leaves);
        } else {
            leaves.push_back(dotted);
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
    if (key == "preprocess") {
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
    const auto& [source, imageFolder, imageColumn, labelColumn, groupColumn, splitColumn, groupPattern] = plan.data;
    Json json;
    json["version"] = kPlanVersion;
    json["recipe"] = plan.recipe;
    json["data"] = Json{{"source", source}, {"imageFolder", imageFolder}, {"imageColumn", imageColumn}, {"labelColumn", labelColumn},
                        {"groupColumn", groupColumn}, {"splitColumn", splitColumn}, {"groupPattern", groupPattern}};
    json["split"] = Json{{"kind", plan.split.kind}, {"validationFraction", plan.split.validationFraction},
                         {"testFraction", plan.split.testFraction}, {"folds", plan.split.folds}, {"repeats", plan.split.repeats}};
    json["preprocess"] = plan.preprocess.is_null() ? Json::array() : plan.preprocess;
    json["model"] = Json{{"architecture", plan.model.architecture}, {"weights", plan.model.weights}, {"dropout", plan.model.dropout},
                         {"head", plan.model.head}, {"hidden", plan.model.hidden}};
    const Plan::Training& t = plan.training;
    json["training"] = Json{{"epochs", t.epochs}, {"batchSize", t.batchSize}, {"seed", t.seed}, {"learningRate", t.learningRate},
                            {"backboneLearningRate", t.backboneLearningRate}, {"weightDecay", t.weightDecay}, {"loss", t.loss},
                            {"monitor", t.monitor}, {"patience", t.patience}, {"augment", t.augment}, {"balance", t.balance}};
    json["package"] = Json{{"name", plan.package.name}, {"version", plan.package.version},
                           {"intendedUse", plan.package.intendedUse}, {"trainedOn", plan.package.trainedOn}};
    json["device"] = plan.device;
    json["threads"] = plan.threads;
    return json;
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
    readSection(reader, subject, "data", [&](ObjectReader& r) {
        Plan::Data& d = plan.data;
        r.read("source", d.source).read("imageFolder", d.imageFolder).read("imageColumn", d.imageColumn).read("labelColumn", d.labelColumn);
        r.read("groupColumn", d.groupColumn).read("splitColumn", d.splitColumn).read("groupPattern", d.groupPattern);
    });
    readSection(reader, subject, "split", [&](ObjectReader& r) {
        Plan::Split& s = plan.split;
        r.read("kind", s.kind).read("validationFraction", s.validationFraction).read("testFraction", s.testFraction);
        r.read("folds", s.folds).read("repeats", s.repeats);
    });
    reader.read("preprocess", plan.preprocess);
    if (plan.preprocess.is_null() || (plan.preprocess.is_array() && plan.preprocess.empty())) {
        plan.preprocess = Json();
    } else if (!plan.preprocess.is_array()) {
        throw Error(ErrorCode::Plan, subject, "preprocess must be a list of steps");
    }
    readSection(reader, subject, "model", [&](ObjectReader& r) {
        r.read("architecture", plan.model.architecture).read("weights", plan.model.weights).read("dropout", plan.model.dropout);
        r.read("head", plan.model.head).read("hidden", plan.model.hidden);
    });
    readSection(reader, subject, "training", [&](ObjectReader& r) { readTraining(r, plan.training); });
    readSection(reader, subject, "package", [&](ObjectReader& r) {
        Plan::Package& p = plan.package;
        r.read("name", p.name).read("version", p.version).read("intendedUse", p.intendedUse).read("trainedOn", p.trainedOn);
    });
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
    collectLeaves(json, {}, leaves);
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
