// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/RunFloors.h"
#include "pipeline/TinyRuns.h"
#include "support/ErrorOf.h"

#include <QTest>

#include <algorithm>
#include <cmath>

using namespace diascope;
using tests::TinyFiles;

namespace fs = std::filesystem;

namespace {

/// Every sample of the floors with this probability of class 1, or the right one where `right`.
evaluate::Predictions answersOn(const pipeline::Floors& floors, double share)
{
    const audit::Floor& floor = floors.methods.front();
    evaluate::Predictions predictions;
    predictions.classes = {"0", "1"};
    for (std::size_t i = 0; i < floor.rows.size(); ++i) {
        const bool right = static_cast<double>(i) < share * static_cast<double>(floor.rows.size());
        const double p = (floor.labels[i] == 1) == right ? 0.9 : 0.1;
        predictions.samples.push_back(floors.samples[floor.rows[i]]);
        predictions.labels.push_back(floor.labels[i]);
        predictions.probabilities.insert(predictions.probabilities.end(), {1.0 - p, p});
    }
    return predictions;
}

std::map<std::string, pipeline::PictureFile> picturesOf(const evaluate::Predictions& predictions, const fs::path& folder)
{
    std::map<std::string, pipeline::PictureFile> pictures;
    for (const std::string& sample : predictions.samples) {
        pictures[sample] = {folder / (sample + ".png"), 0};
    }
    return pictures;
}

} // namespace

/// What trivial methods reach on a run's own folds.
class RunFloorsTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void judgesTheHeldOutParts();
    void leavesOutWhatIsGone();
    void comparesCaseByCase_data();
    void comparesCaseByCase();
    void crossValidatesOnThePictures();
    void majorityWithoutPictures();
    void findsThePicturesOfSamples();

private:
    decode::DecoderPool m_pool{decode::PoolConfig{}};
    TinyFiles m_files;
    fs::path m_run;
};

void RunFloorsTest::initTestCase()
{
    m_run = m_files.root() / "run";
    pipeline::Plan plan = tests::crossPlan(tests::writeTable(m_files, 18), 1); // dark and bright: no method can miss it
    tests::Watcher watcher;
    const auto result = pipeline::train(plan, m_run, m_pool, watcher, {}, watcher.stop.get_token(), false);
    QVERIFY2(result.state == train::RunState::Finished, tests::lastProblem(result).c_str());
}

void RunFloorsTest::judgesTheHeldOutParts()
{
    const pipeline::RunFloors floors = pipeline::floorsOfRun(m_run, m_pool, 2);
    const auto& methods = floors.outOfFold.methods;
    const std::string& on = floors.outOfFold.on;
    QCOMPARE(methods.size(), std::size_t{3});
    QVERIFY(floors.test.methods.empty() && floors.test.on.starts_with("none") && floors.outOfFold.problems.empty());
    QVERIFY2(on.find("3 folds") != std::string::npos && on.find("first repeat") != std::string::npos, on.c_str());
    for (const audit::Floor& floor : methods) { // each picture once: two repeats are not counted twice
        std::vector<std::size_t> rows = floor.rows;
        std::sort(rows.begin(), rows.end());
        QCOMPARE(rows.size(), std::size_t{36});
        QVERIFY(std::adjacent_find(rows.begin(), rows.end()) == rows.end());
    }
    QCOMPARE(floors.outOfFold.methods[0].name, std::string("majority"));
    QVERIFY(std::abs(*floors.outOfFold.methods[0].accuracy.value - 0.5) < 0.2);
    QCOMPARE(floors.outOfFold.methods[1].name, std::string("nearest-neighbour"));
    QCOMPARE(*floors.outOfFold.methods[1].accuracy.value, 1.0);
    QCOMPARE(*floors.outOfFold.methods[1].auc.value, 1.0);
}

void RunFloorsTest::leavesOutWhatIsGone()
{
    const fs::path picture = m_files.root() / "images" / "case3.png", hidden = m_files.root() / "elsewhere.png";
    fs::rename(picture, hidden);
    const pipeline::RunFloors floors = pipeline::floorsOfRun(m_run, m_pool, 2);
    fs::rename(hidden, picture);
    QCOMPARE(floors.outOfFold.problems.size(), std::size_t{1});
    QVERIFY(floors.outOfFold.problems[0].subject.find("case3.png") != std::string::npos);
    QCOMPARE(floors.outOfFold.methods[1].rows.size(), std::size_t{35});
    const auto error = tests::errorOf([&] { (void)pipeline::floorsOfRun(m_files.root() / "no run", m_pool, 1); });
    QVERIFY(error && std::string(error->what()).find("no run") != std::string::npos);
}

void RunFloorsTest::comparesCaseByCase_data()
{
    QTest::addColumn<double>("share"); // of the cases that the network has right
    QTest::addColumn<QByteArray>("nearest"); // against the nearest neighbour, which is always right
    QTest::addColumn<QByteArray>("majority");
    QTest::newRow("as good, so not better") << 1.0 << QByteArray("cannot be told from it in accuracy")
                                            << QByteArray("beats it in accuracy");
    QTest::newRow("worse than the nearest neighbour") << 0.6 << QByteArray("does not beat it in accuracy")
                                                      << QByteArray("in accuracy");
}

