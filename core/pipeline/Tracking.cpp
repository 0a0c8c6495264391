// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/Tracking.h"

#include "pipeline/Resolve.h"
#include "runs/RunFolder.h"

namespace diascope::pipeline {

namespace {

using base::Error;
using base::ErrorCode;
using base::Json;

constexpr const char* kLink = "mlflow.json";
constexpr const char* kOff = "off";

std::string textOf(const Json& value)
{
    return value.is_string() ? value.get<std::string>() : value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

runs::MlflowStatus statusOf(train::RunState state)
{
    switch (state) {
    case train::RunState::Finished: return runs::MlflowStatus::Finished;
    case train::RunState::Stopped: return runs::MlflowStatus::Killed;
    case train::RunState::Failed: break;
    }
    return runs::MlflowStatus::Failed;
}

} // namespace

Tracking::Tracking(const Plan& plan, runs::RunFolder& folder, Say say) : m_plan(plan), m_folder(folder), m_say(std::move(say)) {}

void Tracking::attempt(const std::function<void()>& action)
{
    try {
        action();
    } catch (const Error& error) {
        const bool passing = error.code() == ErrorCode::DiskFull && m_run.has_value();
        m_say("MLflow: " + std::string(error.what()) + (passing ? " Some points are missing there; the run's own folder has everything."
                                                                : " The run goes on without it; its own folder has everything."));
        if (!passing) {
            m_run.reset();
        }
    }
}

void Tracking::begin()
{
    if (m_plan.tracking.mlflow == kOff) {
        return;
    }
    attempt([this] {
        m_run = opened(m_plan.tracking.mlflow.empty() ? m_folder.path() / "mlruns" : std::filesystem::path(m_plan.tracking.mlflow));
        writeParameters();
        addArtifact("plan.yaml");
    });
}

runs::MlflowRun Tracking::opened(const std::filesystem::path& store)
{
    if (m_folder.has(kLink)) {
        const Json link = base::parseJson(m_folder.readText(kLink), kLink);
        std::string run, before;
        int version = 0;
        base::ObjectReader(link, kLink).require("version", version).require("store", before).require("run", run).finish();
        if (before == m_plan.tracking.mlflow) {
            try {
                return runs::MlflowRun::resume(store, run);
            } catch (const Error& error) {
                if (error.code() != ErrorCode::NotFound) {
                    throw;
                }
                m_say("MLflow: " + error.detail() + "; a new one is started.");
            }
        }
    }
    runs::MlflowConfig config;
    config.experiment = m_plan.tracking.experiment;
    config.runName = m_folder.path().filename().string();
    config.sourceName = m_plan.recipe.empty() ? "diascope" : m_plan.recipe;
    runs::MlflowRun run = runs::MlflowRun::start(store, config);
    m_folder.writeText(kLink, Json{{"version", 1}, {"store", m_plan.tracking.mlflow}, {"run", run.runId()}}.dump(2) + "\n");
    return run;
}

void Tracking::writeParameters()
{
    for (const auto& [name, json] : flattened(m_plan)) {
        if (name.starts_with("tracking.")) {
            continue;
        }
        const std::string key = runs::mlflowKey(name), value = textOf(json);
        try {
            m_run->setParameter(key, value);
        } catch (const Error& error) {
            if (error.code() != ErrorCode::Mismatch) {
                throw;
            }
            m_run->setTag("resumed." + key, value); // MLflow's parameters stand for ever; device and threads may be others now
        }
    }
    m_run->setTag("diascope.recipe", m_plan.recipe);
    m_run->setTag("diascope.build", buildId());
}

void Tracking::epoch(const train::EpochReport& report, const std::vector<runs::Scalar>& scalars)
{
    if (!m_run) {
        return;
    }
    const bool onlyFold = m_plan.split.folds * m_plan.split.repeats <= 1;
    const std::string prefix = onlyFold ? std::string() : runs::folderName({report.repeat, report.fold}) + "/";
    attempt([&] {
        for (const runs::Scalar& scalar : scalars) {
            m_run->addMetric(prefix + scalar.tag, scalar.value, report.epoch);
        }
    });
}

void Tracking::addFigures(const std::string& part, const Json& figures)
{
    for (const auto& [name, figure] : figures.items()) {
        if (figure.is_number()) {
            m_run->addMetric(part + "/" + runs::mlflowKey(name), figure.get<double>(), 0);
        }
        for (const char* bound : {"value", "low", "high"}) {
            if (figure.is_object() && figure.contains(bound) && figure[bound].is_number()) {
                const std::string suffix = bound == std::string("value") ? std::string() : std::string(" ") + bound;
                m_run->addMetric(part + "/" + runs::mlflowKey(name) + suffix, figure[bound].get<double>(), 0);
            }
        }
    }
}

void Tracking::addArtifact(const std::string& name)
{
    if (m_folder.has(name)) {
        m_run->addArtifact(m_folder.file(name));
    }
}

void Tracking::finish(train::RunState state, const Json& result)
{
    if (!m_run) {
        return;
    }
    attempt([&] {
        if (result.is_object()) {
            addFigures("result", result.value("metrics", Json::object()));
            addFigures("test", result.value("test", Json::object()));
            addArtifact("result.json");
            addArtifact("package.safetensors");
        }
        m_run->finish(statusOf(state));
    });
}

} // namespace diascope::pipeline
