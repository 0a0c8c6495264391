// SPDX-License-Identifier: GPL-3.0-or-later
// A run that is called again does again only what must be, says so, and comes to the same bytes.
#include "base/AtomicFile.h"
#include "base/Csv.h"
#include "base/Yaml.h"
#include "decode/DecoderPool.h"
#include "pipeline/TinyRuns.h"

#include <QTest>

#include <algorithm>
#include <fstream>
#include <map>

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

namespace {

bool said(const Watcher& watcher, const std::string& text)
{
    return std::any_of(watcher.messages.begin(), watcher.messages.end(), [&](const std::string& one) { return one.find(text) != std::string::npos; });
}

/// What was said, for a failed comparison.
std::string all(const Watcher& watcher)
{
    std::string text;
    for (const std::string& one : watcher.messages) {
        text += one + "\n";
    }
    return text;
}

void append(const fs::path& file, const std::string& text)
{
    std::ofstream(file, std::ios::binary | std::ios::app) << text;
}

} // namespace

class RunStagesTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void recordsEveryStage();
    void doesNothingWhenNothingHasChanged_data();
    void doesNothingWhenNothingHasChanged();
    void doesAgainOnlyWhatIsLacking_data();
    void doesAgainOnlyWhatIsLacking();
    void aNewNameMakesANewPackageOnly();
    void aStoppedRunKeepsItsSplit_data();
    void aStoppedRunKeepsItsSplit();
    void otherDataAreRefusedByName_data();
    void otherDataAreRefusedByName();
    void dataMayChangeBeforeAnythingWasLearned();
    void samePicturesInOtherFilesAreTheSameData();
    void archivedDataDoNotMatter();
    void aRunOfAnOlderVersionIsFinishedAsItIs();

private:
    RunResult train(const Plan& plan, const fs::path& folder, Watcher& watcher, bool resume = false)
    {
        return pipeline::train(plan, folder, m_pool, watcher, {}, watcher.stop.get_token(), resume);
    }
    /// With decoder processes that die at once: who decodes anything fails.
    RunResult resumeBlind(const Plan& plan, const fs::path& folder, Watcher& watcher)
    {
        return pipeline::train(plan, folder, m_dead, watcher, {}, {}, true);
    }
    static decode::PoolConfig deadConfig()
    {
        decode::PoolConfig config;
        config.program = "/bin/false";
        config.workers = 1;
        return config;
    }
    decode::DecoderPool m_pool{decode::PoolConfig{}};
    decode::DecoderPool m_dead{deadConfig()};
};

void RunStagesTest::recordsEveryStage()
{
    const TinyFiles files;
    Watcher watcher;
    const fs::path run = files.root() / "run";
    QCOMPARE(train(planFor(writeTable(files, 12), 1), run, watcher).state, RunState::Finished);
    const base::Json lock = base::parseYaml(base::readFile(run / "dvc.lock"), "dvc.lock");
    const base::Json& stages = lock.at("stages");
    QCOMPARE(stages.size(), std::size_t{6});
    const auto paths = [&stages](const char* stage, const char* list) {
        std::vector<std::string> names;
        for (const base::Json& entry : stages.at(stage).at(list)) {
            names.push_back(entry.at("path").get<std::string>());
        }
        return names;
    };
    using Names = std::vector<std::string>;
    QCOMPARE(paths("data", "deps"), (Names{"inputs.csv"}));
    QCOMPARE(paths("data", "outs"), (Names{"data.csv", "data.json"}));
    QCOMPARE(paths("store", "outs"), (Names{"store.json"}));
    QCOMPARE(paths("split", "outs"), (Names{"splits.csv", "split.json"}));
    QCOMPARE(paths("train", "outs"), (Names{"folds.json", "oof.csv", "checkpoints/0-0/fold.safetensors"}));
    QCOMPARE(paths("evaluate", "outs"), (Names{"result.json"}));
    QCOMPARE(paths("package", "outs"), (Names{"package.safetensors"}));
    QCOMPARE(stages.at("train").at("params").at("plan.yaml").at("training.epochs").get<int>(), 1);
    QVERIFY(stages.at("package").at("params").at("plan.yaml").contains("predict.ttaViews"));
    // The table and 24 pictures; data.csv lists the pictures.
    QCOMPARE(base::readCsv(run / "inputs.csv").rows.size(), std::size_t{25});
    QCOMPARE(base::readCsv(run / "data.csv").rows.size(), std::size_t{24});
    QVERIFY(!said(watcher, "Stage")); // of a first time there is nothing to say
}

