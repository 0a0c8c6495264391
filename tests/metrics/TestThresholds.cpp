// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/DecisionCurve.h"
#include "metrics/GoldenSet.h"
#include "metrics/PrecisionRecall.h"
#include "metrics/SampleSize.h"
#include "metrics/Thresholds.h"
#include "support/ErrorOf.h"

#include <cmath>
#include <limits>
#include <vector>

using namespace diascope;
using tests::near;

class TestThresholds : public QObject {
    Q_OBJECT

private Q_SLOTS:
    /// Read off the curve of the golden set by hand.
    void sensitivityAndSpecificity()
    {
        const tests::GoldenSet g20;
        const auto sorted = metrics::scoreSteps(g20.labels, g20.scores);
        const auto all = metrics::specificityAtSensitivity(sorted, 1.0);
        QCOMPARE(all->threshold, 0.35);
        QVERIFY(near(all->specificity, 6.0 / 11.0));
        const auto none = metrics::sensitivityAtSpecificity(sorted, 1.0);
        QCOMPARE(none->threshold, 0.65);
        QVERIFY(near(none->sensitivity, 6.0 / 9.0));
        QCOMPARE(metrics::sensitivityAtSpecificity(sorted, 0.9)->threshold, 0.55);
        QCOMPARE(metrics::specificityAtSensitivity(sorted, 0.0)->threshold, std::numeric_limits<double>::infinity());
        QCOMPARE(metrics::sensitivityAtSpecificity(sorted, 0.0)->sensitivity, 1.0);
        QVERIFY(near(metrics::pointAt(sorted, 0.5)->sensitivity, 7.0 / 9.0)
            && near(metrics::pointAt(sorted, 0.5)->specificity, 9.0 / 11.0));
        QVERIFY(metrics::pointAt(sorted, 2.0)->sensitivity == 0.0);
    }

    /// Equal costs at the data's own prevalence: the most correct answers; a dear miss moves it down.
    void leastCost()
    {
        const tests::GoldenSet g20;
        const auto sorted = metrics::scoreSteps(g20.labels, g20.scores);
        const auto equal = metrics::leastCostPoint(sorted, {});
        QCOMPARE(equal->point.threshold, 0.65); // 3 wrong of 20, as at 0.55; the higher threshold stands
        QVERIFY(near(equal->cost, 3.0 / 20.0));
        QCOMPARE(metrics::leastCostPoint(sorted, {1.0, 100.0, std::nullopt})->point.threshold, 0.35);
        QCOMPARE(
            metrics::leastCostPoint(sorted, {1.0, 1.0, 0.0})->point.threshold, std::numeric_limits<double>::infinity());
        for (const metrics::Costs& bad :
            {metrics::Costs{-1.0, 1.0, {}}, metrics::Costs{0.0, 0.0, {}}, metrics::Costs{1.0, 1.0, 1.5}}) {
            QCOMPARE(tests::codeName(tests::errorOf([&] { (void)metrics::leastCostPoint(sorted, bad); })), "usage");
        }
    }

    void oneClassGivesNothing()
    {
        const auto sorted = metrics::scoreSteps(std::vector<int>{1, 1}, std::vector<double>{.1, .2});
        QVERIFY(!metrics::specificityAtSensitivity(sorted, 0.9) && !metrics::sensitivityAtSpecificity(sorted, 0.9));
        QVERIFY(!metrics::leastCostPoint(sorted, {}) && !metrics::pointAt(sorted, 0.5));
        QCOMPARE(
            metrics::precisionRecallCurve(metrics::scoreSteps(std::vector<int>{0}, std::vector<double>{.1})).reason,
            std::string("no positives"));
        const double nan = std::numeric_limits<double>::quiet_NaN();
        QCOMPARE(
            metrics::precisionRecallCurve(metrics::scoreSteps(std::vector<int>{1, 0}, std::vector<double>{.1, nan}))
                .reason,
            std::string("a score is not a number"));
        QVERIFY(metrics::decisionCurve(metrics::scoreSteps({}, {}), metrics::hundredths()).empty());
    }

    void netBenefitByHand()
    {
        const auto sorted = metrics::scoreSteps(std::vector<int>{0, 1, 1, 0}, std::vector<double>{.2, .6, .9, .7});
        const auto point = metrics::decisionCurve(sorted, std::vector<double>{0.5}).front();
        QVERIFY(near(point.model, 0.5 - 0.25) && near(point.treatAll, 0.0));
        QCOMPARE(metrics::hundredths().size(), std::size_t{99});
        QCOMPARE(
            tests::codeName(tests::errorOf([&] { (void)metrics::decisionCurve(sorted, std::vector<double>{1.0}); })),
            "internal");
    }

