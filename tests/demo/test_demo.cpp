// SPDX-License-Identifier: GPL-3.0-or-later
#include "demo/CtPhantom.h"
#include "demo/Encode.h"
#include "demo/Fan.h"
#include "demo/Speckle.h"
#include "demo/UltrasoundSimulator.h"

#include <QtTest>

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace diascope;
using namespace diascope::demo;

class TestDemo : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void fanGeometryIsThatOfACurvedArray_data();
    void fanGeometryIsThatOfACurvedArray();
    void scanConversionPutsADepthOnAnArc();
    void speckleIsFullyDeveloped();
    void pointSpreadWidensWithDepth();
    void pictureIsBlackOutsideTheFan();
    void sweepDependsOnSeedOnly();
    void cineMoves();
    void classesDifferInWhatMedicineSays();
    void classesOverlap();
    void phantomHasTheHounsfieldValuesOfTissue_data();
    void phantomHasTheHounsfieldValuesOfTissue();
    void findingsHaveTheirDensity_data();
    void findingsHaveTheirDensity();
    void ctNoiseHasTheTextureOfAKernel();
    void rleMatchesTheStandard();
};

void TestDemo::fanGeometryIsThatOfACurvedArray_data()
{
    QTest::addColumn<double>("radius");
    QTest::addColumn<double>("depth");
    QTest::addColumn<double>("halfAngle");
    QTest::newRow("deep") << 50.0 << 165.0 << 0.58;
    QTest::newRow("shallow") << 60.0 << 80.0 << 0.50;
    QTest::newRow("narrow") << 55.0 << 150.0 << 0.20;
}

void TestDemo::fanGeometryIsThatOfACurvedArray()
{
    QFETCH(double, radius);
    QFETCH(double, depth);
    QFETCH(double, halfAngle);
    const Fan fan = Fan::fit(radius, depth, halfAngle, 640, 480);
    // The straight line down: from the face at radius to radius + depth below the arc's centre.
    const double faceRow = fan.apexY + radius / fan.pixelMm;
    QVERIFY(std::abs(fan.polarOf(320, static_cast<int>(faceRow)).depthMm) <= fan.pixelMm);
    const double bottomRow = fan.apexY + (radius + depth) / fan.pixelMm;
    QVERIFY(bottomRow <= 480.0);
    QVERIFY(std::abs((bottomRow - faceRow) * fan.pixelMm - depth) < 1e-9);
    // Corners of the face lie higher than its middle: the probe bulges towards the patient.
    const Fan::Box box = fan.box();
    QCOMPARE(box.y0, 8);
    QVERIFY(box.x0 >= 0 && box.x1 < 640 && box.y1 < 480);
    QVERIFY(faceRow > box.y0 + 1);
    // The scale is the largest that fits: one direction is used up.
    QVERIFY(box.x0 <= 8 || box.y1 >= 471);
    QVERIFY(!fan.contains(fan.polarOf(0, 0)));
    QVERIFY(fan.contains(fan.polarOf(320, static_cast<int>(faceRow) + 3)));
    QVERIFY(!fan.contains(fan.polarOf(320, static_cast<int>(faceRow) - 3)));
}

void TestDemo::scanConversionPutsADepthOnAnArc()
{
    const Fan fan = Fan::fit(55.0, 150.0, 0.5, 640, 480);
    PolarGrid grid{200, 300, 0.5, 150.0};
    std::vector<float> values(grid.size());
    for (int row = 0; row < grid.samples; ++row) {
        std::fill_n(values.begin() + row * grid.lines, grid.lines, static_cast<float>(grid.depth(row)));
    }
    const std::vector<float> picture = scanConvert(fan, grid, values);
    for (const auto& [x, y] : {std::pair(320, 200), std::pair(200, 300), std::pair(450, 250)}) {
        const double depth = std::hypot((x + 0.5 - fan.apexX), (y + 0.5 - fan.apexY)) * fan.pixelMm - 55.0;
        QVERIFY2(std::abs(picture[static_cast<std::size_t>(y * 640 + x)] - depth) < 0.01, qPrintable(QString::number(depth)));
    }
    QCOMPARE(picture[0], -1.0F);
}

