// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/AtomicFile.h"
#include "base/Csv.h"
#include "nn/Safetensors.h"
#include "pipeline/Package.h"
#include "pipeline/TinyRuns.h"
#include "support/SharedData.h"

#include <QProcess>
#include <QScopeGuard>
#include <QTest>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <functional>
#include <map>
#include <set>

#include <unistd.h>

using namespace diascope;
using pipeline::Plan;
using pipeline::RunResult;
using tests::crossPlan;
using tests::planFor;
using tests::tensorsOf;
using tests::TinyFiles;
using tests::Watcher;
using tests::writeTable;
using train::RunState;

namespace fs = std::filesystem;

class TrainRunTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void goesFromATableToAPackage();
    void isTheSameTwice();
    void resumesToTheSameResult();
    void keepsTheLastEpochWhereThePlanSaysSo();
    void makesAPackageOfAStoppedRun();
    void stopsWhileDecoding();
    void reportsTestFiguresOfItsOwnPart();
    void tellsSeveralClassesApart();
    void crossValidates();
    void aStoppedCrossValidationGoesOnWhereItWas();
    void keepsPicturesThatLookTheSameTogether();
    void startsFromGivenWeights();
    void listsBadFilesAndGoesOn();
    void refuses_data();
    void refuses();
    void refusesToResumeAnotherPlan();
    void keepsTheRunWhenTheDiskIsFull();
    void trainsOnRealUltrasound();

private:
    RunResult train(const Plan& plan, const fs::path& folder, Watcher& watcher, bool resume = false)
    {
        return pipeline::train(plan, folder, m_pool, watcher, {}, watcher.stop.get_token(), resume);
    }
    decode::DecoderPool m_pool{decode::PoolConfig{}};
};

void TrainRunTest::goesFromATableToAPackage()
{
    const TinyFiles files;
    const Plan plan = planFor(writeTable(files, 24), 6);
    const fs::path run = files.root() / "runs" / "one";
    Watcher watcher;
    std::vector<base::Progress> steps;
    const RunResult result = pipeline::train(plan, run, m_pool, watcher, [&](const base::Progress& step) { steps.push_back(step); }, {});
    QVERIFY2(result.state == RunState::Finished, result.problems.empty() ? "" : result.problems.back().detail.c_str());
    QCOMPARE(result.problems.size(), std::size_t{0});
    QCOMPARE(watcher.epochs.size(), std::size_t{6});
    QVERIFY(watcher.epochs.back().train.loss < watcher.epochs.front().train.loss);
    QVERIFY(!steps.empty());
    QCOMPARE(steps.back().done, steps.back().total);

    for (const char* name : {"plan.yaml", "environment.json", "splits.csv", "epochs.csv", "oof.csv", "result.json", "package.safetensors", "log.txt"}) {
        QVERIFY2(fs::is_regular_file(run / name), name);
    }
    QVERIFY(pipeline::planFromYaml(base::readFile(run / "plan.yaml"), "plan.yaml") == plan);
    const base::CsvTable splits = base::readCsv(run / "splits.csv");
    QCOMPARE(splits.header, (std::vector<std::string>{"sample", "group", "label", "repeat", "fold", "role"}));
    QCOMPARE(splits.rows.size(), std::size_t{48});
    std::map<std::string, std::set<std::string>> roles;
    for (const auto& row : splits.rows) {
        roles[row[1]].insert(row[5]);
    }
    QVERIFY(std::all_of(roles.begin(), roles.end(), [](const auto& entry) { return entry.second.size() == 1; }));
    QVERIFY(result.result["split"].get<std::string>().find("0 patients shared") != std::string::npos);
    QCOMPARE(base::readCsv(run / "epochs.csv").rows.size(), std::size_t{6});
    const base::CsvTable oof = base::readCsv(run / "oof.csv");
    QCOMPARE(oof.rows.size(), std::size_t{12});
    QCOMPARE(oof.header.back(), std::string("p_1"));

    const base::Json& auc = result.result["metrics"]["auc"];
    QVERIFY(auc["value"].get<double>() > 0.9);
    QVERIFY(auc.contains("low") && auc.contains("high") && auc.contains("method"));
    QCOMPARE(result.result["n"].get<int>(), 12);
    QVERIFY(result.result["metrics"]["accuracy"]["low"].get<double>() < result.result["metrics"]["accuracy"]["value"].get<double>());

    const nn::PackageFile package = nn::readPackage(result.package);
    QCOMPARE(package.manifest.classes, (std::vector<std::string>{"0", "1"}));
    QCOMPARE(package.manifest.output, std::string("sigmoid"));
    QVERIFY(package.manifest.thresholdLocked);
    QVERIFY(package.manifest.threshold > 0.0 && package.manifest.threshold < 1.0);
    QCOMPARE(package.manifest.calibration.method, std::string("none"));
    QCOMPARE(package.testVectors.sources.size(), std::size_t{2});
    QVERIFY(package.manifest.provenance.plan.find(files.root().string()) == std::string::npos);
    const std::string log = base::readFile(run / "log.txt");
    QVERIFY(log.find("p3") == std::string::npos); // no patient in the log
}