    /// Wilson's width at p = 1/2 is z / sqrt(n + z^2); Hanley and McNeil 1982 give 0.032 for 0.893 with 51 and 58
    /// cases.
    void sampleSizes()
    {
        QCOMPARE(metrics::casesForProportion(0.5, 0.1), 381);
        QCOMPARE(metrics::casesForProportion(0.5, 0.2), 93);
        QVERIFY(metrics::casesForProportion(0.9, 0.1) < 381);
        QVERIFY(near(std::sqrt(metrics::aucVariance(0.893, 51, 58, metrics::AucVariance::HanleyMcNeil)), 0.0325, 1e-4));
        QVERIFY(near(metrics::aucVariance(0.8, 1, 1, metrics::AucVariance::Obuchowski), 0.11946, 1e-4));
        const auto n = metrics::casesForAuc({0.8, 0.1, 0.5}, metrics::AucVariance::HanleyMcNeil);
        const double half = 0.5 * static_cast<double>(n);
        QVERIFY(
            2 * 1.96 * std::sqrt(metrics::aucVariance(0.8, half, half, metrics::AucVariance::HanleyMcNeil)) <= 0.1001);
        QVERIFY(2 * 1.96 * std::sqrt(metrics::aucVariance(0.8, half - 3, half - 3, metrics::AucVariance::HanleyMcNeil))
            > 0.1);
        QVERIFY(metrics::casesForAuc({0.8, 0.1, 0.1}, metrics::AucVariance::Obuchowski) > n);
    }

    void sampleSizesOutOfRange()
    {
        const auto code = [](auto&& action) { return tests::codeName(tests::errorOf(action)); };
        const double nan = std::numeric_limits<double>::quiet_NaN();
        QCOMPARE(code([] { (void)metrics::casesForProportion(1.5, 0.1); }), "usage");
        QCOMPARE(code([=] { (void)metrics::casesForProportion(0.5, nan); }), "usage");
        QCOMPARE(code([] { (void)metrics::casesForProportion(0.5, 1e-9); }), "usage");
        QCOMPARE(code([] { (void)metrics::casesForAuc({1.0, 0.1, 0.5}, metrics::AucVariance::Obuchowski); }), "usage");
        QCOMPARE(code([] { (void)metrics::casesForAuc({0.8, 0.0, 0.5}, metrics::AucVariance::Obuchowski); }), "usage");
        QCOMPARE(code([] { (void)metrics::casesForAuc({0.8, 0.1, 1.0}, metrics::AucVariance::Obuchowski); }), "usage");
    }

    void warnings_data()
    {
        QTest::addColumn<QList<qint64>>("cases");
        QTest::addColumn<qint64>("patients");
        QTest::addColumn<QStringList>("words"); // one a warning
        QTest::newRow("enough") << QList<qint64>{300, 400} << qint64{100} << QStringList();
        QTest::newRow("none of a class") << QList<qint64>{0, 400} << qint64{0} << QStringList{"has no case"};
        QTest::newRow("one") << QList<qint64>{1, 400} << qint64{0} << QStringList{"has 1 case; below 10"};
        QTest::newRow("some") << QList<qint64>{50, 400} << qint64{0} << QStringList{"at least 100"};
        QTest::newRow("curve") << QList<qint64>{150, 400} << qint64{0} << QStringList{"calibration curve"};
        QTest::newRow("patients") << QList<qint64>{300, 400} << qint64{7} << QStringList{"7 patients"};
        QTest::newRow("three classes") << QList<qint64>{150, 400, 5} << qint64{1}
                                       << QStringList{"'c' has 5", "1 patient;"};
    }
    void warnings()
    {
        QFETCH(QList<qint64>, cases);
        QFETCH(qint64, patients);
        QFETCH(QStringList, words);
        metrics::SampleCounts counts{{cases.begin(), cases.end()}, {"a", "b", "c"}, patients};
        const auto list = metrics::sampleWarnings(counts);
        QCOMPARE(static_cast<qsizetype>(list.size()), words.size());
        for (qsizetype i = 0; i < words.size(); ++i) {
            const auto text = QString::fromStdString(list[static_cast<std::size_t>(i)]);
            QVERIFY2(text.contains(words[i]), qPrintable(text));
        }
    }
};

QTEST_APPLESS_MAIN(TestThresholds)
#include "TestThresholds.moc"
