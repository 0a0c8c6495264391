// SPDX-License-Identifier: GPL-3.0-or-later
#include "audit/Affinities.h"
#include "audit/QuadTree.h"
#include "audit/Reference.h"
#include "audit/Tsne.h"
#include "base/Rng.h"

#include <QTest>

#include <limits>

using namespace diascope;
using audit::Matrix;
using audit::TsneConfig;
using base::Json;

namespace {

Matrix clouds(std::size_t rows, std::size_t columns, std::size_t clusters)
{
    base::Rng rng = base::Rng::stream(5, "clouds");
    Matrix points(rows, columns);
    for (std::size_t i = 0; i < rows; ++i) {
        for (std::size_t j = 0; j < columns; ++j) {
            points.at(i, j) = 6.0 * static_cast<double>((i % clusters) * (j + 1) % clusters) + rng.normal();
        }
    }
    return points;
}

} // namespace

class TsneTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { m_reference = tests::clusteringReference(); }
    void bandwidthsHaveThePerplexity();
    void divergenceOfAHandMadeMap();
    void treeAgreesWithAllPairs();
    void reachesTheReferenceDivergence_data();
    void reachesTheReferenceDivergence();
    void threadsChangeNothing_data();
    void threadsChangeNothing();
    void stopsAndReports();
    void degenerateDataGiveAMap_data();
    void degenerateDataGiveAMap();
    void refusesWhatCannotBeDrawn();

private:
    Json m_reference;
};

void TsneTest::bandwidthsHaveThePerplexity()
{
    base::Rng rng = base::Rng::stream(2, "distances");
    for (const double scale : {1e-6, 1.0, 1e9}) {
        std::vector<double> distances(90);
        for (double& distance : distances) {
            distance = scale * (1.0 + rng.uniform());
        }
        const audit::Bandwidth bandwidth = audit::bandwidthFor(distances, 30.0);
        double entropy = 0.0, sum = 0.0;
        for (const double distance : distances) {
            const double p = bandwidth.probability(distance);
            entropy -= p * std::log(p);
            sum += p;
        }
        QVERIFY(tests::isNear(sum, 1.0));
        QVERIFY(std::abs(std::exp(entropy) - 30.0) < 1e-3);
    }
}

/// Three points at one distance on the map and in the data: P = Q, so the divergence is 0; moved apart it is not.
void TsneTest::divergenceOfAHandMadeMap()
{
    Matrix triangle(3, 2);
    triangle.values = {0, 0, 1, 0, 0.5, std::sqrt(0.75)};
    QVERIFY(std::abs(audit::exactDivergence(triangle, triangle, 2.0)) < 1e-12);
    Matrix map = triangle;
    map.at(2, 1) = 5.0;
    // P is 1/6 for each pair; Q by hand.
    const double near = 0.5, far = 1.0 / (1.0 + 0.25 + 25.0), total = 2 * (near + 2 * far);
    const double wanted
        = 2 * (1.0 / 6 * std::log(1.0 / 6 / (near / total)) + 2.0 / 6 * std::log(1.0 / 6 / (far / total)));
    QVERIFY(tests::isNear(audit::exactDivergence(triangle, map, 2.0), wanted, 1e-9));
}

void TsneTest::treeAgreesWithAllPairs()
{
    base::Rng rng = base::Rng::stream(4, "tree");
    std::vector<audit::Place> places(400);
    for (std::size_t i = 0; i < places.size(); ++i) {
        places[i] = i % 7 == 0 ? audit::Place{1.0, -2.0}
                               : audit::Place{10.0 * rng.normal(), rng.normal()}; // many on one spot
    }
    const audit::QuadTree tree(places);
    for (std::size_t i = 0; i < places.size(); i += 13) {
        audit::Repulsion all;
        for (std::size_t j = 0; j < places.size(); ++j) {
            if (j != i) {
                const double dx = places[i].x - places[j].x, dy = places[i].y - places[j].y,
                             q = 1.0 / (1.0 + dx * dx + dy * dy);
                all.sum += q;
                all.force.x += q * q * dx;
                all.force.y += q * q * dy;
            }
        }
        const audit::Repulsion exact = tree.repulsionOn(i, 0.0), rough = tree.repulsionOn(i, 0.5);
        QVERIFY(tests::isNear(exact.sum, all.sum) && tests::isNear(exact.force.x, all.force.x)
            && tests::isNear(exact.force.y, all.force.y));
        QVERIFY(std::abs(rough.sum - all.sum) <= 0.02 * all.sum);
    }
}

void TsneTest::reachesTheReferenceDivergence_data()
{
    QTest::addColumn<QString>("set");
    QTest::addColumn<int>("method");
    for (const char* set : {"blobs_150x10", "quality_columns_200x4"}) {
        QTest::addRow("%s, exact", set) << QString::fromLatin1(set) << static_cast<int>(TsneConfig::Method::Exact);
        QTest::addRow("%s, Barnes-Hut", set) << QString::fromLatin1(set) << static_cast<int>(TsneConfig::Method::Near);
    }
}

