// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/Stored.h"

#include "base/Text.h"
#include "evaluate/RunFacts.h"
#include "pipeline/Resolve.h"
#include "pipeline/Results.h"
#include "pipeline/SourceFacts.h"
#include "runs/RunFolder.h"

#include <algorithm>
#include <array>

namespace diascope::pipeline {

namespace {

using base::Error;
using base::ErrorCode;
using base::Json;
using dataset::Role;

constexpr int kVersion = 1;

Json parsed(const runs::RunFolder& folder, const char* name)
{
    return base::parseJson(folder.readText(name), folder.file(name).string());
}

[[noreturn]] void refuse(const runs::RunFolder& folder, const char* name, const std::string& why)
{
    throw Error(ErrorCode::Malformed, folder.file(name).string(), why, "Remove dvc.lock from the run folder and resume: everything is looked at anew.");
}

/// The place of a text among `known`; refuses the file otherwise.
template <typename List> int placeOf(const std::string& text, const List& known, const runs::RunFolder& folder, const char* file)
{
    const auto at = std::find(known.begin(), known.end(), text);
    if (at == known.end()) {
        refuse(folder, file, "it names the unknown '" + base::visibleText(text) + "'");
    }
    return static_cast<int>(at - known.begin());
}

std::vector<std::vector<std::string>> tableRows(const runs::RunFolder& folder, const char* name, const std::vector<std::string>& header)
{
    base::CsvTable table = folder.readTable(name);
    if (table.header != header || table.rows.empty()) {
        refuse(folder, name, "it has other columns than this program writes, or no rows");
    }
    return std::move(table.rows);
}

int wholeNumber(const std::string& cell, const runs::RunFolder& folder, const char* file)
{
    const auto value = base::parseNumber(cell);
    if (!value || *value < 0 || *value > 1e9) {
        refuse(folder, file, "'" + base::visibleText(cell) + "' is no number");
    }
    return static_cast<int>(*value);
}

const std::vector<std::string> kDataColumns{"sample", "file", "frame", "label", "group"};
const std::vector<std::string> kSplitColumns{"sample", "group", "label", "repeat", "fold", "role"};

void readSamples(Experiment& experiment, const runs::RunFolder& folder)
{
    for (const auto& row : tableRows(folder, "data.csv", kDataColumns)) {
        dataset::Sample sample;
        sample.id = row[0];
        sample.file = row[1];
        sample.frame = wholeNumber(row[2], folder, "data.csv");
        sample.label = placeOf(row[3], experiment.data.classNames, folder, "data.csv");
        sample.group = row[4];
        experiment.data.samples.push_back(std::move(sample));
    }
}

void readPlans(Experiment& experiment, const runs::RunFolder& folder)
{
    const std::array<std::string_view, 3> names{name(Role::Train), name(Role::Validation), name(Role::Test)};
    const std::array roles{Role::Train, Role::Validation, Role::Test};
    std::vector<dataset::FoldPlan>& plans = experiment.folds.plans;
    const std::size_t samples = experiment.data.samples.size();
    for (const auto& row : tableRows(folder, "splits.csv", kSplitColumns)) {
        const int repeat = wholeNumber(row[3], folder, "splits.csv"), fold = wholeNumber(row[4], folder, "splits.csv");
        if (plans.empty() || plans.back().repeat != repeat || plans.back().fold != fold) {
            plans.push_back({repeat, fold, {}});
        }
        std::vector<Role>& parts = plans.back().roles;
        if (parts.size() >= samples || row[0] != experiment.data.samples[parts.size()].id) {
            refuse(folder, "splits.csv", "its samples are not those of data.csv");
        }
        parts.push_back(roles[static_cast<std::size_t>(placeOf(row[5], names, folder, "splits.csv"))]);
    }
    if (std::any_of(plans.begin(), plans.end(), [samples](const dataset::FoldPlan& plan) { return plan.roles.size() != samples; })) {
        refuse(folder, "splits.csv", "a fold has not all samples of data.csv");
    }
}

/// For figures by sex, age and manufacturer when the files themselves are not there any more.
void storeSubgroups(const dataset::Dataset& data, runs::RunFolder& folder)
{
    const base::CsvTable table = dataset::characteristicsTable(data);
    if (table.header.size() > 1) {
        folder.writeTable(evaluate::kSubgroupsFile, table.header, table.rows);
    } else if (folder.has(evaluate::kSubgroupsFile)) { // of data that have changed since
        std::filesystem::remove(folder.file(evaluate::kSubgroupsFile));
    }
}

} // namespace

void storePreparation(const Experiment& experiment, const std::string& datasetSha256, runs::RunFolder& folder)
{
    std::vector<std::vector<std::string>> rows;
    for (const dataset::Sample& sample : experiment.data.samples) {
        rows.push_back({sample.id, sample.file.string(), std::to_string(sample.frame),
                        experiment.data.classNames[static_cast<std::size_t>(sample.label)], sample.group});
    }
    folder.writeTable("data.csv", kDataColumns, rows);
    const Json data{{"version", kVersion}, {"classes", experiment.data.classNames}, {"groupedBy", experiment.data.groupedBy}};
    folder.writeText("data.json", data.dump(2) + "\n");
    const dataset::PixelStore& store = experiment.store;
    const Json pixels{{"version", kVersion}, {"images", store.count()}, {"height", store.height}, {"width", store.width}, {"channels", store.channels},
                      {"bytesPerValue", store.sampleBytes}, {"sha256", datasetSha256}};
    folder.writeText("store.json", pixels.dump(2) + "\n");
    folder.writeText("splits.csv", dataset::splitsCsv(experiment.data, experiment.folds));
    const Json split{{"version", kVersion}, {"groups", experiment.folds.groups}, {"receipt", experiment.folds.receipt},
                     {"problems", problemsJson(experiment.problems)}};
    folder.writeText("split.json", split.dump(2) + "\n");
    if (experiment.sources.any()) {
        storeSources(experiment.sources, folder);
    }
    storeSubgroups(experiment.data, folder);
}

Experiment storedExperiment(const Plan& plan, const std::string& device, const runs::RunFolder& folder)
{
    Experiment experiment;
    experiment.plan = plan;
    experiment.preprocess = image::Preprocess::fromJson(resolvedPreprocess(plan), "preprocess");
    int version = 0;
    const Json data = parsed(folder, "data.json"), split = parsed(folder, "split.json");
    base::ObjectReader(data, "data.json").require("version", version).require("classes", experiment.data.classNames)
        .require("groupedBy", experiment.data.groupedBy).finish();
    Json problems;
    base::ObjectReader(split, "split.json").require("version", version).require("groups", experiment.folds.groups)
        .require("receipt", experiment.folds.receipt).require("problems", problems).finish();
    experiment.problems = problemsOf(problems, "split.json");
    readSamples(experiment, folder);
    readPlans(experiment, folder);
    experiment.sources = storedSources(folder);
    const std::size_t classes = experiment.data.classNames.size();
    experiment.config = trainConfigOf(plan, experiment.preprocess, classes, device);
    experiment.spec = modelSpecOf(plan, experiment.preprocess, classes);
    return experiment;
}

std::string storedDataHash(const runs::RunFolder& folder)
{
    return folder.has("store.json") ? parsed(folder, "store.json").value("sha256", std::string()) : std::string();
}

} // namespace diascope::pipeline