void RunFloorsTest::comparesCaseByCase()
{
    QFETCH(double, share);
    QFETCH(QByteArray, nearest);
    QFETCH(QByteArray, majority);
    const pipeline::RunFloors floors = pipeline::floorsOfRun(m_run, m_pool, 2);
    const evaluate::Predictions predictions = answersOn(floors.outOfFold, share);
    evaluate::Evaluation evaluation = evaluate::evaluate(predictions, {.threshold = 0.5, .resamples = 0});
    pipeline::addFloors(evaluation, predictions, floors.outOfFold, {.resamples = 300});
    QCOMPARE(evaluation.floors.size(), std::size_t{3});
    QCOMPARE(evaluation.floors[1].auc.n, std::int64_t{36});
    QVERIFY2(evaluation.floors[1].sentence.find(nearest.toStdString()) != std::string::npos, evaluation.floors[1].sentence.c_str());
    QVERIFY2(evaluation.floors[0].sentence.find(majority.toStdString()) != std::string::npos, evaluation.floors[0].sentence.c_str());
    const auto warns = [&](const char* words) {
        return std::any_of(evaluation.warnings.begin(), evaluation.warnings.end(),
                           [&](const std::string& text) { return text.find(words) != std::string::npos; });
    };
    QVERIFY(warns("not shown that the model beats") && warns("must be leaking"));
}

void RunFloorsTest::crossValidatesOnThePictures()
{
    const evaluate::Predictions predictions = answersOn(pipeline::floorsOfRun(m_run, m_pool, 2).outOfFold, 1.0);
    auto pictures = picturesOf(predictions, m_files.root() / "images");
    const pipeline::Floors floors = pipeline::floorsOnPictures(predictions, pictures, m_pool, {.seed = 7, .threads = 2});
    QCOMPARE(floors.methods.size(), std::size_t{3});
    QVERIFY2(floors.on.find("seed 7") != std::string::npos && floors.on.find("the model was not") != std::string::npos, floors.on.c_str());
    QVERIFY(floors.samples.empty()); // rows of the predictions
    for (const audit::Floor& floor : floors.methods) {
        for (std::size_t i = 0; i < floor.rows.size(); ++i) {
            QCOMPARE(floor.labels[i], predictions.labels[floor.rows[i]]);
        }
    }
    const pipeline::Floors some = pipeline::floorsOnPictures(predictions, pictures, m_pool, {.most = 20, .threads = 2});
    QCOMPARE(some.methods[0].rows.size(), std::size_t{20});
    QVERIFY2(some.on.starts_with("20 of the 36 evaluated pictures"), some.on.c_str());
    for (auto& [sample, picture] : pictures) {
        picture.file += ".gone";
    }
    const pipeline::Floors none = pipeline::floorsOnPictures(predictions, pictures, m_pool, {.threads = 2});
    QVERIFY(none.methods.size() == 1 && none.methods[0].name == "majority" && none.problems.size() == 36);
    QVERIFY2(none.on.find("none of the pictures can be read") != std::string::npos, none.on.c_str());
    std::stop_source stop;
    stop.request_stop();
    const auto stopped = tests::errorOf([&] { (void)pipeline::floorsOnPictures(predictions, pictures, m_pool, {}, {}, stop.get_token()); });
    QVERIFY(stopped && stopped->code() == base::ErrorCode::Stopped);
}

void RunFloorsTest::majorityWithoutPictures()
{
    evaluate::Predictions predictions;
    predictions.classes = {"a", "b"};
    for (int i = 0; i < 30; ++i) {
        predictions.labels.push_back(i < 21 ? 0 : 1);
        predictions.probabilities.insert(predictions.probabilities.end(), {0.5, 0.5});
    }
    const pipeline::Floors floors = pipeline::majorityOf(predictions, "there are none");
    QCOMPARE(*floors.methods.at(0).accuracy.value, 0.7);
    QVERIFY2(floors.on.ends_with("left out: there are none"), floors.on.c_str());
    predictions.samples.assign(30, "the same"); // repeats of one sample: the first counts
    QCOMPARE(pipeline::majorityOf(predictions, "").methods.at(0).rows.size(), std::size_t{1});
}

void RunFloorsTest::findsThePicturesOfSamples()
{
    const fs::path root = m_files.root();
    const std::vector<std::string> samples{"images/case1.png", "case2", "images/case3.png#4", "nowhere"};
    dataset::Source table{.path = root / "predictions.csv"};
    const auto plain = pipeline::picturesOfSamples(samples, table, m_pool);
    QCOMPARE(plain.size(), std::size_t{2}); // paths only
    QCOMPARE(plain.at("images/case3.png#4").frame, 4);
    table.imageFolder = root / "images";
    const auto found = pipeline::picturesOfSamples(samples, table, m_pool);
    QCOMPARE(found.at("case2").file.filename(), fs::path("case2.png"));
    QVERIFY(!found.contains("nowhere"));
    table.imageFolder = root / "no such folder";
    QVERIFY(tests::errorOf([&] { (void)pipeline::picturesOfSamples(samples, table, m_pool); }));
}

QTEST_GUILESS_MAIN(RunFloorsTest)
#include "RunFloorsTest.moc"
