// SPDX-License-Identifier: GPL-3.0-or-later
#include "search/MedianPruner.h"

#include <QTest>

using namespace diascope;
using search::Direction;
using search::MedianPruner;
using search::Trial;
using search::TrialState;

namespace {

using Reports = std::vector<std::pair<int, double>>;

Trial withReports(TrialState state, Reports reports)
{
    Trial trial;
    trial.state = state;
    trial.reports = std::move(reports);
    return trial;
}

/// Complete trials that reported 1, 2, … at each of three steps.
std::vector<Trial> complete(int count)
{
    std::vector<Trial> trials;
    for (int i = 1; i <= count; ++i) {
        trials.push_back(withReports(TrialState::Complete, {{0, i}, {1, i}, {2, i}}));
    }
    return trials;
}

} // namespace

class TestPruner final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void medianDecides_data();
    void medianDecides();
    void onlyCompleteTrialsCount();
    void trialsThatStoppedBeforeHaveNoSay();
};

void TestPruner::medianDecides_data()
{
    QTest::addColumn<int>("others");
    QTest::addColumn<int>("warmup");
    QTest::addColumn<bool>("enabled");
    QTest::addColumn<Reports>("reports");
    QTest::addColumn<bool>("maximise");
    QTest::addColumn<bool>("prune");
    // Median of 1..5 is 3, of 1..6 is 3.5.
    QTest::newRow("worse than the median") << 5 << 0 << true << Reports{{0, 3.1}} << false << true;
    QTest::newRow("the median itself") << 5 << 0 << true << Reports{{0, 3.0}} << false << false;
    QTest::newRow("between the middle two") << 6 << 0 << true << Reports{{0, 3.4}} << false << false;
    QTest::newRow("above the middle two") << 6 << 0 << true << Reports{{0, 3.6}} << false << true;
    QTest::newRow("too few trials") << 4 << 0 << true << Reports{{0, 9.0}} << false << false;
    QTest::newRow("its best so far counts") << 5 << 0 << true << Reports{{0, 2.0}, {1, 9.0}} << false << false;
    QTest::newRow("before the warm-up ends") << 5 << 1 << true << Reports{{0, 9.0}} << false << false;
    QTest::newRow("after the warm-up") << 5 << 1 << true << Reports{{0, 9.0}, {1, 9.0}} << false << true;
    QTest::newRow("maximising, worse") << 5 << 0 << true << Reports{{0, 2.9}} << true << true;
    QTest::newRow("maximising, better") << 5 << 0 << true << Reports{{0, 3.1}} << true << false;
    QTest::newRow("a step that nobody reached") << 5 << 0 << true << Reports{{7, 9.0}} << false << false;
    QTest::newRow("no report") << 5 << 0 << true << Reports{} << false << false;
    QTest::newRow("switched off") << 5 << 0 << false << Reports{{0, 9.0}} << false << false;
}

void TestPruner::medianDecides()
{
    QFETCH(int, others);
    QFETCH(int, warmup);
    QFETCH(bool, enabled);
    QFETCH(Reports, reports);
    QFETCH(bool, maximise);
    QFETCH(bool, prune);
    const MedianPruner pruner{.enabled = enabled, .startTrials = 5, .warmupSteps = warmup};
    const Trial trial = withReports(TrialState::Running, reports);
    QCOMPARE(pruner.shouldPrune(trial, complete(others), maximise ? Direction::Maximise : Direction::Minimise), prune);
}

void TestPruner::onlyCompleteTrialsCount()
{
    std::vector<Trial> trials = complete(4);
    for (const TrialState state :
        {TrialState::Pruned, TrialState::Failed, TrialState::Running, TrialState::Interrupted}) {
        trials.push_back(withReports(state, {{0, 1.0}}));
    }
    const Trial trial = withReports(TrialState::Running, {{0, 9.0}});
    QVERIFY(!MedianPruner().shouldPrune(trial, trials, Direction::Minimise));
    trials.push_back(withReports(TrialState::Complete, {{0, 1.0}}));
    QVERIFY(MedianPruner().shouldPrune(trial, trials, Direction::Minimise));
}

void TestPruner::trialsThatStoppedBeforeHaveNoSay()
{
    std::vector<Trial> trials = complete(3); // 1, 2, 3 at step 2: median 2
    trials.push_back(withReports(TrialState::Complete, {{0, 100.0}}));
    trials.push_back(withReports(TrialState::Complete, {{0, 100.0}}));
    QVERIFY(MedianPruner().shouldPrune(withReports(TrialState::Running, {{2, 2.5}}), trials, Direction::Minimise));
    QVERIFY(!MedianPruner().shouldPrune(withReports(TrialState::Running, {{2, 1.5}}), trials, Direction::Minimise));
}

QTEST_GUILESS_MAIN(TestPruner)
#include "TestPruner.moc"
