// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/Confusion.h"
#include "metrics/GoldenSet.h"
#include "support/ErrorOf.h"

#include <vector>

using namespace diascope;
using tests::near;

class TestConfusion : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void goldenSet()
    {
        const tests::GoldenSet g20;
        const auto counts = metrics::countAtThreshold(g20.labels, g20.scores, 0.5);
        QCOMPARE(counts.truePositives, 7);
        QCOMPARE(counts.falseNegatives, 2);
        QCOMPARE(counts.trueNegatives, 9);
        QCOMPARE(counts.falsePositives, 2);
        QVERIFY(near(*counts.sensitivity().value, 7.0 / 9.0));
        QVERIFY(near(*counts.specificity().value, 9.0 / 11.0));
        QVERIFY(near(*counts.accuracy().value, 0.8));
        std::vector<int> predicted;
        for (const double score : g20.scores) {
            predicted.push_back(score >= 0.5 ? 1 : 0);
        }
        const auto matrix = metrics::confusionMatrix(g20.labels, predicted, 2);
        QVERIFY(matrix.counts == (std::vector<std::int64_t>{9, 2, 2, 7}));
        QVERIFY(near(*matrix.accuracy().value, 0.8));
    }

    void thresholdItselfIsPositive()
    {
        const auto counts = metrics::countAtThreshold(std::vector<int>{1, 0}, std::vector<double>{0.5, 0.5}, 0.5);
        QCOMPARE(counts.truePositives, 1);
        QCOMPARE(counts.falsePositives, 1);
        QVERIFY(!metrics::countAtThreshold(std::vector<int>{0}, std::vector<double>{0.1}, 0.5).sensitivity());
        QCOMPARE(metrics::countAtThreshold(std::vector<int>{1}, std::vector<double>{std::nan("")}, 0.5).falseNegatives, 1);
    }

    void argmaxTakesTheLowestOfEquals()
    {
        const std::vector<double> rows = {.4, .4, .2, .2, .4, .4, .1, .2, .7};
        QVERIFY(metrics::argmaxRows(rows, 3) == (std::vector<int>{0, 1, 2}));
    }

    void classesOutsideAreBugs()
    {
        const auto code = [](std::vector<int> truth, std::vector<int> predicted) {
            return tests::codeName(tests::errorOf([&] { (void)metrics::confusionMatrix(truth, predicted, 2); }));
        };
        QCOMPARE(code({0}, {2}), "internal");
        QCOMPARE(code({-1}, {0}), "internal");
        QCOMPARE(code({0, 1}, {0}), "internal");
        QCOMPARE(code({}, {}), "none");
        QVERIFY(!metrics::confusionMatrix({}, {}, 2).accuracy());
    }
};

QTEST_APPLESS_MAIN(TestConfusion)
#include "TestConfusion.moc"
