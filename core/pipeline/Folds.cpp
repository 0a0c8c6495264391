// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/Folds.h"

#include "nn/Classifier.h"
#include "nn/Registry.h"
#include "nn/TorchErrors.h"
#include "pipeline/DiskPause.h"
#include "pipeline/FoldFiles.h"
#include "pipeline/FoldQueue.h"
#include "pipeline/PrecisionFile.h"
#include "pipeline/Results.h"
#include "pipeline/Train.h"
#include "runs/RunFolder.h"
#include "train/FeatureCache.h"
#include "train/Scope.h"

#include <torch/torch.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <thread>

namespace diascope::pipeline {

namespace {

using base::Error;
using base::ErrorCode;
using dataset::Role;

constexpr std::int64_t kSmallNetwork = 3'000'000; ///< Parameters up to which folds go side by side; an estimate between RenalNet (0.8 million) and ResNet18 (11).

runs::FoldKey keyOf(const dataset::FoldPlan& plan)
{
    return {plan.repeat, plan.fold};
}

int threadsOf(const Plan& plan)
{
    return plan.threads > 0 ? plan.threads : static_cast<int>(std::thread::hardware_concurrency());
}

/// Features of frozen backbones: beside the pixel store, or in memory without one. A backbone's may take a quarter of the memory for pixels.
train::FeatureCache::Config featuresFor(const Experiment& experiment)
{
    train::FeatureCache::Config config;
    if (!experiment.plan.data.storeFolder.empty()) {
        config.folder = std::filesystem::path(experiment.plan.data.storeFolder) / "features";
    }
    config.pictures = experiment.dataSha256;
    config.count = static_cast<std::int64_t>(experiment.data.samples.size());
    config.memoryBytes = std::min(config.memoryBytes, pixelBudget(experiment.plan) / 4);
    return config;
}

/// Saves checkpoints of one fold on the engine's thread.
class FoldSink final : public train::CheckpointSink {
public:
    FoldSink(FoldQueue& queue, runs::RunFolder& folder, DiskPause& disk, runs::FoldKey key)
        : m_queue(queue), m_folder(folder), m_disk(disk), m_key(key)
    {
    }
    void save(const std::string& bytes, int, int) override
    {
        m_queue.call([&] { m_disk.write([&] { m_folder.saveCheckpoint(m_key, std::as_bytes(std::span(bytes))); }); });
    }

private:
    FoldQueue& m_queue;
    runs::RunFolder& m_folder;
    DiskPause& m_disk;
    runs::FoldKey m_key;
};

/// All folds of one call: hands them out to threads and takes in what they bring.
class FoldTrainer {
public:
    FoldTrainer(const Experiment& experiment, int atOnce, runs::RunFolder& folder, train::TrainingObserver& observer, const Holds& holds)
        : m_experiment(experiment), m_atOnce(atOnce), m_folder(folder), m_observer(observer), m_holds(holds), m_queued(m_queue, observer),
          m_features(featuresFor(experiment)), m_state(folder.foldState(repeats(), static_cast<int>(experiment.folds.plans.size()) / repeats()))
    {
    }

    std::vector<TrainedFold> run()
    {
        std::vector<TrainedFold> folds(m_experiment.folds.plans.size());
        for (std::size_t i = 0; i < folds.size(); ++i) {
            const runs::FoldEntry* done = m_state.find(keyOf(m_experiment.folds.plans[i]));
            if (done == nullptr || !takeUp(*done, m_experiment.folds.plans[i], folds[i])) {
                m_open.push_back(i);
            }
        }
        sayHowFar({});
        restoreRows(folds);
        const std::stop_callback forward(m_holds.stop, [this] { m_stop.request_stop(); });
        trainOpen(folds);
        if (m_failure) {
            std::rethrow_exception(m_failure);
        }
        std::erase_if(folds, [](const TrainedFold& fold) { return fold.entry.epochs == 0 && fold.weights.empty() && fold.entry.note.empty(); });
        return folds;
    }

private:
    [[nodiscard]] int repeats() const { return m_experiment.folds.plans.back().repeat + 1; }

    /// `newest`: the fold that was done just now; nothing at the start.
    void sayHowFar(std::optional<runs::FoldKey> newest)
    {
        const runs::FoldKey key = newest.value_or(runs::FoldKey{-1, -1});
        m_observer.onFolds({static_cast<int>(m_state.done().size()), static_cast<int>(m_experiment.folds.plans.size()), key.repeat, key.fold});
    }

