// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/Train.h"

#include "decode/DecoderPool.h"
#include "nn/Classifier.h"
#include "nn/Device.h"
#include "nn/TorchErrors.h"
#include "pipeline/Environment.h"
#include "pipeline/Resolve.h"
#include "pipeline/RunPackage.h"
#include "runs/RunFolder.h"
#include "train/Scope.h"

#include <algorithm>
#include <array>
#include <span>

namespace diascope::pipeline {

namespace {

using base::Error;
using base::ErrorCode;
using base::Json;
using dataset::Role;

/// Writes what the loop tells into the run folder, then passes it on.
class RecordingObserver final : public train::TrainingObserver {
public:
    RecordingObserver(runs::RunFolder& run, train::TrainingObserver& next) : m_run(run), m_next(next) {}

    void onBatch(const train::BatchProgress& progress) override { m_next.onBatch(progress); }
    void onEpoch(const train::EpochReport& report) override
    {
        std::vector<std::pair<std::string, std::string>> row{
            {"repeat", std::to_string(report.repeat)}, {"fold", std::to_string(report.fold)}, {"epoch", std::to_string(report.epoch)}};
        addPart(row, "train", report.train);
        addPart(row, "validation", report.validation);
        for (std::size_t i = 0; i < report.learningRates.size(); ++i) {
            row.emplace_back("learningRate" + std::to_string(i), numberText(report.learningRates[i]));
        }
        row.emplace_back("imagesPerSecond", numberText(report.imagesPerSecond));
        row.emplace_back("idlePercent", numberText(report.idlePercent));
        row.emplace_back("seconds", numberText(report.seconds));
        row.emplace_back("best", report.best ? "1" : "0");
        m_run.appendEpochRow(row);
        m_next.onEpoch(report);
    }
    void onMessage(const std::string& text) override
    {
        m_run.appendLog(text);
        m_next.onMessage(text);
    }

private:
    static void addPart(std::vector<std::pair<std::string, std::string>>& row, const std::string& part, const train::PartFigures& figures)
    {
        row.emplace_back(part + "Loss", numberText(figures.loss));
        row.emplace_back(part + "Auc", figures.auc ? numberText(*figures.auc) : "");
        row.emplace_back(part + "Accuracy", figures.accuracy ? numberText(*figures.accuracy) : "");
        row.emplace_back(part + "Samples", std::to_string(figures.samples));
    }
    runs::RunFolder& m_run;
    train::TrainingObserver& m_next;
};

class RunSink final : public train::CheckpointSink {
public:
    explicit RunSink(runs::RunFolder& run) : m_run(run) {}
    void save(const std::string& bytes, int, int) override { m_run.saveCheckpoint(std::as_bytes(std::span(bytes))); }

private:
    runs::RunFolder& m_run;
};

/// The plan that decides about results: where and how fast it is computed does not.
Json essenceOf(Plan plan)
{
    plan.device = "auto";
    plan.threads = 0;
    return toJson(plan);
}

Json problemsJson(const std::vector<base::Problem>& problems)
{
    Json list = Json::array();
    for (const base::Problem& problem : problems) {
        list.push_back({{"code", std::string(base::name(problem.code))}, {"subject", problem.subject}, {"detail", problem.detail}});
    }
    return list;
}

/// One call of train(): the steps in order, each leaving its file in the run folder.
class Run {
public:
    Run(const Plan& plan, runs::RunFolder& folder, decode::DecoderPool& pool, train::TrainingObserver& observer, const Progress& progress)
        : m_plan(plan), m_folder(folder), m_pool(pool), m_observer(folder, observer), m_progress(progress)
    {
    }