void TsneTest::reachesTheReferenceDivergence()
{
    QFETCH(QString, set);
    QFETCH(int, method);
    if (m_reference.is_null()) {
        QSKIP("the reference data are not here (set DIASCOPE_SHARED)");
    }
    const Json& wanted = m_reference["tsne"][set.toStdString()];
    const Matrix points = tests::matrixFrom(wanted["points"]);
    TsneConfig config;
    config.method = static_cast<TsneConfig::Method>(method);
    const audit::TsneMap map = audit::tsne(points, config);
    // Barnes-Hut is compared with scikit-learn's Barnes-Hut: what it leaves out of P costs both the same.
    double best = wanted["kl_exact_of_pca_start"].get<double>();
    for (const Json& run : wanted["runs"]) {
        if (config.method == TsneConfig::Method::Near && run["method"] == "barnes_hut" && run["init"] == "pca") {
            best = run["kl_exact_recomputed"].get<double>();
        }
    }
    qInfo("KL %.6f, reference %.6f, %d iterations", map.divergence, best, map.iterations);
    QVERIFY2(map.divergence <= 1.05 * best, qPrintable(QString::number(map.divergence)));
}

void TsneTest::threadsChangeNothing_data()
{
    QTest::addColumn<int>("method");
    QTest::newRow("exact") << static_cast<int>(TsneConfig::Method::Exact);
    QTest::newRow("Barnes-Hut") << static_cast<int>(TsneConfig::Method::Near);
}

void TsneTest::threadsChangeNothing()
{
    QFETCH(int, method);
    const Matrix points = clouds(700, 6, 5);
    TsneConfig config;
    config.method = static_cast<TsneConfig::Method>(method);
    config.iterations = 260;
    config.threads = 1;
    const audit::TsneMap one = audit::tsne(points, config);
    config.threads = 3;
    const audit::TsneMap three = audit::tsne(points, config);
    QCOMPARE(one.places.values, three.places.values);
    QCOMPARE(one.divergence, three.divergence);
}

void TsneTest::stopsAndReports()
{
    std::stop_source stop;
    int last = 0;
    const auto progress = [&](const base::Progress& step) {
        last = static_cast<int>(step.done);
        QCOMPARE(step.total, std::int64_t{1000});
        stop.request_stop();
    };
    try {
        (void)audit::tsne(clouds(300, 5, 3), {}, progress, stop.get_token());
        QFAIL("went on to the end");
    } catch (const base::Error& error) {
        QCOMPARE(error.code(), base::ErrorCode::Stopped);
    }
    QVERIFY(last > 0 && last < 1000);
}

void TsneTest::degenerateDataGiveAMap_data()
{
    QTest::addColumn<int>("rows");
    QTest::addColumn<int>("kind");
    QTest::newRow("four points, taken-down perplexity") << 4 << 0;
    QTest::newRow("all equal") << 60 << 1;
    QTest::newRow("on one line") << 60 << 2;
    QTest::newRow("two heaps of equal points") << 80 << 3;
    QTest::newRow("huge numbers") << 40 << 4;
}

void TsneTest::degenerateDataGiveAMap()
{
    QFETCH(int, rows);
    QFETCH(int, kind);
    Matrix points(static_cast<std::size_t>(rows), 3);
    base::Rng rng = base::Rng::stream(9, "degenerate");
    for (std::size_t i = 0; i < points.rows; ++i) {
        for (std::size_t j = 0; j < 3; ++j) {
            const double along = static_cast<double>(i);
            points.at(i, j) = kind == 0 ? rng.normal()
                : kind == 1             ? 7.0
                : kind == 2             ? along
                : kind == 3             ? static_cast<double>(i % 2)
                                        : 1e12 * rng.normal();
        }
    }
    for (const auto method : {TsneConfig::Method::Exact, TsneConfig::Method::Near}) {
        TsneConfig config;
        config.method = method;
        const audit::TsneMap map = audit::tsne(points, config);
        QVERIFY(std::all_of(
            map.places.values.begin(), map.places.values.end(), [](double value) { return std::isfinite(value); }));
        QVERIFY(std::isfinite(map.divergence));
        QVERIFY(map.perplexity <= (rows - 1) / 3.0 || map.perplexity == 30.0);
    }
}

void TsneTest::refusesWhatCannotBeDrawn()
{
    Matrix bad(10, 2);
    bad.at(4, 1) = std::numeric_limits<double>::infinity();
    QVERIFY_THROWS_EXCEPTION(base::Error, (void)audit::tsne(bad));
    QVERIFY_THROWS_EXCEPTION(base::Error, (void)audit::tsne(Matrix(3, 2)));
    QVERIFY_THROWS_EXCEPTION(base::Error, (void)audit::tsne(Matrix(0, 0)));
    TsneConfig config;
    config.perplexity = std::numeric_limits<double>::quiet_NaN();
    QVERIFY_THROWS_EXCEPTION(base::Error, (void)audit::tsne(clouds(20, 2, 2), config));
    config = {};
    config.iterations = 10;
    QVERIFY_THROWS_EXCEPTION(base::Error, (void)audit::tsne(clouds(20, 2, 2), config));
}

QTEST_GUILESS_MAIN(TsneTest)
#include "TsneTest.moc"
