// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/Ranks.h"
#include "metrics/Roc.h"
#include "metrics/GoldenSet.h"
#include "support/ErrorOf.h"

#include <limits>
#include <vector>

using namespace diascope;
using tests::near;

class TestRoc : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void midRanksShareTies()
    {
        const std::vector<double> values = {3.0, 1.0, 3.0, 2.0, 3.0};
        QVERIFY(metrics::midRanks(values) == (std::vector<double>{4.0, 1.0, 4.0, 2.0, 4.0}));
        QVERIFY(metrics::midRanks({}).empty());
    }

    void goldenSet()
    {
        const tests::GoldenSet g20;
        QVERIFY(near(*metrics::rocAuc(g20.labels, g20.scores).value, 91.0 / 99.0));
        const auto point = metrics::youdenPoint(g20.labels, g20.scores);
        QVERIFY(point.has_value());
        QCOMPARE(point->threshold, 0.55);
        QVERIFY(near(point->sensitivity, 7.0 / 9.0) && near(point->specificity, 10.0 / 11.0));
        QVERIFY(near(point->youdenJ(), 0.6868686868686869));
    }

    void smallCases_data()
    {
        QTest::addColumn<QList<int>>("labels");
        QTest::addColumn<QList<double>>("scores");
        QTest::addColumn<double>("area"); // negative: undefined
        QTest::addColumn<QString>("reason");
        QTest::newRow("perfect") << QList{0, 0, 1, 1} << QList{.1, .2, .3, .4} << 1.0 << "";
        QTest::newRow("inverted") << QList{1, 1, 0, 0} << QList{.1, .2, .3, .4} << 0.0 << "";
        QTest::newRow("all equal") << QList{0, 1, 0, 1} << QList{.5, .5, .5, .5} << 0.5 << "";
        QTest::newRow("one tie") << QList{0, 1, 1} << QList{.5, .5, .9} << 0.75 << "";
        QTest::newRow("infinite score") << QList{0, 1} << QList{.5, std::numeric_limits<double>::infinity()} << 1.0 << "";
        QTest::newRow("one class") << QList{1, 1} << QList{.5, .6} << -1.0 << "one class only";
        QTest::newRow("nothing") << QList<int>() << QList<double>() << -1.0 << "no cases";
        QTest::newRow("NaN") << QList{0, 1} << QList{.5, std::nan("")} << -1.0 << "a score is not a number";
    }
    void smallCases()
    {
        QFETCH(QList<int>, labels);
        QFETCH(QList<double>, scores);
        QFETCH(double, area);
        QFETCH(QString, reason);
        const metrics::Figure figure = metrics::rocAuc(labels, scores);
        QCOMPARE(figure.value.value_or(-1.0), area);
        QCOMPARE(QString::fromStdString(figure.reason), reason);
        QCOMPARE(metrics::youdenPoint(labels, scores).has_value(), figure.value.has_value());
    }

    void youdenTakesTheHighestOfEqualMaxima()
    {
        // J = 1/2 at 0.9 (1 of 2 found, nothing false) and at 0.6 (both found, one false of two).
        const std::vector<int> labels = {1, 0, 1, 0};
        const std::vector<double> scores = {.9, .7, .6, .1};
        const auto point = metrics::youdenPoint(labels, scores);
        QCOMPARE(point->threshold, 0.9);
        QCOMPARE(point->youdenJ(), 0.5);
        const std::vector<double> constant = {.5, .5, .5, .5};
        QCOMPARE(metrics::youdenPoint(labels, constant)->threshold, std::numeric_limits<double>::infinity());
    }

    void macroAreaNeedsEveryClass()
    {
        const std::vector<int> labels = {0, 0, 1};
        const std::vector<double> three = {.6, .3, .1, .5, .4, .1, .2, .7, .1};
        QVERIFY(near(*metrics::macroRocAuc(std::vector<int>{0, 1, 2}, std::vector<double>{.8, .1, .1, .1, .8, .1, .1, .1, .8}, 3).value, 1.0));
        const metrics::Figure missing = metrics::macroRocAuc(labels, three, 3);
        QVERIFY(!missing);
        QCOMPARE(missing.reason, std::string("no case of class 2"));
    }

    void wrongShapesAreBugs()
    {
        const std::vector<int> labels = {0, 1};
        const std::vector<double> three = {.1, .2, .3};
        QCOMPARE(tests::codeName(tests::errorOf([&] { (void)metrics::rocAuc(labels, three); })), "internal");
        QCOMPARE(tests::codeName(tests::errorOf([&] { (void)metrics::macroRocAuc(labels, three, 2); })), "internal");
        QCOMPARE(tests::codeName(tests::errorOf([&] { (void)metrics::rocAuc(std::vector<int>{0, 2, 1}, three); })), "internal");
    }
};

QTEST_APPLESS_MAIN(TestRoc)
#include "TestRoc.moc"
