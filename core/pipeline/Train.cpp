// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/Train.h"

#include "base/Log.h"
#include "decode/DecoderPool.h"
#include "nn/Device.h"
#include "nn/TorchErrors.h"
#include "pipeline/DiskPause.h"
#include "pipeline/Environment.h"
#include "pipeline/Evaluate.h"
#include "pipeline/Pretrain.h"
#include "pipeline/Record.h"
#include "pipeline/RunPlan.h"
#include "pipeline/SourceFacts.h"
#include "pipeline/Stages.h"
#include "pipeline/Stored.h"
#include "pipeline/Tracking.h"
#include "runs/RunFolder.h"
#include "train/Scope.h"

#include <algorithm>
#include <array>

namespace diascope::pipeline {

namespace {

using base::Error;
using base::ErrorCode;
using base::Json;

/// What a run needs from outside.
struct Surroundings {
    decode::DecoderPool& pool;
    Tracking& tracking;
    train::TrainingObserver& observer;
    const Progress& progress;
    std::stop_token stop;
    train::PauseGate* pause = nullptr;
};

/// One call of train(): the steps in order, each leaving its file in the run folder.
class Run {
public:
    Run(const Plan& plan, runs::RunFolder& folder, const Surroundings& around)
        : m_plan(plan), m_folder(folder), m_pool(around.pool), m_tracking(around.tracking),
          m_disk(around.pause, around.stop, [&observer = around.observer](const std::string& text) { observer.onMessage(text); }),
          m_holds{around.stop, around.pause, m_disk},
          m_observer(folder, plan.split.folds * plan.split.repeats <= 1, around.tracking, m_disk, around.observer), m_progress(around.progress),
          m_stages(plan, folder, [this](const std::string& text) { m_observer.onMessage(text); }, around.stop)
    {
    }

    void execute(bool resume, RunResult& result)
    {
        if (m_plan.pretrain.enabled) {
            learnWithoutLabels(resume, result);
            return;
        }
        const From from = resume ? m_stages.decide() : From::Data;
        if (from != From::Nothing) {
            m_tracking.begin();
            const train::EngineScope engine(m_plan.threads);
            prepare(from);
            result.problems = m_experiment.problems; // known even when it is stopped now
            const std::vector<TrainedFold> folds = from <= From::Train ? trained() : storedFolds(m_experiment, m_folder);
            if (folds.size() < m_experiment.folds.plans.size()) {
                result.state = train::RunState::Stopped;
                return;
            }
            finish(from, folds);
        }
        result.result = storedResult();
        result.problems = problemsOf(result.result.value("problems", Json::array()), "result.json");
        result.package = m_folder.packageFile();
        result.state = train::RunState::Finished;
    }

private:
    using From = RunStages::From;

    /// Steps too short for a bar of their own are shown as begun and done.
    void step(const char* stage, std::int64_t done) const
    {
        if (m_progress) {
            m_progress({.stage = stage, .done = done, .total = 1});
        }
    }

    [[nodiscard]] Json storedResult() const { return base::parseJson(m_folder.readText("result.json"), "result.json"); }

    /// The experiment, with its pictures where folds are to be trained.
    void prepare(From from)
    {
        const nn::DeviceChoice device = nn::resolveDevice(m_plan.device);
        if (from > From::Train) { // nothing is decoded and nothing is trained
            m_experiment = storedExperiment(m_plan, device.name, m_folder);
            m_datasetSha256 = storedDataHash(m_folder);
            m_atOnce = storedFoldsAtOnce();
            return;
        }
        m_observer.onMessage("Device: " + device.name + " (" + device.reason + ").");
        if (from == From::Train) {
            m_experiment = storedExperiment(m_plan, device.name, m_folder);
            reloadPictures();
            m_experiment.dataSha256 = m_datasetSha256;
        } else {
            m_experiment = prepareExperiment(m_plan, device.name, m_pool, m_progress, m_holds.stop);
            m_datasetSha256 = m_experiment.dataSha256 = dataHash(m_experiment);
            if (!m_plan.pretrain.enabled) {
                m_experiment.sources = lookAtSources(m_experiment.data, m_pool, m_holds.stop);
            }
            keepPreparation();
        }
        m_atOnce = m_plan.pretrain.enabled ? 1 : foldsAtOnce(m_experiment);
        Json environment = environmentJson(m_plan, device);
        environment["foldsAtOnce"] = m_atOnce;
        m_folder.writeText("environment.json", environment.dump(2) + "\n");
        for (const std::string& note : m_experiment.notes) {
            m_observer.onMessage(note);
        }
        if (!m_experiment.problems.empty()) {
            m_observer.onMessage(std::to_string(m_experiment.problems.size()) + " problems with the data; they are listed in the result.");
        }
        m_observer.onMessage(m_experiment.folds.receipt);
        if (m_plan.model.weights.empty()) {
            m_observer.onMessage("The network starts from scratch: model.weights names no file.");
        }
    }

