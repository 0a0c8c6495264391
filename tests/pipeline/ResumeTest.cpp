// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/AtomicFile.h"
#include "nn/Classifier.h"
#include "nn/Registry.h"
#include "nn/Safetensors.h"
#include "pipeline/TinyRuns.h"
#include "runs/RunFolder.h"
#include "support/ErrorOf.h"

#include <QTest>

#include <algorithm>
#include <functional>
#include <span>

using namespace diascope;
using pipeline::Plan;
using pipeline::RunResult;
using tests::planFor;
using tests::TinyFiles;
using tests::Watcher;
using train::RunState;

namespace {

namespace fs = std::filesystem;

bool contains(const std::string& text, const std::string& part)
{
    return text.find(part) != std::string::npos;
}

void copyRun(const fs::path& from, const fs::path& to)
{
    fs::remove_all(to);
    fs::copy(from, to, fs::copy_options::recursive);
    fs::remove(to / "lock");
}

/// Two folds, of which one is done and one is under way: as a stopped cross-validation leaves them.
Plan stoppedPlan(const fs::path& table)
{
    Plan plan = planFor(table, 2);
    plan.split.kind = "stratified-kfold";
    plan.split.folds = 2;
    plan.training.foldsAtOnce = 1;
    plan.split.testFraction = 0.25;
    return plan;
}
constexpr int kStopAfter = 3; // of four epochs

} // namespace

/// Resuming a run whose plan, data or files are not as they were.
class ResumeTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void resumesOnlyTheSame_data();
    void resumesOnlyTheSame();
    void survivesDamagedFiles_data();
    void survivesDamagedFiles();

private:
    RunResult train(const Plan& plan, const fs::path& folder, Watcher& watcher, bool resume = false)
    {
        return pipeline::train(plan, folder, m_pool, watcher, {}, watcher.stop.get_token(), resume);
    }
    /// Throws or fails: what it says. Empty when it went through.
    std::string refusalOf(const Plan& plan, const fs::path& folder, bool resume)
    {
        Watcher watcher;
        RunResult result;
        const auto error = tests::errorOf([&] { result = train(plan, folder, watcher, resume); });
        return error ? error->what() : tests::lastProblem(result);
    }
    decode::DecoderPool m_pool{decode::PoolConfig{}};
};

void ResumeTest::resumesOnlyTheSame_data()
{
    using Change = std::function<void(const TinyFiles&, Plan&, const fs::path& run)>;
    QTest::addColumn<std::function<void(const TinyFiles&, Plan&, const fs::path&)>>("change");
    QTest::addColumn<QString>("says"); // empty: it may go on
    const auto row = [](const char* name, const Change& change, const char* says) {
        QTest::newRow(name) << change << QString(says);
    };
    const auto replaced = [](const fs::path& file, const std::string& from, const std::string& to) {
        std::string text = base::readFile(file);
        text.replace(text.find(from), from.size(), to);
        base::writeFileAtomically(file, std::string_view(text));
    };
    row(
        "the same", [](const TinyFiles&, Plan&, const fs::path&) {}, "");
    row(
        "another device and threads", [](const TinyFiles&, Plan& plan, const fs::path&) { plan.threads = 2; }, "");
    row(
        "another rate", [](const TinyFiles&, Plan& plan, const fs::path&) { plan.training.learningRate = 0.5; },
        "another plan");
    row(
        "more folds", [](const TinyFiles&, Plan& plan, const fs::path&) { plan.split.folds = 4; }, "another plan");
    row(
        "another network", [](const TinyFiles&, Plan& plan, const fs::path&) { plan.model.architecture = "resnet18"; },
        "another plan");
    row(
        "an image less",
        [=](const TinyFiles& files, Plan&, const fs::path&) {
            replaced(files.root() / "Train.csv", "case3,1,p1\n", "");
        },
        "the data set has changed");
    row(
        "another label",
        [=](const TinyFiles& files, Plan&, const fs::path&) {
            replaced(files.root() / "Train.csv", "case3,1,p1", "case3,0,p1");
        },
        "the data set has changed");
    row(
        "another patient",
        [=](const TinyFiles& files, Plan&, const fs::path&) {
            replaced(files.root() / "Train.csv", "case3,1,p1", "case3,1,p17");
        },
        "the data set has changed");
    row(
        "other pixels",
        [](const TinyFiles& files, Plan&, const fs::path&) { files.picture("images/case3.png", 99, 40); },
        "the data set has changed");
    row(
        "plan.yaml of more folds",
        [=](const TinyFiles&, Plan& plan, const fs::path& run) {
            replaced(run / "plan.yaml", "folds: 2", "folds: 4");
            plan.split.folds = 4;
        },
        "splits.csv");
    row(
        "checkpoints of another run",
        [](const TinyFiles&, Plan&, const fs::path& run) {
            const fs::path mine = run / "checkpoints" / "0-1";
            for (const auto& entry : fs::directory_iterator(mine)) {
                fs::remove(entry.path());
            }
            nn::ModelSpec spec = nn::defaultSpec("neuroflux_cnn");
            spec.options["conv_channels"] = 1;
            const std::string bytes = nn::serialiseSafetensors(nn::makeClassifier(spec, 1)->state());
            (void)runs::RunFolder::open(run).saveCheckpoint({0, 1}, std::as_bytes(std::span(bytes)));
        },
        "checkpoint");
    row(
        "no run at all", [](const TinyFiles&, Plan&, const fs::path& run) { fs::remove_all(run); },
        "there is no such run folder");
    row(
        "not a run", [](const TinyFiles&, Plan&, const fs::path& run) { fs::remove(run / "run.json"); },
        "it is not a run folder");
    row(
        "a run of a newer program",
        [=](const TinyFiles&, Plan&, const fs::path& run) {
            replaced(run / "run.json", "\"version\": 1", "\"version\": 2");
        },
        "version 2");
}

