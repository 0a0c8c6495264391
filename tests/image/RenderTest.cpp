// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Error.h"
#include "image/Formula.h"
#include "image/Render.h"
#include "image/Resample.h"

#include <QTest>

#include <algorithm>
#include <cmath>
#include <cstdlib>

using namespace diascope;
using namespace diascope::image;
using namespace diascope::tests;

namespace {

RenderRequest wholeImage(const Image& image, int width, int height)
{
    RenderRequest request;
    request.view.source = {0.0, 0.0, static_cast<double>(image.width), static_cast<double>(image.height)};
    request.view.width = width;
    request.view.height = height;
    request.window = defaultWindow(image);
    return request;
}

int grey(std::uint32_t pixel) { return static_cast<int>(pixel & 255U); }

QList<int> greys(const Rgb32& pixels)
{
    QList<int> result;
    for (const std::uint32_t pixel : pixels.pixels) {
        result.push_back(grey(pixel));
    }
    return result;
}

} // namespace

class RenderTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void turnsAndFlips_data()
    {
        QTest::addColumn<int>("rotation");
        QTest::addColumn<bool>("flip");
        QTest::addColumn<QList<int>>("wanted");
        // The image is  1 2 3
        //               4 5 6 ; flipped first, then turned clockwise.
        QTest::newRow("as it is") << 0 << false << QList<int>{1, 2, 3, 4, 5, 6};
        QTest::newRow("90") << 90 << false << QList<int>{4, 1, 5, 2, 6, 3};
        QTest::newRow("180") << 180 << false << QList<int>{6, 5, 4, 3, 2, 1};
        QTest::newRow("270") << 270 << false << QList<int>{3, 6, 2, 5, 1, 4};
        QTest::newRow("flip") << 0 << true << QList<int>{3, 2, 1, 6, 5, 4};
        QTest::newRow("flip 90") << 90 << true << QList<int>{6, 3, 5, 2, 4, 1};
        QTest::newRow("flip 180") << 180 << true << QList<int>{4, 5, 6, 1, 2, 3};
        QTest::newRow("flip 270") << 270 << true << QList<int>{1, 4, 2, 5, 3, 6};
    }
    void turnsAndFlips()
    {
        QFETCH(int, rotation);
        QFETCH(bool, flip);
        QFETCH(QList<int>, wanted);
        const Image image = imageOf<std::uint8_t>(3, 2, 1, {1, 2, 3, 4, 5, 6});
        const bool isTurned = rotation == 90 || rotation == 270;
        RenderRequest request = wholeImage(image, isTurned ? 2 : 3, isTurned ? 3 : 2);
        request.view.rotation = rotation;
        request.view.flipHorizontal = flip;
        const Rgb32 pixels = renderToRgb32(image, request);
        QCOMPARE(greys(pixels), wanted);
        // The same transform leads every target pixel back to the image pixel that is seen there.
        for (int y = 0; y < pixels.height; ++y) {
            for (int x = 0; x < pixels.width; ++x) {
                const Point p = request.view.toSource().map({x + 0.5, y + 0.5});
                QCOMPARE(image.stored(static_cast<int>(std::floor(p.x)), static_cast<int>(std::floor(p.y))),
                         static_cast<double>(grey(pixels.at(x, y))));
            }
        }
    }
    void transformsAreInverse()
    {
        View view{{10.0, 20.0, 110.0, 70.0}, 300, 400, 270, true};
        const Point there = view.toTarget().map({33.0, 44.0});
        const Point back = view.toSource().map(there);
        QVERIFY(std::abs(back.x - 33.0) < 1e-9 && std::abs(back.y - 44.0) < 1e-9);
        view.rotation = 45;
        QVERIFY_THROWS_EXCEPTION(base::Error, (void)view.toTarget());
        view = {};
        QVERIFY_THROWS_EXCEPTION(base::Error, (void)view.toTarget());
    }
    void interpolatesBetweenPixelCentres()
    {
        const Image image = imageOf<std::uint8_t>(2, 1, 1, {0, 200});
        QCOMPARE(greys(renderToRgb32(image, wholeImage(image, 4, 1))), (QList<int>{0, 50, 150, 200}));
    }
    void agreesWithPlainBilinear_data()
    {
        QTest::addColumn<int>("width");
        QTest::addColumn<int>("height");
        QTest::newRow("up") << 200 << 90;
        QTest::newRow("odd") << 61 << 83;
        QTest::newRow("same") << 40 << 30;
        QTest::newRow("slightly down") << 33 << 21;
    }
    void agreesWithPlainBilinear()
    {
        QFETCH(int, width);
        QFETCH(int, height);
        for (const int channels : {1, 3}) {
            const Image image = formulaImage("u8", 40, 30, channels);
            const Rgb32 pixels = renderToRgb32(image, wholeImage(image, width, height));
            const Image wanted = resizeBilinear(image, width, height);
            for (int y = 0; y < height; ++y) {
                for (int x = 0; x < width; ++x) {
                    const std::uint32_t pixel = pixels.at(x, y);
                    for (int c = 0; c < channels; ++c) {
                        const int level = static_cast<int>((pixel >> (16 - 8 * c)) & 255U);
                        QVERIFY(std::abs(level - static_cast<int>(wanted.stored(x, y, c))) <= 1);
                    }
                    QCOMPARE(pixel >> 24, 255U);
                }
            }
        }
    }
    void paintsBackgroundOutside()
    {
        const Image image = imageOf<std::uint8_t>(2, 2, 1, {10, 20, 30, 40});
        RenderRequest request = wholeImage(image, 4, 4);
        request.view.source = {-1.0, -1.0, 3.0, 3.0};
        request.background = 0xff112233U;
        const Rgb32 pixels = renderToRgb32(image, request);
        QCOMPARE(pixels.at(0, 0), 0xff112233U);
        QCOMPARE(pixels.at(3, 2), 0xff112233U);
        QCOMPARE(grey(pixels.at(1, 1)), 10);
        QCOMPARE(grey(pixels.at(2, 2)), 40);
        request.view.source = {50.0, 50.0, 60.0, 60.0};
        QCOMPARE(renderToRgb32(image, request).at(2, 2), 0xff112233U);
    }
    void showsThePartThatIsAskedFor()
    {
        const Image image = formulaImage("u8", 64, 48, 1);
        RenderRequest request = wholeImage(image, 10, 7);
        request.view.source = {13.0, 21.0, 23.0, 28.0};
        const Rgb32 pixels = renderToRgb32(image, request);
        for (int y = 0; y < 7; ++y) {
            for (int x = 0; x < 10; ++x) {
                QCOMPARE(static_cast<double>(grey(pixels.at(x, y))), image.stored(13 + x, 21 + y));
            }
        }
    }
    void movesByPartsOfAPixel()
    {
        const Image image = imageOf<std::uint8_t>(4, 1, 1, {0, 100, 200, 40});
        RenderRequest request = wholeImage(image, 2, 1);
        request.view.source = {0.75, 0.0, 2.75, 1.0};
        QCOMPARE(greys(renderToRgb32(image, request)), (QList<int>{75, 175}));
    }
    void squaresOnlyWhenFarIn()
    {
        const Image image = imageOf<std::uint8_t>(2, 1, 1, {0, 200});
        RenderRequest request = wholeImage(image, 8, 4);
        request.smooth = false;
        QCOMPARE(greys(renderToRgb32(image, request)).first(8), (QList<int>{0, 0, 0, 0, 200, 200, 200, 200}));
        request = wholeImage(image, 4, 2);
        request.smooth = false;
        QCOMPARE(greys(renderToRgb32(image, request)).first(4), (QList<int>{0, 50, 150, 200}));
    }
    void keepsFineLinesWhenReduced()
    {
        const Image image = imageFrom<std::uint8_t>(800, 10, 1, [](int x, int, int) { return x == 401 ? 240 : 0; });
        const Rgb32 pixels = renderToRgb32(image, wholeImage(image, 100, 2));
        int brightest = 0;
        for (int x = 1; x < 100; ++x) {
            brightest = grey(pixels.at(x, 0)) > grey(pixels.at(brightest, 0)) ? x : brightest;
        }
        QCOMPARE(brightest, 50); // 401 / 8
        QCOMPARE(grey(pixels.at(50, 0)), 30); // 240 / 8
    }
    void computesWideTypesDirectly()
    {
        const Image small = imageOf<std::int16_t>(3, 1, 1, {-100, 40, 240});
        const Image wide = imageOf<std::int32_t>(3, 1, 1, {-100, 40, 240});
        const Image real = imageOf<float>(3, 1, 1, {-100.0F, 40.0F, 240.0F});
        const Image exact = imageOf<double>(3, 1, 1, {-100.0, 40.0, 240.0});
        for (const bool invert : {false, true}) {
            RenderRequest request = wholeImage(small, 3, 1);
            request.window = {40.0, 400.0, {}};
            request.invert = invert;
            const QList<int> wanted = greys(renderToRgb32(small, request));
            QCOMPARE(wanted[0], invert ? 217 : 38); // ((-100 - 39.5) / 399 + 0.5) * 255 = 38.3
            QCOMPARE(greys(renderToRgb32(wide, request)), wanted);
            QCOMPARE(greys(renderToRgb32(real, request)), wanted);
            QCOMPARE(greys(renderToRgb32(exact, request)), wanted);
        }
    }
    void keepsTheOrderOfColours()
    {
        const Image image = imageOf<std::uint8_t>(1, 1, 3, {10, 20, 30});
        QCOMPARE(renderToRgb32(image, wholeImage(image, 1, 1)).at(0, 0), 0xff0a141eU);
    }
    void writesIntoForeignMemory()
    {
        const Image image = imageOf<std::uint8_t>(2, 2, 1, {1, 2, 3, 4});
        std::vector<std::uint32_t> memory(10, 7U);
        DisplayLut lut;
        renderToRgb32(image, wholeImage(image, 2, 2), lut, {memory.data(), 2, 2, 20});
        QCOMPARE(grey(memory[1]), 2);
        QCOMPARE(memory[2], 7U); // Beyond the row: untouched.
        QCOMPARE(grey(memory[5]), 3);
        QVERIFY_THROWS_EXCEPTION(base::Error, renderToRgb32(image, wholeImage(image, 2, 2), lut, {memory.data(), 3, 2, 20}));
        QVERIFY_THROWS_EXCEPTION(base::Error, renderToRgb32(Image{}, wholeImage(image, 2, 2), lut, {memory.data(), 2, 2, 20}));
    }
    void fitsInProportion()
    {
        const View view = fitView(100, 50, 400, 400);
        const Point corner = view.toTarget().map({0.0, 0.0});
        QCOMPARE(corner.x, 0.0);
        QCOMPARE(corner.y, 100.0);
        const View tall = fitView(100, 50, 400, 400, 2.0); // Pixels twice as high as wide: a square.
        QCOMPARE(tall.toTarget().map({100.0, 50.0}).y, 400.0);
    }
    void thumbnailKeepsProportions()
    {
        Image image = formulaImage("u8", 100, 50, 1);
        QCOMPARE(thumbnail(image, 40, 40).height, 20);
        image.spacing = Spacing{2.0, 1.0, Spacing::Source::PixelSpacing};
        QCOMPARE(thumbnail(image, 40, 40).height, 40);
    }
};

QTEST_APPLESS_MAIN(RenderTest)
#include "RenderTest.moc"