    /// Pre-training: pictures and split as for a training, then one network without labels. It keeps no stages: a finished one is finished.
    void learnWithoutLabels(bool resume, RunResult& result)
    {
        if (!resume || !m_folder.has("result.json") || !m_folder.has(kBackboneFile)) {
            m_tracking.begin();
            const train::EngineScope engine(m_plan.threads);
            prepare(From::Data);
            result.problems = m_experiment.problems;
            std::optional<Json> json = pretrain(m_experiment, m_folder, m_observer, m_holds);
            if (!json) {
                result.state = train::RunState::Stopped;
                return;
            }
            (*json)["problems"] = problemsJson(result.problems);
            m_disk.write([&] { m_folder.writeText("result.json", json->dump(2) + "\n"); });
            m_folder.dropCheckpoints({});
        }
        result.result = storedResult();
        result.problems = problemsOf(result.result.value("problems", Json::array()), "result.json");
        result.weights = m_folder.file(kBackboneFile);
        result.state = train::RunState::Finished;
    }

    [[nodiscard]] int storedFoldsAtOnce() const
    {
        const Json environment = m_folder.has("environment.json") ? base::parseJson(m_folder.readText("environment.json"), "environment.json") : Json::object();
        return environment.value("foldsAtOnce", 1);
    }

    /// Data, store and split have not changed: only the pictures are missing in memory.
    void reloadPictures()
    {
        if (m_plan.data.storeFolder.empty()) {
            m_observer.onMessage("The pictures were kept in memory only and are decoded again; with data.storeFolder they would be kept.");
        }
        const std::size_t before = m_experiment.data.samples.size();
        fillStore(m_experiment, m_pool, m_progress, m_holds.stop);
        m_datasetSha256 = dataHash(m_experiment);
        if (m_experiment.data.samples.size() != before || m_datasetSha256 != storedDataHash(m_folder)) {
            refuseOtherData();
        }
    }

    [[noreturn]] void refuseOtherData()
    {
        m_stages.putBackInputs();
        const std::string which = m_stages.changes().empty() ? std::string() : ": " + m_stages.changes();
        throw Error(ErrorCode::Mismatch, m_folder.file("splits.csv").string(), "the data set has changed since the run was started" + which,
                    "Put the data back as they were, or start a new run.");
    }

    /// What was found about the data, unless folds have learned from others.
    void keepPreparation()
    {
        step("split", 0);
        if (m_stages.hasTrained()) {
            const bool otherSplit = m_folder.has("splits.csv") && m_folder.readText("splits.csv") != dataset::splitsCsv(m_experiment.data, m_experiment.folds);
            const std::string before = storedDataHash(m_folder);
            if (otherSplit || (!before.empty() && before != m_datasetSha256)) {
                refuseOtherData();
            }
        }
        m_disk.write([&] { storePreparation(m_experiment, m_datasetSha256, m_folder); });
        m_disk.write([&] { m_stages.recordPreparation(m_experiment.data); });
        step("split", 1);
    }

    /// Fewer than the experiment has when a stop came.
    std::vector<TrainedFold> trained()
    {
        std::vector<TrainedFold> folds = trainFolds(m_experiment, m_atOnce, m_folder, m_observer, m_holds);
        if (folds.size() == m_experiment.folds.plans.size()) {
            for (std::size_t i = 0; m_stages.lacksPredictions() && i < folds.size(); ++i) {
                if (!folds[i].weights.empty()) {
                    m_disk.write([&] { writePredictions(m_experiment, m_experiment.folds.plans[i], folds[i], m_folder); });
                }
            }
            m_disk.write([&] { m_stages.recordTraining(); });
        }
        return folds;
    }

