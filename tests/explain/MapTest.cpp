// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Error.h"
#include "explain/FoldMaps.h"
#include "explain/MapComparison.h"
#include "explain/Randomisation.h"
#include "explain/SectorMask.h"

#include <QtTest>

#include <cmath>
#include <limits>

using namespace diascope;
using namespace diascope::explain;

namespace {

HeatMap mapOf(std::vector<float> raw, int rows, int columns)
{
    HeatMap map;
    map.rows = rows;
    map.columns = columns;
    map.values = raw;
    for (float& value : map.values) {
        value = std::max(value, 0.0F);
    }
    map.nothingToShow = std::all_of(map.values.begin(), map.values.end(), [](float value) { return value <= 0.0F; });
    map.raw = std::move(raw);
    return map;
}

} // namespace

/// What is computed of maps without a network.
class MapTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void ranksAreCorrelated_data();
    void ranksAreCorrelated();
    void similarityIsThatOfTheFormula();
    void undefinedComparisonsSayWhy_data();
    void undefinedComparisonsSayWhy();
    void foldsAreAveragedWithoutStretching();
    void agreementIsTheMeanOverPairs();
    void sectorIsTheLargestBrightArea();
    void textInACornerIsOutside();
    void sharesAreOfValues();
    void layersAreNamedByTheirFirstNumber_data();
    void layersAreNamedByTheirFirstNumber();
};

void MapTest::ranksAreCorrelated_data()
{
    QTest::addColumn<QList<double>>("a");
    QTest::addColumn<QList<double>>("b");
    QTest::addColumn<double>("expected"); // scipy.stats.spearmanr
    QTest::newRow("same order") << QList<double>{1, 2, 3, 4} << QList<double>{10, 20, 30, 400} << 1.0;
    QTest::newRow("reversed") << QList<double>{1, 2, 3, 4} << QList<double>{4, 3, 2, 1} << -1.0;
    QTest::newRow("one swap of five") << QList<double>{1, 2, 3, 4, 5} << QList<double>{1, 2, 3, 5, 4} << 0.9;
    QTest::newRow("ties share ranks") << QList<double>{1, 1, 2, 3} << QList<double>{1, 2, 2, 3} << 0.8333333333333333; // ranks 1.5 1.5 3 4 and 1 2.5 2.5 4
}

void MapTest::ranksAreCorrelated()
{
    QFETCH(QList<double>, a);
    QFETCH(QList<double>, b);
    QFETCH(double, expected);
    const auto figure = rankCorrelation(std::vector<float>(a.begin(), a.end()), std::vector<float>(b.begin(), b.end()));
    QVERIFY(figure.value);
    QVERIFY2(std::abs(*figure.value - expected) < 1e-12, qPrintable(QString::number(*figure.value, 'g', 17)));
}

void MapTest::similarityIsThatOfTheFormula()
{
    const std::vector<float> a{0.0F, 1.0F, 0.0F, 1.0F}, b{1.0F, 0.0F, 1.0F, 0.0F};
    QCOMPARE(*structuralSimilarity(a, a).value, 1.0);
    // Means 1/2, variances 1/4, covariance -1/4: (-1/2 + 9e-4) / (1/2 + 9e-4).
    QVERIFY(std::abs(*structuralSimilarity(a, b).value - (-0.5 + 9e-4) / (0.5 + 9e-4)) < 1e-9);
}

void MapTest::undefinedComparisonsSayWhy_data()
{
    const float nan = std::numeric_limits<float>::quiet_NaN();
    QTest::addColumn<QList<float>>("a");
    QTest::addColumn<QList<float>>("b");
    QTest::newRow("nothing") << QList<float>{} << QList<float>{};
    QTest::newRow("one value") << QList<float>{1} << QList<float>{1};
    QTest::newRow("other size") << QList<float>{1, 2} << QList<float>{1, 2, 3};
    QTest::newRow("constant") << QList<float>{1, 1, 1} << QList<float>{1, 2, 3};
    QTest::newRow("no number") << QList<float>{1, nan, 3} << QList<float>{1, 2, 3};
}

void MapTest::undefinedComparisonsSayWhy()
{
    QFETCH(QList<float>, a);
    QFETCH(QList<float>, b);
    const auto figure = rankCorrelation(std::vector<float>(a.begin(), a.end()), std::vector<float>(b.begin(), b.end()));
    QVERIFY(!figure.value);
    QVERIFY(!figure.reason.empty());
}

void MapTest::foldsAreAveragedWithoutStretching()
{
    const MeanOfMaps mean = meanOfMaps({mapOf({1.0F, 0.0F}, 1, 2), mapOf({0.0F, 1.0F}, 1, 2)});
    QCOMPARE(mean.map.values, (std::vector<float>{0.5F, 0.5F})); // the folds disagree: no cell is strong
    QVERIFY(!mean.map.nothingToShow);
    QCOMPARE(*mean.agreement.value, -1.0);
    const MeanOfMaps single = meanOfMaps({mapOf({-1.0F, -2.0F}, 1, 2)});
    QVERIFY(single.map.nothingToShow);
    QVERIFY(!single.agreement.value && !single.agreement.reason.empty());
    QVERIFY_EXCEPTION_THROWN((void)meanOfMaps({}), base::Error);
    QVERIFY_EXCEPTION_THROWN((void)meanOfMaps({mapOf({1, 2}, 1, 2), mapOf({1, 2}, 2, 1)}), base::Error);
}