void RunStagesTest::doesNothingWhenNothingHasChanged_data()
{
    QTest::addColumn<bool>("cross");
    QTest::newRow("one training") << false;
    QTest::newRow("six folds") << true;
}

void RunStagesTest::doesNothingWhenNothingHasChanged()
{
    QFETCH(bool, cross);
    const TinyFiles files;
    const fs::path table = writeTable(files, 18), run = files.root() / "run";
    const Plan plan = cross ? crossPlan(table, 1) : planFor(table, 1);
    Watcher first, second;
    const RunResult expected = train(plan, run, first);
    QCOMPARE(expected.state, RunState::Finished);
    std::map<fs::path, fs::file_time_type> before;
    for (const auto& entry : fs::recursive_directory_iterator(run)) {
        if (entry.is_regular_file() && entry.path().filename() != "log.txt" && entry.path().filename() != "lock") {
            before[entry.path()] = entry.last_write_time();
        }
    }
    const RunResult again = resumeBlind(plan, run, second);
    QCOMPARE(again.state, RunState::Finished);
    QCOMPARE(again.result.dump(), expected.result.dump());
    QCOMPARE(again.package, expected.package);
    for (const auto& [file, time] : before) {
        QVERIFY2(fs::last_write_time(file) == time, file.c_str());
    }
    for (const char* stage : {"data", "store", "split", "train", "evaluate", "package"}) {
        QVERIFY2(said(second, std::string("Stage '") + stage + "' is skipped"), all(second).c_str());
    }
    QVERIFY(base::readFile(run / "log.txt").find("Stage 'package' is skipped") != std::string::npos);
}

void RunStagesTest::doesAgainOnlyWhatIsLacking_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("stage");
    QTest::addColumn<bool>("needsPictures");
    QTest::newRow("package gone") << "package.safetensors" << "package" << false;
    QTest::newRow("result gone") << "result.json" << "evaluate" << false;
    QTest::newRow("a fold gone") << "checkpoints/0-1/fold.safetensors" << "train" << true;
    QTest::newRow("predictions gone") << "oof.csv" << "train" << true;
    QTest::newRow("list of folds gone") << "folds.json" << "train" << true;
    QTest::newRow("split gone") << "splits.csv" << "split" << true;
    QTest::newRow("lock gone") << "dvc.lock" << "" << true;
}

void RunStagesTest::doesAgainOnlyWhatIsLacking()
{
    QFETCH(QString, file);
    QFETCH(QString, stage);
    QFETCH(bool, needsPictures);
    const TinyFiles files;
    const Plan plan = crossPlan(writeTable(files, 18), 1);
    const fs::path run = files.root() / "run", lost = run / file.toStdString();
    Watcher first, second;
    const RunResult expected = train(plan, run, first);
    QCOMPARE(expected.state, RunState::Finished);
    const std::string oof = base::readFile(run / "oof.csv"), result = base::readFile(run / "result.json"), splits = base::readFile(run / "splits.csv");
    const std::string tensors = tensorsOf(expected.package);
    QVERIFY(fs::remove(lost));
    const RunResult again = needsPictures ? train(plan, run, second, true) : resumeBlind(plan, run, second);
    QVERIFY2(again.state == RunState::Finished, again.problems.empty() ? "" : again.problems.back().detail.c_str());
    if (!stage.isEmpty()) {
        QVERIFY2(said(second, "Stage '" + stage.toStdString() + "' runs: output " + file.toStdString() + " is missing"), all(second).c_str());
        QVERIFY(fs::exists(lost));
    }
    QCOMPARE(base::readFile(run / "oof.csv"), oof);
    QCOMPARE(base::readFile(run / "result.json"), result);
    QCOMPARE(base::readFile(run / "splits.csv"), splits);
    QCOMPARE(tensorsOf(again.package), tensors);
    // Of six folds of one epoch each only the one that was lost is trained again.
    QCOMPARE(second.epochs.size(), std::size_t(file == "folds.json" ? 6 : file.startsWith("checkpoints") ? 1 : 0));
}

