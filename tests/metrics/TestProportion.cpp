// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/Proportion.h"
#include "metrics/GoldenSet.h"

#include <QTest>

using namespace diascope;
using tests::near;

class TestProportion : public QObject {
    Q_OBJECT

private Q_SLOTS:
    /// scipy.stats.binomtest(k, n).proportion_ci(method="wilson").
    void wilson_data()
    {
        QTest::addColumn<int>("successes");
        QTest::addColumn<int>("cases");
        QTest::addColumn<double>("low");
        QTest::addColumn<double>("high");
        QTest::newRow("7 of 9") << 7 << 9 << 0.4525889691069889 << 0.9367748928821533;
        QTest::newRow("none of 10") << 0 << 10 << 0.0 << 0.27753279986288926;
        QTest::newRow("all of 10") << 10 << 10 << 0.7224672001371109 << 1.0;
        QTest::newRow("1 of 1") << 1 << 1 << 0.20654931437723745 << 1.0;
        QTest::newRow("367 of 500") << 367 << 500 << 0.6935922104844646 << 0.770839598179529;
    }
    void wilson()
    {
        QFETCH(int, successes);
        QFETCH(int, cases);
        QFETCH(double, low);
        QFETCH(double, high);
        const auto interval = metrics::wilsonInterval(successes, cases);
        QVERIFY(interval && near(interval->low, low) && near(interval->high, high));
        QCOMPARE(*metrics::proportion(successes, cases).value, static_cast<double>(successes) / cases);
    }

    void nothingOfNothing()
    {
        QVERIFY(!metrics::wilsonInterval(0, 0));
        QCOMPARE(metrics::proportion(0, 0).reason, std::string("no cases"));
    }
};

QTEST_APPLESS_MAIN(TestProportion)
#include "TestProportion.moc"
