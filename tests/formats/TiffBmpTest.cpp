// SPDX-License-Identifier: GPL-3.0-or-later
#include "formats/Expectations.h"
#include "formats/Formats.h"
#include "formats/PictureBuilder.h"

#include <QTest>

using namespace diascope;
using base::ErrorCode;
using tests::Bytes;
using tests::TiffPage;
using Numbers = std::vector<double>;

namespace {

const char* kName = "picture";

/// 3 x 2 samples of 1..6, each in `bytes` bytes.
Bytes counted(int bytes, bool bigEndian = false)
{
    Bytes result;
    for (std::uint64_t value = 1; value <= 6; ++value) {
        tests::append(result, tests::number(value, bytes, !bigEndian));
    }
    return result;
}

TiffPage grey(std::uint32_t bits, std::uint32_t format = 1)
{
    TiffPage page;
    page.width = 3;
    page.height = 2;
    page.bits = bits;
    page.sampleFormat = format;
    page.samples = counted(static_cast<int>(bits) / 8);
    return page;
}

} // namespace

class TiffBmpTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void readsTiffSamples()
    {
        const Numbers expected{1, 2, 3, 4, 5, 6};
        const auto eight = formats::read(tests::makeTiff({grey(8)}), kName);
        QCOMPARE(tests::values(eight), expected);
        QCOMPARE(eight.type, image::PixelType::UInt8);
        const auto sixteen = formats::read(tests::makeTiff({grey(16)}), kName);
        QCOMPARE(tests::values(sixteen), expected);
        QCOMPARE(sixteen.type, image::PixelType::UInt16);
        TiffPage other = grey(16);
        other.samples = counted(2, true);
        QCOMPARE(tests::values(formats::read(tests::makeTiff({other}, true), kName)), expected);
        const auto wide = formats::read(tests::makeTiff({grey(32, 2)}), kName);
        QCOMPARE(tests::values(wide), expected);
        QCOMPARE(wide.type, image::PixelType::Int32);
    }

    void keepsSignedAndFloatValues()
    {
        TiffPage page = grey(16, 2);
        page.width = 2;
        page.height = 1;
        page.samples = tests::number(0xfc18, 2, true); // -1000
        tests::append(page.samples, tests::number(3000, 2, true));
        const Bytes tiff = tests::makeTiff({page});
        QCOMPARE(tests::values(formats::read(tiff, kName)), (Numbers{-1000, 3000}));
        QVERIFY(formats::readInfo(tiff, kName).isSigned);
        page.bits = 32;
        page.sampleFormat = 3;
        page.samples = tests::number(0x3fc00000, 4, true); // 1.5f
        tests::append(page.samples, tests::number(0xc0200000, 4, true)); // -2.5f
        const auto real = formats::read(tests::makeTiff({page}), kName);
        QCOMPARE(real.type, image::PixelType::Float32);
        QCOMPARE(tests::values(real), (Numbers{1.5, -2.5}));
    }

    void showsWhereTheLowestValueIsWhite()
    {
        for (const std::uint32_t bits : {8u, 16u}) {
            TiffPage page = grey(bits);
            page.photometric = 0;
            const Bytes tiff = tests::makeTiff({page});
            const auto picture = formats::read(tiff, kName);
            QCOMPARE(picture.photometric, image::Photometric::Monochrome1);
            QCOMPARE(tests::values(picture), (Numbers{1, 2, 3, 4, 5, 6}));
            QCOMPARE(formats::readInfo(tiff, kName).photometric, std::string("MONOCHROME1"));
        }
    }

    void appliesTiffOrientation_data()
    {
        QTest::addColumn<int>("orientation");
        QTest::addColumn<int>("width");
        QTest::addColumn<double>("first"); // Sample at the top left of 1 2 3 / 4 5 6.
        QTest::newRow("2") << 2 << 3 << 3.0;
        QTest::newRow("3") << 3 << 3 << 6.0;
        QTest::newRow("4") << 4 << 3 << 4.0;
        QTest::newRow("5") << 5 << 2 << 1.0;
        QTest::newRow("6") << 6 << 2 << 4.0;
        QTest::newRow("7") << 7 << 2 << 6.0;
        QTest::newRow("8") << 8 << 2 << 3.0;
    }
    void appliesTiffOrientation()
    {
        QFETCH(int, orientation);
        QFETCH(int, width);
        QFETCH(double, first);
        for (const std::uint32_t bits : {8u, 16u}) {
            TiffPage page = grey(bits);
            page.orientation = static_cast<std::uint32_t>(orientation);
            const Bytes tiff = tests::makeTiff({page});
            const auto picture = formats::read(tiff, kName);
            QCOMPARE(picture.width, width);
            QCOMPARE(picture.stored(0, 0), first);
            QCOMPARE(formats::readInfo(tiff, kName).columns, width);
        }
    }

    void readsPagesAndLeavesOtherShapesOut()
    {
        TiffPage second = grey(16);
        second.samples = Bytes(12, std::byte{1});
        const Bytes stack = tests::makeTiff({grey(16), second, grey(8)});
        const auto info = formats::readInfo(stack, kName);
        QCOMPARE(info.frames, 2);
        QCOMPARE(info.problems.size(), 1u);
        QCOMPARE(formats::read(stack, kName, {1, 0}).stored(0, 0), 257.0);
        const auto error = tests::errorOf([&] { (void)formats::read(stack, kName, {2, 0}); });
        QVERIFY(error && error->code() == ErrorCode::Usage);
    }

    void survivesALoopOfDirectories()
    {
        Bytes tiff = tests::makeTiff({grey(8)});
        // The link after the only directory points back to it.
        std::copy(tiff.begin() + 4, tiff.begin() + 8, tiff.end() - 4);
        const auto info = formats::readInfo(tiff, kName);
        QCOMPARE(info.frames, 1);
        QCOMPARE(info.problems.size(), 1u);
        QCOMPARE(formats::read(tiff, kName).stored(2, 1), 6.0);
    }

    void refusesHostileTiff_data()
    {
        QTest::addColumn<Bytes>("tiff");
        QTest::addColumn<ErrorCode>("code");
        TiffPage large = grey(8);
        large.width = large.height = 1'000'000;
        QTest::newRow("huge") << tests::makeTiff({large}) << ErrorCode::TooLarge;
        TiffPage none = grey(8);
        none.width = 0;
        QTest::newRow("width 0") << tests::makeTiff({none}) << ErrorCode::Malformed;
        TiffPage many = grey(8);
        many.samplesPerPixel = 5;
        QTest::newRow("5 samples") << tests::makeTiff({many}) << ErrorCode::Unsupported;
        QTest::newRow("32-bit integers") << tests::makeTiff({grey(32)}) << ErrorCode::Unsupported;
        TiffPage less = grey(16);
        less.samples.resize(5);
        QTest::newRow("too few data") << tests::makeTiff({less}) << ErrorCode::Malformed;
        QTest::newRow("no directory") << tests::bytesOf(std::string_view("II*\0\xff\xff\xff\xff", 8)) << ErrorCode::Malformed;
    }
    void refusesHostileTiff()
    {
        QFETCH(Bytes, tiff);
        QFETCH(ErrorCode, code);
        const auto error = tests::errorOf([&] { (void)formats::read(tiff, kName); });
        QVERIFY(error.has_value());
        QVERIFY2(error->code() == code, error->what());
    }

    void everyTruncatedTiffAndBmpIsSurvived()
    {
        for (const Bytes& whole : {tests::makeTiff({grey(16)}), tests::makeBmp(2, 2, 24, {}, Bytes(16, std::byte{9}))}) {
            for (std::size_t length = 0; length < whole.size(); ++length) {
                const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
                const auto error = tests::errorOf([&] { (void)formats::read(part, kName); });
                // A BMP may lack the padding of its last row; anything else must be named.
                QVERIFY2(error || length + 4 >= whole.size(), qPrintable(QString::number(length)));
            }
        }
    }

    void readsBmp()
    {
        // 2 x 2, 24 bits, bottom row first, blue-green-red, rows padded to 8 bytes.
        Bytes rows;
        for (const int value : {1, 2, 3, 4, 5, 6, 0, 0, 11, 12, 13, 14, 15, 16, 0, 0}) {
            rows.push_back(static_cast<std::byte>(value));
        }
        const auto colour = formats::read(tests::makeBmp(2, 2, 24, {}, rows), kName);
        QCOMPARE(tests::values(colour), (Numbers{13, 12, 11, 16, 15, 14, 3, 2, 1, 6, 5, 4}));
        const auto topDown = formats::read(tests::makeBmp(2, -2, 24, {}, rows), kName);
        QCOMPARE(topDown.stored(0, 0, 0), 3.0);
        Bytes palette;
        for (const int grey : {40, 90}) {
            palette.insert(palette.end(), 3, static_cast<std::byte>(grey));
            palette.push_back(std::byte{0});
        }
        Bytes indices = {std::byte{1}, std::byte{0}, std::byte{0}, std::byte{0}};
        const Bytes bmp = tests::makeBmp(2, 1, 8, palette, indices);
        const auto greyPicture = formats::read(bmp, kName);
        QCOMPARE(greyPicture.channels, 1);
        QCOMPARE(tests::values(greyPicture), (Numbers{90, 40}));
        QCOMPARE(formats::readInfo(bmp, kName).photometric, std::string("MONOCHROME2"));
    }

    void ignoresThePaddingSampleOfABmp()
    {
        // 32 bits: the fourth byte is 0 in most files, and means nothing.
        Bytes rows = {std::byte{3}, std::byte{2}, std::byte{1}, std::byte{0}};
        QCOMPARE(tests::values(formats::read(tests::makeBmp(1, 1, 32, {}, rows), kName)), (Numbers{1, 2, 3}));
    }

    void refusesAHugeBmp()
    {
        const auto error = tests::errorOf([&] { (void)formats::read(tests::makeBmp(60000, 60000, 24, {}, {}), kName); });
        QVERIFY(error && error->code() == ErrorCode::TooLarge);
    }
};

QTEST_APPLESS_MAIN(TiffBmpTest)
#include "TiffBmpTest.moc"