void TrainRunTest::isTheSameTwice()
{
    const TinyFiles files;
    const Plan plan = planFor(writeTable(files, 16), 2);
    Watcher watcher;
    const RunResult one = train(plan, files.root() / "1", watcher), two = train(plan, files.root() / "2", watcher);
    QCOMPARE(one.state, RunState::Finished);
    QCOMPARE(one.result.dump(), two.result.dump());
    for (const char* name : {"splits.csv", "oof.csv", "plan.yaml", "result.json"}) {
        QVERIFY2(base::readFile(files.root() / "1" / name) == base::readFile(files.root() / "2" / name), name);
    }
    QCOMPARE(tensorsOf(one.package), tensorsOf(two.package));
}

void TrainRunTest::resumesToTheSameResult()
{
    const TinyFiles files;
    const Plan plan = planFor(writeTable(files, 16), 5);
    Watcher whole, first, second;
    const RunResult expected = train(plan, files.root() / "whole", whole);
    first.stopAfterEpochs = 2;
    const RunResult stopped = train(plan, files.root() / "parts", first);
    QCOMPARE(stopped.state, RunState::Stopped);
    QVERIFY(stopped.resumable);
    QVERIFY(stopped.package.empty());
    const RunResult resumed = train(plan, files.root() / "parts", second, true);
    QCOMPARE(resumed.state, RunState::Finished);
    QCOMPARE(second.epochs.size(), std::size_t{3});
    QCOMPARE(resumed.result.dump(), expected.result.dump());
    QCOMPARE(tensorsOf(resumed.package), tensorsOf(expected.package));
    QCOMPARE(base::readCsv(files.root() / "parts" / "epochs.csv").rows.size(), std::size_t{5});
    // A finished run that is resumed gives its result again.
    Watcher third;
    QCOMPARE(train(plan, files.root() / "parts", third, true).result.dump(), expected.result.dump());
    QVERIFY(third.epochs.empty());
}

