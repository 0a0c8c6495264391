// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/AtomicFile.h"
#include "base/Csv.h"
#include "pipeline/Split.h"
#include "pipeline/TinyRuns.h"

#include <QTest>

#include <map>
#include <set>

using namespace diascope;
using pipeline::Plan;

namespace {

base::Json threeFixes()
{
    return base::Json::array({{{"sample", "case0"}, {"fix", "exclude"}, {"reason", "blank"}},
        {{"sample", "case4"}, {"fix", "relabel"}, {"value", "1"}},
        {{"sample", "case6"}, {"fix", "group"}, {"value", "p1"}}});
}

/// sample -> its row of a splits.csv.
std::map<std::string, std::vector<std::string>> rowsOf(const base::CsvTable& table)
{
    std::map<std::string, std::vector<std::string>> rows;
    for (const auto& row : table.rows) {
        rows[row[0]] = row;
    }
    return rows;
}

void checkSplits(const base::CsvTable& table)
{
    QCOMPARE(table.header, (std::vector<std::string>{"sample", "group", "label", "repeat", "fold", "role"}));
    const auto rows = rowsOf(table);
    QVERIFY(!rows.contains("case0"));
    QVERIFY(rows.contains("case1"));
    QCOMPARE(rows.at("case4")[2], std::string("1")); // of patient 2, who is 0 in the table
    QCOMPARE(rows.at("case5")[2], std::string("0"));
    QCOMPARE(rows.at("case6")[1], std::string("p1"));
    QCOMPARE(rows.at("case6")[5], rows.at("case2")[5]); // one group, one part
    QCOMPARE(rows.at("case6")[5], rows.at("case3")[5]);
}

} // namespace

/// data.fixes of a plan reach the splits of a run.
class FixedRunTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void splitsFollowTheFixes();
    void aRunFollowsTheFixes();
    void thePlanKeepsThem();
    void badFixesAreNamed_data();
    void badFixesAreNamed();

private:
    decode::DecoderPool m_pool{decode::PoolConfig{}};
};

void FixedRunTest::splitsFollowTheFixes()
{
    const tests::TinyFiles files;
    Plan plan = tests::planFor(tests::writeTable(files, 12), 1);
    plan.data.fixes = threeFixes();
    const pipeline::SplitOutcome outcome = pipeline::split(plan, m_pool, {}, {});
    checkSplits(base::parseCsv(outcome.csv, "splits.csv"));
    QVERIFY(std::find(outcome.notes.begin(), outcome.notes.end(),
                "1 excluded, 1 relabelled, 1 put into a named group by data.fixes.")
        != outcome.notes.end());
}

void FixedRunTest::aRunFollowsTheFixes()
{
    const tests::TinyFiles files;
    Plan plan = tests::planFor(tests::writeTable(files, 12), 1);
    plan.data.fixes = threeFixes();
    QVERIFY(plan.check().empty());
    tests::Watcher watcher;
    const auto run = files.root() / "run";
    (void)pipeline::train(plan, run, m_pool, watcher, {}, watcher.stop.get_token());
    checkSplits(base::readCsv(run / "splits.csv"));
    const Plan kept = pipeline::planFromYaml(base::readFile(run / "plan.yaml"), "plan.yaml");
    QVERIFY(kept.data.fixes == plan.data.fixes);
}

void FixedRunTest::thePlanKeepsThem()
{
    Plan plan;
    QVERIFY(pipeline::toJson(plan)["data"]["fixes"] == base::Json::array());
    QVERIFY(pipeline::planFromYaml(pipeline::toYaml(plan), "plan").data.fixes.is_null());
    plan.data.fixes = threeFixes();
    QVERIFY(pipeline::planFromYaml(pipeline::toYaml(plan), "plan") == plan);
    Plan set;
    pipeline::setKey(set, "data.fixes", "[{sample: case0, fix: exclude}]");
    QCOMPARE(set.data.fixes.size(), std::size_t{1});
}

void FixedRunTest::badFixesAreNamed_data()
{
    QTest::addColumn<QString>("fixes");
    QTest::addColumn<QString>("word");
    QTest::newRow("unknown key") << QStringLiteral("[{\"sample\":\"a\",\"fix\":\"exclude\",\"reson\":\"x\"}]")
                                 << QStringLiteral("reason");
    QTest::newRow("unknown kind") << QStringLiteral("[{\"sample\":\"a\",\"fix\":\"drop\"}]")
                                  << QStringLiteral("exclude, relabel, group");
    QTest::newRow("no sample") << QStringLiteral("[{\"sample\":\"\",\"fix\":\"exclude\"}]")
                               << QStringLiteral("no sample");
    QTest::newRow("no list") << QStringLiteral("{\"a\":1}") << QStringLiteral("list");
}

void FixedRunTest::badFixesAreNamed()
{
    QFETCH(QString, fixes);
    QFETCH(QString, word);
    Plan plan = tests::planFor("x.csv", 1);
    plan.data.fixes = base::Json::parse(fixes.toStdString());
    const auto problems = plan.check();
    QCOMPARE(problems.size(), std::size_t{1});
    QVERIFY2(
        QString::fromStdString(problems[0].subject + problems[0].detail).contains(word), problems[0].detail.c_str());
}

QTEST_GUILESS_MAIN(FixedRunTest)
#include "FixedRunTest.moc"
