// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/Agreement.h"
#include "metrics/Bootstrap.h"
#include "metrics/Brier.h"
#include "metrics/GoldenSet.h"
#include "metrics/Jackknife.h"
#include "metrics/LogLoss.h"
#include "metrics/MultiClassAuc.h"
#include "metrics/PrecisionRecall.h"
#include "metrics/Roc.h"
#include "metrics/WeightedFigures.h"
#include "support/ErrorOf.h"

#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

using namespace diascope;
using tests::near;

namespace {

/// Spatial perception of 26 children, task A: Efron and Tibshirani, An Introduction to the Bootstrap (1993),
/// table 14.1.
const std::vector<double> kSpatial
    = {48, 36, 20, 29, 42, 42, 20, 42, 22, 41, 45, 14, 6, 0, 33, 28, 34, 4, 32, 24, 47, 41, 24, 26, 30, 41};

/// Mean and plug-in variance (divisor n).
void moments(std::span<const std::uint32_t> times, std::span<double> out)
{
    double n = 0.0, sum = 0.0, squares = 0.0;
    for (std::size_t i = 0; i < times.size(); ++i) {
        n += times[i];
        sum += times[i] * kSpatial[i];
        squares += times[i] * kSpatial[i] * kSpatial[i];
    }
    out[0] = sum / n;
    out[1] = squares / n - sum / n * sum / n;
}

std::vector<std::uint32_t> ones(std::size_t count)
{
    return std::vector<std::uint32_t>(count, 1);
}

} // namespace

