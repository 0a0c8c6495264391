// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/DeLong.h"
#include "metrics/GoldenSet.h"
#include "support/ErrorOf.h"

#include <vector>

using namespace diascope;
using tests::near;

class TestDeLong : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void goldenSet()
    {
        const tests::GoldenSet g20;
        const auto result = metrics::deLong(g20.labels, g20.scores);
        QVERIFY(near(*result.auc.value, 0.9191919191919192));
        QVERIFY(near(*result.variance, 0.003479236812570146));
        QVERIFY(near(result.interval->low, 0.7057828988482299));
        QVERIFY(near(result.interval->high, 0.9817978583905463));
    }

    /// Worked by hand: positives {2, 4}, negatives {1, 3}. Placements of the positives 1/2 and 1, of the negatives 1 and 1/2;
    /// each variance is 1/8, so 1/8/2 + 1/8/2 = 1/8.
    void byHand()
    {
        const auto result = metrics::deLong(std::vector<int>{0, 1, 0, 1}, std::vector<double>{1, 2, 3, 4});
        QCOMPARE(*result.auc.value, 0.75);
        QCOMPARE(*result.variance, 0.125);
        QVERIFY(result.interval && result.interval->low > 0.0 && result.interval->high < 1.0);
    }

    void undefinedWithAReason_data()
    {
        QTest::addColumn<QList<int>>("labels");
        QTest::addColumn<QList<double>>("scores");
        QTest::addColumn<bool>("variance");
        QTest::addColumn<QString>("reason");
        QTest::newRow("perfect") << QList{0, 0, 1, 1} << QList{.1, .2, .3, .4} << true << "the variance is 0, or the area is 0 or 1";
        QTest::newRow("one positive") << QList{0, 0, 1} << QList{.1, .2, .3} << false << "the variance needs two cases of each class";
        QTest::newRow("one class") << QList{0, 0} << QList{.1, .2} << false << "one class only";
    }
    void undefinedWithAReason()
    {
        QFETCH(QList<int>, labels);
        QFETCH(QList<double>, scores);
        QFETCH(bool, variance);
        QFETCH(QString, reason);
        const auto result = metrics::deLong(labels, scores);
        QVERIFY(!result.interval);
        QCOMPARE(result.variance.has_value(), variance);
        QCOMPARE(QString::fromStdString(result.reason), reason);
    }
};

QTEST_APPLESS_MAIN(TestDeLong)
#include "TestDeLong.moc"