    void trainOpen(std::vector<TrainedFold>& folds)
    {
        const int workers = std::min(m_atOnce, static_cast<int>(m_open.size()));
        std::vector<std::jthread> threads;
        for (int i = 0; i < workers; ++i) {
            m_queue.addThread();
        }
        for (int i = 0; i < workers; ++i) {
            threads.emplace_back([this, &folds] {
                work(folds);
                m_queue.removeThread();
            });
        }
        m_queue.run([this](const std::exception_ptr& failure) { fail(failure); });
    }

    void work(std::vector<TrainedFold>& folds)
    {
        for (std::size_t next = m_next++; next < m_open.size() && !m_stop.stop_requested(); next = m_next++) {
            const std::size_t index = m_open[next];
            try {
                nn::translated("training a fold", [&] { folds[index] = trainOne(m_experiment.folds.plans[index], threadsOfFold(index)); });
            } catch (...) { // stops the other folds; thrown on the engine's thread
                fail(std::current_exception());
                return;
            }
        }
    }

    void fail(const std::exception_ptr& failure)
    {
        const std::scoped_lock lock(m_mutex);
        m_failure = m_failure ? m_failure : failure;
        m_stop.request_stop();
    }

    /// Whether a fold that is done is as it was left; otherwise it is trained once more.
    bool takeUp(const runs::FoldEntry& done, const dataset::FoldPlan& plan, TrainedFold& fold)
    {
        std::string why = "its file is gone, or of other data";
        const auto fits = [&](const at::Tensor& logits, Role role) {
            return static_cast<std::size_t>(logits.defined() ? logits.size(0) : 0) == rowsOf(plan, role).size();
        };
        try {
            fold = readFold(m_folder, done);
            const bool whole = fits(fold.validationLogits, Role::Validation) && fits(fold.testLogits, Role::Test);
            if (fold.weights.empty() ? done.outcome == runs::FoldOutcome::Failed : whole) {
                return true;
            }
        } catch (const Error& error) {
            why = error.what();
        }
        m_observer.onMessage("Fold " + runs::folderName(done.key) + " is trained once more: " + why);
        fold = {};
        return false;
    }

    /// oof.csv and test.csv of the folds that are done, whatever has become of the tables since.
    void restoreRows(const std::vector<TrainedFold>& folds)
    {
        for (const Role role : {Role::Validation, Role::Test}) {
            Table all;
            for (std::size_t i = 0; i < folds.size(); ++i) {
                const at::Tensor& logits = role == Role::Test ? folds[i].testLogits : folds[i].validationLogits;
                if (logits.defined()) {
                    const Table rows = predictionTable(m_experiment, m_experiment.folds.plans[i], role, logits);
                    all.header = rows.header;
                    all.rows.insert(all.rows.end(), rows.rows.begin(), rows.rows.end());
                }
            }
            if (!all.rows.empty()) {
                m_holds.disk.write([&] { m_folder.writeTable(role == Role::Test ? "test.csv" : "oof.csv", all.header, all.rows); });
            }
        }
    }

    /// A fold's share of the threads. The folds that are left over after the last full round share all of them; which they are does not depend
    /// on where a run was resumed.
    [[nodiscard]] int threadsOfFold(std::size_t index) const
    {
        const auto all = m_experiment.folds.plans.size(), atOnce = static_cast<std::size_t>(m_atOnce);
        const std::size_t over = all % atOnce;
        const std::size_t sharing = over > 0 && index >= all - over ? over : atOnce;
        return std::max(1, threadsOf(m_experiment.plan) / static_cast<int>(sharing));
    }

    /// Empty when it was stopped.
    TrainedFold trainOne(const dataset::FoldPlan& plan, int threads)
    {
        const train::EngineScope engine(threads); // the passes after fit() too: sums of floats depend on how many threads share them
        train::TrainConfig config = configOf(m_experiment, plan);
        config.threads = threads;
        const Part training = partOf(m_experiment, plan, Role::Train), validation = partOf(m_experiment, plan, Role::Validation);
        const auto model = makeModel(m_experiment, config.seed, m_queued);
        FoldSink sink(m_queue, m_folder, m_holds.disk, keyOf(plan));
        train::FitContext context{m_queued, m_stop.get_token(), &sink, {}, m_holds.pause, &m_precisions, &m_features};
        m_queue.call([&] {
            if (const auto checkpoint = m_folder.newestCheckpoint(keyOf(plan))) {
                context.resumeFrom = checkpoint->bytes;
                if (!checkpoint->newest) {
                    m_observer.onMessage(checkpoint->message);
                }
            }
        });
        TrainedFold fold;
        fold.entry.key = keyOf(plan);
        try {
            const train::TrainOutcome outcome = train::fit(*model, training.tensors, validation.tensors, config, context);
            if (outcome.state != train::RunState::Finished) {
                return {};
            }
            takeOver(fold, outcome, *model);
        } catch (const Error& error) {
            if (error.code() != ErrorCode::Plan || m_experiment.folds.plans.size() == 1) {
                throw;
            }
            fold.entry.outcome = runs::FoldOutcome::Failed; // a loss that is no number; the other folds go on
            fold.entry.note = fold.stoppedBecause = error.detail();
            m_queued.onMessage("Fold " + folderName(keyOf(plan)) + " failed: " + error.detail());
        }
        if (!fold.weights.empty()) {
            const Part test = partOf(m_experiment, plan, Role::Test);
            config.device = "cpu"; // where fit() leaves the network
            fold.testLogits = test.count() > 0 ? train::logitsOf(*model, test.tensors.images, config, m_stop.get_token()) : at::Tensor();
            if (test.count() > 0 && !fold.testLogits.defined()) {
                return {}; // stopped meanwhile
            }
            if (&plan == &m_experiment.folds.plans.front()) { // the package compares pictures by its first member
                fold.cases = casesOf(*model, m_experiment, plan, config, m_stop.get_token());
                if (m_stop.get_token().stop_requested() && !fold.cases.any()) {
                    return {};
                }
            }
        }
        m_queue.call([&] {
            m_holds.disk.write([&] { keep(fold, plan); });
            sayHowFar(keyOf(plan));
        });
        return fold;
    }

