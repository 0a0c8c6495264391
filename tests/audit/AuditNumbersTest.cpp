// SPDX-License-Identifier: GPL-3.0-or-later
#include "audit/Dbscan.h"
#include "audit/ImageStatistics.h"
#include "audit/Neighbours.h"
#include "audit/Pca.h"
#include "audit/Reference.h"
#include "base/Error.h"
#include "base/Rng.h"

#include <QTest>

#include <limits>

using namespace diascope;
using audit::Matrix;
using base::Json;
using tests::isNear;
using tests::matrixFrom;

/// Statistics, outliers, PCA and DBSCAN against numpy and scikit-learn.
class AuditNumbersTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { m_reference = tests::clusteringReference(); }
    void statisticsAgreeWithNumpy();
    void statisticsOfHandMadePictures_data();
    void statisticsOfHandMadePictures();
    void outliersAgreeWithNumpy();
    void pcaAgreesWithScikitLearn();
    void pcaOfFewRowsIsTheSame();
    void pcaLeavesOutWhatIsNotThere();
    void dbscanGivesTheGoldenLabels_data();
    void dbscanGivesTheGoldenLabels();
    void neighboursAgreeWithBruteForce();
    void hostileNumbersAreRefused();

private:
    Json m_reference;
};

void AuditNumbersTest::statisticsAgreeWithNumpy()
{
    if (m_reference.is_null()) {
        QSKIP("the reference data are not here (set DIASCOPE_SHARED)");
    }
    const Json& wanted = m_reference["image_statistics"];
    std::vector<std::uint8_t> levels;
    for (const Json& row : wanted["image"]) {
        for (const Json& level : row) {
            levels.push_back(level.get<std::uint8_t>());
        }
    }
    const audit::ImageStatistics s = audit::statisticsOf(levels);
    QVERIFY(isNear(s.mean, wanted["mean"].get<double>()));
    QVERIFY(isNear(s.std, wanted["std"].get<double>()));
    QVERIFY(isNear(s.snr.value.value(), wanted["snr"].get<double>()));
    QVERIFY(isNear(s.entropy, wanted["entropy_bits"].get<double>()));
}

void AuditNumbersTest::statisticsOfHandMadePictures_data()
{
    QTest::addColumn<QByteArray>("levels");
    QTest::addColumn<double>("mean");
    QTest::addColumn<double>("std");
    QTest::addColumn<double>("entropy");
    QTest::newRow("flat") << QByteArray(16, '\x40') << 64.0 << 0.0 << 0.0;
    QTest::newRow("black") << QByteArray(1, '\0') << 0.0 << 0.0 << 0.0;
    QTest::newRow("two levels, half each") << QByteArray("\x0a\x14\x0a\x14", 4) << 15.0 << 5.0 << 1.0;
    QTest::newRow("four levels, a quarter each") << QByteArray("\x00\x01\x02\x03", 4) << 1.5 << std::sqrt(1.25) << 2.0;
}

void AuditNumbersTest::statisticsOfHandMadePictures()
{
    QFETCH(QByteArray, levels);
    QFETCH(double, mean);
    QFETCH(double, std);
    QFETCH(double, entropy);
    const audit::ImageStatistics s = audit::statisticsOf(
        {reinterpret_cast<const std::uint8_t*>(levels.constData()), static_cast<std::size_t>(levels.size())});
    QVERIFY(isNear(s.mean, mean) && isNear(s.std, std) && isNear(s.entropy, entropy));
    QCOMPARE(s.snr.value.has_value(), std > 0.0);
    QCOMPARE(s.snr.reason.empty(), std > 0.0); // undefined, with a reason
}

