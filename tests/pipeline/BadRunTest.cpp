// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/AtomicFile.h"
#include "base/Csv.h"
#include "pipeline/TinyRuns.h"
#include "runs/RunFolder.h"
#include "support/ErrorOf.h"

#include <QTest>

#include <cmath>
#include <fstream>
#include <map>

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

/// Pictures 0..n-1, dark for label 0 and bright for 1, in a table with these further columns.
fs::path tableOf(const TinyFiles& files, const std::string& labels, const std::string& header,
    const std::function<std::string(int)>& cells)
{
    std::string table = "image,target" + header + "\n";
    for (int i = 0; i < static_cast<int>(labels.size()); ++i) {
        const char label = labels[static_cast<std::size_t>(i)];
        files.picture("images/" + std::to_string(i) + ".png", (label == '1' ? 150 : 60) + i % 13, 40);
        table += std::to_string(i) + "," + label + cells(i) + "\n";
    }
    return files.text("Train.csv", table);
}

std::string alternating(int count)
{
    std::string labels;
    for (int i = 0; i < count; ++i) {
        labels += i % 2 == 0 ? '0' : '1';
    }
    return labels;
}

/// Data rows of a CSV file of ours as they stand there, cell by cell, quotes kept. No cell may hold a comma.
std::vector<std::vector<std::string>> rawCells(const fs::path& file)
{
    std::vector<std::vector<std::string>> rows;
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
        std::vector<std::string>& row = rows.emplace_back();
        for (std::size_t begin = 0; begin <= line.size();) {
            const std::size_t end = std::min(line.find(',', begin), line.size());
            row.push_back(line.substr(begin, end - begin));
            begin = end + 1;
        }
    }
    return rows;
}

} // namespace

/// What goes wrong in a run that was planned well: safety.md 2.4.
class BadRunTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void trainsInBatchesOfTwoOnThreeImages();
    void learnsWithAFoldOfOneClass();
    void refusesDataOfOneClass();
    void saysThatAClassCannotBeLearnt();
    void aFoldThatExplodesEndsAlone();
    void everyFoldThatExplodesKeepsItsBest();
    void writesNoFormulas();
    void startsFromAPackageOfOtherClasses();

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

void BadRunTest::trainsInBatchesOfTwoOnThreeImages()
{
    const TinyFiles files;
    Plan plan = planFor(tableOf(files, "01010", ",split", [](int i) { return i < 3 ? ",train" : ",validation"; }), 2);
    plan.split.kind = "predefined";
    plan.training.batchSize = 2;
    plan.training.balance = false;
    plan.training.microBatch = 2;
    Watcher watcher;
    const RunResult result = train(plan, files.root() / "run", watcher);
    QVERIFY2(result.state == RunState::Finished, tests::lastProblem(result).c_str());
    QCOMPARE(watcher.epochs.size(), std::size_t{2});
    QCOMPARE(watcher.epochs[0].train.samples, std::int64_t{3});
    QVERIFY(std::isfinite(watcher.epochs[1].train.loss) && std::isfinite(watcher.epochs[1].validation.loss));

    Plan large = plan; // a batch larger than the data
    large.training.batchSize = 65536;
    Watcher second;
    QVERIFY(train(large, files.root() / "large", second).state == RunState::Finished);
    QCOMPARE(second.epochs[0].train.samples, std::int64_t{3});
}

void BadRunTest::learnsWithAFoldOfOneClass()
{
    const TinyFiles files; // fold 2 validates on class 1 alone
    Plan plan = planFor(tableOf(files, alternating(24) + "1111", ",fold",
                            [](int i) { return "," + std::to_string(i < 24 ? i / 2 % 2 : 2); }),
        2);
    plan.split.kind = "predefined";
    Watcher watcher;
    const RunResult result = train(plan, files.root() / "run", watcher);
    QVERIFY2(result.state == RunState::Finished, tests::lastProblem(result).c_str());
    QVERIFY(watcher.said("holds one class only, so its AUC is undefined: the validation loss is monitored"));
    QVERIFY(std::any_of(result.problems.begin(), result.problems.end(), [](const base::Problem& problem) {
        return contains(problem.subject, "fold 2") && contains(problem.detail, "one class only, '1'");
    }));
    QCOMPARE(result.result["folds"].size(), std::size_t{3});
    QVERIFY(result.result["folds"][2]["metrics"]["auc"]["value"].is_null());
    QVERIFY(result.result["folds"][0]["metrics"]["auc"]["value"].is_number());
    QVERIFY(result.result["metrics"]["auc"]["value"].is_number()); // pooled, both classes are there
    QCOMPARE(nn::readPackage(result.package).members.size(), std::size_t{3});
}

