// SPDX-License-Identifier: GPL-3.0-or-later
#include "formats/Expectations.h"
#include "formats/Formats.h"
#include "formats/PictureBuilder.h"

#include <QTest>

using namespace diascope;
using base::ErrorCode;
using tests::Bytes;
using Numbers = std::vector<double>;
Q_DECLARE_METATYPE(Numbers)

namespace {

Bytes samples8(std::initializer_list<int> values)
{
    Bytes bytes;
    for (const int value : values) {
        bytes.push_back(static_cast<std::byte>(value));
    }
    return bytes;
}

Bytes samples16(std::initializer_list<int> values)
{
    Bytes bytes;
    for (const int value : values) {
        tests::append(bytes, tests::number(static_cast<std::uint64_t>(value), 2));
    }
    return bytes;
}

const char* kPng = "picture.png";

} // namespace

class PngTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void readsEveryColourType_data()
    {
        QTest::addColumn<int>("depth");
        QTest::addColumn<int>("colourType");
        QTest::addColumn<Bytes>("rows");
        QTest::addColumn<Bytes>("chunks");
        QTest::addColumn<int>("channels");
        QTest::addColumn<Numbers>("expected"); // Of a picture of 2 x 1.
        QTest::newRow("grey 8") << 8 << 0 << samples8({7, 250}) << Bytes() << 1 << Numbers{7, 250};
        QTest::newRow("grey 16 keeps 16 bits") << 16 << 0 << samples16({257, 51234}) << Bytes() << 1 << Numbers{257, 51234};
        QTest::newRow("grey 1") << 1 << 0 << samples8({0x40}) << Bytes() << 1 << Numbers{0, 255};
        QTest::newRow("RGB 8") << 8 << 2 << samples8({1, 2, 3, 40, 50, 60}) << Bytes() << 3 << Numbers{1, 2, 3, 40, 50, 60};
        QTest::newRow("RGB 16") << 16 << 2 << samples16({1, 2, 3, 40000, 50000, 60000}) << Bytes() << 3
                                << Numbers{1, 2, 3, 40000, 50000, 60000};
        const Bytes palette = tests::pngChunk("PLTE", samples8({10, 20, 30, 200, 210, 220}));
        QTest::newRow("palette") << 8 << 3 << samples8({1, 0}) << palette << 3 << Numbers{200, 210, 220, 10, 20, 30};
        Bytes transparent = palette;
        tests::append(transparent, tests::pngChunk("tRNS", samples8({0, 255})));
        QTest::newRow("transparent palette entries over black")
            << 8 << 3 << samples8({1, 0}) << transparent << 3 << Numbers{200, 210, 220, 0, 0, 0};
        QTest::newRow("grey with alpha over black") << 8 << 4 << samples8({100, 255, 200, 51}) << Bytes() << 1 << Numbers{100, 40};
        QTest::newRow("RGBA over black") << 8 << 6 << samples8({10, 20, 30, 255, 250, 100, 50, 0}) << Bytes() << 3
                                         << Numbers{10, 20, 30, 0, 0, 0};
        QTest::newRow("RGBA 16 over black") << 16 << 6 << samples16({1000, 2000, 3000, 65535, 60000, 30000, 15000, 13107})
                                            << Bytes() << 3 << Numbers{1000, 2000, 3000, 12000, 6000, 3000};
    }
    void readsEveryColourType()
    {
        QFETCH(int, depth);
        QFETCH(int, colourType);
        QFETCH(Bytes, rows);
        QFETCH(Bytes, chunks);
        QFETCH(int, channels);
        QFETCH(Numbers, expected);
        const Bytes png = tests::makePng({2, 1, depth, colourType, rows, chunks, false});
        const auto info = formats::readInfo(png, kPng);
        const auto picture = formats::read(png, kPng);
        QCOMPARE(picture.channels, channels);
        QCOMPARE(picture.type, depth == 16 ? image::PixelType::UInt16 : image::PixelType::UInt8);
        QCOMPARE(tests::values(picture), expected);
        QCOMPARE(info.kind, std::string("png"));
        QCOMPARE(info.samplesPerPixel, channels);
        QCOMPARE(info.bitsStored, depth == 16 ? 16 : 8);
        QCOMPARE(info.photometric, std::string(channels == 1 ? "MONOCHROME2" : "RGB"));
        QVERIFY(!info.lossy && !picture.lossy);
        QVERIFY(!info.spacing && !picture.spacing);
        const bool transparency = colourType >= 4 || chunks.size() > 20;
        QCOMPARE(info.problems.size(), transparency ? 1u : 0u);
    }

    void screenResolutionIsNoCalibration()
    {
        // 1000 pixels per metre would be 1 mm; it is a property of a screen, not of a kidney.
        Bytes resolution = tests::number(1000, 4);
        tests::append(resolution, tests::number(1000, 4));
        tests::append(resolution, {std::byte{1}});
        const Bytes png = tests::makePng({1, 1, 8, 0, samples8({9}), tests::pngChunk("pHYs", resolution), false});
        QVERIFY(!formats::readInfo(png, kPng).spacing);
        QVERIFY(!formats::read(png, kPng).spacing);
    }

    void everyTruncationIsRefused()
    {
        const Bytes png = tests::makePng({4, 4, 16, 0, Bytes(32, std::byte{0x5a}), {}, false});
        for (std::size_t length = 0; length < png.size(); ++length) {
            const Bytes part(png.begin(), png.begin() + static_cast<std::ptrdiff_t>(length));
            const auto error = tests::errorOf([&] { (void)formats::read(part, kPng); });
            QVERIFY2(error.has_value(), qPrintable(QString("%1 bytes were accepted").arg(length)));
            QVERIFY(error->code() == ErrorCode::Malformed || error->code() == ErrorCode::Unsupported);
            QVERIFY(tests::errorOf([&] { (void)formats::readInfo(part, kPng); }).has_value());
        }
    }

    void damageIsRefused_data()
    {
        QTest::addColumn<Bytes>("png");
        QTest::addColumn<ErrorCode>("code");
        const auto claim = [](std::uint32_t width, std::uint32_t height, int depth, int colourType) {
            return tests::makePng({width, height, depth, colourType, samples8({0, 0}), {}, true});
        };
        QTest::newRow("0 x 0") << claim(0, 0, 8, 0) << ErrorCode::Malformed;
        QTest::newRow("2^31 - 1 wide") << claim(0x7fffffff, 1, 8, 0) << ErrorCode::TooLarge;
        QTest::newRow("2^32 - 1 squared") << claim(0xffffffff, 0xffffffff, 8, 0) << ErrorCode::Malformed;
        QTest::newRow("1,000,000 x 1,000") << claim(1'000'000, 1'000, 8, 0) << ErrorCode::TooLarge;
        QTest::newRow("20,000 squared RGBA 16") << claim(20'000, 20'000, 16, 6) << ErrorCode::TooLarge;
        QTest::newRow("3 bits") << claim(2, 1, 3, 0) << ErrorCode::Malformed;
        QTest::newRow("colour type 5") << claim(2, 1, 8, 5) << ErrorCode::Malformed;
        QTest::newRow("data end early") << claim(100, 100, 8, 0) << ErrorCode::Malformed;
        Bytes flipped = tests::makePng({4, 4, 8, 0, Bytes(16, std::byte{3}), {}, false});
        flipped[flipped.size() - 20] ^= std::byte{1};
        QTest::newRow("one bit of the data") << flipped << ErrorCode::Malformed;
    }
    void damageIsRefused()
    {
        QFETCH(Bytes, png);
        QFETCH(ErrorCode, code);
        const auto error = tests::errorOf([&] { (void)formats::read(png, kPng); });
        QVERIFY(error.has_value());
        QVERIFY2(error->code() == code, error->what());
    }

    void bombIsRefusedFromItsHeader()
    {
        // 32767 x 32767 grey pixels, all data present: 1 MB that OpenCV alone turns into gigabytes.
        const Bytes png = tests::makePng(
            {32767, 32767, 8, 0, Bytes(std::size_t{32768} * 32767 / 64, std::byte{0}), {}, true});
        const long before = tests::peakMemoryMiB();
        const auto error = tests::errorOf([&] { (void)formats::read(png, kPng); });
        QVERIFY(error && error->code() == ErrorCode::TooLarge);
        QVERIFY(error->detail().find("32767 x 32767") != std::string::npos);
        QVERIFY(tests::peakMemoryMiB() - before < 64);
    }

    void compressedTextIsNeverInflated()
    {
        // 200 chunks that would each inflate to 7 MB, in front of one pixel.
        Bytes text = tests::bytesOf(std::string_view("key\0\0", 5));
        tests::append(text, tests::deflated(Bytes(7u << 20, std::byte{'a'})));
        Bytes chunks;
        for (int i = 0; i < 200; ++i) {
            tests::append(chunks, tests::pngChunk("zTXt", text));
        }
        const Bytes png = tests::makePng({1, 1, 8, 0, samples8({77}), chunks, false});
        const long before = tests::peakMemoryMiB();
        QCOMPARE(tests::values(formats::read(png, kPng)), Numbers{77});
        QVERIFY(tests::peakMemoryMiB() - before < 64);
    }
};

QTEST_APPLESS_MAIN(PngTest)
#include "PngTest.moc"