void TrainRunTest::keepsTheLastEpochWhereThePlanSaysSo()
{
    const TinyFiles files;
    Plan plan = planFor(writeTable(files, 16), 4);
    plan.training.monitor = "loss";
    plan.training.learningRate = plan.training.backboneLearningRate = 0.01; // jumps about: the best epoch is seldom the last
    Watcher best, last, again;
    const RunResult usual = train(plan, files.root() / "best", best);
    plan.training.keep = "last";
    const RunResult result = train(plan, files.root() / "last", last);
    QVERIFY2(result.state == RunState::Finished, result.problems.empty() ? "" : result.problems.back().detail.c_str());
    QCOMPARE(usual.result["kept"].get<std::string>(), std::string("best"));
    QVERIFY(usual.result["keptEpoch"] == usual.result["bestEpoch"]);
    QCOMPARE(result.result["kept"].get<std::string>(), std::string("last"));
    QCOMPARE(result.result["keptEpoch"].get<int>(), 3);
    QVERIFY(result.result["bestEpoch"] == usual.result["bestEpoch"]);
    // The figures are those of the weights in the package.
    const double figure = result.result["metrics"]["logLoss"].get<double>(), seen = last.epochs.back().validation.loss;
    QVERIFY2(std::abs(figure - seen) < 1e-6, (std::to_string(figure) + " " + std::to_string(seen)).c_str());
    QVERIFY(nn::readPackage(result.package).manifest.limitations.find("best epoch") == std::string::npos);
    plan.training.keep = "best";
    QVERIFY_THROWS_EXCEPTION(base::Error, (void)train(plan, files.root() / "last", again, true));
}

void TrainRunTest::makesAPackageOfAStoppedRun()
{
    const TinyFiles files;
    const Plan plan = planFor(writeTable(files, 16), 50);
    Watcher watcher;
    watcher.stopAfterEpochs = 1;
    const fs::path run = files.root() / "run";
    QCOMPARE(train(plan, run, watcher).state, RunState::Stopped);
    const fs::path package = pipeline::makePackage(run, m_pool, files.root() / "p.safetensors");
    QCOMPARE(nn::readPackage(package).manifest.name, std::string("tiny"));
    Watcher none;
    none.stop.request_stop();
    QCOMPARE(train(plan, files.root() / "empty", none).state, RunState::Stopped);
    QVERIFY_THROWS_EXCEPTION(base::Error, pipeline::makePackage(files.root() / "empty", m_pool));
}

void TrainRunTest::stopsWhileDecoding()
{
    const TinyFiles files;
    const Plan plan = planFor(writeTable(files, 16), 2);
    Watcher watcher;
    const auto stopAtOnce = [&](const base::Progress&) { watcher.stop.request_stop(); };
    const RunResult stopped = pipeline::train(plan, files.root() / "run", m_pool, watcher, stopAtOnce, watcher.stop.get_token());
    QCOMPARE(stopped.state, RunState::Stopped);
    QVERIFY(stopped.resumable);
    Watcher again;
    QCOMPARE(train(plan, files.root() / "run", again, true).state, RunState::Finished);
}

void TrainRunTest::reportsTestFiguresOfItsOwnPart()
{
    const TinyFiles files;
    Plan plan = planFor(writeTable(files, 24), 2);
    plan.split.testFraction = 0.25;
    Watcher watcher;
    const RunResult result = train(plan, files.root() / "run", watcher);
    QCOMPARE(result.state, RunState::Finished);
    QCOMPARE(result.result["test"]["n"].get<int>(), 12);
    QCOMPARE(base::readCsv(files.root() / "run" / "test.csv").rows.size(), std::size_t{12});
}

void TrainRunTest::tellsSeveralClassesApart()
{
    const TinyFiles files;
    for (int i = 0; i < 36; ++i) {
        const std::string name = std::string(1, static_cast<char>('a' + i % 3)).append("/").append(std::to_string(i)).append(".png");
        files.picture(name, 40 + 80 * (i % 3) + i % 5, 40);
    }
    Watcher watcher;
    const RunResult result = train(planFor(files.root(), 3), files.root().parent_path() / (files.root().filename().string() + "-run"), watcher);
    QVERIFY2(result.state == RunState::Finished, result.problems.empty() ? "" : result.problems.back().detail.c_str());
    QCOMPARE(result.result["classes"].size(), std::size_t{3});
    const nn::PackageManifest manifest = nn::readPackage(result.package).manifest;
    QCOMPARE(manifest.output, std::string("softmax"));
    QVERIFY(!manifest.thresholdLocked);
    fs::remove_all(result.runFolder);
}