void AuditNumbersTest::outliersAgreeWithNumpy()
{
    if (m_reference.is_null()) {
        QSKIP("the reference data are not here (set DIASCOPE_SHARED)");
    }
    const Json& wanted = m_reference["outliers"];
    const audit::Outliers found = audit::zScoreOutliers(matrixFrom(wanted["rows"]), 2.0);
    for (std::size_t i = 0; i < found.maxAbsZ.size(); ++i) {
        QVERIFY(isNear(found.maxAbsZ[i], wanted["max_abs_z"][i].get<double>()));
    }
    QCOMPARE(found.rows, wanted["outlier_if_above_2"].get<std::vector<std::size_t>>());
    const audit::Outliers equal = audit::zScoreOutliers(Matrix(5, 4)); // no spread at all
    QVERIFY(equal.rows.empty());
}

void AuditNumbersTest::pcaAgreesWithScikitLearn()
{
    if (m_reference.is_null()) {
        QSKIP("the reference data are not here (set DIASCOPE_SHARED)");
    }
    const Json& wanted = m_reference["pca"];
    for (const int threads : {1, 3}) {
        const audit::Pca pca = audit::principalComponents(matrixFrom(wanted["points"]), 3, threads);
        for (std::size_t j = 0; j < pca.mean.size(); ++j) {
            QVERIFY(isNear(pca.mean[j], wanted["mean"][j].get<double>(), 1e-12));
        }
        const Matrix components = matrixFrom(wanted["components"]), projected = matrixFrom(wanted["projected_first_5"]);
        for (std::size_t c = 0; c < 3; ++c) {
            QVERIFY(isNear(pca.explainedVariance[c], wanted["explained_variance_ddof1"][c].get<double>(), 1e-8));
            QVERIFY(isNear(pca.explainedVarianceRatio[c], wanted["explained_variance_ratio"][c].get<double>(), 1e-8));
            QVERIFY(isNear(pca.singularValues[c], wanted["singular_values"][c].get<double>(), 1e-8));
            for (std::size_t j = 0; j < components.columns; ++j) {
                QVERIFY(isNear(pca.components.at(c, j), components.at(c, j), 1e-8));
            }
            for (std::size_t i = 0; i < projected.rows; ++i) {
                QVERIFY(isNear(pca.projected.at(i, c), projected.at(i, c), 1e-8));
            }
        }
    }
}

/// With fewer rows than columns the other product is decomposed; repeating each column changes no projection but by
/// sqrt(2).
void AuditNumbersTest::pcaOfFewRowsIsTheSame()
{
    base::Rng rng = base::Rng::stream(1, "pca");
    Matrix narrow(12, 10), wide(12, 20);
    for (std::size_t i = 0; i < 12; ++i) {
        for (std::size_t j = 0; j < 10; ++j) {
            narrow.at(i, j) = wide.at(i, j) = wide.at(i, 10 + j) = rng.normal();
        }
    }
    const audit::Pca a = audit::principalComponents(narrow, 4), b = audit::principalComponents(wide, 4);
    QCOMPARE(b.components.rows, std::size_t{4});
    for (std::size_t c = 0; c < 4; ++c) {
        QVERIFY(isNear(b.singularValues[c], a.singularValues[c] * std::sqrt(2.0), 1e-8));
        for (std::size_t i = 0; i < 12; ++i) {
            QVERIFY(isNear(std::abs(b.projected.at(i, c)), std::abs(a.projected.at(i, c)) * std::sqrt(2.0), 1e-8));
        }
    }
}

void AuditNumbersTest::pcaLeavesOutWhatIsNotThere()
{
    Matrix line(9, 3); // all on one line
    for (std::size_t i = 0; i < 9; ++i) {
        line.at(i, 0) = static_cast<double>(i);
        line.at(i, 2) = 2.0 * static_cast<double>(i);
    }
    QCOMPARE(audit::principalComponents(line, 3).components.rows, std::size_t{1});
    QCOMPARE(audit::principalComponents(Matrix(9, 3), 3).components.rows, std::size_t{0}); // all equal
}

