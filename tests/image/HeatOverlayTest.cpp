// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Error.h"
#include "image/HeatOverlay.h"

#include <QTest>

#include <cmath>
#include <set>

using namespace diascope;
using namespace diascope::image;

namespace {

constexpr std::uint32_t kBase = 0xff646464U; // 100 in each channel.

/// A 4 x 2 grid over the rectangle (10, 20)..(50, 40): cells of 10 x 10 image pixels.
HeatGrid oneHotCell(int row, int column)
{
    HeatGrid grid{2, 4, std::vector<float>(8, 0.0F), {10.0, 20.0, 50.0, 40.0}};
    grid.values[static_cast<std::size_t>(row * 4 + column)] = 1.0F;
    return grid;
}

View wholeView() { return {{0.0, 0.0, 60.0, 60.0}, 60, 60, 0, false}; }

Rgb32 painted(const HeatGrid& grid, const HeatStyle& style, const View& view)
{
    Rgb32 pixels = makeRgb32(view.width, view.height, kBase);
    blendHeat(grid, style, view, targetOf(pixels));
    return pixels;
}

} // namespace

class HeatOverlayTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void colourMapsAreThePublishedOnes_data()
    {
        QTest::addColumn<QString>("map");
        QTest::addColumn<int>("entry");
        QTest::addColumn<unsigned>("rgb");
        // matplotlib's published hexadecimal values.
        QTest::newRow("inferno first") << "inferno" << 0 << 0x000004U;
        QTest::newRow("inferno last") << "inferno" << 255 << 0xfcffa4U;
        QTest::newRow("viridis first") << "viridis" << 0 << 0x440154U;
        QTest::newRow("viridis middle") << "viridis" << 128 << 0x21918cU;
        QTest::newRow("viridis last") << "viridis" << 255 << 0xfde725U;
        QTest::newRow("cividis first") << "cividis" << 0 << 0x00224eU;
        QTest::newRow("cividis last") << "cividis" << 255 << 0xfee838U;
        QTest::newRow("magma last") << "magma" << 255 << 0xfcfdbfU;
        QTest::newRow("jet first") << "jet (legacy)" << 0 << 0x000080U;
        QTest::newRow("jet last") << "jet (legacy)" << 255 << 0x800000U;
    }
    void colourMapsAreThePublishedOnes()
    {
        QFETCH(QString, map);
        QFETCH(int, entry);
        QFETCH(unsigned, rgb);
        const auto found = colourMapFromName(map.toStdString());
        QVERIFY(found.has_value());
        QCOMPARE(QString::fromUtf8(name(*found).data()), map);
        const Rgb8 c = colourTable(*found)[static_cast<std::size_t>(entry)];
        QCOMPARE((static_cast<unsigned>(c.red) << 16) | (static_cast<unsigned>(c.green) << 8) | c.blue, rgb);
    }
    void perceptualMapsGrowLighter()
    {
        QCOMPARE(colourMaps().front(), ColourMap::Inferno);
        QVERIFY(!colourMapFromName("rainbow").has_value());
        for (const ColourMap map : colourMaps()) {
            if (map == ColourMap::JetLegacy) {
                continue;
            }
            double before = -1.0;
            for (std::size_t i = 0; i < 256; i += 5) {
                const Rgb8 c = colourTable(map)[i];
                const double lightness = 0.2126 * c.red + 0.7152 * c.green + 0.0722 * c.blue;
                QVERIFY(lightness > before);
                before = lightness;
            }
        }
        QCOMPARE(colourAt(ColourMap::Viridis, 2.0), colourTable(ColourMap::Viridis)[255]);
        QCOMPARE(colourAt(ColourMap::Viridis, std::nan("")), colourTable(ColourMap::Viridis)[0]);
    }
    void cellsLieExactlyOverTheImage()
    {
        HeatStyle style;
        style.smooth = false;
        style.opacity = 1.0;
        const Rgb32 pixels = painted(oneHotCell(1, 2), style, wholeView());
        for (int y = 0; y < 60; ++y) {
            for (int x = 0; x < 60; ++x) {
                const bool isCell = x >= 30 && x < 40 && y >= 30 && y < 40;
                QCOMPARE(pixels.at(x, y), isCell ? 0xfffcffa4U : kBase);
            }
        }
    }
    void followsTheView_data()
    {
        QTest::addColumn<int>("rotation");
        QTest::addColumn<bool>("flip");
        QTest::addColumn<bool>("smooth");
        for (const int rotation : {0, 90, 180, 270}) {
            for (const bool flip : {false, true}) {
                for (const bool smooth : {false, true}) {
                    QTest::addRow("%d%s%s", rotation, flip ? " flipped" : "", smooth ? " smooth" : "") << rotation << flip << smooth;
                }
            }
        }
    }
    void followsTheView()
    {
        QFETCH(int, rotation);
        QFETCH(bool, flip);
        QFETCH(bool, smooth);
        const HeatGrid grid{2, 4, {0.9F, 0.1F, 0.4F, 0.7F, 0.2F, 0.8F, 1.0F, 0.0F}, {10.0, 20.0, 50.0, 40.0}};
        const View view{{5.0, 15.0, 55.0, 48.0}, 90, 70, rotation, flip};
        HeatStyle style;
        style.smooth = smooth;
        style.threshold = 0.5;
        style.opacity = 1.0;
        const Rgb32 pixels = painted(grid, style, view);
        int shown = 0;
        for (int y = 0; y < view.height; ++y) {
            for (int x = 0; x < view.width; ++x) {
                const double value = heatAt(grid, view.toSource().map({x + 0.5, y + 0.5}), smooth);
                if (std::abs(value - 0.5) < 1e-4) {
                    continue; // On the threshold itself rounding decides.
                }
                QCOMPARE(pixels.at(x, y) != kBase, value > 0.5); // NaN outside the grid: not painted.
                shown += value > 0.5 ? 1 : 0;
            }
        }
        QVERIFY(shown > 500);
    }
    void thresholdIsAHardCut()
    {
        HeatGrid grid{1, 4, {0.29F, 0.3F, 0.31F, NAN}, {0.0, 0.0, 4.0, 1.0}};
        const View view{{0.0, 0.0, 4.0, 1.0}, 4, 1, 0, false};
        HeatStyle style;
        style.smooth = false;
        style.alphaFromValue = false;
        const Rgb32 pixels = painted(grid, style, view);
        QCOMPARE(pixels.at(0, 0), kBase);
        QVERIFY(pixels.at(1, 0) != kBase);
        QVERIFY(pixels.at(2, 0) != kBase);
        QCOMPARE(pixels.at(3, 0), kBase);
    }
    void opacityBlends_data()
    {
        QTest::addColumn<double>("opacity");
        QTest::addColumn<bool>("alphaFromValue");
        QTest::addColumn<float>("value");
        QTest::addColumn<double>("alpha");
        QTest::newRow("none") << 0.0 << true << 1.0F << 0.0;
        QTest::newRow("half") << 0.5 << true << 1.0F << 0.5;
        QTest::newRow("by value") << 0.5 << true << 0.5F << 0.25;
        QTest::newRow("constant") << 0.5 << false << 0.5F << 0.5;
        QTest::newRow("whole") << 1.0 << false << 0.75F << 1.0;
    }
    void opacityBlends()
    {
        QFETCH(double, opacity);
        QFETCH(bool, alphaFromValue);
        QFETCH(float, value);
        QFETCH(double, alpha);
        const HeatGrid grid{1, 1, {value}, {0.0, 0.0, 1.0, 1.0}};
        HeatStyle style;
        style.opacity = opacity;
        style.alphaFromValue = alphaFromValue;
        style.colourMap = ColourMap::Viridis;
        const std::uint32_t pixel = painted(grid, style, {{0.0, 0.0, 1.0, 1.0}, 1, 1, 0, false}).at(0, 0);
        const Rgb8 c = colourAt(ColourMap::Viridis, value);
        QVERIFY(std::abs(static_cast<double>((pixel >> 16) & 255U) - (100.0 * (1.0 - alpha) + c.red * alpha)) <= 1.0);
        QVERIFY(std::abs(static_cast<double>((pixel >> 8) & 255U) - (100.0 * (1.0 - alpha) + c.green * alpha)) <= 1.0);
        QVERIFY(std::abs(static_cast<double>(pixel & 255U) - (100.0 * (1.0 - alpha) + c.blue * alpha)) <= 1.0);
    }
    void contoursAreLinesOnly()
    {
        HeatStyle style;
        style.fill = false;
        style.contour = true;
        style.contourLevels = {0.1, 0.5};
        style.threshold = 0.3; // The level 0.1 lies below: not drawn.
        const HeatGrid grid = oneHotCell(1, 2);
        const Rgb32 pixels = painted(grid, style, wholeView());
        const Rgb8 c = colourAt(style.colourMap, 0.5);
        const std::uint32_t line = 0xff000000U | (static_cast<std::uint32_t>(c.red) << 16) | (static_cast<std::uint32_t>(c.green) << 8) | c.blue;
        std::set<std::uint32_t> colours(pixels.pixels.begin(), pixels.pixels.end());
        QCOMPARE(colours, (std::set<std::uint32_t>{kBase, line}));
        // Along the row of the cell's centre the value falls from 1 (x = 35) to 0 (x = 25, 45): 0.5 at 30 and 40.
        QList<int> crossed;
        for (int x = 0; x < 60; ++x) {
            if (pixels.at(x, 35) == line) {
                crossed.push_back(x);
            }
        }
        QCOMPARE(crossed, (QList<int>{29, 30, 39, 40}));
    }
    void readsValuesBetweenCentres()
    {
        const HeatGrid grid = oneHotCell(0, 0);
        QCOMPARE(heatAt(grid, {15.0, 25.0}), 1.0);
        QCOMPARE(heatAt(grid, {20.0, 25.0}), 0.5);
        QCOMPARE(heatAt(grid, {19.9, 25.0}, false), 1.0);
        QCOMPARE(heatAt(grid, {10.0, 20.0}), 1.0); // Beyond the first centre: the edge value.
        QVERIFY(std::isnan(heatAt(grid, {9.9, 25.0})));
        QVERIFY(std::isnan(heatAt(grid, {20.0, 40.0})));
    }
    void refusesAnImpossibleGrid()
    {
        HeatGrid grid = oneHotCell(0, 0);
        grid.values.pop_back();
        QVERIFY_THROWS_EXCEPTION(base::Error, painted(grid, {}, wholeView()));
        grid = oneHotCell(0, 0);
        grid.covers = {};
        QVERIFY_THROWS_EXCEPTION(base::Error, painted(grid, {}, wholeView()));
    }
    void legendShowsTheScaleAndWhatIsHidden()
    {
        HeatStyle style;
        style.threshold = 0.5;
        const Rgb32 strip = legendStrip(style, 10, 256);
        QCOMPARE(strip.at(3, 0), 0xfffcffa4U); // Highest at the top.
        QCOMPARE(strip.at(3, 255), strip.at(3, 129)); // Hidden part: one grey.
        QVERIFY(strip.at(3, 127) != strip.at(3, 128));
        const Rgb32 flat = legendStrip(style, 256, 10);
        QCOMPARE(flat.at(255, 4), 0xfffcffa4U);
        QCOMPARE(flat.at(0, 4), strip.at(0, 255));
    }
};

QTEST_APPLESS_MAIN(HeatOverlayTest)
#include "HeatOverlayTest.moc"