void TrainRunTest::crossValidates()
{
    const TinyFiles files;
    const Plan plan = crossPlan(writeTable(files, 18), 3);
    Watcher watcher;
    const fs::path run = files.root() / "run";
    const RunResult result = train(plan, run, watcher);
    QVERIFY2(result.state == RunState::Finished, result.problems.empty() ? "" : result.problems.back().detail.c_str());
    QCOMPARE(watcher.epochs.size(), std::size_t{18});

    // Each sample is predicted once a repeat, by a network that saw nothing of its patient.
    std::map<std::string, std::set<std::string>> trained;
    for (const auto& row : base::readCsv(run / "splits.csv").rows) {
        if (row[5] == "train") {
            trained[row[3] + "-" + row[4]].insert(row[1]);
        }
    }
    const base::CsvTable oof = base::readCsv(run / "oof.csv");
    QCOMPARE(oof.rows.size(), std::size_t{2 * 36});
    std::map<std::string, int> seen;
    for (const auto& row : oof.rows) {
        ++seen[row[0] + "/" + row[3]];
        QVERIFY(!trained[row[3] + "-" + row[4]].contains(row[1]));
    }
    QCOMPARE(seen.size(), std::size_t{2 * 36});
    QCOMPARE(result.result["n"].get<int>(), 72);
    QCOMPARE(result.result["folds"].size(), std::size_t{6});
    QVERIFY(result.result["split"].get<std::string>().find("0 patients shared") != std::string::npos);
    const nn::PackageFile package = nn::readPackage(result.package);
    QCOMPARE(package.members.size(), std::size_t{6});
    QVERIFY(package.manifest.thresholdLocked);
    QVERIFY(fs::is_directory(run / "events"));
}

void TrainRunTest::aStoppedCrossValidationGoesOnWhereItWas()
{
    const TinyFiles files;
    const Plan plan = crossPlan(writeTable(files, 18), 3);
    Watcher whole, first, second;
    const RunResult expected = train(plan, files.root() / "whole", whole);
    first.stopAfterEpochs = 8; // of 18: some folds are done, two are at work
    QCOMPARE(train(plan, files.root() / "parts", first).state, RunState::Stopped);
    const RunResult resumed = train(plan, files.root() / "parts", second, true);
    QCOMPARE(resumed.state, RunState::Finished);
    QVERIFY(second.epochs.size() < whole.epochs.size());
    const base::Json differences = base::Json::diff(resumed.result, expected.result);
    QVERIFY2(differences.empty(), differences.dump(1).c_str());
    QCOMPARE(tensorsOf(resumed.package), tensorsOf(expected.package));
    QVERIFY(base::readFile(files.root() / "parts" / "oof.csv") == base::readFile(files.root() / "whole" / "oof.csv"));
}

void TrainRunTest::keepsPicturesThatLookTheSameTogether()
{
    const TinyFiles files;
    const fs::path table = writeTable(files, 16);
    fs::copy_file(files.root() / "images" / "case0.png", files.root() / "images" / "case30.png", fs::copy_options::overwrite_existing); // patients 0 and 15
    Plan plan = planFor(table, 1);
    plan.data.duplicates = "join";
    Watcher watcher;
    const RunResult result = train(plan, files.root() / "run", watcher);
    QVERIFY(std::any_of(result.problems.begin(), result.problems.end(), [](const base::Problem& p) { return p.detail.find("label") != std::string::npos; }));
    if (result.state == RunState::Finished) {
        std::map<std::string, std::string> roles;
        for (const auto& row : base::readCsv(files.root() / "run" / "splits.csv").rows) {
            roles[row[0]] = row[5];
        }
        QCOMPARE(roles.at("case0"), roles.at("case30"));
    }
}