    static void takeOver(TrainedFold& fold, const train::TrainOutcome& outcome, nn::Classifier& model)
    {
        fold.entry.epochs = outcome.epochsDone;
        fold.entry.bestEpoch = outcome.bestEpoch;
        fold.entry.score = outcome.bestMonitored;
        fold.stoppedBecause = !outcome.divergedBecause.empty() ? outcome.divergedBecause : outcome.stoppedEarly ? "early" : "epochs";
        fold.entry.note = fold.stoppedBecause;
        fold.weights = nn::deepCopy(model.state());
        fold.validationLogits = outcome.validationLogits;
        fold.bitExact = outcome.bitExact;
        fold.notBitExactBecause = outcome.notBitExactBecause;
    }

    /// On the engine's thread: files first, then the word that the fold is done.
    void keep(const TrainedFold& fold, const dataset::FoldPlan& plan)
    {
        if (!fold.weights.empty()) {
            writeFold(fold, m_folder);
            writePredictions(m_experiment, plan, fold, m_folder);
        }
        m_state.record(fold.entry);
        m_folder.writeFoldState(m_state);
        m_folder.dropCheckpoints(keyOf(plan));
    }

    static const char* tableName(Role role) { return role == Role::Test ? "test.csv" : "oof.csv"; }

    void addRows(const dataset::FoldPlan& plan, Role role, const at::Tensor& logits)
    {
        const Table table = predictionTable(m_experiment, plan, role, logits);
        m_folder.replaceFoldRows(tableName(role), keyOf(plan), table.header, table.rows);
    }

    const Experiment& m_experiment;
    int m_atOnce;
    runs::RunFolder& m_folder;
    train::TrainingObserver& m_observer;
    const Holds& m_holds;
    FoldQueue m_queue;
    QueuedObserver m_queued;
    PrecisionFile m_precisions{PrecisionFile::defaultPath()};
    train::FeatureCache m_features;
    runs::FoldState m_state;
    std::vector<std::size_t> m_open;
    std::atomic<std::size_t> m_next{0};
    std::stop_source m_stop;
    std::mutex m_mutex;
    std::exception_ptr m_failure;
};

} // namespace

int foldsAtOnce(const Experiment& experiment)
{
    const auto folds = static_cast<int>(experiment.folds.plans.size());
    if (experiment.plan.training.foldsAtOnce > 0) {
        return std::min(experiment.plan.training.foldsAtOnce, folds);
    }
    const int threads = threadsOf(experiment.plan);
    if (folds == 1 || threads < 2 || experiment.config.device != "cpu" ||
        nn::makeEmptyClassifier(experiment.spec)->parameterCount() > kSmallNetwork) {
        return 1;
    }
    const MemoryEstimate one = estimateMemory(experiment.plan, static_cast<std::int64_t>(experiment.data.samples.size()));
    const std::uint64_t each = one.trainingBytes; // the pixels are shared
    int atOnce = std::min(threads, folds);
    while (atOnce > 1 && one.availableBytes != 0 && each * static_cast<std::uint64_t>(atOnce) > one.availableBytes / 2) {
        --atOnce;
    }
    return atOnce;
}

std::vector<TrainedFold> trainFolds(const Experiment& experiment, int atOnce, runs::RunFolder& folder, train::TrainingObserver& observer,
                                    const Holds& holds)
{
    return FoldTrainer(experiment, atOnce, folder, observer, holds).run();
}

} // namespace diascope::pipeline