    void finish(From from, const std::vector<TrainedFold>& folds)
    {
        const Json result = from == From::Package ? storedResult() : evaluated(m_experiment, folds, m_datasetSha256, m_atOnce);
        const std::vector<nn::State> members = membersOf(folds);
        if (from != From::Package) {
            m_disk.write([&] { m_folder.writeText("result.json", result.dump(2) + "\n"); });
            m_disk.write([&] { m_stages.recordEvaluation(); });
        }
        step("package", 0);
        PackageParts parts = partsOf(result);
        parts.evidence = evidenceOf(m_experiment, folds);
        m_disk.write([&] { writeRunPackage(m_folder.packageFile(), members, m_experiment, parts); });
        m_disk.write([&] { m_stages.recordPackage(); });
        step("package", 1);
        m_observer.onMessage(finishedText(folds, members.size()));
    }

    [[nodiscard]] std::string finishedText(const std::vector<TrainedFold>& folds, std::size_t members) const
    {
        if (folds.size() > 1) {
            return "Finished: " + std::to_string(members) + " of " + std::to_string(folds.size()) + " folds.";
        }
        const runs::FoldEntry& only = folds.front().entry;
        return "Finished: the best epoch is " + std::to_string(only.bestEpoch + 1) + " of " + std::to_string(only.epochs) +
               (m_plan.training.keep == "last" ? "; the last one is kept." : ".");
    }

    const Plan& m_plan;
    runs::RunFolder& m_folder;
    decode::DecoderPool& m_pool;
    Tracking& m_tracking;
    DiskPause m_disk;
    Holds m_holds;
    RecordingObserver m_observer;
    const Progress& m_progress;
    RunStages m_stages;
    Experiment m_experiment;
    std::string m_datasetSha256;
    int m_atOnce = 1;
};

/// Whether the same run can go on once the cause is removed.
bool canGoOn(ErrorCode code)
{
    constexpr std::array kPassing{ErrorCode::Stopped, ErrorCode::DiskFull, ErrorCode::OutOfMemory, ErrorCode::Device, ErrorCode::Unreadable,
                                  ErrorCode::Timeout, ErrorCode::Crashed, ErrorCode::Busy};
    return std::find(kPassing.begin(), kPassing.end(), code) != kPassing.end();
}

/// `stopped`: by the user, on a run that was waiting for room on its disk.
void recordFailure(const Error& error, bool stopped, runs::RunFolder& folder, RunResult& result)
{
    const bool waited = stopped && error.code() == ErrorCode::DiskFull;
    result.state = waited || error.code() == ErrorCode::Stopped ? train::RunState::Stopped : train::RunState::Failed;
    result.resumable = canGoOn(error.code());
    if (error.code() == ErrorCode::Stopped) {
        return;
    }
    base::Problem problem = base::toProblem(error);
    if (result.resumable) {
        problem.detail += " The run is kept and can be resumed.";
    }
    try {
        folder.appendLog("Failed: " + std::string(base::name(error.code())) + ".");
    } catch (const Error& second) { // the same full disk, as a rule: said beside the cause
        result.problems.push_back(base::toProblem(second));
    }
    result.problems.push_back(std::move(problem));
}

} // namespace

RunResult train(const Plan& plan, const std::filesystem::path& runFolder, decode::DecoderPool& pool, train::TrainingObserver& observer,
                const std::function<void(const base::Progress&)>& progress, std::stop_token stop, bool resume, train::PauseGate* pause)
{
    for (const base::Problem& problem : plan.check()) {
        throw Error(ErrorCode::Plan, problem.subject, problem.detail);
    }
    runs::RunFolder folder = openRun(plan, runFolder, resume);
    RunResult result;
    result.runFolder = folder.path();
    Tracking tracking(plan, folder, [&](const std::string& text) {
        observer.onMessage(text);
        try {
            folder.appendLog(text);
        } catch (const Error& error) { // the same full disk, as a rule
            base::logWarning(error.what());
        }
    });
    try {
        nn::translated("training", [&] {
            writePlan(plan, folder);
            if (!folder.takenOverFrom().empty()) {
                folder.appendLog(folder.takenOverFrom());
            }
            Run(plan, folder, {pool, tracking, observer, progress, stop, pause}).execute(resume, result);
        });
        result.resumable = result.state == train::RunState::Stopped;
    } catch (const Error& error) {
        recordFailure(error, pause != nullptr && stop.stop_requested(), folder, result);
    }
    tracking.finish(result.state, result.result);
    return result;
}

} // namespace diascope::pipeline
