// SPDX-License-Identifier: GPL-3.0-or-later
#include "formats/Expectations.h"
#include "formats/Formats.h"
#include "formats/PictureBuilder.h"
#include "image/Grey.h"

#include <QTest>

#include <cmath>

using namespace diascope;
using base::ErrorCode;
using tests::Bytes;

namespace {

const char* kJpeg = "picture.jpg";
constexpr int kWidth = 48;
constexpr int kHeight = 32;
enum Corner { TopLeft, TopRight, BottomRight, BottomLeft };

/// Black, with a white block where row 0 meets column 0 and a grey one at the other end of row 0.
Bytes marked()
{
    Bytes pixels(kWidth * kHeight, std::byte{0});
    for (int y = 0; y < 8; ++y) {
        for (int x = 0; x < 8; ++x) {
            pixels[static_cast<std::size_t>(y * kWidth + x)] = std::byte{255};
            pixels[static_cast<std::size_t>(y * kWidth + kWidth - 1 - x)] = std::byte{128};
        }
    }
    return pixels;
}

double at(const image::Image& picture, int corner)
{
    const int x = corner == TopRight || corner == BottomRight ? picture.width - 4 : 3;
    const int y = corner == BottomLeft || corner == BottomRight ? picture.height - 4 : 3;
    return picture.stored(x, y);
}

bool near(double a, double b)
{
    return std::abs(a - b) <= 3.0; // Quality 100 still rounds coefficients.
}

Bytes flat(int count, std::initializer_list<int> pixel)
{
    Bytes bytes;
    for (int i = 0; i < count; ++i) {
        for (const int value : pixel) {
            bytes.push_back(static_cast<std::byte>(value));
        }
    }
    return bytes;
}

} // namespace

class JpegTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void appliesExifOrientation_data()
    {
        // EXIF 2.32, table 6: where the 0th row and the 0th column are on the screen.
        QTest::addColumn<int>("orientation");
        QTest::addColumn<int>("white"); // Row 0 meets column 0.
        QTest::addColumn<int>("grey");  // Other end of row 0.
        QTest::newRow("1: top, left") << 1 << int(TopLeft) << int(TopRight);
        QTest::newRow("2: top, right") << 2 << int(TopRight) << int(TopLeft);
        QTest::newRow("3: bottom, right") << 3 << int(BottomRight) << int(BottomLeft);
        QTest::newRow("4: bottom, left") << 4 << int(BottomLeft) << int(BottomRight);
        QTest::newRow("5: left, top") << 5 << int(TopLeft) << int(BottomLeft);
        QTest::newRow("6: right, top") << 6 << int(TopRight) << int(BottomRight);
        QTest::newRow("7: right, bottom") << 7 << int(BottomRight) << int(TopRight);
        QTest::newRow("8: left, bottom") << 8 << int(BottomLeft) << int(TopLeft);
    }
    void appliesExifOrientation()
    {
        QFETCH(int, orientation);
        QFETCH(int, white);
        QFETCH(int, grey);
        for (const bool bigEndian : {true, false}) {
            const Bytes jpeg = tests::withExif(tests::makeJpeg(kWidth, kHeight, 1, marked()), orientation, bigEndian);
            const auto picture = formats::read(jpeg, kJpeg);
            const auto info = formats::readInfo(jpeg, kJpeg);
            QCOMPARE(picture.width, orientation >= 5 ? kHeight : kWidth);
            QCOMPARE(picture.height, orientation >= 5 ? kWidth : kHeight);
            QCOMPARE(info.columns, picture.width);
            QCOMPARE(info.rows, picture.height);
            for (int corner = TopLeft; corner <= BottomLeft; ++corner) {
                const double expected = corner == white ? 255 : corner == grey ? 128 : 0;
                QVERIFY2(near(at(picture, corner), expected), qPrintable(QString::number(at(picture, corner))));
            }
        }
    }

    void ignoresAnImpossibleOrientation()
    {
        const Bytes jpeg = tests::withExif(tests::makeJpeg(kWidth, kHeight, 1, marked()), 9);
        QCOMPARE(formats::read(jpeg, kJpeg).width, kWidth);
    }

    void keepsGreyAndColourAndSaysLossy()
    {
        const auto grey = formats::read(tests::makeJpeg(8, 8, 1, flat(64, {90})), kJpeg);
        QCOMPARE(grey.channels, 1);
        QCOMPARE(grey.photometric, image::Photometric::Monochrome2);
        QVERIFY(near(grey.stored(3, 3), 90) && grey.lossy);
        const Bytes jpeg = tests::makeJpeg(8, 8, 3, flat(64, {200, 100, 50}));
        const auto colour = formats::read(jpeg, kJpeg);
        QCOMPARE(colour.channels, 3);
        QCOMPARE(colour.photometric, image::Photometric::Rgb);
        QVERIFY(near(colour.stored(0, 0, 0), 200) && near(colour.stored(0, 0, 1), 100) && near(colour.stored(0, 0, 2), 50));
        const auto info = formats::readInfo(jpeg, kJpeg);
        QVERIFY(info.lossy);
        QCOMPARE(info.lossyMethod, std::string("JPEG"));
        QCOMPARE(info.kind, std::string("jpeg"));
    }

    void greyStoredInColourComesAsOneChannel_data()
    {
        QTest::addColumn<int>("width");
        QTest::addColumn<int>("height");
        QTest::addColumn<bool>("halved");
        for (const bool halved : {false, true}) {
            for (const auto& [width, height] : {std::pair{48, 32}, {37, 19}, {17, 33}, {1, 1}}) {
                QTest::addRow("%d x %d%s", width, height, halved ? ", 4:2:0" : "") << width << height << halved;
            }
        }
    }
    void greyStoredInColourComesAsOneChannel()
    {
        QFETCH(int, width);
        QFETCH(int, height);
        QFETCH(bool, halved);
        Bytes pixels;
        for (int i = 0; i < width * height; ++i) {
            pixels.insert(pixels.end(), 3, static_cast<std::byte>((i * 37 + i / width * 11) % 256));
        }
        const Bytes jpeg = tests::withExif(tests::makeJpeg(width, height, 3, pixels, halved), 6);
        const auto three = formats::read(jpeg, kJpeg);
        const auto one = formats::read(jpeg, kJpeg, {.joinEqualChannels = true});
        QCOMPARE(three.channels, 3);
        QCOMPARE(one.channels, 1);
        QCOMPARE(one.photometric, image::Photometric::Monochrome2);
        QCOMPARE(one.width, three.width);
        QVERIFY(one.lossy);
        for (int y = 0; y < three.height; ++y) {
            for (int x = 0; x < three.width; ++x) {
                for (int c = 0; c < 3; ++c) {
                    QCOMPARE(one.stored(x, y), three.stored(x, y, c));
                }
            }
        }
    }
    void oneColouredPixelKeepsTheColours()
    {
        // Whatever came before it: the decoder expects what it saw last.
        const Bytes grey = tests::makeJpeg(48, 32, 3, flat(48 * 32, {90, 90, 90}));
        Bytes pixels = flat(48 * 32, {90, 90, 90});
        pixels[3 * 700] = std::byte{255};
        for (const bool halved : {false, true}) {
            const Bytes marked = tests::makeJpeg(48, 32, 3, pixels, halved);
            for (const Bytes* jpeg : {&marked, &grey, &marked, &marked, &grey, &grey}) {
                const auto whole = formats::read(*jpeg, kJpeg), joined = formats::read(*jpeg, kJpeg, {.joinEqualChannels = true});
                QCOMPARE(joined.channels, jpeg == &grey ? 1 : 3);
                if (jpeg == &marked) {
                    QCOMPARE(tests::values(joined), tests::values(whole));
                }
            }
        }
        const Bytes reduced = grey;
        QCOMPARE(formats::read(reduced, kJpeg, {.reduce = 1, .joinEqualChannels = true}).width, 24);
    }
    void greyLevelsAreThoseOfTheColours()
    {
        const Bytes grey = tests::makeJpeg(48, 32, 3, flat(48 * 32, {90, 90, 90}));
        Bytes pixels;
        for (int i = 0; i < 48 * 32 * 3; ++i) {
            pixels.push_back(static_cast<std::byte>((i * 37 + i / 96 * 11) % 256));
        }
        for (const bool halved : {false, true}) {
            const Bytes coloured = tests::makeJpeg(48, 32, 3, pixels, halved), turned = tests::withExif(coloured, 6);
            for (const Bytes* jpeg : {&coloured, &grey, &coloured, &turned, &grey, &grey}) { // whatever came before it
                const auto levels = formats::read(*jpeg, kJpeg, {.greyLevels = true});
                QCOMPARE(levels.channels, 1);
                QCOMPARE(levels.photometric, image::Photometric::Monochrome2);
                QVERIFY(levels.lossy);
                QCOMPARE(tests::values(levels), tests::values(image::toGrey(formats::read(*jpeg, kJpeg))));
            }
        }
    }
    void joiningRefusesWhatReadingRefuses()
    {
        const Bytes jpeg = tests::makeJpeg(kWidth, kHeight, 3, flat(kWidth * kHeight, {70, 70, 70}));
        for (std::size_t length = 0; length + 8 < jpeg.size(); length += 7) {
            const Bytes part(jpeg.begin(), jpeg.begin() + static_cast<std::ptrdiff_t>(length));
            const auto plain = tests::errorOf([&] { (void)formats::read(part, kJpeg); });
            const auto joined = tests::errorOf([&] { (void)formats::read(part, kJpeg, {.joinEqualChannels = true}); });
            QCOMPARE(joined.has_value(), plain.has_value());
            QVERIFY(!joined || (joined->code() == plain->code() && joined->detail() == plain->detail()));
        }
    }

    void convertsCmyk()
    {
        // Without an Adobe marker ink is ink: no cyan, half magenta, full yellow, no black is orange. With one
        // the stored values are inverted; libjpeg-turbo writes the marker, so what is given counts as light.
        const Bytes jpeg = tests::makeJpeg(8, 8, 4, flat(64, {255, 128, 0, 255}));
        const auto picture = formats::read(jpeg, kJpeg);
        QCOMPARE(picture.channels, 3);
        QVERIFY(near(picture.stored(4, 4, 0), 255) && near(picture.stored(4, 4, 1), 128) && near(picture.stored(4, 4, 2), 0));
        QCOMPARE(formats::readInfo(jpeg, kJpeg).problems.size(), 1u);
    }

    void reducesExactly_data()
    {
        QTest::addColumn<int>("reduce");
        QTest::addColumn<int>("width");
        QTest::newRow("whole") << 0 << 48;
        QTest::newRow("half") << 1 << 24;
        QTest::newRow("quarter") << 2 << 12;
        QTest::newRow("eighth") << 3 << 6;
        QTest::newRow("no further") << 7 << 6;
    }
    void reducesExactly()
    {
        QFETCH(int, reduce);
        QFETCH(int, width);
        const auto picture = formats::read(tests::makeJpeg(kWidth, kHeight, 1, flat(kWidth * kHeight, {70})), kJpeg, {0, reduce});
        QCOMPARE(picture.width, width);
        QCOMPARE(picture.height, width * kHeight / kWidth);
        QVERIFY(near(picture.stored(1, 1), 70));
    }

    void truncationIsRefused()
    {
        const Bytes jpeg = tests::withExif(tests::makeJpeg(kWidth, kHeight, 1, marked()), 6);
        // Without its end marker alone (two bytes) the picture is still whole.
        for (std::size_t length = 0; length + 2 < jpeg.size(); ++length) {
            const Bytes part(jpeg.begin(), jpeg.begin() + static_cast<std::ptrdiff_t>(length));
            const auto error = tests::errorOf([&] { (void)formats::read(part, kJpeg); });
            if (!error) {
                // The last bits of the code may be padding only; the picture must then be the whole one.
                QCOMPARE(formats::read(part, kJpeg).bytes().size(), formats::read(jpeg, kJpeg).bytes().size());
                QCOMPARE(tests::values(formats::read(part, kJpeg)), tests::values(formats::read(jpeg, kJpeg)));
                QVERIFY2(length + 8 > jpeg.size(), qPrintable(QString("%1 of %2 bytes").arg(length).arg(jpeg.size())));
                continue;
            }
            QVERIFY2(error->code() == ErrorCode::Malformed || error->code() == ErrorCode::Unsupported, error->what());
        }
        const Bytes noEnd(jpeg.begin(), jpeg.end() - 2);
        QCOMPARE(tests::values(formats::read(noEnd, kJpeg)), tests::values(formats::read(jpeg, kJpeg)));
    }

    void bombsAndOtherProcessesAreRefused_data()
    {
        QTest::addColumn<Bytes>("jpeg");
        QTest::addColumn<ErrorCode>("code");
        QTest::addColumn<QString>("word");
        const Bytes small = tests::makeJpeg(8, 8, 1, flat(64, {90}));
        QTest::newRow("65500 squared") << tests::withJpegSize(small, 65500, 65500) << ErrorCode::TooLarge << "65500 x 65500";
        QTest::newRow("height given later") << tests::withJpegSize(small, 8, 0) << ErrorCode::Unsupported << "DNL";
        QTest::newRow("width 0") << tests::withJpegSize(small, 0, 8) << ErrorCode::Malformed << "empty";
        QTest::newRow("larger than its data") << tests::withJpegSize(small, 512, 512) << ErrorCode::Malformed << "truncated";
        QTest::newRow("TEM marker, then nothing") << tests::bytesOf("\xff\xd8\xff\x01\xff\x01\xff\x01") << ErrorCode::Malformed << "ends";
        QTest::newRow("fill bytes only") << [] { Bytes b = tests::bytesOf("\xff\xd8"); b.resize(1u << 20, std::byte{0xff}); return b; }()
                                         << ErrorCode::Malformed << "ends";
        Bytes lossless = small;
        Bytes twelve = small;
        Bytes twice;
        for (std::size_t i = 2; i + 1 < small.size(); ++i) {
            if (small[i] == std::byte{0xff} && small[i + 1] == std::byte{0xc0}) {
                lossless[i + 1] = std::byte{0xc3};
                twelve[i + 4] = std::byte{12};
                twice.assign(small.begin(), small.begin() + static_cast<std::ptrdiff_t>(i + 13));
                twice.insert(twice.end(), small.begin() + static_cast<std::ptrdiff_t>(i), small.end());
                break;
            }
        }
        QTest::newRow("lossless process") << lossless << ErrorCode::Unsupported << "lossless JPEG";
        QTest::newRow("12 bits") << twelve << ErrorCode::Unsupported << "12 bits";
        QTest::newRow("two frame headers") << twice << ErrorCode::Malformed << "two frame headers";
    }
    void bombsAndOtherProcessesAreRefused()
    {
        QFETCH(Bytes, jpeg);
        QFETCH(ErrorCode, code);
        QFETCH(QString, word);
        const long before = tests::peakMemoryMiB();
        const auto error = tests::errorOf([&] { (void)formats::read(jpeg, kJpeg); });
        QVERIFY(error.has_value());
        QVERIFY2(error->code() == code && error->detail().find(word.toStdString()) != std::string::npos, error->what());
        QVERIFY(tests::peakMemoryMiB() - before < 64);
    }
};

QTEST_APPLESS_MAIN(JpegTest)
#include "JpegTest.moc"
