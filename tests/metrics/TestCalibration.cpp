// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/Conformal.h"
#include "metrics/GoldenSet.h"
#include "metrics/Isotonic.h"
#include "metrics/Logit.h"
#include "metrics/LogLoss.h"
#include "metrics/Recalibration.h"
#include "metrics/Reliability.h"
#include "metrics/Temperature.h"
#include "support/ErrorOf.h"

#include <cmath>
#include <limits>
#include <vector>

using namespace diascope;
using tests::near;

namespace {

const double kNaN = std::numeric_limits<double>::quiet_NaN();

} // namespace

class TestCalibration : public QObject {
    Q_OBJECT

private Q_SLOTS:
    /// Three of four right at logit 1: the best probability is 3/4, so T = 1 / log(3).
    void temperatureByHand()
    {
        const std::vector<int> labels = {1, 1, 1, 0};
        const std::vector<double> logits = {1, 1, 1, 1};
        const auto fit = metrics::fitTemperature(labels, logits);
        QVERIFY(near(*fit.temperature.value, 1.0 / std::log(3.0)));
        const auto p = metrics::sigmoidAtTemperature(logits, *fit.temperature.value);
        QVERIFY(near(p.front(), 0.75));
        QVERIFY(near(fit.lossAfter, *metrics::logLoss(labels, p).value) && fit.lossAfter < fit.lossBefore);
    }

    /// Two classes as softmax of (0, z) is the same problem.
    void softmaxOfTwoIsSigmoid()
    {
        const tests::GoldenSet g20;
        const auto logits = metrics::logitsOf(g20.scores);
        std::vector<double> pairs;
        for (const double z : logits) {
            pairs.push_back(0.0);
            pairs.push_back(z);
        }
        const auto one = metrics::fitTemperature(g20.labels, logits),
                   two = metrics::fitTemperature(g20.labels, pairs, 2);
        QVERIFY(near(*one.temperature.value, *two.temperature.value) && near(one.lossAfter, two.lossAfter));
        const auto p = metrics::softmaxAtTemperature(pairs, 2, *two.temperature.value);
        const auto q = metrics::sigmoidAtTemperature(logits, *one.temperature.value);
        for (std::size_t i = 0; i < q.size(); ++i) {
            QVERIFY(near(p[2 * i + 1], q[i]) && near(p[2 * i] + p[2 * i + 1], 1.0));
        }
    }

    void temperatureUndefined_data()
    {
        QTest::addColumn<QList<int>>("labels");
        QTest::addColumn<QList<double>>("logits");
        QTest::addColumn<QString>("reason");
        QTest::newRow("nothing") << QList<int>() << QList<double>() << "no cases";
        QTest::newRow("one class") << QList{1, 1} << QList{1.0, 2.0} << "one class only";
        QTest::newRow("NaN") << QList{1, 0} << QList{1.0, kNaN} << "a logit is not a finite number";
        QTest::newRow("infinite") << QList{1, 0} << QList{1.0, -std::numeric_limits<double>::infinity()}
                                  << "a logit is not a finite number";
        QTest::newRow("separable")
            << QList{1, 0} << QList{1.0, -1.0}
            << "the minimum is at the border: the temperature goes to 0 (separable cases, or nothing to fit)";
        QTest::newRow("no information")
            << QList{1, 0} << QList{0.0, 0.0}
            << "the minimum is at the border: the temperature goes to 0 (separable cases, or nothing to fit)";
        QTest::newRow("inverted")
            << QList{0, 1} << QList{1.0, -1.0}
            << "the minimum is at the border: the temperature grows without end (worse than a constant)";
    }
    void temperatureUndefined()
    {
        QFETCH(QList<int>, labels);
        QFETCH(QList<double>, logits);
        QFETCH(QString, reason);
        const auto fit = metrics::fitTemperature(labels, logits);
        QVERIFY(!fit.temperature);
        QCOMPARE(QString::fromStdString(fit.temperature.reason), reason);
    }

    void severalClassesUndefined()
    {
        QCOMPARE(metrics::fitTemperature({}, {}, 3).temperature.reason, std::string("no cases"));
        QCOMPARE(metrics::fitTemperature(std::vector<int>{0}, std::vector<double>{kNaN, 0.0}, 2).temperature.reason,
            std::string("a logit is not a finite number"));
    }

    /// Barlow et al.: neighbours out of order share their mean.
    void isotonicByHand()
    {
        const std::vector<double> x = {5, 0, 1, 2, 3, 4}, y = {5, 1, 3, 2, 4, 3}, weights(6, 1.0);
        const auto curve = metrics::isotonicRegression(x, y, weights);
        const std::vector<double> expected = {1, 2.5, 2.5, 3.5, 3.5, 5};
        for (int i = 0; i < 6; ++i) {
            QVERIFY(near(curve.at(i), expected[static_cast<std::size_t>(i)]));
        }
        QVERIFY(near(curve.at(0.5), 1.75) && near(curve.at(-9.0), 1.0) && near(curve.at(9.0), 5.0)
            && std::isnan(curve.at(kNaN)));
        const auto weighted = metrics::isotonicRegression(
            std::vector<double>{0, 1}, std::vector<double>{3, 1}, std::vector<double>{1, 3});
        QVERIFY(near(weighted.at(0.0), 1.5) && near(weighted.at(1.0), 1.5));
    }

