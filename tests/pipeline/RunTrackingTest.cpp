// SPDX-License-Identifier: GPL-3.0-or-later
// What a whole run leaves in an MLflow store. That MLflow itself reads such a store is seen by tests/runs/TestRealPrograms.cpp.
#include "base/AtomicFile.h"
#include "base/Yaml.h"
#include "decode/DecoderPool.h"
#include "pipeline/TinyRuns.h"

#include <QTest>

#include <algorithm>
#include <sstream>

using namespace diascope;
using pipeline::Plan;
using pipeline::RunResult;
using tests::crossPlan;
using tests::planFor;
using tests::TinyFiles;
using tests::Watcher;
using tests::writeTable;
using train::RunState;

namespace fs = std::filesystem;

namespace {

constexpr int kFinished = 3, kFailed = 4, kKilled = 5; // mlflow's RunStatus

/// The folders of all runs of a store.
std::vector<fs::path> runsOf(const fs::path& store)
{
    std::vector<fs::path> runs;
    for (const auto& file : fs::recursive_directory_iterator(store)) {
        if (file.path().filename() == "meta.yaml" && fs::is_directory(file.path().parent_path() / "params")) {
            runs.push_back(file.path().parent_path());
        }
    }
    return runs;
}

base::Json metaOf(const fs::path& folder)
{
    return base::parseYaml(base::readFile(folder / "meta.yaml"), "meta.yaml");
}

/// The steps of a metric, in the order in which they stand.
std::vector<int> stepsOf(const fs::path& metric)
{
    std::istringstream lines(base::readFile(metric));
    std::vector<int> steps;
    long long milliseconds = 0;
    double value = 0.0;
    for (int step = 0; lines >> milliseconds >> value >> step;) {
        steps.push_back(step);
    }
    return steps;
}

double lastOf(const fs::path& metric)
{
    std::istringstream lines(base::readFile(metric));
    long long milliseconds = 0;
    double value = 0.0;
    for (int step = 0; lines >> milliseconds >> value >> step;) {
    }
    return value;
}

} // namespace

class RunTrackingTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aRunIsInItsOwnStore();
    void foldsHaveTheirOwnCurves();
    void aResumedRunGoesOnInTheSameOne();
    void aFailedRunSaysSo();
    void runsShareAStore();
    void offMeansOff();
    void aStoreThatCannotBeWrittenDoesNotStopTheRun();

private:
    RunResult train(const Plan& plan, const fs::path& folder, Watcher& watcher, bool resume = false)
    {
        return pipeline::train(plan, folder, m_pool, watcher, {}, watcher.stop.get_token(), resume);
    }
    decode::DecoderPool m_pool{decode::PoolConfig{}};
};

void RunTrackingTest::aRunIsInItsOwnStore()
{
    const TinyFiles files;
    Plan plan = planFor(writeTable(files, 16), 3);
    plan.recipe = "demo-renalnet";
    Watcher watcher;
    const RunResult result = train(plan, files.root() / "first run", watcher);
    QCOMPARE(result.state, RunState::Finished);
    const std::vector<fs::path> runs = runsOf(files.root() / "first run" / "mlruns");
    QCOMPARE(runs.size(), std::size_t{1});
    const fs::path& run = runs.front();
    QCOMPARE(metaOf(run).at("status").get<int>(), kFinished);
    QVERIFY(metaOf(run).at("end_time").get<std::int64_t>() >= metaOf(run).at("start_time").get<std::int64_t>());
    QCOMPARE(metaOf(run).at("run_name").get<std::string>(), std::string("first run"));
    QCOMPARE(metaOf(run.parent_path()).at("name").get<std::string>(), std::string("diascope"));
    // Every key of the plan but those of the tracking itself.
    for (const auto& [key, value] : pipeline::flattened(plan)) {
        QCOMPARE(fs::exists(run / "params" / key), !key.starts_with("tracking."));
    }
    QCOMPARE(base::readFile(run / "params" / "training.epochs"), std::string("3"));
    QCOMPARE(base::readFile(run / "params" / "training.optimiser.kind"), std::string("adamw"));
    QCOMPARE(base::readFile(run / "params" / "model.weights"), std::string());
    QCOMPARE(base::readFile(run / "tags" / "diascope.recipe"), std::string("demo-renalnet"));
    QVERIFY(base::readFile(run / "tags" / "diascope.build").find("LibTorch") != std::string::npos);
    QCOMPARE(base::readFile(run / "tags" / "mlflow.user"), std::string());
    QCOMPARE(stepsOf(run / "metrics" / "validation" / "auc"), (std::vector<int>{0, 1, 2}));
    QCOMPARE(lastOf(run / "metrics" / "train" / "loss"), watcher.epochs.back().train.loss);
    QCOMPARE(lastOf(run / "metrics" / "result" / "auc"), result.result["metrics"]["auc"]["value"].get<double>());
    QCOMPARE(lastOf(run / "metrics" / "result" / "accuracy low"), result.result["metrics"]["accuracy"]["low"].get<double>());
    for (const char* name : {"plan.yaml", "result.json", "package.safetensors"}) {
        QCOMPARE(base::readFile(run / "artifacts" / name), base::readFile(files.root() / "first run" / name));
    }
}