class TestBootstrap : public QObject {
    Q_OBJECT

private Q_SLOTS:
    /// scipy.stats.bootstrap(method="BCa") with 100,000 resamples gives the ends below (and, for 90 %, the book's 115.8
    /// and 259.6 to 0.5 %).
    void publishedExample()
    {
        const std::vector<int> labels(kSpatial.size(), 0);
        const auto result = metrics::bootstrapIntervals(metrics::unitsOf(labels, {}), 2, moments, {20'000, 3, 2, {}});
        QVERIFY(result.intervals[0] && result.intervals[1]);
        QVERIFY(near(result.intervals[0]->low, 24.12, 0.25) && near(result.intervals[0]->high, 34.23, 0.25));
        QVERIFY(near(result.intervals[1]->low, 105.5, 1.5) && near(result.intervals[1]->high, 277.8, 4.0));
        QCOMPARE(result.method, std::string("BCa bootstrap by case, 20000 resamples, 95 %"));
    }

    void threadsDoNotChangeTheResult()
    {
        const tests::GoldenSet g20;
        std::vector<std::string> groups;
        for (int i = 0; i < 20; ++i) {
            groups.push_back("patient " + std::to_string(i / 2));
        }
        const auto units = metrics::unitsOf(g20.labels, groups);
        const auto figures = metrics::binaryFigures(g20.labels, g20.scores, 0.5);
        const auto one = metrics::bootstrapIntervals(units, metrics::kBinaryFigures.size(), figures, {500, 7, 1, {}});
        const auto four = metrics::bootstrapIntervals(units, metrics::kBinaryFigures.size(), figures, {500, 7, 4, {}});
        const auto other = metrics::bootstrapIntervals(units, metrics::kBinaryFigures.size(), figures, {500, 8, 1, {}});
        QCOMPARE(one.method, std::string("BCa bootstrap by patient, 500 resamples, 95 %"));
        bool seedMatters = false;
        for (std::size_t f = 0; f < one.intervals.size(); ++f) {
            QCOMPARE(one.intervals[f].has_value(), four.intervals[f].has_value());
            if (one.intervals[f]) {
                QCOMPARE(one.intervals[f]->low, four.intervals[f]->low);
                QCOMPARE(one.intervals[f]->high, four.intervals[f]->high);
                seedMatters = seedMatters || !other.intervals[f] || other.intervals[f]->low != one.intervals[f]->low;
            }
        }
        QVERIFY(seedMatters);
    }

    void unitsAreGroupsAndStrataTheirLabels()
    {
        const auto units
            = metrics::unitsOf(std::vector<int>{0, 0, 1, 1, 0}, std::vector<std::string>{"a", "b", "a", "", ""});
        QCOMPARE(units.unitOfCase, (std::vector<std::size_t>{0, 1, 0, 2, 3}));
        QCOMPARE(units.stratumOfUnit, (std::vector<std::size_t>{0, 1, 2, 1})); // {0,1}, {0}, {1}, {0}
        const std::vector<std::string> one = {"x"};
        QCOMPARE(tests::codeName(tests::errorOf([&] {
            (void)metrics::unitsOf(std::vector<int>{0, 1}, one);
        })),
            "internal");
    }

    void noIntervalHasAReason()
    {
        const auto nothing = metrics::bootstrapIntervals({}, 1, moments, {});
        QVERIFY(!nothing.intervals[0] && nothing.reasons[0] == "no cases");
        const std::vector<int> labels = {0, 0, 1, 1};
        const std::vector<double> perfect = {.1, .2, .8, .9};
        const auto figures = metrics::binaryFigures(labels, perfect, 0.5);
        const auto same = metrics::bootstrapIntervals(
            metrics::unitsOf(labels, {}), metrics::kBinaryFigures.size(), figures, {50, 1, 1, {}});
        QVERIFY(!same.intervals[0] && same.reasons[0] == "all resamples give the same value");
        const auto nobody = metrics::binaryFigures(labels, perfect, 2.0); // no case is called positive: no PPV
        const auto undefined = metrics::bootstrapIntervals(
            metrics::unitsOf(labels, {}), metrics::kBinaryFigures.size(), nobody, {50, 1, 1, {}});
        QCOMPARE(undefined.reasons[6], std::string("the figure is undefined"));
        const auto often = metrics::bootstrapIntervals(metrics::unitsOf(labels, {}), 1,
            [](auto times, auto out) {
                out[0] = times[0] == 0 ? std::numeric_limits<double>::quiet_NaN() : 1.0 * times[0];
            },
            {200, 1, 1, {}});
        QVERIFY(!often.intervals[0] && often.reasons[0].find("of 200 resamples") != std::string::npos);
    }

    void stopsAndPassesErrorsOn()
    {
        std::stop_source stop;
        stop.request_stop();
        const std::vector<int> labels(kSpatial.size(), 0);
        const auto units = metrics::unitsOf(labels, {});
        QCOMPARE(tests::codeName(tests::errorOf([&] {
            (void)metrics::bootstrapIntervals(units, 2, moments, {100, 1, 2, stop.get_token()});
        })),
            "stopped");
        const auto bad = [](std::span<const std::uint32_t> times, std::span<double>) {
            if (times[0] != 1) {
                throw base::Error(base::ErrorCode::Device, "figures", "broke");
            }
        };
        QCOMPARE(tests::codeName(tests::errorOf([&] {
            (void)metrics::bootstrapIntervals(units, 2, bad, {100, 1, 3, {}});
        })),
            "device");
    }

    /// With very many units the jackknife leaves groups out, of one stratum each.
    void manyUnitsAreLeftOutInGroups()
    {
        metrics::BootstrapUnits units;
        for (std::size_t i = 0; i < 50; ++i) {
            units.unitOfCase.push_back(i);
            units.stratumOfUnit.push_back(i < 40 ? 0 : 1);
        }
        std::vector<std::vector<std::size_t>> strata(2);
        for (std::size_t i = 0; i < 50; ++i) {
            strata[units.stratumOfUnit[i]].push_back(i);
        }
        const auto groups = metrics::jackknifeGroups(units, strata, 10);
        QCOMPARE(groups.count(), std::size_t{10});
        QCOMPARE(groups.groupsOfStratum[0].size(), std::size_t{8});
        const auto without = groups.without(0);
        QCOMPARE(std::accumulate(without.begin(), without.end(), 0U), 45U);
        QCOMPARE(metrics::jackknifeGroups(units, strata).count(), std::size_t{50});
        QCOMPARE(groups.acceleration(std::vector<double>(10, 0.5)), 0.0);
    }

    void weightsOfOneGiveTheFigures()
    {
        const tests::GoldenSet g20;
        std::vector<double> out(metrics::kBinaryFigures.size());
        metrics::binaryFigures(g20.labels, g20.scores, 0.5)(ones(20), out);
        const auto counts = metrics::countAtThreshold(g20.labels, g20.scores, 0.5);
        const metrics::ConfusionMatrix matrix{
            2, {counts.trueNegatives, counts.falsePositives, counts.falseNegatives, counts.truePositives}};
        const std::vector<double> expected
            = {*metrics::rocAuc(g20.labels, g20.scores).value, *metrics::averagePrecision(g20.labels, g20.scores).value,
                0.8, *metrics::balancedAccuracy(matrix).value, 7.0 / 9, 9.0 / 11, 7.0 / 9, 9.0 / 11, 14.0 / 18,
                *metrics::matthewsCorrelation(matrix).value, *metrics::cohenKappa(matrix).value,
                *metrics::brierScore(g20.labels, g20.scores).value, *metrics::logLoss(g20.labels, g20.scores).value};
        for (std::size_t f = 0; f < expected.size(); ++f) {
            QVERIFY2(near(out[f], expected[f]), metrics::kBinaryFigures[f].data());
        }
    }

    /// A weight of 2 is a case that stands there twice.
    void weightsAreRepetitions()
    {
        const std::vector<int> labels = {0, 1, 2, 1}, twice = {0, 1, 1, 2, 1};
        const std::vector<double> p = {.6, .3, .1, .2, .5, .3, .1, .3, .6, .5, .3, .2};
        const std::vector<double> q = {.6, .3, .1, .2, .5, .3, .2, .5, .3, .1, .3, .6, .5, .3, .2};
        const std::size_t count = metrics::kMultiClassFigures.size() + 3;
        std::vector<double> a(count), b(count);
        metrics::multiClassFigures(labels, p, 3)(std::vector<std::uint32_t>{1, 2, 1, 1}, a);
        metrics::multiClassFigures(twice, q, 3)(ones(5), b);
        for (std::size_t f = 0; f < count; ++f) {
            QVERIFY(near(a[f], b[f]));
        }
        const auto areas = metrics::multiClassAuc(twice, q, 3);
        QVERIFY(near(b[0], *areas.macroOvr.value) && near(b[1], *areas.weightedOvr.value));
        QVERIFY(
            near(b[7], *metrics::brierScore(twice, q, 3).value) && near(b[8], *metrics::logLoss(twice, q, 3).value));
        metrics::multiClassFigures(labels, p, 3)(std::vector<std::uint32_t>(4, 0), a);
        QVERIFY(std::isnan(a[0]) && std::isnan(a[2]) && std::isnan(a[4]) && std::isnan(a[7]));
    }
};

QTEST_APPLESS_MAIN(TestBootstrap)
#include "TestBootstrap.moc"