void ResumeTest::resumesOnlyTheSame()
{
    QFETCH(std::function<void(const TinyFiles&, Plan&, const fs::path&)>, change);
    QFETCH(QString, says);
    const TinyFiles files;
    Plan plan = stoppedPlan(tests::writeTable(files, 18));
    Watcher watcher;
    watcher.stopAfterEpochs = kStopAfter;
    const fs::path run = files.root() / "run";
    QVERIFY(train(plan, run, watcher).state == RunState::Stopped);
    change(files, plan, run);
    const std::string refusal = refusalOf(plan, run, true);
    QCOMPARE(refusal.empty(), says.isEmpty());
    QVERIFY2(contains(refusal, says.toStdString()), refusal.c_str());
}

void ResumeTest::survivesDamagedFiles_data()
{
    QTest::addColumn<QString>("damage");
    QTest::newRow("a bit flipped") << QString("a bit flipped");
    if (!qEnvironmentVariableIsEmpty("DIASCOPE_SLOW_TESTS")) {
        for (const char* damage : {"gone", "empty", "half", "other bytes", "a folder"}) {
            QTest::newRow(damage) << QString(damage);
        }
    }
}

/// Whatever file of a stopped run is damaged: it goes on to the very same result, or it names that file.
void ResumeTest::survivesDamagedFiles()
{
    QFETCH(QString, damage);
    const TinyFiles files;
    const Plan plan = stoppedPlan(tests::writeTable(files, 18));
    const fs::path stopped = files.root() / "stopped", run = files.root() / "run";
    Watcher whole, watcher;
    const RunResult expected = train(plan, files.root() / "whole", whole);
    watcher.stopAfterEpochs = kStopAfter;
    QVERIFY(train(plan, stopped, watcher).state == RunState::Stopped);
    const auto resultOf = [](const fs::path& folder) {
        return base::readFile(folder / "oof.csv") + base::readFile(folder / "test.csv");
    };
    std::vector<fs::path> all;
    for (const auto& entry : fs::recursive_directory_iterator(stopped)) {
        if (entry.is_regular_file() && entry.path().filename() != "lock") {
            all.push_back(fs::relative(entry.path(), stopped));
        }
    }
    QVERIFY(all.size() > 9);
    for (const fs::path& file : all) {
        copyRun(stopped, run);
        std::string bytes = base::readFile(run / file);
        fs::remove(run / file);
        if (damage == "half") {
            bytes.resize(bytes.size() / 2);
        } else if (damage == "empty") {
            bytes.clear();
        } else if (damage == "a bit flipped") {
            bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
        } else if (damage == "other bytes") {
            std::fill(bytes.begin(), bytes.end(), '\xA5');
        }
        if (damage == "a folder") {
            fs::create_directories(run / file / "inside");
        } else if (damage != "gone") {
            base::writeFileAtomically(run / file, std::string_view(bytes));
        }
        Watcher second;
        RunResult result;
        const auto error = tests::errorOf([&] { result = train(plan, run, second, true); });
        const std::string refusal = error ? error->what() : tests::lastProblem(result);
        if (refusal.empty()) {
            QVERIFY(result.state == RunState::Finished);
            QVERIFY2(
                resultOf(run) == resultOf(files.root() / "whole"), ("other predictions with " + file.string()).c_str());
            QVERIFY2(tests::tensorsOf(result.package) == tests::tensorsOf(expected.package),
                ("other weights with " + file.string()).c_str());
        } else {
            const std::string place = file.parent_path().filename().string();
            const bool named
                = contains(refusal, file.filename().string()) || (!place.empty() && contains(refusal, place));
            QVERIFY2(named, (file.string() + " is not named: " + refusal).c_str());
        }
    }
}

QTEST_GUILESS_MAIN(ResumeTest)
#include "ResumeTest.moc"