void TrainRunTest::startsFromGivenWeights()
{
    const TinyFiles files;
    Plan plan = planFor(writeTable(files, 16), 1);
    Watcher watcher;
    const RunResult first = train(plan, files.root() / "1", watcher);
    nn::State weights = nn::readPackage(first.package).members[0];
    std::erase_if(weights, [](const auto& entry) { return entry.first.rfind("head", 0) == 0; });
    base::writeFileAtomically(files.root() / "w.safetensors", std::string_view(nn::serialiseSafetensors(weights)));
    plan.model.weights = (files.root() / "w.safetensors").string();
    Watcher second;
    const RunResult result = train(plan, files.root() / "2", second);
    QCOMPARE(result.state, RunState::Finished);
    QVERIFY(std::any_of(second.messages.begin(), second.messages.end(), [](const std::string& m) { return m.find("new: ") != std::string::npos; }));
    std::erase_if(weights, [](const auto& entry) { return entry.first.find("running_mean") != std::string::npos; });
    base::writeFileAtomically(files.root() / "w.safetensors", std::string_view(nn::serialiseSafetensors(weights)));
    const RunResult refused = train(plan, files.root() / "3", second);
    QCOMPARE(refused.state, RunState::Failed);
    QCOMPARE(refused.problems.back().code, base::ErrorCode::Mismatch);
}

void TrainRunTest::listsBadFilesAndGoesOn()
{
    const TinyFiles files;
    const fs::path table = writeTable(files, 16);
    files.text("images/case3.png", "\x89PNG\r\n\x1a\n broken");
    fs::remove(files.root() / "images" / "case4.png");
    Watcher watcher;
    const RunResult result = train(planFor(table, 1), files.root() / "run", watcher);
    QCOMPARE(result.state, RunState::Finished);
    QCOMPARE(result.problems.size(), std::size_t{2});
    QCOMPARE(result.result["problems"].size(), std::size_t{2});
    QCOMPARE(result.result["n"].get<int>() + result.result["nTrain"].get<int>(), 30);
}

void TrainRunTest::refuses_data()
{
    QTest::addColumn<std::string>("key");
    QTest::addColumn<std::string>("value");
    QTest::addColumn<bool>("throws");
    QTest::newRow("bad plan") << std::string("training.epochs") << std::string("0") << true;
    QTest::newRow("no data") << std::string("data.source") << std::string("nowhere.csv") << false;
    QTest::newRow("no such column") << std::string("data.labelColumn") << std::string("targt") << false;
    QTest::newRow("one patient") << std::string("data.groupColumn") << std::string("target") << false;
    QTest::newRow("loss explodes") << std::string("training.learningRate") << std::string("100") << false;
}

void TrainRunTest::refuses()
{
    QFETCH(std::string, key);
    QFETCH(std::string, value);
    QFETCH(bool, throws);
    const TinyFiles files;
    Plan plan = planFor(writeTable(files, 12), 40);
    pipeline::setKey(plan, key, value);
    if (key == "data.groupColumn") {
        plan.split.testFraction = 0.2; // three parts, two groups
    }
    if (key == "training.learningRate") {
        plan.training.backboneLearningRate = 100.0;
        plan.training.weightDecay = 100.0; // the weights grow 10,000-fold with each step
    }
    Watcher watcher;
    if (throws) {
        QVERIFY_THROWS_EXCEPTION(base::Error, (void)train(plan, files.root() / "run", watcher));
        QVERIFY(!fs::exists(files.root() / "run"));
        return;
    }
    const RunResult result = train(plan, files.root() / "run", watcher);
    QCOMPARE(result.state, RunState::Failed);
    QVERIFY(!result.resumable);
    QVERIFY(!result.problems.empty() && !result.problems.back().detail.empty());
}

void TrainRunTest::refusesToResumeAnotherPlan()
{
    const TinyFiles files;
    Plan plan = planFor(writeTable(files, 12), 5);
    Watcher watcher;
    watcher.stopAfterEpochs = 1;
    QCOMPARE(train(plan, files.root() / "run", watcher).state, RunState::Stopped);
    Watcher other;
    QVERIFY_THROWS_EXCEPTION(base::Error, (void)train(plan, files.root() / "run", other)); // there is a run already
    plan.training.learningRate = 0.5;
    QVERIFY_THROWS_EXCEPTION(base::Error, (void)train(plan, files.root() / "run", other, true));
}