void TestDemo::speckleIsFullyDeveloped()
{
    // Rayleigh: mean / standard deviation = sqrt(pi / (4 - pi)) = 1.913 (Wagner et al. 1983). Real and imaginary variance 1/2.
    PolarGrid grid{400, 600, 0.58, 150.0};
    const Speckle speckle = makeSpeckle(base::Rng::stream(3, "test"), grid, 55.0, {0.38, 0.6, 0.012});
    double sum = 0.0, square = 0.0;
    std::size_t count = 0;
    for (int row = 20; row < 580; ++row) {
        for (int line = 20; line < 380; ++line, ++count) {
            const auto i = static_cast<std::size_t>(row * grid.lines + line);
            const double envelope = std::hypot(speckle.real[i], speckle.imaginary[i]);
            sum += envelope;
            square += envelope * envelope;
        }
    }
    const double mean = sum / static_cast<double>(count), power = square / static_cast<double>(count);
    QVERIFY2(std::abs(power - 1.0) < 0.06, qPrintable(QString::number(power)));
    const double snr = mean / std::sqrt(power - mean * mean);
    QVERIFY2(std::abs(snr - 1.913) < 0.06, qPrintable(QString::number(snr)));
}

void TestDemo::pointSpreadWidensWithDepth()
{
    PolarGrid grid{401, 400, 0.5, 160.0};
    const PointSpread spread{0.4, 0.6, 0.012};
    std::vector<float> values(grid.size(), 0.0F);
    const auto width = [&](int row) {
        double sum = 0.0, square = 0.0;
        for (int line = 0; line < grid.lines; ++line) {
            const double mm = (55.0 + grid.depth(row)) * grid.angle(line);
            const double v = values[static_cast<std::size_t>(row * grid.lines + line)];
            sum += v;
            square += v * mm * mm;
        }
        return std::sqrt(square / sum);
    };
    values[static_cast<std::size_t>(100 * grid.lines + 200)] = 1.0F; // Depth 40 mm
    values[static_cast<std::size_t>(300 * grid.lines + 200)] = 1.0F; // and 120 mm, straight down.
    blur(values, grid, 55.0, spread, BlurGain::KeepMean);
    QVERIFY2(std::abs(width(100) - 0.6) < 0.05, qPrintable(QString::number(width(100))));
    QVERIFY2(std::abs(width(300) - 0.012 * 120.2) < 0.08, qPrintable(QString::number(width(300))));
    QVERIFY(std::abs(std::accumulate(values.begin(), values.end(), 0.0) - 2.0) < 1e-3);
}

namespace {
SweepConfig sweepOf(bool failure, std::uint64_t seed, int frames = 1)
{
    SweepConfig config;
    base::Rng rng = base::Rng::stream(seed, "test.traits");
    config.traits = drawTraits(failure, rng);
    config.probe = drawProbe(rng);
    config.view = drawView(0, rng);
    config.seed = seed;
    config.frames = frames;
    return config;
}
} // namespace

void TestDemo::pictureIsBlackOutsideTheFan()
{
    const UltrasoundSweep sweep = simulate(sweepOf(false, 1));
    QCOMPARE(sweep.frames.size(), std::size_t{1});
    double inside = 0.0;
    int count = 0;
    for (int y = 0; y < 480; ++y) {
        for (int x = 0; x < 640; ++x) {
            const int grey = sweep.frames[0][static_cast<std::size_t>(y * 640 + x)];
            if (sweep.fan.contains(sweep.fan.polarOf(x, y))) {
                inside += grey;
                ++count;
                QVERIFY(grey > 0);
            } else {
                QCOMPARE(grey, 0);
            }
        }
    }
    const double mean = inside / count;
    QVERIFY2(mean > 30.0 && mean < 130.0, qPrintable(QString::number(mean)));
    QVERIFY(count > 640 * 480 / 3);
}

