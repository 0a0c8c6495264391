// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/Train.h"

#include "decode/DecoderPool.h"
#include "nn/Device.h"
#include "nn/TorchErrors.h"
#include "pipeline/Environment.h"
#include "pipeline/Folds.h"
#include "pipeline/Record.h"
#include "pipeline/Resolve.h"
#include "pipeline/RunPackage.h"
#include "runs/RunFolder.h"
#include "train/Scope.h"

#include <algorithm>
#include <array>

namespace diascope::pipeline {

namespace {

using base::Error;
using base::ErrorCode;
using base::Json;
using dataset::Role;

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
        : m_plan(plan), m_folder(folder), m_pool(pool), m_observer(folder, plan.split.folds * plan.split.repeats <= 1, observer), m_progress(progress)
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
        for (const std::string& note : m_experiment.notes) {
            m_observer.onMessage(note);
        }
        if (!result.problems.empty()) {
            m_observer.onMessage(std::to_string(result.problems.size()) + " problems with the data; they are listed in the result.");
        }
        writeSplits();
        writeDataHash();
        m_atOnce = foldsAtOnce(m_experiment);
        const std::vector<TrainedFold> folds = trainFolds(m_experiment, m_atOnce, m_folder, m_observer, stop);
        if (folds.size() < m_experiment.folds.plans.size()) {
            result.state = train::RunState::Stopped;
            return;
        }
        finish(folds, result);
    }

private:
    void writeSplits()
    {
        const std::string text = dataset::splitsCsv(m_experiment.data, m_experiment.folds);
        if (m_folder.has("splits.csv") && m_folder.readText("splits.csv") != text) {
            throw Error(ErrorCode::Mismatch, m_folder.file("splits.csv").string(), "the data set has changed since the run was started",
                        "Put the data back as they were, or start a new run.");
        }
        m_folder.writeText("splits.csv", text);
        m_observer.onMessage(m_experiment.folds.receipt);
    }

    /// What splits.csv cannot show: the pixels.
    void writeDataHash()
    {
        m_dataHash = dataHash(m_experiment);
        if (m_folder.has("data.sha256") && m_folder.readText("data.sha256") != m_dataHash + "\n") {
            throw Error(ErrorCode::Mismatch, m_folder.file("data.sha256").string(), "the data set has changed since the run was started: pictures of the same names differ",
                        "Put the data back as they were, or start a new run.");
        }
        m_folder.writeText("data.sha256", m_dataHash + "\n");
    }

    void finish(const std::vector<TrainedFold>& folds, RunResult& result)
    {
        std::vector<nn::State> members;
        for (const TrainedFold& fold : folds) {
            if (!fold.weights.empty()) {
                members.push_back(fold.weights);
            }
        }
        if (members.empty()) {
            throw Error(ErrorCode::Plan, "training", "no fold could be trained: " + folds.front().entry.note, "Use a smaller learning rate.");
        }
        const Pooled pooled = pool(folds, Role::Validation);
        PackageParts parts;
        parts.threshold = chooseThreshold(pooled.logits, pooled.labels);
        parts.figures = figuresJson(pooled.logits, pooled.labels, parts.threshold);
        parts.trainedOn = describeData(m_experiment);
        parts.datasetSha256 = m_dataHash;

        Json json = resultJson(folds, pooled, parts);
        if (const Pooled test = pool(folds, Role::Test); test.logits.defined()) {
            json["test"] = figuresJson(test.logits, test.labels, parts.threshold);
        }
        result.problems = m_experiment.problems;
        json["problems"] = problemsJson(result.problems);
        result.state = train::RunState::Failed; // until the package is on the disk
        writeRunPackage(m_folder.packageFile(), members, m_experiment, parts);
        m_folder.writeText("result.json", json.dump(2) + "\n");
        result.package = m_folder.packageFile();
        result.result = json;
        result.state = train::RunState::Finished;
        m_observer.onMessage(folds.size() == 1 ? "Finished: the best epoch is " + std::to_string(folds.front().entry.bestEpoch + 1) + " of " +
                                                     std::to_string(folds.front().entry.epochs) + "."
                                               : "Finished: " + std::to_string(members.size()) + " of " + std::to_string(folds.size()) + " folds.");
    }

