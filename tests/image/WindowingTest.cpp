// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/Formula.h"
#include "image/Windowing.h"

#include <QTest>

#include <cmath>

using namespace diascope;
using namespace diascope::image;
using namespace diascope::tests;

Q_DECLARE_METATYPE(diascope::image::Window)

class WindowingTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void followsTheStandard_data()
    {
        using F = Window::Function;
        QTest::addColumn<Window>("window");
        QTest::addColumn<double>("value");
        QTest::addColumn<double>("level");
        // The four examples of PS3.3 C.11.2.1.2.1, with an output range of 0..255.
        QTest::newRow("2048/4096 bottom") << Window{2048, 4096, {}} << 0.0 << 0.0;
        QTest::newRow("2048/4096 middle") << Window{2048, 4096, {}} << 2047.5 << 127.5;
        QTest::newRow("2048/4096 inside") << Window{2048, 4096, {}} << 1000.0 << ((1000.0 - 2047.5) / 4095.0 + 0.5) * 255.0;
        QTest::newRow("2048/4096 above") << Window{2048, 4096, {}} << 4095.5 << 255.0;
        QTest::newRow("2048/1 below") << Window{2048, 1, {}} << 2047.0 << 0.0;
        QTest::newRow("2048/1 at the edge") << Window{2048, 1, {}} << 2047.5 << 0.0;
        QTest::newRow("2048/1 above") << Window{2048, 1, {}} << 2048.0 << 255.0;
        QTest::newRow("0/100 bottom") << Window{0, 100, {}} << -50.0 << 0.0;
        QTest::newRow("0/100 inside") << Window{0, 100, {}} << 10.0 << (10.5 / 99.0 + 0.5) * 255.0;
        QTest::newRow("0/100 top") << Window{0, 100, {}} << 50.0 << 255.0;
        QTest::newRow("0/1 below") << Window{0, 1, {}} << -1.0 << 0.0;
        QTest::newRow("0/1 above") << Window{0, 1, {}} << 0.0 << 255.0;
        // C.11.2.1.3.2 LINEAR_EXACT and C.11.2.1.3.1 SIGMOID.
        QTest::newRow("exact middle") << Window{0.5, 1.0, {}, F::LinearExact} << 0.5 << 127.5;
        QTest::newRow("exact quarter") << Window{0.5, 1.0, {}, F::LinearExact} << 0.25 << 63.75;
        QTest::newRow("exact top") << Window{0.5, 1.0, {}, F::LinearExact} << 1.5 << 255.0;
        QTest::newRow("sigmoid middle") << Window{40.0, 400.0, {}, F::Sigmoid} << 40.0 << 127.5;
        QTest::newRow("sigmoid upper") << Window{40.0, 400.0, {}, F::Sigmoid} << 240.0 << 255.0 / (1.0 + std::exp(-2.0));
        // Forbidden widths act as a step.
        QTest::newRow("linear width 0") << Window{10, 0, {}} << 10.0 << 255.0;
        QTest::newRow("exact width -1") << Window{10, -1, {}, F::LinearExact} << 9.0 << 0.0;
        QTest::newRow("not a number") << Window{10, 20, {}} << std::nan("") << 0.0;
    }
    void followsTheStandard()
    {
        QFETCH(Window, window);
        QFETCH(double, value);
        QFETCH(double, level);
        QVERIFY2(std::abs(windowed(value, window) - level) < 1e-9, qPrintable(QString::number(windowed(value, window))));
    }
    void tableGoesThroughRescale()
    {
        Image image = imageOf<std::int16_t>(2, 1, 1, {-1024, 1000});
        image.rescale.slope = 2.0;
        image.rescale.intercept = -10.0;
        const Window window{40.0, 400.0, {}};
        const auto lut = displayLut(image, window, false);
        QCOMPARE(lut.size(), std::size_t{65536});
        for (int stored = -300; stored < 300; stored += 7) {
            const int wanted = static_cast<int>(windowed(2.0 * stored - 10.0, window) + 0.5);
            QCOMPARE(static_cast<int>(lut[static_cast<std::uint16_t>(stored)]), wanted);
        }
        QCOMPARE(displayLut(imageOf<float>(1, 1, 1, {0.0F}), window, false).size(), std::size_t{0});
    }
    void tableGoesThroughTheModalityTable()
    {
        Image image = imageOf<std::uint8_t>(1, 1, 1, {0});
        image.rescale.table = std::make_shared<const std::vector<float>>(std::vector<float>{100.0F, 0.0F});
        image.rescale.tableFirst = 5;
        const auto lut = displayLut(image, {50.5, 101.0, {}}, false);
        QCOMPARE(static_cast<int>(lut[5]), 255);
        QCOMPARE(static_cast<int>(lut[6]), 0);
        QCOMPARE(static_cast<int>(lut[200]), 0);
    }
    void monochrome1AndInvertTurnRound()
    {
        Image image = imageOf<std::uint8_t>(1, 1, 1, {0});
        const Window window = defaultWindow(image);
        QCOMPARE(static_cast<int>(displayLut(image, window, false)[10]), 10);
        QCOMPARE(static_cast<int>(displayLut(image, window, true)[10]), 245);
        image.photometric = Photometric::Monochrome1;
        QCOMPARE(static_cast<int>(displayLut(image, window, false)[10]), 245);
        QCOMPARE(static_cast<int>(displayLut(image, window, true)[10]), 10);
    }
    void defaultComesFromTheFile()
    {
        Image image = imageOf<std::uint16_t>(1, 1, 1, {0});
        image.windows = {{40.0, 0.0, "broken"}, {40.0, 400.0, "Abdomen"}, {0.0, 80.0, "Brain"}};
        QCOMPARE(defaultWindow(image).explanation, std::string("Abdomen"));
    }
    void picturesOfEightBitsStayAsTheyAre()
    {
        const Image grey = formulaImage("u8", 16, 16, 1);
        const Image same = toDisplay8(grey, defaultWindow(grey));
        QVERIFY(*same.pixels == *grey.pixels);
        const Image colour = formulaImage("u8", 16, 16, 3);
        QVERIFY(*toDisplay8(colour, defaultWindow(colour)).pixels == *colour.pixels);
        Image bits = imageOf<std::uint8_t>(2, 1, 1, {0, 1});
        bits.bitsStored = 1;
        QCOMPARE(toDisplay8(bits, defaultWindow(bits)).stored(0, 0), 0.0);
        QCOMPARE(toDisplay8(bits, defaultWindow(bits)).stored(1, 0), 255.0);
    }
    void fullRangeFollowsTheStoredBits()
    {
        Image image = imageOf<std::int16_t>(1, 1, 1, {0});
        image.bitsStored = 12;
        image.rescale.slope = 2.0;
        const Window window = fullRangeWindow(image);
        QCOMPARE(windowed(-4096.0, window), 0.0);
        QCOMPARE(windowed(4094.0, window), 255.0);
        QVERIFY(windowed(4093.0, window) < 255.0);
    }
    void autoLeavesOutPaddingAndTails()
    {
        // 0..999 once each, 5000 pixels of padding at -2000; percentiles 0.5 and 99.5 of 0..999 are the ranks 4 and 995.
        std::vector<std::int16_t> samples(6000, -2000);
        for (int i = 0; i < 1000; ++i) {
            samples[static_cast<std::size_t>(i * 6)] = static_cast<std::int16_t>(i);
        }
        Image image = imageOf<std::int16_t>(60, 100, 1, samples);
        image.paddingStored = -2000.0;
        image.rescale.intercept = -1000.0;
        const Window window = autoWindow(image);
        QCOMPARE(window.width, 992.0);
        QCOMPARE(window.centre, (-996.0 - 5.0 + 1.0) / 2.0);
        QCOMPARE(windowed(-996.0, window), 0.0);
        QCOMPARE(windowed(-5.0, window), 255.0);
        image.paddingStored.reset();
        QCOMPARE(windowed(-2999.0, autoWindow(image)) > 0.0, true); // Now the padding is the low end.
    }
    void autoCopesWithFloats()
    {
        std::vector<float> samples;
        for (int i = 0; i < 201; ++i) {
            samples.push_back(static_cast<float>(i) / 400.0F);
        }
        samples[7] = NAN;
        const Window window = autoWindow(imageOf<float>(201, 1, 1, samples));
        QCOMPARE(window.function, Window::Function::LinearExact);
        QVERIFY(std::abs(window.centre - 0.25) < 0.01);
        QVERIFY(std::abs(window.width - 0.5) < 0.02);
        const Window flat = autoWindow(imageOf<float>(2, 1, 1, {3.0F, 3.0F}));
        QVERIFY(flat.width > 0.0);
        const Window nothing = autoWindow(imageOf<float>(1, 1, 1, {NAN}));
        QVERIFY(std::isfinite(nothing.centre) && nothing.width > 0.0);
    }
    void presetsAreThoseOfTheViewers()
    {
        const auto presets = ctPresets();
        QCOMPARE(presets.size(), std::size_t{7});
        QCOMPARE(presets[0].explanation, std::string("Brain"));
        QCOMPARE(presets[3].width, 1500.0);
        QCOMPARE(presets[3].centre, -500.0);
        QCOMPARE(presets[6].explanation, std::string("Kidney"));
        QCOMPARE(presets[6].width, 300.0);
        QCOMPARE(presets[6].centre, 40.0);
    }
    void tableIsRebuiltOnlyWhenNeeded()
    {
        const Image first = formulaImage("u16", 4, 4, 1);
        Image second = formulaImage("u16", 5, 5, 1);
        DisplayLut lut;
        (void)lut.update(first, {40.0, 400.0, {}}, false);
        (void)lut.update(second, {40.0, 400.0, {}}, false);
        QCOMPARE(lut.builds(), 1);
        (void)lut.update(second, {41.0, 400.0, {}}, false);
        QCOMPARE(lut.builds(), 2);
        second.rescale.slope = 2.0;
        (void)lut.update(second, {41.0, 400.0, {}}, false);
        QCOMPARE(lut.builds(), 3);
        (void)lut.update(second, {41.0, 400.0, {}}, true);
        QCOMPARE(lut.builds(), 4);
    }
};

QTEST_APPLESS_MAIN(WindowingTest)
#include "WindowingTest.moc"