void BadRunTest::refusesDataOfOneClass()
{
    const TinyFiles files;
    const fs::path table = tableOf(files, "1111111111", "", [](int) { return std::string(); });
    const std::string refusal = refusalOf(planFor(table, 1), files.root() / "run", false);
    QVERIFY2(contains(refusal, "Train.csv") && contains(refusal, "all images are of one class, '1'"), refusal.c_str());
}

void BadRunTest::saysThatAClassCannotBeLearnt()
{
    const TinyFiles files; // class 2 stands in the validation part alone
    Plan plan = planFor(tableOf(files, alternating(16) + "222", ",split",
                            [](int i) { return i % 8 < 6 && i < 16 ? ",train" : ",val"; }),
        1);
    plan.split.kind = "predefined";
    Watcher watcher;
    const RunResult result = train(plan, files.root() / "run", watcher);
    QVERIFY2(result.state == RunState::Finished, tests::lastProblem(result).c_str());
    QVERIFY(std::any_of(result.problems.begin(), result.problems.end(), [](const base::Problem& problem) {
        return contains(problem.detail, "no sample of class '2', which cannot be learnt");
    }));
    QVERIFY(contains(result.result["problems"].dump(), "cannot be learnt"));
}

void BadRunTest::aFoldThatExplodesEndsAlone()
{
    const TinyFiles files; // fold 0 learns from 6 images in one step an epoch, the others from 30 and more in many
    Plan plan = planFor(tableOf(files, alternating(36), ",fold",
                            [](int i) {
                                return "," + std::to_string(i < 30 ? 0 : i < 33 ? 1 : 2);
                            }),
        1);
    plan.split.kind = "predefined";
    plan.training.learningRate = plan.training.backboneLearningRate = 0.03;
    plan.training.weightDecay = 100.0; // every weight doubles with each step, from layer to layer
    plan.training.batchSize = 6;
    plan.training.balance = false;
    Watcher watcher;
    const RunResult result = train(plan, files.root() / "run", watcher);
    QVERIFY2(result.state == RunState::Finished, tests::lastProblem(result).c_str());
    const base::Json& folds = result.result["folds"];
    QCOMPARE(folds.size(), std::size_t{3});
    QCOMPARE(folds[0]["stopped"].get<std::string>(), std::string("epochs"));
    for (const int fold : {1, 2}) {
        const base::Json& failed = folds[static_cast<std::size_t>(fold)];
        QVERIFY2(contains(failed["stopped"].get<std::string>(), "not a finite number"), failed.dump().c_str());
        QVERIFY(!failed.contains("metrics"));
        QVERIFY(watcher.said("Fold 0-" + std::to_string(fold) + " failed: the ")); // training or validation loss
    }
    QVERIFY(contains(base::readFile(files.root() / "run" / "log.txt"), "Fold 0-1 failed"));
    QCOMPARE(nn::readPackage(result.package).members.size(), std::size_t{1});
    QCOMPARE(result.result["n"].get<int>(), 30); // of the fold that lived
    QCOMPARE(base::readCsv(files.root() / "run" / "oof.csv").rows.size(), std::size_t{30});
    for (const auto& row : base::readCsv(files.root() / "run" / "oof.csv").rows) {
        QVERIFY(row.back() != "nan" && row.back() != "-nan");
    }
}

void BadRunTest::everyFoldThatExplodesKeepsItsBest()
{
    const TinyFiles files;
    Plan plan = planFor(tests::writeTable(files, 12), 8);
    plan.split.kind = "stratified-kfold";
    plan.split.folds = 2;
    plan.training.weightDecay = 100.0;
    plan.training.learningRate = plan.training.backboneLearningRate = 0.2;
    plan.training.schedule.kind = "warmup-cosine";
    plan.training.schedule.warmup = 0.99; // harmless at first
    plan.training.schedule.smallest = 0.0;
    plan.training.batchSize = 65536; // a step an epoch
    Watcher watcher;
    const RunResult result = train(plan, files.root() / "run", watcher);
    QVERIFY2(result.state == RunState::Finished, tests::lastProblem(result).c_str());
    QVERIFY(watcher.said("Training ends here: ") && watcher.said(" is kept."));
    for (const base::Json& fold : result.result["folds"]) {
        QVERIFY2(contains(fold["stopped"].get<std::string>(), "not a finite number"), fold.dump().c_str());
        QVERIFY(fold["epochs"].get<int>() >= 1 && fold["epochs"].get<int>() < 8);
        QVERIFY(fold["metrics"]["logLoss"].is_number());
    }
    QCOMPARE(nn::readPackage(result.package).members.size(), std::size_t{2});
}