void TestDemo::sweepDependsOnSeedOnly()
{
    QCOMPARE(simulate(sweepOf(true, 5)).frames, simulate(sweepOf(true, 5)).frames);
    QVERIFY(simulate(sweepOf(true, 5)).frames != simulate(sweepOf(true, 6)).frames);
}

void TestDemo::cineMoves()
{
    const UltrasoundSweep sweep = simulate(sweepOf(false, 2, 3));
    QCOMPARE(sweep.frames.size(), std::size_t{3});
    QVERIFY(sweep.frames[0] != sweep.frames[1]);
    // Neighbouring frames resemble each other: tissue carries its speckle along.
    double same = 0.0;
    for (std::size_t i = 0; i < sweep.frames[0].size(); ++i) {
        same += std::abs(int(sweep.frames[0][i]) - int(sweep.frames[1][i]));
    }
    QVERIFY(same / static_cast<double>(sweep.frames[0].size()) < 12.0);
}

void TestDemo::classesDifferInWhatMedicineSays()
{
    base::Rng rng = base::Rng::stream(11, "test");
    const int n = 400;
    double length[2] = {}, cortex[2] = {}, medulla[2] = {};
    for (int i = 0; i < 2 * n; ++i) {
        const PatientTraits t = drawTraits(i % 2 == 1, rng);
        length[i % 2] += t.lengthMm / n;
        cortex[i % 2] += t.cortexDb / n;
        medulla[i % 2] += t.medullaDb / n;
    }
    QVERIFY2(length[0] > 100.0 && length[0] < 120.0, qPrintable(QString::number(length[0])));
    QVERIFY2(length[1] > 70.0 && length[1] < 92.0, qPrintable(QString::number(length[1])));
    QVERIFY(cortex[0] < -2.0);  // Darker than liver.
    QVERIFY(cortex[1] > 0.0);   // Brighter than liver.
    QVERIFY(medulla[0] < -3.0); // Pyramids stand out,
    QVERIFY(medulla[1] > -2.5); // and no longer do.
}

void TestDemo::classesOverlap()
{
    // AUC of the hidden severity (Mann-Whitney): the best that any reader can reach.
    base::Rng rng = base::Rng::stream(12, "test");
    std::vector<double> part[2];
    for (int i = 0; i < 1000; ++i) {
        part[i % 2].push_back(drawTraits(i % 2 == 1, rng).severity);
    }
    double wins = 0.0;
    for (const double a : part[1]) {
        for (const double b : part[0]) {
            wins += a > b ? 1.0 : a == b ? 0.5 : 0.0;
        }
    }
    const double auc = wins / static_cast<double>(part[0].size() * part[1].size());
    QVERIFY2(auc > 0.94 && auc < 0.99, qPrintable(QString::number(auc)));
}

void TestDemo::phantomHasTheHounsfieldValuesOfTissue_data()
{
    QTest::addColumn<float>("x");
    QTest::addColumn<float>("y");
    QTest::addColumn<float>("z");
    QTest::addColumn<float>("low");
    QTest::addColumn<float>("high");
    QTest::newRow("air") << 0.0F << -190.0F << 0.0F << -1000.5F << -999.5F;
    QTest::newRow("liver") << -95.0F << -20.0F << 50.0F << 70.0F << 180.0F;
    QTest::newRow("spleen") << 104.0F << 18.0F << 62.0F << 85.0F << 150.0F;
    QTest::newRow("aorta") << 11.0F << 20.0F << 0.0F << 130.0F << 185.0F;
    QTest::newRow("spinal canal") << 0.0F << 74.0F << 0.0F << 20.0F << 45.0F;
    QTest::newRow("right kidney's outer cortex") << -84.0F << 34.0F << -5.0F << 120.0F << 215.0F;
}

void TestDemo::phantomHasTheHounsfieldValuesOfTissue()
{
    QFETCH(float, x);
    QFETCH(float, y);
    QFETCH(float, z);
    QFETCH(float, low);
    QFETCH(float, high);
    for (std::uint64_t i = 0; i < 6; ++i) {
        const CtPhantom phantom(KidneyFinding::Normal, base::Rng::stream(7, "test", i));
        const float hu = phantom.hounsfield(x, y, z);
        QVERIFY2(hu >= low && hu <= high, qPrintable(QString("patient %1: %2 HU").arg(i).arg(double(hu))));
    }
}

