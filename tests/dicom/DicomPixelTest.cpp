// SPDX-License-Identifier: GPL-3.0-or-later
#include "DicomBytes.h"
#include "base/Hash.h"
#include "dicom/Reader.h"

#include <QTest>
#include <turbojpeg.h>
#include <zlib.h>

#include <cmath>

using namespace diascope;
using namespace diascope::tests;
using dicom::FrameOptions;
using image::Photometric;
using image::PixelType;

namespace {

std::unique_ptr<dicom::Reader> open(const ByteVector& file)
{
    return dicom::Reader::open(file, "test.dcm");
}

std::vector<double> values(const image::Image& image)
{
    std::vector<double> result;
    for (int y = 0; y < image.height; ++y) {
        for (int x = 0; x < image.width; ++x) {
            for (int c = 0; c < image.channels; ++c) {
                result.push_back(image.stored(x, y, c));
            }
        }
    }
    return result;
}

ByteVector deflated(const ByteVector& plain)
{
    z_stream z{};
    deflateInit2(&z, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
    ByteVector out(deflateBound(&z, static_cast<uLong>(plain.size())));
    z.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(plain.data()));
    z.avail_in = static_cast<uInt>(plain.size());
    z.next_out = reinterpret_cast<Bytef*>(out.data());
    z.avail_out = static_cast<uInt>(out.size());
    deflate(&z, Z_FINISH);
    out.resize(z.total_out);
    deflateEnd(&z);
    return out;
}

/// One RLE frame from byte planes; every plane as literal runs.
ByteVector rleFrame(const std::vector<ByteVector>& planes)
{
    ByteVector header, body;
    DicomBytes::put32(header, static_cast<std::uint32_t>(planes.size()), false);
    for (const ByteVector& plane : planes) {
        DicomBytes::put32(header, static_cast<std::uint32_t>(64 + body.size()), false);
        body.push_back(static_cast<std::byte>(plane.size() - 1));
        body.insert(body.end(), plane.begin(), plane.end());
        body.resize(body.size() + body.size() % 2, std::byte{0x80});
    }
    header.resize(64);
    header.insert(header.end(), body.begin(), body.end());
    return header;
}

/// 4:4:4 baseline JPEG whose three components are coded as given; without any colour mark unless `jfif`.
ByteVector jpegOfPlanes(int width, int height, std::array<std::vector<unsigned char>, 3> planes, bool jfif)
{
    tjhandle handle = tjInitCompress();
    const unsigned char* pointers[3] = {planes[0].data(), planes[1].data(), planes[2].data()};
    unsigned char* jpeg = nullptr;
    unsigned long size = 0;
    tjCompressFromYUVPlanes(handle, pointers, width, nullptr, height, TJSAMP_444, &jpeg, &size, 100, 0);
    const auto* bytes = reinterpret_cast<const std::byte*>(jpeg);
    ByteVector out(bytes, bytes + size);
    tjFree(jpeg);
    tjDestroy(handle);
    if (!jfif) {
        out.erase(out.begin() + 2, out.begin() + 20); // The APP0 segment: marker and 16 bytes.
    }
    return out;
}

} // namespace

class DicomPixelTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void readsEveryByteOrder_data()
    {
        QTest::addColumn<QString>("syntax");
        QTest::newRow("implicit little") << kImplicit;
        QTest::newRow("explicit little") << kExplicit;
        QTest::newRow("explicit big") << kBig;
        QTest::newRow("deflated") << kDeflated;
    }
    void readsEveryByteOrder()
    {
        QFETCH(QString, syntax);
        DicomBytes bytes(syntax.toStdString());
        bytes.pixelModule(2, 3, 16, 12, true).words(0x7FE00010, {0, 1, 0x7FF, 0x800, 0xFFF, 0xF123});
        if (syntax == kDeflated) {
            bytes.replaceBody(deflated(bytes.body()));
        }
        const ByteVector file = bytes.file();
        const auto reader = open(file);
        QCOMPARE(reader->info().rows, 2);
        QCOMPARE(reader->info().columns, 3);
        QVERIFY(reader->info().problems.empty());
        const auto frame = reader->frame(0);
        QCOMPARE(frame.type, PixelType::Int16);
        // 12 bits stored: 0x800 is the most negative value, the upper four bits do not count.
        QCOMPARE(values(frame), (std::vector<double>{0, 1, 2047, -2048, -1, 0x123}));
    }

    void readsEveryWidth_data()
    {
        QTest::addColumn<int>("allocated");
        QTest::addColumn<int>("stored");
        QTest::addColumn<bool>("isSigned");
        QTest::addColumn<QByteArray>("pixels");
        QTest::addColumn<QList<double>>("expected");
        QTest::newRow("u8") << 8 << 8 << false << QByteArray::fromHex("00ff7f80") << QList<double>{0, 255, 127, 128};
        QTest::newRow("s8") << 8 << 8 << true << QByteArray::fromHex("00ff7f80") << QList<double>{0, -1, 127, -128};
        QTest::newRow("u16 of 10") << 16 << 10 << false << QByteArray::fromHex("ff03ff07000400ff") << QList<double>{1023, 1023, 0, 768};
        QTest::newRow("u32") << 32 << 32 << false << QByteArray::fromHex("00000080ffffffff0100000000000001") << QList<double>{2147483648.0, 4294967295.0, 1, 16777216};
        QTest::newRow("s32") << 32 << 32 << true << QByteArray::fromHex("00000080ffffffff0100000000000001") << QList<double>{-2147483648.0, -1, 1, 16777216};
        QTest::newRow("u1") << 1 << 1 << false << QByteArray::fromHex("0a00") << QList<double>{0, 1, 0, 1};
    }
    void readsEveryWidth()
    {
        QFETCH(int, allocated);
        QFETCH(int, stored);
        QFETCH(bool, isSigned);
        QFETCH(QByteArray, pixels);
        QFETCH(QList<double>, expected);
        const auto* data = reinterpret_cast<const std::byte*>(pixels.constData());
        const ByteVector file = DicomBytes().pixelModule(2, 2, allocated, stored, isSigned).raw(0x7FE00010, "OW", ByteVector(data, data + pixels.size())).file();
        QCOMPARE(values(open(file)->frame(0)), std::vector<double>(expected.begin(), expected.end()));
    }

    void shiftsByHighBit()
    {
        const ByteVector file = DicomBytes().us(0x00280002, {1}).text(0x00280004, "CS", "MONOCHROME1").us(0x00280010, {1}).us(0x00280011, {2})
            .us(0x00280100, {16}).us(0x00280101, {12}).us(0x00280102, {15}).us(0x00280103, {0}).words(0x7FE00010, {0xABCF, 0x0010}).file();
        const auto frame = open(file)->frame(0);
        QCOMPARE(values(frame), (std::vector<double>{0xABC, 1}));
        QCOMPARE(frame.photometric, Photometric::Monochrome1);
    }

    void unpacksBitsAcrossFrames()
    {
        // Frames of 3 bits follow each other without padding: 101 011 -> bits 1,0,1,1,1,0 from the least significant.
        const ByteVector file = DicomBytes().text(0x00280008, "IS", "2").pixelModule(1, 3, 1, 1).raw(0x7FE00010, "OB", bytesOf({0b00011101, 0})).file();
        const auto reader = open(file);
        QCOMPARE(values(reader->frame(0)), (std::vector<double>{1, 0, 1}));
        QCOMPARE(values(reader->frame(1)), (std::vector<double>{1, 1, 0}));
        QCOMPARE(QString::fromStdString(reader->pixelSha256()), QString::fromStdString(base::sha256Hex(bytesOf({0b00011101}))));
    }

    void readsFloats()
    {
        ByteVector one;
        for (const float f : {1.5f, -2.25f}) {
            const auto* p = reinterpret_cast<const std::byte*>(&f);
            one.insert(one.end(), p, p + 4);
        }
        const ByteVector file = DicomBytes().us(0x00280002, {1}).text(0x00280004, "CS", "MONOCHROME2").us(0x00280010, {1}).us(0x00280011, {2}).us(0x00280100, {32}).raw(0x7FE00008, "OF", one).file();
        const auto frame = open(file)->frame(0);
        QCOMPARE(frame.type, PixelType::Float32);
        QCOMPARE(values(frame), (std::vector<double>{1.5, -2.25}));
    }

    void readsColourLayouts_data()
    {
        QTest::addColumn<QString>("photometric");
        QTest::addColumn<int>("planar");
        QTest::addColumn<QByteArray>("pixels");
        QTest::addColumn<QList<double>>("expected");
        const QList<double> twoPixels{10, 20, 30, 40, 50, 60};
        QTest::newRow("RGB by pixel") << "RGB" << 0 << QByteArray::fromHex("0a141e28323c") << twoPixels;
        QTest::newRow("RGB by plane") << "RGB" << 1 << QByteArray::fromHex("0a2814321e3c") << twoPixels;
        // BT.601: (100,128,128) is grey 100; (76,85,255) is red; clipped to 0..255.
        QTest::newRow("YBR_FULL") << "YBR_FULL" << 0 << QByteArray::fromHex("6480804c55ff") << QList<double>{100, 100, 100, 254, 0, 0};
        QTest::newRow("YBR_FULL by plane") << "YBR_FULL" << 1 << QByteArray::fromHex("644c805580ff") << QList<double>{100, 100, 100, 254, 0, 0};
        QTest::newRow("YBR_FULL_422") << "YBR_FULL_422" << 0 << QByteArray::fromHex("64328080") << QList<double>{100, 100, 100, 50, 50, 50};
        QTest::newRow("YBR_FULL_422 stored whole") << "YBR_FULL_422" << 0 << QByteArray::fromHex("648080328080") << QList<double>{100, 100, 100, 50, 50, 50};
        QTest::newRow("YBR_PARTIAL_422") << "YBR_PARTIAL_422" << 0 << QByteArray::fromHex("10eb8080") << QList<double>{0, 0, 0, 255, 255, 255};
    }
    void readsColourLayouts()
    {
        QFETCH(QString, photometric);
        QFETCH(int, planar);
        QFETCH(QByteArray, pixels);
        QFETCH(QList<double>, expected);
        const auto* data = reinterpret_cast<const std::byte*>(pixels.constData());
        const ByteVector file = DicomBytes().pixelModule(1, 2, 8, 8, false, photometric.toUtf8().constData(), 3, planar).raw(0x7FE00010, "OB", ByteVector(data, data + pixels.size())).file();
        const auto frame = open(file)->frame(0);
        QCOMPARE(frame.photometric, Photometric::Rgb);
        QCOMPARE(values(frame), std::vector<double>(expected.begin(), expected.end()));
    }

    void readsPalettes_data()
    {
        QTest::addColumn<int>("bits");
        QTest::addColumn<QList<int>>("table");
        QTest::newRow("16-bit entries") << 16 << QList<int>{0x0000, 0x8000, 0xFF00};
        QTest::newRow("16-bit entries holding 8 bits") << 16 << QList<int>{0x00, 0x80, 0xFF};
        QTest::newRow("8-bit entries packed") << 8 << QList<int>{0x8000, 0x00FF};
        QTest::newRow("8-bit entries in words") << 8 << QList<int>{0x00, 0x80, 0xFF};
    }
    void readsPalettes()
    {
        QFETCH(int, bits);
        QFETCH(QList<int>, table);
        DicomBytes bytes;
        bytes.pixelModule(1, 5, 8, 8, false, "PALETTE COLOR");
        for (int c = 0; c < 3; ++c) {
            bytes.us(0x00281101 + static_cast<unsigned>(c), {3, 10, bits});
        }
        for (int c = 0; c < 3; ++c) {
            bytes.words(0x00281201 + static_cast<unsigned>(c), std::vector<int>(table.begin(), table.end()));
        }
        const ByteVector file = bytes.raw(0x7FE00010, "OB", bytesOf({0, 10, 11, 12, 200, 0})).file();
        const auto reader = open(file);
        const auto frame = reader->frame(0);
        QCOMPARE(frame.photometric, Photometric::Rgb);
        QCOMPARE(values(frame), (std::vector<double>{0, 0, 0, 0, 0, 0, 128, 128, 128, 255, 255, 255, 255, 255, 255}));
        const auto indices = reader->frame(0, FrameOptions{.rawPalette = true});
        QCOMPARE(values(indices), (std::vector<double>{0, 10, 11, 12, 200}));
        QCOMPARE(QString::fromStdString(reader->pixelSha256()), QString::fromStdString(base::sha256Hex(bytesOf({0, 10, 11, 12, 200}))));
    }

    void readsSegmentedPalette()
    {
        DicomBytes bytes;
        bytes.pixelModule(1, 4, 8, 8, false, "PALETTE COLOR");
        for (unsigned c = 0; c < 3; ++c) {
            bytes.us(0x00281101 + c, {4, 0, 16});
        }
        for (unsigned c = 0; c < 3; ++c) {
            // Discrete: one entry 0; linear: three entries up to 0xC000.
            bytes.words(0x00281221 + c, {0, 1, 0, 1, 3, 0xC000});
        }
        const ByteVector file = bytes.raw(0x7FE00010, "OB", bytesOf({0, 1, 2, 3})).file();
        QCOMPARE(values(open(file)->frame(0)), (std::vector<double>{0, 0, 0, 64, 64, 64, 128, 128, 128, 192, 192, 192}));
    }

    void readsRle()
    {
        // 16 bit: the most significant byte plane comes first.
        const ByteVector mono = DicomBytes(kRle).pixelModule(1, 3, 16, 16).fragments({}, {rleFrame({bytesOf({1, 2, 0xFF}), bytesOf({3, 4, 5})})}).file();
        QCOMPARE(values(open(mono)->frame(0)), (std::vector<double>{0x103, 0x204, 0xFF05}));
        const ByteVector colour = DicomBytes(kRle).pixelModule(1, 2, 8, 8, false, "RGB", 3, 0)
            .fragments({}, {rleFrame({bytesOf({1, 2}), bytesOf({3, 4}), bytesOf({5, 6})})}).file();
        QCOMPARE(values(open(colour)->frame(0)), (std::vector<double>{1, 3, 5, 2, 4, 6}));
    }

    void expandsRleRuns()
    {
        ByteVector frame(64);
        frame[0] = std::byte{1};
        frame[4] = std::byte{64};
        for (const int v : {0xFD, 7, 0x80, 0x01, 8, 9}) { // Four times 7, nothing, then 8 and 9.
            frame.push_back(static_cast<std::byte>(v));
        }
        const ByteVector file = DicomBytes(kRle).pixelModule(2, 3, 8, 8).fragments({}, {frame}).file();
        QCOMPARE(values(open(file)->frame(0)), (std::vector<double>{7, 7, 7, 7, 8, 9}));
    }

    void findsFramesByTable_data()
    {
        QTest::addColumn<QList<uint>>("table");
        QTest::newRow("no table: signatures") << QList<uint>{};
        QTest::newRow("right table") << QList<uint>{0, 0xFFFFFFFE};
        QTest::newRow("beyond the end") << QList<uint>{0, 0x7FFFFFF0};
        QTest::newRow("descending") << QList<uint>{100, 0};
    }
    void findsFramesByTable()
    {
        QFETCH(QList<uint>, table);
        std::vector<ByteVector> parts;
        std::vector<std::uint32_t> offsets;
        std::uint32_t at = 0;
        for (const unsigned char level : {50, 200}) {
            const std::vector<unsigned char> grey(16 * 16, level), neutral(16 * 16, 128);
            const ByteVector jpeg = jpegOfPlanes(16, 16, {grey, neutral, neutral}, true);
            offsets.push_back(at);
            // Two fragments a frame.
            const auto half = static_cast<std::ptrdiff_t>(jpeg.size() / 2 / 2 * 2);
            parts.emplace_back(jpeg.begin(), jpeg.begin() + half);
            parts.emplace_back(jpeg.begin() + half, jpeg.end());
            at += 16 + static_cast<std::uint32_t>(jpeg.size() + jpeg.size() % 2);
        }
        std::vector<std::uint32_t> written;
        for (const uint offset : table) {
            written.push_back(offset == 0xFFFFFFFE ? offsets[1] : offset);
        }
        const ByteVector file = DicomBytes(kJpeg).text(0x00280008, "IS", "2").pixelModule(16, 16, 8, 8, false, "YBR_FULL", 3, 0).fragments(written, parts).file();
        const auto reader = open(file);
        QCOMPARE(reader->info().frames, 2);
        QVERIFY(std::abs(reader->frame(0).stored(5, 5, 1) - 50) <= 1);
        QVERIFY(std::abs(reader->frame(1).stored(5, 5, 1) - 200) <= 1);
        QVERIFY_THROWS_EXCEPTION(base::Error, (void)reader->frame(2));
    }

    /// The well-known green ultrasound: what the stream says wins over what the data set says.
    void tellsYbrFromRgbInJpeg_data()
    {
        QTest::addColumn<QString>("photometric");
        QTest::addColumn<bool>("codedAsYcc");
        QTest::addColumn<bool>("jfif");
        QTest::newRow("YCC, JFIF, labelled YBR") << "YBR_FULL_422" << true << true;
        QTest::newRow("YCC, JFIF, labelled RGB") << "RGB" << true << true;
        QTest::newRow("YCC, unmarked, labelled YBR") << "YBR_FULL" << true << false;
        QTest::newRow("YCC, unmarked, labelled RGB") << "RGB" << true << false;
        QTest::newRow("RGB, unmarked, labelled RGB") << "RGB" << false << false;
        QTest::newRow("RGB, unmarked, labelled YBR") << "YBR_FULL" << false << false;
    }
    void tellsYbrFromRgbInJpeg()
    {
        QFETCH(QString, photometric);
        QFETCH(bool, codedAsYcc);
        QFETCH(bool, jfif);
        // A black ultrasound background with a grey block and a red one.
        constexpr int kSize = 64;
        std::array<std::vector<unsigned char>, 3> planes;
        for (int y = 0; y < kSize; ++y) {
            for (int x = 0; x < kSize; ++x) {
                const bool grey = x < 16 && y < 16;
                const bool red = x >= 48 && y >= 48;
                const int r = grey ? 150 : red ? 200 : 0;
                const int g = grey ? 150 : 0;
                const int b = grey ? 150 : 0;
                const double luma = 0.299 * r + 0.587 * g + 0.114 * b;
                planes[0].push_back(static_cast<unsigned char>(codedAsYcc ? std::lround(luma) : r));
                planes[1].push_back(static_cast<unsigned char>(codedAsYcc ? std::lround((b - luma) / 1.772 + 128) : g));
                planes[2].push_back(static_cast<unsigned char>(codedAsYcc ? std::lround((r - luma) / 1.402 + 128) : b));
            }
        }
        const ByteVector file = DicomBytes(kJpeg).pixelModule(kSize, kSize, 8, 8, false, photometric.toUtf8().constData(), 3, 0)
            .fragments({}, {jpegOfPlanes(kSize, kSize, planes, jfif)}).file();
        const auto frame = open(file)->frame(0);
        const auto isNear = [&](int x, int y, std::array<int, 3> rgb) {
            for (int c = 0; c < 3; ++c) {
                if (std::abs(frame.stored(x, y, c) - rgb[static_cast<std::size_t>(c)]) > 3) {
                    return false;
                }
            }
            return true;
        };
        QVERIFY(isNear(30, 30, {0, 0, 0}));
        QVERIFY(isNear(5, 5, {150, 150, 150}));
        QVERIFY(isNear(60, 60, {200, 0, 0}));
    }

    void halvesJpegForThumbnails()
    {
        const std::vector<unsigned char> grey(64 * 32, 90), neutral(64 * 32, 128);
        const ByteVector file = DicomBytes(kJpeg).pixelModule(32, 64, 8, 8, false, "YBR_FULL", 3, 0)
            .text(0x00280030, "DS", "0.5\\0.25").fragments({}, {jpegOfPlanes(64, 32, {grey, neutral, neutral}, true)}).file();
        const auto frame = open(file)->frame(0, FrameOptions{.reduce = 2});
        QCOMPARE(frame.width, 16);
        QCOMPARE(frame.height, 8);
        QCOMPARE(frame.spacing->rowMm, 2.0);
        QCOMPARE(frame.spacing->columnMm, 1.0);
        QVERIFY(frame.lossy);
    }

    void refusesByName_data()
    {
        QTest::addColumn<QString>("syntax");
        QTest::addColumn<QString>("named");
        QTest::newRow("JPEG XL lossless") << "1.2.840.10008.1.2.4.110" << "JPEG XL Lossless";
        QTest::newRow("JPEG XL recompression") << "1.2.840.10008.1.2.4.111" << "JPEG XL JPEG Recompression";
        QTest::newRow("JPEG XL") << "1.2.840.10008.1.2.4.112" << "JPEG XL";
        QTest::newRow("MPEG-4") << "1.2.840.10008.1.2.4.102" << "MPEG-4";
        QTest::newRow("unknown") << "1.2.3.4.5" << "unknown transfer syntax 1.2.3.4.5";
    }
    void refusesByName()
    {
        QFETCH(QString, syntax);
        QFETCH(QString, named);
        const ByteVector file = DicomBytes(syntax.toStdString()).pixelModule(2, 2, 8, 8).fragments({}, {bytesOf({1, 2, 3, 4})}).file();
        const auto reader = open(file);
        QCOMPARE(reader->info().frames, 1);
        try {
            (void)reader->frame(0);
            QFAIL("it was decoded");
        } catch (const base::Error& error) {
            QCOMPARE(error.code(), base::ErrorCode::Unsupported);
            QVERIFY2(QString::fromStdString(error.detail()).contains(named), error.what());
        }
    }

    void marksIncompleteFrames()
    {
        // Three frames declared, two and a half there: the half is shown; a quarter would not be.
        DicomBytes bytes;
        bytes.text(0x00280008, "IS", "3").pixelModule(2, 2, 8, 8);
        const ByteVector half = DicomBytes(bytes).raw(0x7FE00010, "OB", ByteVector(10, std::byte{9})).file();
        const auto reader = open(half);
        QCOMPARE(reader->info().frames, 3);
        QVERIFY(QString::fromStdString(reader->info().problems.front().detail).contains("incomplete"));
        QCOMPARE(values(reader->frame(2)), (std::vector<double>{9, 9, 0, 0}));
        const ByteVector one = DicomBytes().pixelModule(4, 4, 8, 8).raw(0x7FE00010, "OB", ByteVector(2)).file();
        QVERIFY_THROWS_EXCEPTION(base::Error, (void)open(one)->frame(0));
    }

    void marksTruncatedJpeg()
    {
        std::vector<unsigned char> noise(64 * 64), neutral(64 * 64, 128);
        for (std::size_t i = 0; i < noise.size(); ++i) {
            noise[i] = static_cast<unsigned char>(i * 37 % 251);
        }
        ByteVector jpeg = jpegOfPlanes(64, 64, {noise, neutral, neutral}, true);
        jpeg.resize(jpeg.size() * 3 / 4);
        const ByteVector file = DicomBytes(kJpeg).pixelModule(64, 64, 8, 8, false, "YBR_FULL", 3, 0).fragments({}, {jpeg}).file();
        const auto reader = open(file);
        QVERIFY(QString::fromStdString(reader->info().problems.front().detail).contains("incomplete"));
        QCOMPARE(reader->frame(0).width, 64);
    }

    void readsDeflatedFrames()
    {
        const ByteVector file = DicomBytes("1.2.840.10008.1.2.8.1").text(0x00280008, "IS", "2").pixelModule(1, 2, 16, 16)
            .fragments({}, {deflated(bytesOf({1, 0, 2, 0})), deflated(bytesOf({3, 0, 4, 1}))}).file();
        QCOMPARE(values(open(file)->frame(1)), (std::vector<double>{3, 0x104}));
    }
};

QTEST_APPLESS_MAIN(DicomPixelTest)
#include "DicomPixelTest.moc"