void RunStagesTest::aNewNameMakesANewPackageOnly()
{
    const TinyFiles files;
    Plan plan = crossPlan(writeTable(files, 18), 1);
    const fs::path run = files.root() / "run";
    Watcher first, second, third;
    const RunResult expected = train(plan, run, first);
    const std::string result = base::readFile(run / "result.json"), tensors = tensorsOf(expected.package);
    plan.package.name = "renamed";
    plan.predict.ttaViews = "identity,hflip";
    const RunResult again = resumeBlind(plan, run, second);
    QVERIFY2(again.state == RunState::Finished, again.problems.empty() ? "" : again.problems.back().detail.c_str());
    QVERIFY2(said(second, "Stage 'evaluate' is skipped"), all(second).c_str());
    QVERIFY2(said(second, "parameter package.name was \"tiny\" and is \"renamed\""), all(second).c_str());
    QVERIFY(second.epochs.empty());
    const nn::PackageManifest manifest = nn::readPackage(again.package).manifest;
    QCOMPARE(manifest.name, std::string("renamed"));
    QCOMPARE(manifest.ttaViews, std::string("identity,hflip"));
    QCOMPARE(manifest.tensorsSha256, tensors);
    QCOMPARE(manifest.trainedOn, nn::readPackage(again.package).manifest.trainedOn);
    QCOMPARE(base::readFile(run / "result.json"), result);
    QCOMPARE(pipeline::planFromYaml(base::readFile(run / "plan.yaml"), "plan.yaml").package.name, std::string("renamed"));
    QCOMPARE(resumeBlind(plan, run, third).state, RunState::Finished);
    QVERIFY2(said(third, "Stage 'package' is skipped"), all(third).c_str());
}

void RunStagesTest::aStoppedRunKeepsItsSplit_data()
{
    QTest::addColumn<bool>("store");
    QTest::newRow("pictures in memory") << false;
    QTest::newRow("pictures in a store") << true;
}

void RunStagesTest::aStoppedRunKeepsItsSplit()
{
    QFETCH(bool, store);
    const TinyFiles files;
    Plan plan = planFor(writeTable(files, 16), 4);
    plan.data.storeFolder = store ? (files.root() / "store").string() : std::string();
    Watcher whole, first, second;
    const RunResult expected = train(plan, files.root() / "whole", whole);
    first.stopAfterEpochs = 2;
    QCOMPARE(train(plan, files.root() / "parts", first).state, RunState::Stopped);
    const RunResult resumed = store ? resumeBlind(plan, files.root() / "parts", second) : train(plan, files.root() / "parts", second, true);
    QVERIFY2(resumed.state == RunState::Finished, resumed.problems.empty() ? "" : resumed.problems.back().detail.c_str());
    QVERIFY2(said(second, "Stage 'split' is skipped") && said(second, "Stage 'train' runs"), all(second).c_str());
    QCOMPARE(said(second, "are decoded again"), !store);
    QCOMPARE(second.epochs.size(), std::size_t{2});
    QCOMPARE(resumed.result.dump(), expected.result.dump());
    QCOMPARE(tensorsOf(resumed.package), tensorsOf(expected.package));
}

void RunStagesTest::otherDataAreRefusedByName_data()
{
    QTest::addColumn<bool>("finished");
    QTest::addColumn<QString>("change");
    for (const bool finished : {false, true}) {
        const char* when = finished ? "finished" : "stopped";
        QTest::addRow("%s, other pixels", when) << finished << "pixels";
        QTest::addRow("%s, other label", when) << finished << "label";
        QTest::addRow("%s, a picture gone", when) << finished << "gone";
    }
}

void RunStagesTest::otherDataAreRefusedByName()
{
    QFETCH(bool, finished);
    QFETCH(QString, change);
    const TinyFiles files;
    const fs::path table = writeTable(files, 16), run = files.root() / "run", picture = files.root() / "images" / "case7.png";
    const Plan plan = planFor(table, 3);
    const std::string before = base::readFile(table), pixels = base::readFile(picture);
    Watcher first;
    first.stopAfterEpochs = finished ? -1 : 1;
    QCOMPARE(train(plan, run, first).state, finished ? RunState::Finished : RunState::Stopped);
    if (change == "pixels") {
        files.picture("images/case7.png", 9, 40);
    } else if (change == "gone") {
        fs::remove(picture);
    } else {
        std::string other = before;
        other.replace(other.find("case2,1"), 7, "case2,0");
        files.text("Train.csv", other);
    }
    for (int time = 0; time < 2; ++time) { // as often as it is tried
        Watcher second;
        const RunResult refused = train(plan, run, second, true);
        QCOMPARE(refused.state, RunState::Failed);
        QCOMPARE(refused.problems.back().code, base::ErrorCode::Mismatch);
        const std::string name = change == "label" ? "Train.csv" : "case7.png";
        QVERIFY2(refused.problems.back().detail.find(name) != std::string::npos, refused.problems.back().detail.c_str());
        QVERIFY(second.epochs.empty());
    }
    files.text("Train.csv", before);
    base::writeFileAtomically(picture, pixels);
    Watcher third;
    QCOMPARE(train(plan, run, third, true).state, RunState::Finished);
    QCOMPARE(third.epochs.size(), std::size_t(finished ? 0 : 2));
}