void BadRunTest::writesNoFormulas()
{
    const TinyFiles files;
    const std::vector<std::string> names{
        "=cmd|'%2Fc calc'!A1", "=HYPERLINK(\"http:%2F%2Fx\"&A1)", "@SUM(1)", "-img", "+img", "-3.2"};
    std::string table = "image\tlabel\tpatient\tsplit\n";
    for (int i = 0; i < 32; ++i) {
        const std::string& start = names[static_cast<std::size_t>(i) % names.size()];
        const std::string id = start + " " + std::to_string(i);
        files.picture("images/" + id + ".png", i % 2 == 0 ? 60 : 150, 40);
        std::string cell = id; // as a spreadsheet would quote it
        for (std::size_t at = cell.find('"'); at != std::string::npos; at = cell.find('"', at + 2)) {
            cell.insert(at, 1, '"');
        }
        table += "\"" + cell + "\"\t" + (i % 2 == 0 ? "-1" : "=1+1") + "\t@p" + std::to_string(i) + "\t"
            + (i < 20        ? "train"
                    : i < 26 ? "val"
                             : "test")
            + "\n";
    }
    Plan plan = planFor(files.text("Train.tsv", table), 1);
    plan.split.kind = "predefined";
    Watcher watcher;
    const fs::path run = files.root() / "run";
    const RunResult result = train(plan, run, watcher);
    QVERIFY2(result.state == RunState::Finished, tests::lastProblem(result).c_str());
    for (const auto& [name, rows] :
        std::map<std::string, std::size_t>{{"splits.csv", 32}, {"oof.csv", 6}, {"test.csv", 6}}) {
        const auto cells = rawCells(run / name);
        QCOMPARE(cells.size(), rows + 1);
        for (const auto& row : cells) {
            for (const std::string& cell : row) {
                QVERIFY2(cell.empty() || std::string("=@+\t\r").find(cell.front()) == std::string::npos,
                    (name + ": " + cell).c_str());
                QVERIFY2(!cell.starts_with("\"=") && !cell.starts_with("\"@"), (name + ": " + cell).c_str());
                QVERIFY2(!cell.starts_with('-') || cell == "-1", (name + ": " + cell).c_str()); // a number stays one
            }
        }
    }
    const base::CsvTable back = runs::RunFolder::view(run).readTable("splits.csv");
    QCOMPARE(back.rows[0][0], names[0] + " 0");
    QCOMPARE(back.rows[1][1], std::string("@p1"));
    QCOMPARE(back.rows[0][2], std::string("-1"));
    QCOMPARE(back.rows[1][2], std::string("=1+1"));
}

void BadRunTest::startsFromAPackageOfOtherClasses()
{
    const TinyFiles files;
    const fs::path two = tests::writeTable(files, 12);
    Watcher watcher;
    const RunResult first = train(planFor(two, 1), files.root() / "two", watcher);
    QVERIFY2(first.state == RunState::Finished, tests::lastProblem(first).c_str());
    std::string table = "image,label\n";
    for (int i = 0; i < 24; ++i) {
        table += "case" + std::to_string(i) + "," + std::to_string(i % 3) + "\n";
    }
    Plan plan = planFor(files.text("Three.csv", table), 1);
    plan.model.weights = first.package.string();
    Watcher second;
    const RunResult result = train(plan, files.root() / "three", second);
    QVERIFY2(result.state == RunState::Finished, tests::lastProblem(result).c_str());
    QVERIFY(second.said("new: 'head.4.")); // said, not loaded in silence
    QCOMPARE(nn::readPackage(result.package).manifest.classes.size(), std::size_t{3});
    plan.model.architecture = "neuroflux_cnn"; // and weights of another network not at all
    plan.preprocess = base::Json();
    plan.model.weights = first.package.string();
    const std::string refusal = refusalOf(plan, files.root() / "other", false);
    QVERIFY2(contains(refusal, "package.safetensors") && contains(refusal, "do not fit the network neuroflux_cnn"),
        refusal.c_str());
}

QTEST_GUILESS_MAIN(BadRunTest)
#include "BadRunTest.moc"