void MapTest::agreementIsTheMeanOverPairs()
{
    const HeatMap up = mapOf({1, 2, 3, 4}, 2, 2), down = mapOf({4, 3, 2, 1}, 2, 2), flat = mapOf({1, 1, 1, 1}, 2, 2);
    QVERIFY(std::abs(*meanOfMaps({up, up, down}).agreement.value - (1.0 - 1.0 - 1.0) / 3.0) < 1e-12);
    QVERIFY(std::abs(*meanOfMaps({up, flat, up}).agreement.value - 1.0) < 1e-12); // a flat map has no order to agree with
    QVERIFY(!meanOfMaps({flat, flat}).agreement.value);
}

void MapTest::sectorIsTheLargestBrightArea()
{
    constexpr int kWidth = 60, kHeight = 40;
    std::vector<std::uint8_t> grey(kWidth * kHeight, 3); // compression noise
    for (int y = 10; y < 30; ++y) {
        for (int x = 20; x < 40; ++x) {
            const bool cyst = std::hypot(x - 30.0, y - 20.0) < 6.0; // dark within the sector
            grey[static_cast<std::size_t>(y * kWidth + x)] = cyst ? 0 : 120;
        }
    }
    const auto mask = sectorMask(grey, kWidth, kHeight);
    const auto at = [&](int x, int y) { return int(mask[static_cast<std::size_t>(y * kWidth + x)]); };
    QCOMPARE(at(30, 20), 1);
    QCOMPARE(at(21, 11), 1);
    QCOMPARE(at(10, 20), 0);
    QCOMPARE(at(30, 38), 0);
    const std::vector<std::uint8_t> black(kWidth * kHeight, 0);
    const auto none = sectorMask(black, kWidth, kHeight);
    QCOMPARE(std::count(none.begin(), none.end(), 1), std::ptrdiff_t{0});
    QVERIFY_EXCEPTION_THROWN((void)sectorMask(black, kWidth, kHeight + 1), base::Error);
}

void MapTest::textInACornerIsOutside()
{
    constexpr int kSide = 64;
    std::vector<std::uint8_t> grey(kSide * kSide, 0);
    for (int y = 30; y < 60; ++y) {
        for (int x = 20; x < 60; ++x) {
            grey[static_cast<std::size_t>(y * kSide + x)] = 90;
        }
    }
    for (int x = 2; x < 14; ++x) {
        grey[static_cast<std::size_t>(4 * kSide + x)] = 255;
    }
    const auto mask = sectorMask(grey, kSide, kSide);
    QCOMPARE(int(mask[4 * kSide + 8]), 0);
    QCOMPARE(int(mask[45 * kSide + 40]), 1);
}

void MapTest::sharesAreOfValues()
{
    const HeatMap map = mapOf({1.0F, 3.0F}, 1, 2); // left half 1, right half 3
    const std::vector<std::uint8_t> rightHalf{0, 0, 1, 1, 0, 0, 1, 1};
    QCOMPARE(*mapShare(map, rightHalf, 4, 2, 1).value, 0.75);
    QCOMPARE(*mapShare(map, rightHalf, 4, 2, 0).value, 0.25);
    QVERIFY(!mapShare(mapOf({0.0F, -1.0F}, 1, 2), rightHalf, 4, 2, 0).value);
    const std::vector<std::uint8_t> everywhere(8, 1);
    QVERIFY(!mapShare(map, everywhere, 4, 2, 0).value); // there is no outside to be on
}

void MapTest::layersAreNamedByTheirFirstNumber_data()
{
    QTest::addColumn<QString>("tensor");
    QTest::addColumn<QString>("layer");
    QTest::newRow("mobilenet") << "sononet.blocks.4.1.bn1.weight" << "sononet.blocks.4";
    QTest::newRow("stem") << "sononet.conv_stem.weight" << "sononet.conv_stem";
    QTest::newRow("resnet") << "layer4.1.conv2.weight" << "layer4.1";
    QTest::newRow("head") << "head.4.weight_orig" << "head.4";
    QTest::newRow("output") << "fc.bias" << "fc";
    QTest::newRow("vgg") << "features.28.weight" << "features.28";
    QTest::newRow("no dot") << "weight" << "weight";
}

void MapTest::layersAreNamedByTheirFirstNumber()
{
    QFETCH(QString, tensor);
    QFETCH(QString, layer);
    QCOMPARE(QString::fromStdString(layerOf(tensor.toStdString())), layer);
}

QTEST_GUILESS_MAIN(MapTest)
#include "MapTest.moc"
