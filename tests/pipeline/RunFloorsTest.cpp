// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/RunFloors.h"
#include "pipeline/TinyRuns.h"
#include "support/ErrorOf.h"

#include <QTest>

#include <algorithm>
#include <cmath>

using namespace diascope;
using tests::TinyFiles;

namespace {

namespace fs = std::filesystem;

evaluate::Evaluation withAuc(double value, metrics::Interval interval)
{
    evaluate::Evaluation evaluation;
    evaluation.pooled.figures.push_back({"auc", {value, interval, "by hand", 12, {}}});
    return evaluation;
}

} // namespace

/// What trivial methods reach on a run's own folds.
class RunFloorsTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void judgesTheHeldOutParts();
    void leavesOutWhatIsGone();
    void saysWhatANetworkDoesNotBeat_data();
    void saysWhatANetworkDoesNotBeat();

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
    QCOMPARE(floors.classes, (std::vector<std::string>{"0", "1"}));
    QCOMPARE(floors.outOfFold.size(), std::size_t{3});
    QVERIFY(floors.test.empty() && floors.problems.empty());
    QVERIFY2(floors.on.find("3 folds") != std::string::npos && floors.on.find("first repeat") != std::string::npos, floors.on.c_str());
    for (const audit::Floor& floor : floors.outOfFold) { // each picture once: two repeats are not counted twice
        std::vector<std::size_t> rows = floor.rows;
        std::sort(rows.begin(), rows.end());
        QCOMPARE(rows.size(), std::size_t{36});
        QVERIFY(std::adjacent_find(rows.begin(), rows.end()) == rows.end());
    }
    QCOMPARE(floors.outOfFold[0].name, std::string("majority"));
    QVERIFY(std::abs(*floors.outOfFold[0].accuracy.value - 0.5) < 0.2);
    QCOMPARE(floors.outOfFold[1].name, std::string("nearest-neighbour"));
    QCOMPARE(*floors.outOfFold[1].accuracy.value, 1.0);
    QCOMPARE(*floors.outOfFold[1].auc.value, 1.0);
}

void RunFloorsTest::leavesOutWhatIsGone()
{
    const fs::path picture = m_files.root() / "images" / "case3.png", hidden = m_files.root() / "elsewhere.png";
    fs::rename(picture, hidden);
    const pipeline::RunFloors floors = pipeline::floorsOfRun(m_run, m_pool, 2);
    fs::rename(hidden, picture);
    QCOMPARE(floors.problems.size(), std::size_t{1});
    QVERIFY(floors.problems[0].subject.find("case3.png") != std::string::npos);
    QCOMPARE(floors.outOfFold[1].rows.size(), std::size_t{35});
    const auto error = tests::errorOf([&] { (void)pipeline::floorsOfRun(m_files.root() / "no run", m_pool, 1); });
    QVERIFY(error && std::string(error->what()).find("no run") != std::string::npos);
}

void RunFloorsTest::saysWhatANetworkDoesNotBeat_data()
{
    QTest::addColumn<double>("auc");
    QTest::addColumn<double>("low");
    QTest::addColumn<double>("high");
    QTest::addColumn<QString>("warning"); // empty: none of that kind
    QTest::newRow("worse than the nearest neighbour") << 0.7 << 0.6 << 0.8 << "not shown that the network beats";
    QTest::newRow("as good, so not better") << 1.0 << 0.9 << 1.0 << "not shown that the network beats";
}

void RunFloorsTest::saysWhatANetworkDoesNotBeat()
{
    QFETCH(double, auc);
    QFETCH(double, low);
    QFETCH(double, high);
    QFETCH(QString, warning);
    const pipeline::RunFloors floors = pipeline::floorsOfRun(m_run, m_pool, 2);
    evaluate::Evaluation evaluation = withAuc(auc, {low, high});
    pipeline::addFloors(evaluation, floors.outOfFold, floors.on);
    QCOMPARE(evaluation.floors.size(), std::size_t{3});
    QCOMPARE(evaluation.floors[1].auc.n, std::int64_t{36});
    QVERIFY(!evaluation.floorWords.empty());
    QVERIFY(std::any_of(evaluation.warnings.begin(), evaluation.warnings.end(),
                        [&](const std::string& text) { return text.find(warning.toStdString()) != std::string::npos; }));
    QVERIFY(std::any_of(evaluation.warnings.begin(), evaluation.warnings.end(),
                        [](const std::string& text) { return text.find("must be leaking") != std::string::npos; }));
}

QTEST_GUILESS_MAIN(RunFloorsTest)
#include "RunFloorsTest.moc"