void RunTrackingTest::foldsHaveTheirOwnCurves()
{
    const TinyFiles files;
    Watcher watcher;
    QCOMPARE(train(crossPlan(writeTable(files, 18), 2), files.root() / "run", watcher).state, RunState::Finished);
    const fs::path run = runsOf(files.root() / "run" / "mlruns").at(0);
    for (const char* fold : {"0-0", "0-1", "0-2", "1-0", "1-1", "1-2"}) {
        QCOMPARE(stepsOf(run / "metrics" / fold / "validation" / "auc"), (std::vector<int>{0, 1}));
    }
    QVERIFY(!fs::exists(run / "metrics" / "validation"));
}

void RunTrackingTest::aResumedRunGoesOnInTheSameOne()
{
    const TinyFiles files;
    Plan plan = planFor(writeTable(files, 16), 4);
    const fs::path folder = files.root() / "run";
    Watcher first, second, third;
    first.stopAfterEpochs = 2;
    QCOMPARE(train(plan, folder, first).state, RunState::Stopped);
    const fs::path run = runsOf(folder / "mlruns").at(0);
    QCOMPARE(metaOf(run).at("status").get<int>(), kKilled);
    plan.package.version = "2"; // of what may change
    QCOMPARE(train(plan, folder, second, true).state, RunState::Finished);
    QCOMPARE(runsOf(folder / "mlruns"), std::vector<fs::path>{run});
    QCOMPARE(metaOf(run).at("status").get<int>(), kFinished);
    QCOMPARE(stepsOf(run / "metrics" / "train" / "loss"), (std::vector<int>{0, 1, 2, 3}));
    QCOMPARE(base::readFile(run / "params" / "package.version"), std::string("1")); // MLflow's parameters stand for ever
    QCOMPARE(base::readFile(run / "tags" / "resumed.package.version"), std::string("2"));
    // Called on a finished run nothing is done, so nothing is noted.
    const std::string meta = base::readFile(run / "meta.yaml");
    QCOMPARE(train(plan, folder, third, true).state, RunState::Finished);
    QCOMPARE(base::readFile(run / "meta.yaml"), meta);
}

void RunTrackingTest::aFailedRunSaysSo()
{
    const TinyFiles files;
    Plan plan = planFor(writeTable(files, 12), 40);
    plan.training.learningRate = plan.training.backboneLearningRate = plan.training.weightDecay = 100.0;
    Watcher watcher;
    QCOMPARE(train(plan, files.root() / "run", watcher).state, RunState::Failed);
    QCOMPARE(metaOf(runsOf(files.root() / "run" / "mlruns").at(0)).at("status").get<int>(), kFailed);
}

void RunTrackingTest::runsShareAStore()
{
    const TinyFiles files;
    Plan plan = planFor(writeTable(files, 12), 1);
    plan.tracking = {(files.root() / "store").string(), "kidney"};
    Watcher one, two;
    QCOMPARE(train(plan, files.root() / "1", one).state, RunState::Finished);
    QCOMPARE(train(plan, files.root() / "2", two).state, RunState::Finished);
    const std::vector<fs::path> runs = runsOf(files.root() / "store");
    QCOMPARE(runs.size(), std::size_t{2});
    QCOMPARE(runs[0].parent_path(), runs[1].parent_path());
    QCOMPARE(metaOf(runs[0].parent_path()).at("name").get<std::string>(), std::string("kidney"));
    QVERIFY(!fs::exists(files.root() / "1" / "mlruns"));
    // No folder of this machine in the package.
    const nn::PackageManifest manifest = nn::readPackage(files.root() / "1" / "package.safetensors").manifest;
    QVERIFY(manifest.provenance.plan.find(files.root().string()) == std::string::npos);
}

void RunTrackingTest::offMeansOff()
{
    const TinyFiles files;
    Plan plan = planFor(writeTable(files, 12), 1);
    plan.tracking.mlflow = "off";
    Watcher watcher;
    QCOMPARE(train(plan, files.root() / "run", watcher).state, RunState::Finished);
    QVERIFY(!fs::exists(files.root() / "run" / "mlruns"));
    QVERIFY(!fs::exists(files.root() / "run" / "mlflow.json"));
}

void RunTrackingTest::aStoreThatCannotBeWrittenDoesNotStopTheRun()
{
    const TinyFiles files;
    Plan plan = planFor(writeTable(files, 12), 1);
    plan.tracking.mlflow = files.text("a file", "not a folder").string();
    Watcher watcher;
    QCOMPARE(train(plan, files.root() / "run", watcher).state, RunState::Finished);
    const auto told = std::count_if(watcher.messages.begin(), watcher.messages.end(), [](const std::string& m) { return m.starts_with("MLflow: "); });
    QCOMPARE(told, 1);
}

QTEST_GUILESS_MAIN(RunTrackingTest)
#include "RunTrackingTest.moc"