    void execute(std::stop_token stop, bool resume, RunResult& result)
    {
        if (resume && m_folder.has("result.json") && m_folder.has("package.safetensors")) {
            result.result = base::parseJson(m_folder.readText("result.json"), "result.json");
            result.package = m_folder.packageFile();
            result.state = train::RunState::Finished;
            return;
        }
        const train::EngineScope engine(m_plan.threads);
        const nn::DeviceChoice device = nn::resolveDevice(m_plan.device);
        m_observer.onMessage("Device: " + device.name + " (" + device.reason + ").");
        m_folder.writeText("environment.json", environmentJson(m_plan, device).dump(2) + "\n");

        m_experiment = prepareExperiment(m_plan, device.name, m_pool, m_progress, stop);
        result.problems = m_experiment.problems;
        writeSplits();
        m_training = loadPart(m_experiment, Role::Train, m_pool, m_progress, stop);
        m_validation = loadPart(m_experiment, Role::Validation, m_pool, m_progress, stop);
        result.problems = m_experiment.problems;
        if (!result.problems.empty()) {
            m_observer.onMessage(std::to_string(result.problems.size()) + " problems with the data; they are listed in the result.");
        }
        std::shared_ptr<nn::Classifier> model = makeModel(m_experiment, m_observer);
        const train::TrainOutcome outcome = fitModel(*model, stop);
        result.state = outcome.state;
        if (outcome.state == train::RunState::Finished) {
            finish(*model, outcome, stop, result);
        }
    }

private:
    void writeSplits()
    {
        const Table table = splitTable(m_experiment);
        if (m_folder.has("splits.csv") && m_folder.readTable("splits.csv").rows != table.rows) {
            throw Error(ErrorCode::Mismatch, m_folder.file("splits.csv").string(), "the data set has changed since the run was started",
                        "Put the data back as they were, or start a new run.");
        }
        m_folder.writeTable("splits.csv", table.header, table.rows);
        m_observer.onMessage(m_experiment.split.receipt);
    }

    train::TrainOutcome fitModel(nn::Classifier& model, const std::stop_token& stop)
    {
        RunSink sink(m_folder);
        train::FitContext context{m_observer, stop, &sink, {}};
        if (const auto checkpoint = m_folder.newestCheckpoint()) {
            context.resumeFrom = checkpoint->bytes;
            if (!checkpoint->newest) {
                m_observer.onMessage(checkpoint->message);
            }
        }
        return train::fit(model, m_training.tensors, m_validation.tensors, m_experiment.config, context);
    }

    void finish(nn::Classifier& model, const train::TrainOutcome& outcome, const std::stop_token& stop, RunResult& result)
    {
        PackageParts parts;
        parts.threshold = chooseThreshold(outcome.validationLogits, m_validation.tensors.labels);
        parts.figures = figuresJson(outcome.validationLogits, m_validation.tensors.labels, parts.threshold);
        parts.trainedOn = describeData(m_experiment);
        parts.datasetSha256 = dataHash({&m_training, &m_validation});
        const Table predictions = predictionTable(m_validation, outcome.validationLogits, Role::Validation);
        m_folder.writeTable("oof.csv", predictions.header, predictions.rows);

        Json json = resultJson(outcome, parts);
        if (m_plan.split.testFraction > 0.0 || !m_experiment.data.givenRoles.empty()) {
            addTestFigures(model, parts.threshold, stop, json);
        }
        result.problems = m_experiment.problems;
        json["problems"] = problemsJson(result.problems);
        result.state = train::RunState::Failed; // until the package is on the disk
        writeRunPackage(m_folder.packageFile(), model, m_experiment, parts);
        m_folder.writeText("result.json", json.dump(2) + "\n");
        result.package = m_folder.packageFile();
        result.result = json;
        result.state = train::RunState::Finished;
        m_observer.onMessage("Finished: the best epoch is " + std::to_string(outcome.bestEpoch + 1) + " of " + std::to_string(outcome.epochsDone) + ".");
    }

    Json resultJson(const train::TrainOutcome& outcome, const PackageParts& parts) const
    {
        Json json;
        json["version"] = 1;
        json["architecture"] = m_plan.model.architecture;
        json["classes"] = m_experiment.data.classNames;
        json["n"] = m_validation.count();
        json["nTrain"] = m_training.count();
        json["metrics"] = parts.figures;
        json["epochs"] = outcome.epochsDone;
        json["bestEpoch"] = outcome.bestEpoch;
        json["stoppedEarly"] = outcome.stoppedEarly;
        json["monitor"] = outcome.monitor == train::Monitor::Auc ? "auc" : "loss";
        json["threshold"] = parts.threshold.value;
        json["thresholdLocked"] = parts.threshold.locked;
        json["split"] = m_experiment.split.receipt;
        json["datasetSha256"] = parts.datasetSha256;
        json["bitExact"] = outcome.bitExact;
        json["notBitExactBecause"] = outcome.notBitExactBecause;
        return json;
    }

