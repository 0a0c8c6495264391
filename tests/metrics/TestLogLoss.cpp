// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/LogLoss.h"
#include "metrics/GoldenSet.h"
#include "support/ErrorOf.h"

#include <vector>

using namespace diascope;
using tests::near;

class TestLogLoss : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void goldenSet()
    {
        const tests::GoldenSet g20;
        QVERIFY(near(*metrics::logLoss(g20.labels, g20.scores).value, 0.41372006017967555));
    }

    void byHand()
    {
        QVERIFY(near(*metrics::logLoss(std::vector<int>{1, 0}, std::vector<double>{0.5, 0.75}).value, (std::log(2.0) + std::log(4.0)) / 2.0));
        QVERIFY(near(*metrics::logLoss(std::vector<int>{2}, std::vector<double>{0.2, 0.3, 0.5}, 3).value, std::log(2.0)));
    }

    void certainAndWrongIsClipped()
    {
        const double worst = -std::log(2.220446049250313e-16);
        QVERIFY(near(*metrics::logLoss(std::vector<int>{1}, std::vector<double>{0.0}).value, worst));
        QVERIFY(near(*metrics::logLoss(std::vector<int>{0}, std::vector<double>{1.0}).value, worst));
        QVERIFY(near(*metrics::logLoss(std::vector<int>{1}, std::vector<double>{1.0}).value, 0.0, 1e-15));
    }

    void undefinedAndWrongUse()
    {
        QCOMPARE(metrics::logLoss(std::vector<int>{}, std::vector<double>{}).reason, std::string("no cases"));
        QCOMPARE(metrics::logLoss(std::vector<int>{1}, std::vector<double>{std::nan("")}).reason, std::string("a probability is not a number"));
        const auto tooFew = tests::errorOf([] { (void)metrics::logLoss(std::vector<int>{0, 1}, std::vector<double>{0.5}); });
        QCOMPARE(tests::codeName(tooFew), "internal");
        const auto noClass = tests::errorOf([] { (void)metrics::logLoss(std::vector<int>{3}, std::vector<double>{.2, .3, .5}, 3); });
        QCOMPARE(tests::codeName(noClass), "internal");
    }
};

QTEST_APPLESS_MAIN(TestLogLoss)
#include "TestLogLoss.moc"