    /// Predictions of all folds on the parts they did not learn from. With repeats a sample stands once for each of them.
    struct Pooled {
        at::Tensor logits, labels; ///< Undefined when no fold has such a part.
        std::size_t training = 0;  ///< Samples of the training parts, over the folds.
    };
    [[nodiscard]] Pooled pool(const std::vector<TrainedFold>& folds, Role role) const
    {
        std::vector<at::Tensor> logits, labels;
        Pooled pooled;
        for (std::size_t i = 0; i < folds.size(); ++i) {
            const at::Tensor& ofFold = role == Role::Test ? folds[i].testLogits : folds[i].validationLogits;
            if (!ofFold.defined() || folds[i].weights.empty()) {
                continue;
            }
            logits.push_back(ofFold);
            labels.push_back(labelsOf(m_experiment, m_experiment.folds.plans[i], role));
            pooled.training += static_cast<std::size_t>(std::count(m_experiment.folds.plans[i].roles.begin(), m_experiment.folds.plans[i].roles.end(), Role::Train));
        }
        if (!logits.empty()) {
            pooled.logits = concatenated(logits);
            pooled.labels = concatenated(labels);
        }
        return pooled;
    }

    Json resultJson(const std::vector<TrainedFold>& folds, const Pooled& pooled, const PackageParts& parts) const
    {
        const TrainedFold& first = folds.front();
        Json json;
        json["version"] = 1;
        json["architecture"] = m_plan.model.architecture;
        json["classes"] = m_experiment.data.classNames;
        json["n"] = pooled.labels.size(0);
        json["nTrain"] = pooled.training / folds.size();
        json["metrics"] = parts.figures;
        json["epochs"] = first.entry.epochs;
        json["bestEpoch"] = first.entry.bestEpoch;
        json["stoppedEarly"] = first.stoppedBecause == "early";
        json["monitor"] = m_plan.training.monitor;
        json["threshold"] = parts.threshold.value;
        json["thresholdLocked"] = parts.threshold.locked;
        json["split"] = m_experiment.folds.receipt;
        json["datasetSha256"] = parts.datasetSha256;
        const auto changed = std::find_if(folds.begin(), folds.end(), [](const TrainedFold& fold) { return !fold.bitExact; });
        json["bitExact"] = changed == folds.end();
        json["notBitExactBecause"] = changed == folds.end() ? std::string() : changed->notBitExactBecause;
        if (folds.size() > 1) {
            json["folds"] = foldsJson(folds, parts);
            json["foldsAtOnce"] = m_atOnce;
        }
        return json;
    }

    Json foldsJson(const std::vector<TrainedFold>& folds, const PackageParts& parts) const
    {
        Json list = Json::array();
        for (std::size_t i = 0; i < folds.size(); ++i) {
            const TrainedFold& fold = folds[i];
            Json entry{{"repeat", fold.entry.key.repeat}, {"fold", fold.entry.key.fold}, {"epochs", fold.entry.epochs},
                       {"bestEpoch", fold.entry.bestEpoch}, {"stopped", fold.stoppedBecause}};
            if (!fold.weights.empty()) {
                entry["metrics"] = figuresJson(fold.validationLogits, labelsOf(m_experiment, m_experiment.folds.plans[i], Role::Validation), parts.threshold);
            }
            list.push_back(std::move(entry));
        }
        return list;
    }

    const Plan& m_plan;
    runs::RunFolder& m_folder;
    decode::DecoderPool& m_pool;
    RecordingObserver m_observer;
    const Progress& m_progress;
    Experiment m_experiment;
    std::string m_dataHash;
    int m_atOnce = 1;
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
