// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/Stages.h"

#include "pipeline/Resolve.h"
#include "runs/RunFolder.h"

#include <algorithm>
#include <utility>

namespace diascope::pipeline {

namespace {

constexpr const char* kInputs = "inputs.csv";
constexpr const char* kCommand = "diascope-cli train --run . --resume";
constexpr std::size_t kMostNames = 3;

bool startsWithAny(const std::string& key, const std::vector<std::string>& prefixes)
{
    return std::any_of(prefixes.begin(), prefixes.end(), [&](const std::string& prefix) { return key.starts_with(prefix); });
}

/// The keys of a plan that begin with one of `prefixes`, but for those of `without`.
std::vector<runs::StageParameter> parametersOf(const Plan& plan, const std::vector<std::string>& prefixes, const std::vector<std::string>& without = {})
{
    std::vector<runs::StageParameter> parameters;
    for (const auto& [key, value] : flattened(plan)) {
        if (startsWithAny(key, prefixes) && !startsWithAny(key, without)) {
            parameters.push_back({"plan.yaml", key, value.dump(-1, ' ', false, base::Json::error_handler_t::replace)});
        }
    }
    return parameters;
}

std::string listed(const std::vector<std::string>& names)
{
    std::string text;
    for (std::size_t i = 0; i < std::min(names.size(), kMostNames); ++i) {
        text += (i == 0 ? "" : ", ") + names[i];
    }
    return text + (names.size() > kMostNames ? " and " + std::to_string(names.size() - kMostNames) + " more" : "");
}

} // namespace

RunStages::RunStages(const Plan& plan, runs::RunFolder& folder, std::function<void(const std::string&)> say, std::stop_token stop)
    : m_plan(plan), m_folder(folder), m_say(std::move(say)), m_stop(std::move(stop)), m_lock(folder.file("dvc.lock"))
{
    if (!m_lock.warning().empty()) {
        m_say(m_lock.warning());
    }
}

std::vector<std::string> RunStages::foldFiles() const
{
    std::vector<std::string> files;
    if (const auto state = m_folder.foldState()) {
        for (const runs::FoldEntry& fold : state->done()) {
            if (fold.outcome == runs::FoldOutcome::Finished) {
                files.push_back(foldWeightsFile(fold.key));
            }
        }
    }
    return files;
}

runs::Stage RunStages::stage(const std::string& name) const
{
    runs::Stage stage{.name = name, .command = kCommand};
    if (name == "data") {
        stage.inputs = {kInputs};
        stage.parameters = parametersOf(m_plan, {"data."}, {"data.duplicates", "data.storeFolder", "data.memoryMiB"});
        stage.outputs = {"data.csv", "data.json"};
    } else if (name == "store") {
        stage.inputs = {kInputs, "data.csv"};
        stage.parameters.push_back({"plan.yaml", "preprocess", resolvedPreprocess(m_plan).dump()});
        stage.outputs = {"store.json"};
    } else if (name == "split") {
        stage.inputs = {"data.csv", "store.json"};
        stage.parameters = parametersOf(m_plan, {"split.", "data.duplicates", "training.seed"});
        stage.outputs = {"splits.csv", "split.json"};
    } else if (name == "train") {
        stage.inputs = {"splits.csv", "store.json"};
        if (!m_plan.model.weights.empty()) {
            stage.inputs.push_back(std::filesystem::absolute(m_plan.model.weights).string());
        }
        stage.parameters = parametersOf(m_plan, {"model.", "training."});
        stage.outputs = {"folds.json"};
        for (const char* table : {"oof.csv", "test.csv"}) {
            if (m_folder.has(table) || (table == std::string("oof.csv") && !foldFiles().empty())) {
                stage.outputs.emplace_back(table);
            }
        }
    } else if (name == "evaluate") {
        stage.inputs = {"folds.json", "splits.csv"};
        stage.outputs = {"result.json"};
    } else {
        stage.inputs = {"result.json"};
        stage.parameters = parametersOf(m_plan, {"package.", "predict."});
        stage.outputs = {"package.safetensors"};
    }
    if (name == "train" || name == "evaluate" || name == "package") {
        std::vector<std::string>& list = name == "train" ? stage.outputs : stage.inputs;
        const std::vector<std::string> files = foldFiles();
        list.insert(list.end(), files.begin(), files.end());
    }
    return stage;
}

bool RunStages::isUpToDate(const std::string& name)
{
    const runs::StageDecision decision = m_lock.before(stage(name), m_stop);
    m_say(decision.sentence);
    return decision.upToDate;
}

void RunStages::refreshInputs()
{
    std::error_code ignored;
    if (!m_folder.has(kInputs)) {
        return;
    }
    if (!std::filesystem::exists(m_plan.data.source, ignored)) {
        m_say("The data are not where they were; what was made of them counts as it is.");
        return;
    }
    const RunInputs before = RunInputs::fromTable(m_folder.readTable(kInputs));
    const RunInputs now = inputsNow(m_plan, before, m_stop);
    if (now.files == before.files) {
        return;
    }
    m_changes = listed(changedFiles(before, now));
    m_say("Files of the data have changed: " + m_changes + ".");
    m_inputsBefore = before.csv();
    m_folder.writeText(kInputs, now.csv());
}

void RunStages::putBackInputs()
{
    if (!m_inputsBefore.empty()) {
        m_folder.writeText(kInputs, m_inputsBefore);
    }
}

RunStages::From RunStages::decide()
{
    if (!m_lock.has("data")) {
        const bool older = !m_folder.has("store.json"); // of a version without stages
        return older && m_folder.has("result.json") && m_folder.has("package.safetensors") ? From::Nothing : From::Data;
    }
    refreshInputs();
    if (!m_folder.has(kInputs)) {
        m_say("Stage 'data' runs: the list of its files, inputs.csv, is missing.");
        forgetChangedFolds();
        return From::Data;
    }
    for (const char* name : {"data", "store", "split"}) {
        if (!isUpToDate(name)) {
            forgetChangedFolds();
            return From::Data;
        }
    }
    if (!isUpToDate("train")) {
        forgetChangedFolds();
        return From::Train;
    }
    return !isUpToDate("evaluate") ? From::Evaluate : !isUpToDate("package") ? From::Package : From::Nothing;
}

bool RunStages::hasTrained() const
{
    std::error_code ignored;
    return std::filesystem::exists(m_folder.path() / "checkpoints", ignored) || m_folder.has("folds.json");
}

void RunStages::forgetChangedFolds()
{
    const std::vector<std::string> changed = m_lock.changedOutputs("train", m_stop);
    const auto state = m_folder.foldState();
    if (changed.empty()) {
        return;
    }
    for (const char* table : {"oof.csv", "test.csv"}) {
        if (std::find(changed.begin(), changed.end(), table) != changed.end()) {
            std::filesystem::remove(m_folder.file(table));
            m_lacksPredictions = true;
        }
    }
    if (!state) {
        if (m_plan.split.folds * m_plan.split.repeats <= 1) { // else a single fold with a result would pass for done
            m_folder.writeFoldState(runs::FoldState(1, 1));
        }
        return;
    }
    runs::FoldState intact(state->repeats(), state->folds());
    for (const runs::FoldEntry& fold : state->done()) {
        if (std::find(changed.begin(), changed.end(), foldWeightsFile(fold.key)) == changed.end()) {
            intact.record(fold);
        } else {
            m_say("Fold " + runs::folderName(fold.key) + " is trained again: its weights have changed since.");
        }
    }
    m_folder.writeFoldState(intact);
}

void RunStages::recordPreparation(const dataset::Dataset& data)
{
    m_folder.writeText(kInputs, inputsOf(m_plan, data, m_stop).csv());
    for (const char* name : {"data", "store", "split"}) {
        (void)m_lock.before(stage(name), m_stop);
        m_lock.after(stage(name), m_stop);
    }
    (void)m_lock.before(stage("train"), m_stop);
}

void RunStages::recordTraining()
{
    m_lock.after(stage("train"), m_stop);
}

void RunStages::recordEvaluation()
{
    (void)m_lock.before(stage("evaluate"), m_stop);
    m_lock.after(stage("evaluate"), m_stop);
}

void RunStages::recordPackage()
{
    (void)m_lock.before(stage("package"), m_stop);
    m_lock.after(stage("package"), m_stop);
}

} // namespace diascope::pipeline