    void isotonicOfLabels()
    {
        const std::vector<int> labels = {0, 1, 0, 1, 1};
        const std::vector<double> scores = {.1, .4, .4, .4, .9}; // equal scores: one value
        const auto fit = metrics::fitIsotonic(labels, scores);
        QVERIFY(fit.reason.empty() && fit.warning.find("1000") != std::string::npos);
        const auto p = fit.curve.at(std::span<const double>(scores));
        QVERIFY(near(p[0], 0.0) && near(p[1], 2.0 / 3.0) && near(p[3], 2.0 / 3.0) && near(p[4], 1.0));
        QCOMPARE(
            metrics::fitIsotonic(std::vector<int>{1}, std::vector<double>{.5}).reason, std::string("one class only"));
        QCOMPARE(metrics::fitIsotonic({}, {}).reason, std::string("no cases"));
    }

    void edgesGoToTheUpperBin()
    {
        const std::vector<int> outcome = {0, 1, 1};
        const auto r = metrics::reliability(outcome, std::vector<double>{0.3, 0.1, 1.0}, 10);
        QCOMPARE(static_cast<int>(r.table.size()), 3);
        QCOMPARE(r.table[0].bin, 1);
        QCOMPARE(r.table[1].bin, 3);
        QCOMPARE(r.table[2].bin, 9);
        QVERIFY(r.table[2].observed.interval && r.table[2].observed.n == 1);
        QCOMPARE(metrics::reliability({}, {}, 10).expectedError.reason, std::string("no cases"));
        QCOMPARE(metrics::reliability(outcome, std::vector<double>{.1, kNaN, .2}, 5).largestError.reason,
            std::string("a probability is not a number"));
        QCOMPARE(metrics::reliability(outcome, std::vector<double>{.1, 1.2, .2}, 5).expectedError.reason,
            std::string("a probability is outside 0 to 1"));
    }

    /// Probabilities that say what they mean: y = 1 in p of the cases at each p.
    void calibratedProbabilitiesHaveSlopeOne()
    {
        std::vector<int> labels;
        std::vector<double> p;
        for (const int tenth : {1, 3, 5, 8}) {
            for (int i = 0; i < 10; ++i) {
                labels.push_back(i < tenth ? 1 : 0);
                p.push_back(tenth / 10.0);
            }
        }
        const auto line = metrics::recalibration(labels, p);
        QVERIFY(near(*line.slope.value, 1.0, 1e-8) && near(*line.intercept.value, 0.0, 1e-8)
            && near(*line.interceptAtSlope1.value, 0.0, 1e-8));
        QCOMPARE(metrics::recalibration(std::vector<int>{0, 0}, std::vector<double>{.1, .2}).slope.reason,
            std::string("one class only"));
    }

    void setsOfTooFewCasesAreFull()
    {
        const std::vector<int> labels = {0, 1};
        const std::vector<double> p = {.9, .1, .2, .8};
        const auto none = metrics::calibrateConformal(labels, p, 2, metrics::ConformalScore::Aps, 0.1);
        QVERIFY(!none.quantile && none.rank == 3);
        QCOMPARE(metrics::predictionSet(std::vector<double>{.9, .1}, none), (std::vector<int>{0, 1}));
        QCOMPARE(
            metrics::calibrateConformal({}, {}, 2, metrics::ConformalScore::Lac, 0.1).reason, std::string("no cases"));
        QCOMPARE(metrics::calibrateConformal(
                     labels, std::vector<double>{kNaN, .1, .2, .8}, 2, metrics::ConformalScore::Lac, 0.5)
                     .reason,
            std::string("a probability is not a number"));
    }

    void wrongUseIsABug()
    {
        const std::vector<int> labels = {0, 1};
        const std::vector<double> p = {.1, .9, .3};
        using metrics::ConformalScore;
        const auto code = [](auto&& action) { return tests::codeName(tests::errorOf(action)); };
        QCOMPARE(code([&] { (void)metrics::fitTemperature(labels, p); }), "internal");
        QCOMPARE(
            code([&] { (void)metrics::fitTemperature(std::vector<int>{2}, std::vector<double>{1.0}); }), "internal");
        QCOMPARE(code([&] { (void)metrics::softmaxAtTemperature(p, 2, 1.0); }), "internal");
        QCOMPARE(code([&] { (void)metrics::isotonicRegression(p, p, {}); }), "internal");
        QCOMPARE(code([&] { (void)metrics::reliability(labels, p, 10); }), "internal");
        QCOMPARE(
            code([&] { (void)metrics::reliability(std::vector<int>{2}, std::vector<double>{.1}, 10); }), "internal");
        QCOMPARE(code([&] { (void)metrics::topLabel(labels, p); }), "internal");
        QCOMPARE(code([&] { (void)metrics::topLabel(labels, std::vector<double>{.1, .9}, 2); }), "internal");
        QCOMPARE(code([&] { (void)metrics::calibrateConformal(labels, p, 2, ConformalScore::Lac, 0.1); }), "internal");
        QCOMPARE(code([&] {
            (void)metrics::calibrateConformal(
                std::vector<int>{2}, std::vector<double>{.1, .9}, 2, ConformalScore::Lac, 0.1);
        }),
            "internal");
        QCOMPARE(code([&] {
            (void)metrics::calibrateConformal(labels, std::vector<double>(4, .5), 2, ConformalScore::Lac, 1.0);
        }),
            "internal");
        QCOMPARE(code([&] { (void)metrics::conformalScores(p, 2, ConformalScore::Lac); }), "internal");
    }
};

QTEST_APPLESS_MAIN(TestCalibration)
#include "TestCalibration.moc"
