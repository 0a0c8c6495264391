// SPDX-License-Identifier: GPL-3.0-or-later
#include "DicomBytes.h"
#include "decode/Sanitizers.h"
#include "dicom/PreScan.h"
#include "dicom/Reader.h"

#include <QTest>
#include <zlib.h>

#include <sys/resource.h>

using namespace diascope;
using namespace diascope::tests;

namespace {

/// What a hostile file may do: be read, or be refused with a named error. Everything else fails the test by escaping.
QString outcome(const ByteVector& file)
{
    try {
        const auto reader = dicom::Reader::open(file, "hostile.dcm");
        (void)reader->tags().dump();
        for (int frame = 0; frame < std::min(reader->info().frames, 3); ++frame) {
            (void)reader->frame(frame);
        }
        return reader->info().frames > 0 ? "read" : "no pixels";
    } catch (const base::Error& error) {
        return error.detail().empty() ? QString("nameless") : QString::fromLatin1(base::name(error.code()).data());
    }
}

std::size_t peakMegabytes()
{
    if (decode::kSanitized) {
        return 0; // a sanitizer keeps several bytes for each byte of the program
    }
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<std::size_t>(usage.ru_maxrss) / 1024;
}

ByteVector minimalJpeg(int width, int height)
{
    ByteVector jpeg = bytesOf({0xFF, 0xD8, 0xFF, 0xC0, 0, 11, 8, height >> 8, height & 255, width >> 8, width & 255, 1, 1, 0x11, 0});
    const ByteVector scan = bytesOf({0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0, 0x55, 0xFF, 0xD9});
    jpeg.insert(jpeg.end(), scan.begin(), scan.end());
    return jpeg;
}

DicomBytes nested(int depth, bool privateUn)
{
    DicomBytes bytes(privateUn ? kExplicit : kImplicit);
    for (int i = 0; i < depth; ++i) {
        if (privateUn && i == 0) {
            bytes.sequence(0x00091010, "UN").item();
        } else if (privateUn) {
            bytes.delimiter(0x00091010, 0xFFFFFFFFu).item(); // Inside UN everything is implicit.
        } else {
            bytes.sequence(0x00081115).item();
        }
    }
    for (int i = 0; i < depth; ++i) {
        bytes.endItem().endSequence();
    }
    return bytes.pixelModule(1, 2, 8, 8).raw(0x7FE00010, "OB", bytesOf({1, 2}));
}

/// The seeds of D1: one of each kind of pixel data.
ByteVector seed(int kind)
{
    switch (kind) {
    case 0: return DicomBytes(kImplicit).text(0x00080060, "CS", "CT").pixelModule(3, 3, 16, 12, true).words(0x7FE00010, {1, 2, 3, 4, 5, 6, 7, 8, 9}).file();
    case 1: return DicomBytes(kBig).pixelModule(2, 2, 8, 8, false, "RGB", 3, 1).raw(0x7FE00010, "OB", ByteVector(12, std::byte{7})).file();
    case 2: return DicomBytes().pixelModule(2, 2, 8, 8, false, "YBR_FULL_422", 3, 0).raw(0x7FE00010, "OB", ByteVector(8, std::byte{128})).file();
    case 3: {
        DicomBytes bytes;
        bytes.pixelModule(2, 2, 8, 8, false, "PALETTE COLOR");
        for (unsigned c = 0; c < 3; ++c) {
            bytes.us(0x00281101 + c, {2, 0, 16});
        }
        for (unsigned c = 0; c < 3; ++c) {
            bytes.words(0x00281201 + c, {0, 0xFFFF});
        }
        return bytes.raw(0x7FE00010, "OB", bytesOf({0, 1, 1, 0})).file();
    }
    case 4: {
        ByteVector frame(64);
        frame[0] = std::byte{1};
        frame[4] = std::byte{64};
        for (const int v : {0xFE, 5, 0x00, 6}) {
            frame.push_back(static_cast<std::byte>(v));
        }
        return DicomBytes(kRle).text(0x00280008, "IS", "2").pixelModule(2, 2, 8, 8).fragments({0, 76}, {frame, frame}).file();
    }
    case 5: return DicomBytes(kJpeg).pixelModule(8, 8, 8, 8).fragments({0}, {minimalJpeg(8, 8)}).file();
    case 6: return DicomBytes("1.2.840.10008.1.2.4.80").pixelModule(8, 8, 8, 8).fragments({}, {bytesOf({0xFF, 0xD8, 0xFF, 0xF7, 0, 11, 8, 0, 8, 0, 8, 1, 1, 0x11, 0, 0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 0, 0, 1, 2, 3, 4, 0xFF, 0xD9})}).file();
    default: return nested(5, true).file();
    }
}

} // namespace

class DicomScanTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void namesWhatIsNotDicom_data()
    {
        QTest::addColumn<QByteArray>("content");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("one byte") << QByteArray(1, 'D');
        QTest::newRow("zeros") << QByteArray(1000, '\0');
        QTest::newRow("text") << QByteArray(400, 'x');
        QTest::newRow("mark and nothing") << QByteArray(128, '\0') + "DICM";
        QTest::newRow("PNG") << QByteArray::fromHex("89504e470d0a1a0a") + QByteArray(300, 'p');
    }
    void namesWhatIsNotDicom()
    {
        QFETCH(QByteArray, content);
        const auto* data = reinterpret_cast<const std::byte*>(content.constData());
        QCOMPARE(outcome(ByteVector(data, data + content.size())), QString("malformed"));
    }

    void limitsNesting_data()
    {
        QTest::addColumn<int>("depth");
        QTest::addColumn<bool>("privateUn");
        QTest::addColumn<QString>("expected");
        QTest::newRow("64") << 64 << false << "read";
        QTest::newRow("65") << 65 << false << "too-large";
        QTest::newRow("20000") << 20000 << false << "too-large";
        QTest::newRow("64 private UN") << 64 << true << "read";
        QTest::newRow("65 private UN") << 65 << true << "too-large";
        QTest::newRow("256000 private UN") << 256000 << true << "too-large";
    }
    void limitsNesting()
    {
        QFETCH(int, depth);
        QFETCH(bool, privateUn);
        QTEST(outcome(nested(depth, privateUn).file()), "expected");
    }

    void survivesEveryTruncation_data()
    {
        QTest::addColumn<int>("kind");
        for (int kind = 0; kind < 8; ++kind) {
            QTest::addRow("seed %d", kind) << kind;
        }
    }
    void survivesEveryTruncation()
    {
        QFETCH(int, kind);
        const ByteVector file = seed(kind);
        for (std::size_t length = 0; length < file.size(); ++length) {
            // A vector of its own, so that a sanitizer sees a read past the end.
            const QString result = outcome(ByteVector(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(length)));
            QVERIFY2(result != "nameless" && result != "internal", qPrintable(result));
        }
    }

    void survivesEveryByteReplaced_data() { survivesEveryTruncation_data(); }
    void survivesEveryByteReplaced()
    {
        QFETCH(int, kind);
        const ByteVector file = seed(kind);
        for (std::size_t at = 128; at < file.size(); ++at) {
            for (const int value : {0x00, 0x01, 0x7F, 0x80, 0xFE, 0xFF}) {
                ByteVector changed = file;
                changed[at] = static_cast<std::byte>(value);
                const QString result = outcome(changed);
                QVERIFY2(result != "nameless" && result != "internal", qPrintable(result));
            }
        }
        QVERIFY(peakMegabytes() < 512);
    }

    void refusesHostileFiles_data()
    {
        QTest::addColumn<QByteArray>("content");
        const auto row = [](const char* name, const ByteVector& file) {
            QTest::newRow(name) << QByteArray(reinterpret_cast<const char*>(file.data()), static_cast<qsizetype>(file.size()));
        };
        row("F1 TEM marker", DicomBytes(kJpeg).pixelModule(8, 8, 8, 8).fragments({}, {bytesOf({0xFF, 0xD8, 0xFF, 0x01, 0xFF, 0x01, 0, 0, 0, 0, 0, 0})}).file());
        row("F3 65535 x 65535 x 2147483647 frames",
            DicomBytes().text(0x00280008, "IS", "2147483647").pixelModule(65535, 65535, 16, 16).raw(0x7FE00010, "OW", ByteVector(16)).file());
        row("F3 46341 x 46341 x 4 frames", DicomBytes().text(0x00280008, "IS", "4").pixelModule(46341, 46341, 8, 8).raw(0x7FE00010, "OW", ByteVector(16)).file());
        row("F3 JPEG bomb", DicomBytes(kJpeg).pixelModule(65500, 65500, 8, 8).fragments({}, {minimalJpeg(65500, 65500)}).file());
        row("JPEG larger than declared", DicomBytes(kJpeg).pixelModule(8, 8, 8, 8).fragments({}, {minimalJpeg(65500, 65500)}).file());
        row("zero rows", DicomBytes().pixelModule(0, 8, 8, 8).raw(0x7FE00010, "OB", ByteVector(16)).file());
        row("no fragments", DicomBytes(kJpeg).pixelModule(8, 8, 8, 8).fragments({}, {}).file());
        row("RLE segment beyond the frame", DicomBytes(kRle).pixelModule(8, 8, 8, 8).fragments({}, {bytesOf({1, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0x7F})}).file());
        row("Rows as UL 0x10001 (CVE-2026-5442)",
            DicomBytes().us(0x00280002, {1}).text(0x00280004, "CS", "MONOCHROME2").ul(0x00280010, 0x10001).us(0x00280011, {8}).us(0x00280100, {8}).raw(0x7FE00010, "OB", ByteVector(64)).file());
        row("palette without tables (CVE-2026-5445)", DicomBytes().pixelModule(2, 2, 8, 8, false, "PALETTE COLOR").raw(0x7FE00010, "OB", ByteVector(4)).file());
        row("52 bits", DicomBytes().pixelModule(2, 2, 52, 52).raw(0x7FE00010, "OB", ByteVector(64)).file());
        row("4 samples", DicomBytes().pixelModule(2, 2, 8, 8, false, "CMYK", 4).raw(0x7FE00010, "OB", ByteVector(64)).file());
        row("J2K without header", DicomBytes("1.2.840.10008.1.2.4.90").pixelModule(8, 8, 8, 8).fragments({}, {bytesOf({0xFF, 0x4F, 0xFF, 0x51, 0, 41})}).file());
    }
    void refusesHostileFiles()
    {
        QFETCH(QByteArray, content);
        const auto* data = reinterpret_cast<const std::byte*>(content.constData());
        const QString result = outcome(ByteVector(data, data + content.size()));
        QVERIFY2(result == "malformed" || result == "too-large" || result == "unsupported", qPrintable(result));
        QVERIFY(peakMegabytes() < 512);
    }

    void capsInflating()
    {
        // F4: 1 GiB of zeros in about 1 MB.
        z_stream z{};
        QCOMPARE(deflateInit2(&z, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
        ByteVector zeros(1 << 20), bomb(2 << 20);
        z.next_out = reinterpret_cast<Bytef*>(bomb.data());
        z.avail_out = static_cast<uInt>(bomb.size());
        for (int i = 0; i < 1024; ++i) {
            z.next_in = reinterpret_cast<Bytef*>(zeros.data());
            z.avail_in = static_cast<uInt>(zeros.size());
            deflate(&z, i == 1023 ? Z_FINISH : Z_NO_FLUSH);
        }
        bomb.resize(z.total_out);
        deflateEnd(&z);
        DicomBytes bytes(kDeflated);
        bytes.replaceBody(bomb);
        QCOMPARE(outcome(bytes.file()), QString("too-large"));
        QVERIFY(peakMegabytes() < 512);
    }

    void readsWithoutPreambleOrMeta()
    {
        const ByteVector whole = DicomBytes().text(0x00080060, "CS", "US").pixelModule(1, 2, 8, 8).raw(0x7FE00010, "OB", bytesOf({1, 2})).file();
        QCOMPARE(outcome(ByteVector(whole.begin() + 128, whole.end())), QString("read"));
        QCOMPARE(outcome(ByteVector(whole.begin() + 132, whole.end())), QString("read"));
        for (const char* syntax : {kImplicit, kExplicit, kBig}) {
            const DicomBytes bare = DicomBytes(syntax).text(0x00080060, "CS", "US").pixelModule(1, 2, 8, 8).raw(0x7FE00010, "OB", bytesOf({1, 2}));
            QVERIFY(dicom::looksLikeDicom(bare.body()));
            const auto reader = dicom::Reader::open(bare.body(), "bare");
            QCOMPARE(reader->info().transferSyntax, std::string(syntax));
            QCOMPARE(reader->info().modality, std::string("US"));
        }
        QVERIFY(!dicom::looksLikeDicom(bytesOf({0x89, 'P', 'N', 'G', 13, 10, 26, 10, 0, 0})));
    }

    void believesTheBytesNotTheLabel()
    {
        DicomBytes lying(kExplicit);
        lying.replaceBody(DicomBytes(kImplicit).text(0x00080060, "CS", "CT").pixelModule(1, 2, 8, 8).raw(0x7FE00010, "OB", bytesOf({1, 2})).body());
        const ByteVector file = lying.file();
        const auto reader = dicom::Reader::open(file, "lying");
        QCOMPARE(reader->info().modality, std::string("CT"));
        QCOMPARE(reader->info().problems.size(), std::size_t{1});
    }

    void indexesSequences()
    {
        const ByteVector file = DicomBytes().sequence(0x00081140).item().text(0x00081155, "UI", "1.2").endItem().item().text(0x00081155, "UI", "1.3").endItem().endSequence()
            .text(0x00100010, "PN", "A").file();
        const dicom::Scan scan = dicom::scanFile(file, "seq");
        const auto items = scan.dataSet().items(0x00081140);
        QCOMPARE(items.size(), std::size_t{2});
        QCOMPARE(items[0].code(0x00081155), std::string("1.2"));
        QCOMPARE(items[1].code(0x00081155), std::string("1.3"));
        QCOMPARE(scan.dataSet().code(0x00100010), std::string("A"));
        QVERIFY(!scan.dataSet().has(0x00081155));
        QVERIFY(scan.problems.empty());
    }

    void toleratesStrayDelimiters()
    {
        const ByteVector file = DicomBytes().endItem().endSequence().delimiter(0xFFFEE000, 0).text(0x00080060, "CS", "MR").file();
        const dicom::Scan scan = dicom::scanFile(file, "stray");
        QCOMPARE(scan.dataSet().code(0x00080060), std::string("MR"));
        QCOMPARE(scan.problems.size(), std::size_t{3});
    }
};

QTEST_APPLESS_MAIN(DicomScanTest)
#include "DicomScanTest.moc"