void RunStagesTest::dataMayChangeBeforeAnythingWasLearned()
{
    const TinyFiles files;
    const fs::path table = writeTable(files, 16), run = files.root() / "run";
    const Plan plan = planFor(table, 1);
    Watcher first, second;
    const auto stopAtTheSplit = [&](const base::Progress& step) {
        if (step.stage == "split" && step.done == 1) {
            first.stop.request_stop();
        }
    };
    QCOMPARE(pipeline::train(plan, run, m_pool, first, stopAtTheSplit, first.stop.get_token()).state, RunState::Stopped);
    fs::remove_all(run / "checkpoints"); // what the stop itself kept: the state before the first batch
    append(table, "case0b,0,p0\n");
    files.picture("images/case0b.png", 61, 40);
    const RunResult result = train(plan, run, second, true);
    QVERIFY2(result.state == RunState::Finished, result.problems.empty() ? "" : result.problems.back().detail.c_str());
    QCOMPARE(base::readCsv(run / "splits.csv").rows.size(), std::size_t{33});
    QVERIFY2(said(second, "Train.csv"), all(second).c_str());
}

void RunStagesTest::samePicturesInOtherFilesAreTheSameData()
{
    const TinyFiles files;
    const fs::path table = writeTable(files, 16), run = files.root() / "run", picture = files.root() / "images" / "case7.png";
    const Plan plan = planFor(table, 2);
    Watcher first, second, third;
    const RunResult expected = train(plan, run, first);
    QImage image(QString::fromStdString(picture.string()));
    image.setText("note", "saved by another program");
    QVERIFY(image.save(QString::fromStdString(picture.string())));
    const RunResult again = train(plan, run, second, true);
    QVERIFY2(again.state == RunState::Finished, again.problems.empty() ? "" : again.problems.back().detail.c_str());
    QVERIFY2(said(second, "Stage 'data' runs: input inputs.csv has changed") && said(second, "case7.png"), all(second).c_str());
    QVERIFY(second.epochs.empty());
    QCOMPARE(again.result.dump(), expected.result.dump());
    QCOMPARE(resumeBlind(plan, run, third).state, RunState::Finished); // and is known now
}

void RunStagesTest::archivedDataDoNotMatter()
{
    const TinyFiles files;
    const fs::path table = writeTable(files, 16), run = files.root() / "run";
    Plan plan = planFor(table, 1);
    Watcher first, second;
    QCOMPARE(train(plan, run, first).state, RunState::Finished);
    fs::remove(table);
    fs::remove_all(files.root() / "images");
    plan.package.version = "2";
    QCOMPARE(resumeBlind(plan, run, second).state, RunState::Finished);
    QVERIFY2(said(second, "not where they were"), all(second).c_str());
    QCOMPARE(nn::readPackage(run / "package.safetensors").manifest.version, std::string("2"));
}

void RunStagesTest::aRunOfAnOlderVersionIsFinishedAsItIs()
{
    const TinyFiles files;
    const Plan plan = planFor(writeTable(files, 16), 2);
    const fs::path run = files.root() / "run";
    Watcher first, second, third;
    first.stopAfterEpochs = 1;
    QCOMPARE(train(plan, run, first).state, RunState::Stopped);
    for (const char* name : {"dvc.lock", "inputs.csv", "data.csv", "data.json", "store.json", "split.json"}) {
        fs::remove(run / name);
    }
    QCOMPARE(train(plan, run, second, true).state, RunState::Finished);
    QCOMPARE(second.epochs.size(), std::size_t{1});
    QVERIFY(fs::exists(run / "dvc.lock")); // it has stages now
    for (const char* name : {"dvc.lock", "inputs.csv", "data.csv", "data.json", "store.json", "split.json"}) {
        fs::remove(run / name);
    }
    QCOMPARE(resumeBlind(plan, run, third).state, RunState::Finished);
    QVERIFY(third.messages.empty());
}

QTEST_GUILESS_MAIN(RunStagesTest)
#include "RunStagesTest.moc"
