// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/bench/SearchFunctions.h"
#include "search/ParzenEstimator.h"

#include <QTest>

#include <cmath>

using namespace diascope;
using search::Point;

class TestParzen final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void densitiesSumToOne();
    void kernelsAreThoseOfTheDefinition();
    void oldObservationsCountLess();
};

void TestParzen::densitiesSumToOne()
{
    const search::Space space = search::spaceFromJson(
        base::parseJson(
            R"([{"name": "n", "kind": "int", "low": 1, "high": 6, "log": true}, {"name": "k", "kind": "categorical", "choices": ["a", "b", "c"]},
            {"name": "x", "kind": "float", "low": -1, "high": 1}])",
            "space"),
        "space");
    const std::vector<Point> observed{{1.0, 2.0, -1.0}, {6.0, 0.0, 0.3}, {2.0, 2.0, 0.31}, {2.0, 1.0, 1.0}};
    std::vector<const Point*> points;
    for (const Point& point : observed) {
        points.push_back(&point);
    }
    const search::ParzenEstimator estimator(space, {0, 1, 2}, points);
    double sum = 0.0;
    constexpr int kCells = 2000;
    for (int n = 1; n <= 6; ++n) {
        for (int k = 0; k < 3; ++k) {
            for (int cell = 0; cell < kCells; ++cell) { // midpoint rule
                const double x = -1.0 + 2.0 * (cell + 0.5) / kCells;
                sum += std::exp(estimator.logDensity(std::vector<double>{double(n), double(k), x})) * 2.0 / kCells;
            }
        }
    }
    QVERIFY2(std::abs(sum - 1.0) < 1e-6, std::to_string(sum).c_str());
}

void TestParzen::kernelsAreThoseOfTheDefinition()
{
    // By hand: range 10, observations 2 and 3 with width 1 raised to 10 / min(100, 1 + 3) = 2.5, the prior N(5, 10);
    // each weighs a third and is normalised on [0, 10].
    const search::Space space({bench::searchNumber("x", 0.0, 10.0)});
    const Point two{2.0}, three{3.0};
    const search::ParzenEstimator estimator(space, {0}, {&two, &three});
    const auto kernel = [](double x, double mu, double sigma) {
        const auto cdf = [&](double at) { return 0.5 * std::erfc(-(at - mu) / sigma / std::sqrt(2.0)); };
        const double z = (x - mu) / sigma;
        return std::exp(-0.5 * z * z) / (sigma * std::sqrt(2.0 * std::numbers::pi)) / (cdf(10.0) - cdf(0.0));
    };
    for (const double x : {0.0, 2.4, 9.9}) {
        const double expected = (kernel(x, 2.0, 2.5) + kernel(x, 3.0, 2.5) + kernel(x, 5.0, 10.0)) / 3.0;
        QVERIFY(std::abs(std::exp(estimator.logDensity(std::vector<double>{x})) - expected) < 1e-12);
    }
    // Choices: with one observation of "b" its row is (1/2, 1 + 1/2, 1/2) / (1 + 3/2), the prior's 1/3 each.
    const search::Space choice({bench::searchChoice("k", {"a", "b", "c"})});
    const Point b{1.0};
    const search::ParzenEstimator chances(choice, {0}, {&b});
    QVERIFY(std::abs(std::exp(chances.logDensity(std::vector<double>{1.0})) - 0.5 * (1.5 / 2.5 + 1.0 / 3.0)) < 1e-12);
    QVERIFY(std::abs(std::exp(chances.logDensity(std::vector<double>{0.0})) - 0.5 * (0.5 / 2.5 + 1.0 / 3.0)) < 1e-12);
}

/// 35 observations: the 25 newest weigh 1, the ten before them 1/35, ... 1 on a straight line, the prior 1.
void TestParzen::oldObservationsCountLess()
{
    const search::Space space({bench::searchChoice("k", {"old", "new"})});
    const Point older{0.0}, newer{1.0};
    std::vector<const Point*> points(10, &older);
    points.insert(points.end(), 25, &newer);
    const search::ParzenEstimator estimator(space, {0}, points);
    const double old = 10.0 * (1.0 / 35.0 + 1.0) / 2.0, each = 1.0 / 36.0, sum = 1.0 + 2.0 * each;
    const double expected = (old * (1.0 + each) / sum + 25.0 * each / sum + 0.5) / (old + 26.0);
    const double ours = std::exp(estimator.logDensity(std::vector<double>{0.0}));
    QVERIFY2(std::abs(ours - expected) < 1e-12, std::to_string(ours - expected).c_str());
}

QTEST_GUILESS_MAIN(TestParzen)
#include "TestParzen.moc"