void TrainRunTest::keepsTheRunWhenTheDiskIsFull()
{
    if (::geteuid() != 0) {
        QSKIP("mounting a small disk needs root");
    }
    const TinyFiles files;
    const Plan plan = planFor(writeTable(files, 16), 6);
    const fs::path disk = files.root() / "disk";
    fs::create_directories(disk);
    if (QProcess::execute("mount", {"-t", "tmpfs", "-o", "size=80m", "tmpfs", QString::fromStdString(disk.string())}) != 0) {
        QSKIP("this machine does not let us mount a small disk");
    }
    const auto unmount = qScopeGuard([&] { QProcess::execute("umount", {QString::fromStdString(disk.string())}); });
    Watcher expectedWatcher;
    const RunResult expected = train(plan, files.root() / "expected", expectedWatcher);
    class Filler final : public train::TrainingObserver {
    public:
        explicit Filler(fs::path file) : m_file(std::move(file)) {}
        void onBatch(const train::BatchProgress&) override {}
        void onMessage(const std::string&) override {}
        void onEpoch(const train::EpochReport& report) override
        {
            if (report.epoch == 2) { // somebody else fills the disk
                std::ofstream out(m_file, std::ios::binary);
                const std::string block(1 << 16, 'x');
                while (out.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
                }
            }
        }

    private:
        fs::path m_file;
    } filler(disk / "filler");
    const RunResult full = pipeline::train(plan, disk / "run", m_pool, filler, {}, {});
    QCOMPARE(full.state, RunState::Failed);
    QVERIFY(full.resumable);
    QCOMPARE(full.problems.back().code, base::ErrorCode::DiskFull);
    QVERIFY2(full.problems.back().subject.find("checkpoint") != std::string::npos, full.problems.back().subject.c_str());
    fs::remove(disk / "filler");
    Watcher watcher;
    const RunResult resumed = train(plan, disk / "run", watcher, true);
    QVERIFY2(resumed.state == RunState::Finished, resumed.problems.empty() ? "" : resumed.problems.back().detail.c_str());
    QCOMPARE(watcher.epochs.front().epoch, 2); // the epoch whose checkpoint found no room
    QCOMPARE(resumed.result.dump(), expected.result.dump());
    QCOMPARE(tensorsOf(resumed.package), tensorsOf(expected.package));
}

void TrainRunTest::trainsOnRealUltrasound()
{
    const fs::path folder = tests::sharedData("data/us_lung_pocus");
    if (folder.empty()) {
        QSKIP("the reference data are not here (set DIASCOPE_SHARED)");
    }
    if (qEnvironmentVariableIsEmpty("DIASCOPE_SLOW_TESTS")) {
        QSKIP("takes minutes; set DIASCOPE_SLOW_TESTS");
    }
    const TinyFiles files;
    Plan plan = planFor(folder / "Train.csv", 2);
    plan.preprocess[2] = {{"op", "resize"}, {"width", 96}, {"height", 96}};
    plan.training.batchSize = 32;
    plan.training.learningRate = plan.training.backboneLearningRate = 0.001;
    Watcher watcher;
    const RunResult result = train(plan, files.root() / "run", watcher);
    QVERIFY2(result.state == RunState::Finished, result.problems.empty() ? "" : result.problems.back().detail.c_str());
    qInfo("%s", result.result.dump(2).c_str());
    for (const auto& report : watcher.epochs) {
        qInfo("epoch %d: loss %.4f, validation AUC %.4f, %.1f images/s, idle %.1f %%", report.epoch + 1, report.train.loss, report.validation.auc.value_or(-1.0),
              report.imagesPerSecond, report.idlePercent);
    }
    QVERIFY(watcher.epochs.back().train.loss < watcher.epochs.front().train.loss);
}

QTEST_GUILESS_MAIN(TrainRunTest)
#include "TrainRunTest.moc"