    void addTestFigures(nn::Classifier& model, const OperatingThreshold& threshold, const std::stop_token& stop, Json& json)
    {
        const Part test = loadPart(m_experiment, Role::Test, m_pool, m_progress, stop);
        if (test.count() == 0) {
            return;
        }
        train::TrainConfig config = m_experiment.config;
        config.device = "cpu"; // where fit() leaves the network
        const at::Tensor logits = train::logitsOf(model, test.tensors.images, config, stop);
        if (!logits.defined()) {
            throw Error(ErrorCode::Stopped, "test part", "stopped on request");
        }
        json["test"] = figuresJson(logits, test.tensors.labels, threshold);
        const Table predictions = predictionTable(test, logits, Role::Test);
        m_folder.writeTable("test.csv", predictions.header, predictions.rows);
    }

    const Plan& m_plan;
    runs::RunFolder& m_folder;
    decode::DecoderPool& m_pool;
    RecordingObserver m_observer;
    const Progress& m_progress;
    Experiment m_experiment;
    Part m_training, m_validation;
};

/// Whether the same run can go on once the cause is removed.
bool canGoOn(ErrorCode code)
{
    constexpr std::array kPassing{ErrorCode::Stopped, ErrorCode::DiskFull, ErrorCode::OutOfMemory, ErrorCode::Device, ErrorCode::Unreadable,
                                  ErrorCode::Timeout, ErrorCode::Crashed, ErrorCode::Busy};
    return std::find(kPassing.begin(), kPassing.end(), code) != kPassing.end();
}

void recordFailure(const Error& error, runs::RunFolder& folder, RunResult& result)
{
    result.state = error.code() == ErrorCode::Stopped ? train::RunState::Stopped : train::RunState::Failed;
    result.resumable = canGoOn(error.code());
    if (result.state == train::RunState::Stopped) {
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

void checkSamePlan(const Plan& plan, const runs::RunFolder& folder)
{
    const Plan stored = planFromYaml(folder.readText("plan.yaml"), folder.file("plan.yaml").string());
    if (essenceOf(stored) != essenceOf(plan)) {
        throw Error(ErrorCode::Plan, folder.file("plan.yaml").string(), "the run was started with another plan", "Resume with the run's own plan, or start a new run.");
    }
}

runs::RunFolder openFolder(const Plan& plan, const std::filesystem::path& path, bool resume)
{
    if (!resume) {
        return runs::RunFolder::create(path);
    }
    runs::RunFolder folder = runs::RunFolder::open(path);
    if (folder.has("plan.yaml")) { // a disk may have been full before the first file
        checkSamePlan(plan, folder);
    }
    return folder;
}

} // namespace

RunResult train(const Plan& plan, const std::filesystem::path& runFolder, decode::DecoderPool& pool, train::TrainingObserver& observer,
                const std::function<void(const base::Progress&)>& progress, std::stop_token stop, bool resume)
{
    for (const base::Problem& problem : plan.check()) {
        throw Error(ErrorCode::Plan, problem.subject, problem.detail);
    }
    runs::RunFolder folder = openFolder(plan, runFolder, resume);
    RunResult result;
    result.runFolder = folder.path();
    try {
        nn::translated("training", [&] {
            if (!folder.has("plan.yaml")) {
                folder.writeText("plan.yaml", toYaml(plan));
            }
            if (!folder.takenOverFrom().empty()) {
                folder.appendLog(folder.takenOverFrom());
            }
            Run(plan, folder, pool, observer, progress).execute(stop, resume, result);
        });
        result.resumable = result.state == train::RunState::Stopped;
    } catch (const Error& error) {
        recordFailure(error, folder, result);
    }
    return result;
}

} // namespace diascope::pipeline