void TestDemo::findingsHaveTheirDensity_data()
{
    QTest::addColumn<int>("finding");
    QTest::addColumn<float>("low");
    QTest::addColumn<float>("high");
    QTest::newRow("cyst: water") << int(KidneyFinding::Cyst) << 0.0F << 20.0F;
    QTest::newRow("stone: calcium") << int(KidneyFinding::Stone) << 500.0F << 1200.0F;
    QTest::newRow("tumour: soft tissue, less than the cortex") << int(KidneyFinding::Tumour) << 15.0F << 160.0F;
}

void TestDemo::findingsHaveTheirDensity()
{
    QFETCH(int, finding);
    QFETCH(float, low);
    QFETCH(float, high);
    for (std::uint64_t i = 0; i < 6; ++i) {
        const CtPhantom phantom(static_cast<KidneyFinding>(finding), base::Rng::stream(7, "test", i));
        QVERIFY(!phantom.findings().empty());
        const auto& ball = phantom.findings().front();
        const float hu = phantom.hounsfield(ball.x, ball.y, ball.z);
        QVERIFY2(hu >= low && hu <= high, qPrintable(QString("patient %1: %2 HU").arg(i).arg(double(hu))));
        QVERIFY(phantom.showsFinding(ball.z));
        QVERIFY(!phantom.showsFinding(ball.z + 200.0));
    }
}

void TestDemo::ctNoiseHasTheTextureOfAKernel()
{
    // A patch of air-free, homogeneous content: the spleen. Neighbours correlate, far pixels do not, and the mean is kept.
    const CtPhantom phantom(KidneyFinding::Normal, base::Rng::stream(7, "test"));
    const CtSlice slice{256, 256, 1.0, 62.0};
    const auto noisy = scanSlice(phantom, slice, base::Rng::stream(7, "noise"));
    QCOMPARE(noisy, scanSlice(phantom, slice, base::Rng::stream(7, "noise")));
    double square = 0.0, next = 0.0, mean = 0.0;
    int count = 0;
    const auto residual = [&](int x, int y) {
        return noisy[static_cast<std::size_t>(y * 256 + x)] - double(phantom.hounsfield(x - 127.5F, y - 127.5F, 62.0F));
    };
    for (int y = 125; y < 165; ++y) {
        for (int x = 215; x < 240; ++x, ++count) {
            const double r = residual(x, y);
            mean += r;
            square += r * r;
            next += r * residual(x + 1, y);
        }
    }
    const double sigma = std::sqrt(square / count);
    QVERIFY2(sigma > 5.0 && sigma < 15.0, qPrintable(QString::number(sigma)));
    QVERIFY(std::abs(mean / count) < 2.0);
    QVERIFY2(next / square > 0.25 && next / square < 0.9, qPrintable(QString::number(next / square)));
}

void TestDemo::rleMatchesTheStandard()
{
    // PS3.5 Annex G: header of 16 longs, then PackBits; 3 x 7 = run (257 - 3 = 254), literal 1 2.
    const std::vector<std::uint8_t> pixels{7, 7, 7, 1, 2};
    const auto bytes = encodeRle({1, 5, 1, false, std::as_bytes(std::span(pixels))});
    QCOMPARE(bytes.size(), std::size_t{64 + 6});
    std::vector<int> tail;
    for (std::size_t i = 64; i < bytes.size(); ++i) {
        tail.push_back(std::to_integer<int>(bytes[i]));
    }
    QCOMPARE(tail, (std::vector<int>{254, 7, 1, 1, 2, 0}));
    QCOMPARE(std::to_integer<int>(bytes[0]), 1);
    QCOMPARE(std::to_integer<int>(bytes[4]), 64);
}

QTEST_GUILESS_MAIN(TestDemo)
#include "test_demo.moc"
