// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Json.h"
#include "pipeline/Plan.h"
#include "runs/EventWriter.h"
#include "runs/MlflowRun.h"
#include "train/EpochReport.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace diascope::runs {
class RunFolder;
}

namespace diascope::pipeline {

/// One run of train() in an MLflow store: the plan's keys as parameters, epochs and final figures as metrics, recipe and build as tags, plan, result and
/// package as artifacts. mlflow.json in the run folder says which MLflow run it is, so that a resumed run goes on in the same one.
/// A store that cannot be written is told to `say`, and the run goes on without it. Called on the engine's thread.
class Tracking {
public:
    using Say = std::function<void(const std::string&)>;
    Tracking(const Plan& plan, runs::RunFolder& folder, Say say);

    /// Starts the MLflow run or goes on with it. Until then, and where plan.tracking.mlflow is "off", the other calls do nothing.
    void begin();
    /// Of a run with several folds the names get "<repeat>-<fold>/" before them.
    void epoch(const train::EpochReport& report, const std::vector<runs::Scalar>& scalars);
    /// The last word: `result` is result.json, null unless the run is finished. Stopped is MLflow's "killed".
    void finish(train::RunState state, const base::Json& result);

private:
    [[nodiscard]] runs::MlflowRun opened(const std::filesystem::path& store);
    void writeParameters();
    void addFigures(const std::string& part, const base::Json& figures);
    void addArtifact(const std::string& name);
    void attempt(const std::function<void()>& action);

    const Plan& m_plan;
    runs::RunFolder& m_folder;
    Say m_say;
    std::optional<runs::MlflowRun> m_run;
};

} // namespace diascope::pipeline
