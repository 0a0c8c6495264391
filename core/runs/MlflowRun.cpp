// SPDX-License-Identifier: GPL-3.0-or-later
#include "runs/MlflowRun.h"

#include "base/AtomicFile.h"
#include "base/Text.h"
#include "base/Yaml.h"
#include "runs/MlflowLayout.h"

#include <algorithm>
#include <random>
#include <system_error>

namespace diascope::runs {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorCode;
using base::Json;
using mlflow::checkKey;
using mlflow::kMeta;
using mlflow::makeFolder;
using mlflow::readMeta;

namespace {

constexpr std::size_t kLongestValue = 6000; // MAX_PARAM_VAL_LENGTH
constexpr int kSourceLocal = 4;             // SourceType.LOCAL

std::string newRunId()
{
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::random_device random;
    std::string id;
    while (id.size() < 32) {
        id += kDigits[random() % kDigits.size()];
    }
    return id;
}

Json runMeta(const fs::path& folder, const std::string& experiment, const MlflowConfig& config)
{
    const std::string id = folder.filename().string();
    return {{"artifact_uri", mlflow::fileUri(folder / "artifacts")}, {"end_time", nullptr}, {"entry_point_name", ""},
        {"experiment_id", experiment}, {"lifecycle_stage", "active"}, {"run_id", id},
        {"run_name", config.runName.empty() ? id : config.runName}, {"run_uuid", id},
        {"source_name", config.sourceName}, {"source_type", kSourceLocal}, {"source_version", ""},
        {"start_time", mlflow::millisecondsNow()}, {"status", static_cast<int>(MlflowStatus::Running)},
        {"tags", Json::array()}, {"user_id", config.user}};
}

void updateMeta(const fs::path& folder, MlflowStatus status, const Json& endTime)
{
    Json meta = readMeta(folder);
    meta["status"] = static_cast<int>(status);
    meta["end_time"] = endTime;
    base::writeFileAtomically(folder / kMeta, base::toYaml(meta));
}

} // namespace

MlflowRun::MlflowRun(fs::path folder, std::string experimentId, std::string runId)
    : m_folder(std::move(folder))
    , m_experimentId(std::move(experimentId))
    , m_runId(std::move(runId))
{
}

MlflowRun MlflowRun::start(const fs::path& store, const MlflowConfig& config)
{
    const fs::path root = fs::absolute(store).lexically_normal();
    std::error_code error;
    if (!fs::exists(root, error)) {
        makeFolder(root);
        mlflow::writeExperiment(root, "0", "Default");
    }
    const std::string experiment = mlflow::experimentNamed(root, config.experiment);
    const std::string id = newRunId();
    MlflowRun run(root / experiment / id, experiment, id);
    for (const char* kind : {"params", "metrics", "tags", "artifacts"}) { // without them it is no run to MLflow
        makeFolder(run.m_folder / kind);
    }
    const Json meta = runMeta(run.m_folder, experiment, config);
    base::writeFileAtomically(run.m_folder / kMeta, base::toYaml(meta));
    run.setTag("mlflow.runName", meta["run_name"].get<std::string>());
    run.setTag("mlflow.source.name", config.sourceName);
    run.setTag("mlflow.source.type", "LOCAL");
    run.setTag("mlflow.user", config.user);
    return run;
}

MlflowRun MlflowRun::resume(const fs::path& store, const std::string& runId)
{
    const fs::path root = fs::absolute(store).lexically_normal();
    std::error_code error;
    if (runId.size() == 32 && runId.find('/') == std::string::npos && fs::is_directory(root, error)) {
        for (const fs::path& experiment : mlflow::described(root)) {
            if (fs::exists(experiment / runId / kMeta, error)) {
                mlflow::removeTornPoints(experiment / runId / "metrics");
                updateMeta(experiment / runId, MlflowStatus::Running, nullptr);
                return {experiment / runId, experiment.filename().string(), runId};
            }
        }
    }
    throw Error(ErrorCode::NotFound, root.string(),
        "the MLflow store has no run '" + base::shortened(base::visibleText(runId)) + "'", "Start a new one.");
}

fs::path MlflowRun::entry(const char* kind, const std::string& key) const
{
    checkKey(key);
    const fs::path file = m_folder / kind / key;
    makeFolder(file.parent_path());
    return file;
}

void MlflowRun::setParameter(const std::string& key, const std::string& value)
{
    const fs::path file = entry("params", key);
    const std::string text = base::shortened(value, kLongestValue - 3);
    std::error_code error;
    if (!fs::exists(file, error)) {
        base::writeFileAtomically(file, text, base::Flush::Later);
    } else if (const std::string before = base::readFile(file, mlflow::kLargestMeta); before != text) {
        throw Error(ErrorCode::Mismatch, key,
            "the run has this parameter already, with the value '" + base::shortened(base::visibleText(before)) + "'",
            "A run's parameters stand for ever: start a new run.");
    }
}

void MlflowRun::setTag(const std::string& key, const std::string& value)
{
    base::writeFileAtomically(entry("tags", key), value, base::Flush::Later);
}

void MlflowRun::addMetric(const std::string& key, double value, std::int64_t step)
{
    addMetric(key, value, step, mlflow::millisecondsNow());
}

void MlflowRun::addMetric(const std::string& key, double value, std::int64_t step, std::int64_t milliseconds)
{
    base::appendLine(entry("metrics", key),
        std::to_string(milliseconds) + " " + base::numberText(value) + " " + std::to_string(step), base::Flush::Later);
}

void MlflowRun::addArtifact(const fs::path& file)
{
    const fs::path target = m_folder / "artifacts" / file.filename();
    std::error_code error;
    fs::remove(target, error);
    fs::create_hard_link(file, target, error);
    if (error) { // another file system, or one without links
        base::writeFileAtomically(target, base::readFile(file));
    }
}

void MlflowRun::finish(MlflowStatus status)
{
    updateMeta(m_folder, status, status == MlflowStatus::Running ? Json(nullptr) : Json(mlflow::millisecondsNow()));
}

std::string mlflowKey(std::string_view text)
{
    std::string key(text.substr(0, mlflow::kLongestKey));
    std::replace_if(
        key.begin(), key.end(), [](char c) { return !mlflow::isKeyCharacter(c) || c == '/'; }, '_');
    return key.empty() || key.find_first_not_of('.') == std::string::npos ? "_" + key : key;
}

} // namespace diascope::runs
