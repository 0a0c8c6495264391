// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/OldConfigs.h"

#include "base/AtomicFile.h"
#include "base/Yaml.h"
#include "pipeline/OldSection.h"

#include <algorithm>

namespace diascope::pipeline {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorCode;
using base::Json;

namespace {

void takeKidneyParams(OldSection& section)
{
    Plan& plan = section.plan();
    bool withTop = false;
    double rate = plan.training.learningRate;
    std::vector<int> size;
    section.reader().read("AUGMENTATION", plan.training.augment).read("IMAGE_SIZE", size);
    section.reader().read("BATCH_SIZE", plan.training.batchSize).read("EPOCHS", plan.training.epochs);
    section.reader().read("INCLUDE_TOP", withTop).read("LEARNING_RATE", rate);
    if (!size.empty()) {
        setSize(section, "IMAGE_SIZE", size);
        if (size.size() != 3 || size[2] != 3) {
            throw section.error("IMAGE_SIZE", "must be [rows, columns, 3]: VGG16 takes three channels");
        }
    }
    plan.model.head = withTop ? "" : "flatten-dense"; // Keras: without its top the template adds Flatten and Dense
    if (section.reader().child("LEARNING_RATE") != nullptr) {
        setLearningRate(plan, rate);
        plan.training.optimiser.kind = "sgd"; // the rate is meant for it
    }
    const Json* weights = section.reader().child("WEIGHTS");
    const std::string from = weights != nullptr && weights->is_string() ? weights->get<std::string>() : std::string();
    if (from.ends_with(".safetensors")) {
        plan.model.weights = from;
    } else if (!from.empty() && from != "None") {
        section.note("WEIGHTS",
            "'" + base::visibleText(from)
                + "' cannot be fetched or read as it is: name a safetensors file "
                  "under model.weights (see import-weights). Frozen layers without weights learn little.");
    }
    section.leave("CLASSES", "the classes are counted in the data.");
    section.reader().finish();
}

void takeKidneyPaths(OldSection& section)
{
    const std::string keptByRun = "the run folder holds everything that a run makes.";
    section.leave("artifacts_root", keptByRun);
    section.section("data_ingestion", [](OldSection& data) {
        data.reader().require("unzip_dir", data.plan().data.source);
        data.leave("root_dir", "only unzip_dir is read, where the pictures lie.");
        data.leave("source_URL", "nothing is fetched from the network: put the pictures where unzip_dir says.");
        data.leave("local_data_file", "an archive is not unpacked: put the pictures where unzip_dir says.");
    });
    section.section("prepare_base_model", [&](OldSection& model) {
        for (const char* key : {"root_dir", "base_model_path", "updated_base_model_path"}) {
            model.leave(
                key, "networks are built from the plan, not from a Keras file; name weights under model.weights.");
        }
    });
    section.section("training", [&](OldSection& training) {
        training.leave("root_dir", keptByRun);
        training.leave("trained_model_path", "the model is kept in the run folder, as package.safetensors.");
    });
    section.reader().finish();
}

/// The first of the places where a relative folder may lie that is there; else the path as it is.
std::string found(const std::string& path, const fs::path& configFile)
{
    std::error_code error;
    const fs::path own = fs::absolute(configFile, error).parent_path();
    for (const fs::path& base : {fs::path(), own, own.parent_path()}) {
        if (!path.empty() && fs::is_directory(base / path, error)) {
            return (base / path).lexically_normal().string();
        }
    }
    return path;
}

/// The template unpacks an archive whose one folder holds the class folders.
std::string onlyFolderIn(const std::string& folder)
{
    std::vector<fs::path> inside;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
        std::error_code ignored;
        if (entry->is_directory(ignored)) {
            inside.push_back(entry->path());
        }
    }
    return inside.size() == 1 ? inside.front().string() : folder;
}

OldFile readOldFile(const fs::path& file)
{
    return {base::readFile(file, kLargestOldConfig), file.string()};
}

} // namespace

Plan recipeNamed(const std::vector<Recipe>& recipes, const std::string& name)
{
    const auto at = std::find_if(recipes.begin(), recipes.end(), [&](const Recipe& r) { return r.name == name; });
    if (at == recipes.end()) {
        throw Error(ErrorCode::NotFound, name, "the recipe that an old configuration starts from is missing");
    }
    return at->plan;
}

void setSize(OldSection& section, const std::string& key, const std::vector<int>& size)
{
    if (size.size() < 2 || size[0] < 1 || size[1] < 1) {
        throw section.error(key, "must name rows and columns");
    }
    for (Json& step : section.plan().preprocess) {
        if (step.is_object() && step.value("op", std::string()) == "resize") {
            step["height"] = size[0];
            step["width"] = size[1];
            return;
        }
    }
    section.note(key, "the recipe's preprocessing has no resize step to put it into; set the size under preprocess.");
}

void setLearningRate(Plan& plan, double rate)
{
    if (plan.training.backboneLearningRate > 0.0) {
        plan.training.backboneLearningRate = rate;
    }
    plan.training.learningRate = rate;
}

OldConfig planFromKidneyTemplate(const OldFile& config, const OldFile& params, const std::vector<Recipe>& recipes)
{
    const Json configJson = base::parseYaml(config.text, config.name);
    const Json paramsJson = base::parseYaml(params.text, params.name);
    OldConfig out{recipeNamed(recipes, "kidney-ct-vgg16"), {}};
    OldSection paths(configJson, config.name, out);
    takeKidneyPaths(paths);
    OldSection values(paramsJson, params.name, out);
    takeKidneyParams(values);
    return out;
}

OldConfig readNeurofluxConfigs(const fs::path& dataset, const fs::path& model, const std::vector<Recipe>& recipes)
{
    OldConfig out = planFromNeuroflux(readOldFile(dataset), readOldFile(model), recipes);
    out.plan.data.source = found(out.plan.data.source, dataset);
    return out;
}

OldConfig readKidneyTemplate(const fs::path& config, const fs::path& params, const std::vector<Recipe>& recipes)
{
    OldConfig out = planFromKidneyTemplate(readOldFile(config), readOldFile(params), recipes);
    out.plan.data.source = onlyFolderIn(found(out.plan.data.source, config));
    return out;
}

} // namespace diascope::pipeline
