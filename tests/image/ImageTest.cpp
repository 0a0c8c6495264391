// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Error.h"
#include "image/Grey.h"
#include "image/Image.h"
#include "image/Formula.h"

#include <QTest>

#include <cmath>

using namespace diascope;
using namespace diascope::image;
using namespace diascope::tests;

class ImageTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void readsEverySampleType()
    {
        QCOMPARE(imageOf<std::uint8_t>(2, 1, 1, {7, 200}).stored(1, 0), 200.0);
        QCOMPARE(imageOf<std::int8_t>(2, 1, 1, {7, -3}).stored(1, 0), -3.0);
        QCOMPARE(imageOf<std::uint16_t>(1, 2, 1, {7, 65535}).stored(0, 1), 65535.0);
        QCOMPARE(imageOf<std::int16_t>(1, 2, 1, {7, -1024}).stored(0, 1), -1024.0);
        QCOMPARE(imageOf<std::uint32_t>(1, 1, 1, {4294967295U}).stored(0, 0), 4294967295.0);
        QCOMPARE(imageOf<std::int32_t>(1, 1, 1, {-2147483647}).stored(0, 0), -2147483647.0);
        QCOMPARE(imageOf<float>(1, 1, 1, {0.25F}).stored(0, 0), 0.25);
        QCOMPARE(imageOf<double>(1, 1, 1, {-0.1}).stored(0, 0), -0.1);
        QCOMPARE(imageOf<std::uint8_t>(2, 1, 3, {1, 2, 3, 4, 5, 6}).stored(1, 0, 2), 6.0);
    }
    void refusesSizesThatDisagree_data()
    {
        QTest::addColumn<int>("width");
        QTest::addColumn<int>("channels");
        QTest::addColumn<int>("bytes");
        QTest::newRow("too few") << 2 << 1 << 1;
        QTest::newRow("too many") << 2 << 1 << 3;
        QTest::newRow("two channels") << 1 << 2 << 2;
        QTest::newRow("empty") << 0 << 1 << 0;
        QTest::newRow("negative") << -1 << 1 << 1;
    }
    void refusesSizesThatDisagree()
    {
        QFETCH(int, width);
        QFETCH(int, channels);
        QFETCH(int, bytes);
        try {
            (void)makeImage(width, 1, channels, PixelType::UInt8, std::vector<std::byte>(static_cast<std::size_t>(bytes)));
            QFAIL("made");
        } catch (const base::Error& e) {
            QCOMPARE(e.code(), base::ErrorCode::Internal);
        }
    }
    void rescalesLinearlyAndByTable()
    {
        ModalityRescale rescale;
        rescale.slope = 2.0;
        rescale.intercept = -1024.0;
        QCOMPARE(rescale.apply(512.0), 0.0);
        rescale.table = std::make_shared<const std::vector<float>>(std::vector<float>{10.0F, 20.0F, 40.0F});
        rescale.tableFirst = -1;
        QCOMPARE(rescale.apply(-1.0), 10.0);
        QCOMPARE(rescale.apply(1.0), 40.0);
        QCOMPARE(rescale.apply(-5.0), 10.0); // Clamped to the first entry,
        QCOMPARE(rescale.apply(99.0), 40.0); // and to the last.
        QCOMPARE(rescale.apply(std::nan("")), 10.0);
    }
    void hashCoversShapeTypeAndValues()
    {
        const Image image = imageOf<std::uint8_t>(2, 1, 1, {1, 2});
        // SHA-256 of "2x1x1:u8:" and the bytes 01 02, by Python's hashlib.
        QCOMPARE(pixelHash(image), std::string("9549733f6957a895b5f006d6e65612a8fc173bc5f7dfb04e4f1546d87a8be785"));
        QVERIFY(pixelHash(image) != pixelHash(imageOf<std::uint8_t>(1, 2, 1, {1, 2})));
        QVERIFY(pixelHash(image) != pixelHash(imageOf<std::int8_t>(2, 1, 1, {1, 2})));
        QVERIFY(pixelHash(image) != pixelHash(imageOf<std::uint8_t>(2, 1, 1, {1, 3})));
    }
    void greyFollowsPillow()
    {
        // Image.new("RGB", (1, 1), …).convert("L") of primaries and white.
        const Image grey = toGrey(imageOf<std::uint8_t>(4, 1, 3, {255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255}));
        QCOMPARE(grey.channels, 1);
        QCOMPARE(grey.photometric, Photometric::Monochrome2);
        QCOMPARE(grey.stored(0, 0), 76.0);
        QCOMPARE(grey.stored(1, 0), 150.0);
        QCOMPARE(grey.stored(2, 0), 29.0);
        QCOMPARE(grey.stored(3, 0), 255.0);
        QCOMPARE(toGrey(imageOf<std::uint16_t>(1, 1, 3, {65535, 65535, 65535})).stored(0, 0), 65535.0);
    }
    void greyIsTheSameInLongRows()
    {
        constexpr int kPixels = 1009; // no multiple of any vector
        std::vector<std::uint8_t> rgb;
        for (int i = 0; i < 3 * kPixels; ++i) {
            rgb.push_back(static_cast<std::uint8_t>((i * 167 + i / 7 * 29) % 256));
        }
        const Image grey = toGrey(imageOf<std::uint8_t>(kPixels, 1, 3, rgb));
        for (int i = 0; i < kPixels; ++i) {
            const auto* p = rgb.data() + 3 * i;
            QCOMPARE(grey.stored(i, 0), static_cast<double>((p[0] * 19595 + p[1] * 38470 + p[2] * 7471 + 32768) >> 16));
        }
    }
    void rgbRepeatsTheChannel()
    {
        const Image rgb = toRgb(imageOf<std::int16_t>(2, 1, 1, {-5, 9}));
        QCOMPARE(rgb.channels, 3);
        QCOMPARE(rgb.photometric, Photometric::Rgb);
        QCOMPARE(rgb.stored(0, 0, 2), -5.0);
        QCOMPARE(rgb.stored(1, 0, 1), 9.0);
    }
};

QTEST_APPLESS_MAIN(ImageTest)
#include "ImageTest.moc"