void AuditNumbersTest::dbscanGivesTheGoldenLabels_data()
{
    QTest::addColumn<int>("index");
    if (m_reference.is_null()) {
        QTest::newRow("no reference data") << -1;
    }
    for (int i = 0; !m_reference.is_null() && i < static_cast<int>(m_reference["dbscan"].size()); ++i) {
        QTest::newRow(m_reference["dbscan"][static_cast<std::size_t>(i)]["name"].get<std::string>().c_str()) << i;
    }
}

void AuditNumbersTest::dbscanGivesTheGoldenLabels()
{
    QFETCH(int, index);
    if (index < 0) {
        QSKIP("the reference data are not here (set DIASCOPE_SHARED)");
    }
    const Json& wanted = m_reference["dbscan"][static_cast<std::size_t>(index)];
    for (const int threads : {1, 2}) {
        const audit::Clusters found = audit::dbscan(matrixFrom(wanted["points"]),
            {.eps = wanted["eps"].get<double>(), .minSamples = wanted["min_samples"].get<int>(), .threads = threads});
        QCOMPARE(found.labels, wanted["labels"].get<std::vector<int>>());
        QCOMPARE(found.core, wanted["core_indices"].get<std::vector<std::size_t>>());
    }
}

void AuditNumbersTest::neighboursAgreeWithBruteForce()
{
    base::Rng rng = base::Rng::stream(3, "neighbours");
    Matrix points(120, 3);
    for (double& value : points.values) {
        value = static_cast<double>(rng.below(6)); // many ties and equal points
    }
    const audit::Neighbours found = audit::nearestNeighbours(points, 7, 2);
    for (std::size_t i = 0; i < points.rows; ++i) {
        std::vector<double> all;
        for (std::size_t j = 0; j < points.rows; ++j) {
            double sum = 0.0;
            for (std::size_t k = 0; k < 3; ++k) {
                sum += (points.at(i, k) - points.at(j, k)) * (points.at(i, k) - points.at(j, k));
            }
            if (j != i) {
                all.push_back(sum);
            }
        }
        std::sort(all.begin(), all.end());
        for (std::size_t k = 0; k < 7; ++k) {
            QCOMPARE(found.squaredDistance[i * 7 + k], all[k]);
            QVERIFY(found.index[i * 7 + k] != i);
        }
    }
}

void AuditNumbersTest::hostileNumbersAreRefused()
{
    Matrix bad(5, 2);
    bad.at(3, 1) = std::numeric_limits<double>::quiet_NaN();
    QVERIFY_THROWS_EXCEPTION(base::Error, (void)audit::zScoreOutliers(bad));
    QVERIFY_THROWS_EXCEPTION(base::Error, (void)audit::principalComponents(bad, 1));
    QVERIFY_THROWS_EXCEPTION(base::Error, (void)audit::dbscan(bad));
    QVERIFY_THROWS_EXCEPTION(base::Error, (void)audit::dbscan(Matrix(5, 2), {.eps = 0.0}));
    QVERIFY_THROWS_EXCEPTION(base::Error, (void)audit::dbscan(Matrix(5, 2), {.minSamples = 0}));
    QVERIFY_THROWS_EXCEPTION(base::Error, (void)audit::principalComponents(Matrix(1, 2), 1));
    QVERIFY_THROWS_EXCEPTION(base::Error, (void)audit::nearestNeighbours(Matrix(5, 2), 5));
    QVERIFY_THROWS_EXCEPTION(base::Error, (void)audit::statisticsOf(std::span<const std::uint8_t>()));
    QVERIFY(audit::dbscan(Matrix(0, 2)).labels.empty());
    QCOMPARE(audit::dbscan(Matrix(1, 2)).labels, std::vector<int>{-1});
    QCOMPARE(audit::zScoreOutliers(Matrix(1, 4)).rows.size(), std::size_t{0});
    std::stop_source stop;
    stop.request_stop();
    QVERIFY_THROWS_EXCEPTION(base::Error, (void)audit::dbscan(Matrix(500, 2), {}, stop.get_token()));
}

QTEST_GUILESS_MAIN(AuditNumbersTest)
#include "AuditNumbersTest.moc"
