// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Age.h"

#include <QTest>

using namespace diascope;

class TestAge : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void years_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<double>("years"); // negative: none
        QTest::newRow("years") << QByteArray("045Y") << 45.0;
        QTest::newRow("months") << QByteArray("018M") << 1.5;
        QTest::newRow("weeks") << QByteArray("052W") << 52.0 / 52.18;
        QTest::newRow("days") << QByteArray("000D") << 0.0;
        QTest::newRow("a number") << QByteArray("45.5") << 45.5;
        QTest::newRow("no unit of DICOM") << QByteArray("045X") << -1.0;
        QTest::newRow("a sign where a digit belongs") << QByteArray("-45Y") << -1.0;
        QTest::newRow("empty") << QByteArray() << -1.0;
        QTest::newRow("words") << QByteArray("old") << -1.0;
    }
    void years()
    {
        QFETCH(QByteArray, text);
        QFETCH(double, years);
        const auto found = base::yearsOfAge(text.toStdString());
        QCOMPARE(found.has_value(), years >= 0.0);
        QVERIFY(!found || std::abs(*found - years) < 1e-12);
    }

    void completedYears_data()
    {
        QTest::addColumn<QByteArray>("birth");
        QTest::addColumn<QByteArray>("day");
        QTest::addColumn<int>("years"); // -1: none
        QTest::newRow("on the birthday") << QByteArray("19700601") << QByteArray("20200601") << 50;
        QTest::newRow("the day before") << QByteArray("19700601") << QByteArray("20200531") << 49;
        QTest::newRow("born on a leap day") << QByteArray("20000229") << QByteArray("20010228") << 0;
        QTest::newRow("newborn") << QByteArray("20200601") << QByteArray("20200601") << 0;
        QTest::newRow("with dots") << QByteArray("1970.06.01") << QByteArray("20200601") << 50;
        QTest::newRow("not yet born") << QByteArray("20200602") << QByteArray("20200601") << -1;
        QTest::newRow("no such day") << QByteArray("19700231") << QByteArray("20200601") << -1;
        QTest::newRow("a year only") << QByteArray("1970") << QByteArray("20200601") << -1;
        QTest::newRow("empty") << QByteArray() << QByteArray("20200601") << -1;
        QTest::newRow("letters") << QByteArray("1970060A") << QByteArray("20200601") << -1;
    }
    void completedYears()
    {
        QFETCH(QByteArray, birth);
        QFETCH(QByteArray, day);
        QFETCH(int, years);
        QCOMPARE(base::completedYears(birth.toStdString(), day.toStdString()).value_or(-1), years);
    }

    void bands_data()
    {
        QTest::addColumn<double>("years");
        QTest::addColumn<QByteArray>("band"); // empty: none
        QTest::newRow("0") << 0.0 << QByteArray("0-17");
        QTest::newRow("17.99") << 17.99 << QByteArray("0-17");
        QTest::newRow("18") << 18.0 << QByteArray("18-39");
        QTest::newRow("40") << 40.0 << QByteArray("40-64");
        QTest::newRow("65") << 65.0 << QByteArray("65-79");
        QTest::newRow("80") << 80.0 << QByteArray("80+");
        QTest::newRow("151") << 151.0 << QByteArray();
        QTest::newRow("-1") << -1.0 << QByteArray();
        QTest::newRow("not a number") << std::numeric_limits<double>::quiet_NaN() << QByteArray();
    }
    void bands()
    {
        QFETCH(double, years);
        QFETCH(QByteArray, band);
        QCOMPARE(QByteArray::fromStdString(base::ageBand(years).value_or("")), band);
    }
};

QTEST_GUILESS_MAIN(TestAge)
#include "TestAge.moc"
