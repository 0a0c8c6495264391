// SPDX-License-Identifier: GPL-3.0-or-later
#include "DicomBytes.h"
#include "dicom/Charset.h"
#include "dicom/Reader.h"

#include <QTest>

using namespace diascope;
using namespace diascope::tests;

namespace {

DicomBytes picture(const char* photometric = "MONOCHROME2")
{
    return DicomBytes().pixelModule(100, 200, 8, 8, false, photometric);
}

image::SourceInfo infoOf(DicomBytes bytes, int frames = 1)
{
    const ByteVector file = bytes.raw(0x7FE00010, "OB", ByteVector(static_cast<std::size_t>(20000 * frames))).file();
    return dicom::Reader::open(file, "header.dcm")->info();
}

DicomBytes withRegion(DicomBytes bytes, int x1, int y1, double delta)
{
    bytes.item().us(0x00186012, {1}).us(0x00186014, {1}).ul(0x00186016, 2).ul(0x00186018, 0).ul(0x0018601A, 0);
    bytes.ul(0x0018601C, static_cast<std::uint32_t>(x1)).ul(0x0018601E, static_cast<std::uint32_t>(y1));
    bytes.us(0x00186024, {3}).us(0x00186026, {3}).fd(0x0018602C, delta).fd(0x0018602E, delta);
    return bytes.endItem();
}

QByteArray bytesFromHex(const char* hex)
{
    return QByteArray::fromHex(hex);
}

} // namespace

class DicomHeaderTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { dicom::warmUp(); }

    /// Examples of PS3.5 annexes H, I and J, and hostile text (safety.md D12).
    void convertsText_data()
    {
        QTest::addColumn<QString>("term");
        QTest::addColumn<QByteArray>("raw");
        QTest::addColumn<QString>("expected");
        QTest::newRow("ASCII") << "" << QByteArray("Doe^John") << "Doe^John";
        QTest::newRow("Latin-1") << "ISO_IR 100" << bytesFromHex("427563e9") << QString::fromUtf8("Buc\xC3\xA9");
        QTest::newRow("UTF-8") << "ISO_IR 192" << QByteArray("Buc^J\xC3\xA9r\xC3\xB4me") << QString::fromUtf8("Buc^J\xC3\xA9r\xC3\xB4me");
        QTest::newRow("bad UTF-8") << "ISO_IR 192" << bytesFromHex("41c08042eda080") << QString::fromUtf8("A\xEF\xBF\xBD\xEF\xBF\xBD" "B\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
        QTest::newRow("Greek") << "ISO_IR 126" << bytesFromHex("c4e9efede3") << QString::fromUtf8("\xCE\x94\xCE\xB9\xCE\xBF\xCE\xBD\xCE\xB3");
        QTest::newRow("Cyrillic") << "ISO_IR 144" << bytesFromHex("bbeeda") << QString::fromUtf8("\xD0\x9B\xD1\x8E\xD0\xBA");
        QTest::newRow("Japanese, code extensions") << "\\ISO 2022 IR 87" << QByteArray("Yamada^Tarou=\x1B$B;3ED\x1B(B^\x1B$BB@O:\x1B(B")
                                                   << QString::fromUtf8("Yamada^Tarou=\xE5\xB1\xB1\xE7\x94\xB0^\xE5\xA4\xAA\xE9\x83\x8E");
        QTest::newRow("Korean, code extensions") << "\\ISO 2022 IR 149" << QByteArray("Hong^Gildong=\x1B$)C") + bytesFromHex("fbf3") + "^" + QByteArray("\x1B$)C") + bytesFromHex("d1ced4d7")
                                                 << QString::fromUtf8("Hong^Gildong=\xE6\xB4\xAA^\xE5\x90\x89\xE6\xB4\x9E");
        QTest::newRow("Chinese GB18030") << "GB18030" << QByteArray("Wang=") + bytesFromHex("cdf5") << QString::fromUtf8("Wang=\xE7\x8E\x8B");
        QTest::newRow("lone escape") << "\\ISO 2022 IR 87" << QByteArray("A\x1B") << "A";
        QTest::newRow("unknown set") << "ISO_IR 999" << bytesFromHex("41e9") << QString::fromUtf8("A\xC3\xA9");
    }
    void convertsText()
    {
        QFETCH(QString, term);
        QFETCH(QByteArray, raw);
        QFETCH(QString, expected);
        std::vector<std::string> terms;
        for (const QString& part : term.split('\\')) {
            terms.push_back(part.toStdString());
        }
        const std::string text = dicom::toUtf8(std::string_view(raw.constData(), static_cast<std::size_t>(raw.size())), terms);
        QVERIFY(dicom::isValidUtf8(text));
        QCOMPARE(QString::fromStdString(text), expected);
    }

    void keepsControlCharactersOut()
    {
        const auto info = infoOf(DicomBytes().text(0x00080005, "CS", "ISO_IR 192").text(0x0008103E, "LO", "a\x1B[31mb\nc\xE2\x80\xAE" "d").pixelModule(100, 200, 8, 8));
        for (const char c : info.seriesDescription) {
            QVERIFY(static_cast<unsigned char>(c) >= 0x20);
        }
        QVERIFY(!QString::fromStdString(info.seriesDescription).contains(QChar(0x202E)));
        QVERIFY(QString::fromStdString(info.seriesDescription).endsWith('d'));
    }

    void readsIdentity()
    {
        const auto info = infoOf(DicomBytes().text(0x00080018, "UI", "1.2.3").text(0x00080060, "CS", "US").text(0x00100010, "PN", "Phantom^One ")
            .text(0x00100020, "LO", " P-1 ").text(0x0020000D, "UI", "1.4").text(0x0020000E, "UI", "1.5").text(0x00200013, "IS", " 7").pixelModule(100, 200, 8, 8));
        QCOMPARE(info.kind, std::string("dicom"));
        QCOMPARE(info.patient.name, std::string("Phantom^One"));
        QCOMPARE(info.patient.id, std::string("P-1"));
        QCOMPARE(info.sopInstanceUid, std::string("1.2.3"));
        QCOMPARE(info.studyUid, std::string("1.4"));
        QCOMPARE(info.instanceNumber, 7);
        QVERIFY(!info.lossy);
    }

    void readsWindows()
    {
        const auto info = infoOf(picture().text(0x00281050, "DS", "40\\500\\7\\1e400").text(0x00281051, "DS", "400\\0\\-3\\10").text(0x00281055, "LO", "Abdomen\\Bone").text(0x00281056, "CS", "LINEAR"));
        QCOMPARE(info.windows.size(), std::size_t{1}); // Widths 0 and -3 and centre 1e400 are no windows.
        QCOMPARE(info.windows.front(), (image::Window{40, 400, "Abdomen"}));
        const auto sigmoid = infoOf(picture().text(0x00281050, "DS", "1").text(0x00281051, "DS", "0.5").text(0x00281056, "CS", "SIGMOID"));
        QCOMPARE(sigmoid.windows.front().function, image::Window::Function::Sigmoid);
    }

    void readsRescale()
    {
        const auto info = infoOf(picture().text(0x00281052, "DS", "-1024").text(0x00281053, "DS", "2.5").text(0x00281054, "LO", "HU"));
        QCOMPARE(info.rescale.slope, 2.5);
        QCOMPARE(info.rescale.intercept, -1024.0);
        QCOMPARE(info.rescale.unit, std::string("HU"));
        const auto zero = infoOf(picture().text(0x00281052, "DS", "5").text(0x00281053, "DS", "0"));
        QCOMPARE(zero.rescale.slope, 1.0);
        QCOMPARE(zero.problems.size(), std::size_t{1});
    }

    void readsModalityTable()
    {
        const ByteVector file = DicomBytes().pixelModule(1, 2, 8, 8).sequence(0x00283000).item().us(0x00283002, {3, 10, 16}).text(0x00283004, "LO", "OD")
            .words(0x00283006, {100, 200, 300}).endItem().endSequence().raw(0x7FE00010, "OB", bytesOf({11, 255})).file();
        const auto frame = dicom::Reader::open(file, "lut")->frame(0);
        QCOMPARE(frame.rescale.unit, std::string("OD"));
        QCOMPARE(frame.modality(0, 0), 200.0);
        QCOMPARE(frame.modality(1, 0), 300.0); // Above the table: its last entry.
    }

    void readsSpacing_data()
    {
        QTest::addColumn<uint>("tag");
        QTest::addColumn<QString>("value");
        QTest::addColumn<bool>("usable");
        QTest::newRow("pixel spacing") << 0x00280030u << "0.5\\0.25" << true;
        QTest::newRow("imager spacing") << 0x00181164u << "0.5\\0.25" << true;
        QTest::newRow("zero") << 0x00280030u << "0\\0" << false;
        QTest::newRow("negative") << 0x00280030u << "-1\\1" << false;
        QTest::newRow("tiny") << 0x00280030u << "1e-30\\1" << false;
        QTest::newRow("one value") << 0x00280030u << "0.5" << false;
        QTest::newRow("not a number") << 0x00280030u << "NaN\\NaN" << false;
        QTest::newRow("decimal comma") << 0x00280030u << "0,5\\0,25" << false;
    }
    void readsSpacing()
    {
        QFETCH(uint, tag);
        QFETCH(QString, value);
        QFETCH(bool, usable);
        const auto info = infoOf(picture().text(tag, "DS", value.toStdString()));
        QCOMPARE(info.spacing.has_value(), usable);
        if (usable) {
            QCOMPARE(info.spacing->rowMm, 0.5);
            QCOMPARE(info.spacing->columnMm, 0.25);
        }
    }

    void readsUltrasoundRegions()
    {
        const auto one = infoOf(withRegion(picture().sequence(0x00186011), 199, 99, 0.02).endSequence());
        QCOMPARE(one.regions.size(), std::size_t{1});
        QCOMPARE(one.regions.front().x1, 199);
        QCOMPARE(one.spacing->rowMm, 0.2);
        QCOMPARE(one.spacing->source, image::Spacing::Source::UltrasoundRegion);
        const auto two = infoOf(withRegion(withRegion(picture().sequence(0x00186011), 99, 99, 0.02), 199, 99, 0.03).endSequence());
        QCOMPARE(two.regions.size(), std::size_t{2});
        QVERIFY(!two.spacing); // They disagree: no figure for the whole image.
        const auto resized = infoOf(withRegion(picture().sequence(0x00186011), 399, 199, 0.02).endSequence());
        QVERIFY(resized.regions.empty());
        QVERIFY(!resized.spacing);
        QCOMPARE(resized.problems.size(), std::size_t{1});
    }

    void readsGeometry()
    {
        const auto info = infoOf(picture().text(0x00200032, "DS", "-10\\20.5\\3").text(0x00200037, "DS", "1\\0\\0\\0\\0\\-1"));
        QCOMPARE(info.geometry->position[1], 20.5);
        QCOMPARE(info.geometry->columnDirection[2], -1.0);
        for (const char* bad : {"1\\0\\0\\1\\0\\0", "2\\0\\0\\0\\1\\0", "1\\0\\0\\NaN\\1\\0", "1\\0\\0"}) {
            const auto none = infoOf(picture().text(0x00200032, "DS", "0\\0\\0").text(0x00200037, "DS", bad));
            QVERIFY(!none.geometry);
            QCOMPARE(none.problems.size(), std::size_t{1});
        }
    }

    void readsFunctionalGroups()
    {
        DicomBytes bytes;
        bytes.text(0x00280008, "IS", "2").pixelModule(1, 2, 8, 8);
        bytes.sequence(0x52009229).item();
        bytes.sequence(0x00209116).item().text(0x00200037, "DS", "1\\0\\0\\0\\1\\0").endItem().endSequence();
        bytes.sequence(0x00289110).item().text(0x00180050, "DS", "3").text(0x00280030, "DS", "0.7\\0.8").endItem().endSequence();
        bytes.endItem().endSequence().sequence(0x52009230);
        for (const char* z : {"5", "8"}) {
            bytes.item().sequence(0x00209113).item().text(0x00200032, "DS", std::string("1\\2\\") + z).endItem().endSequence();
            bytes.sequence(0x00289145).item().text(0x00281052, "DS", z).text(0x00281053, "DS", "1").endItem().endSequence().endItem();
        }
        const ByteVector file = bytes.endSequence().raw(0x7FE00010, "OB", bytesOf({1, 2, 3, 4})).file();
        const auto reader = dicom::Reader::open(file, "enhanced");
        QCOMPARE(reader->info().spacing->columnMm, 0.8);
        QCOMPARE(reader->info().sliceThicknessMm, 3.0);
        QCOMPARE(reader->frame(0).geometry->position[2], 5.0);
        QCOMPARE(reader->frame(1).geometry->position[2], 8.0);
        QCOMPARE(reader->frame(1).modality(0, 0), 11.0);
    }

    void readsFrameTimes_data()
    {
        QTest::addColumn<QString>("pointer");
        QTest::addColumn<QList<double>>("expected");
        QTest::addColumn<bool>("assumed");
        QTest::newRow("vector") << "vector" << QList<double>{40, 60, 60} << false;
        QTest::newRow("frame time") << "time" << QList<double>{25} << false;
        QTest::newRow("recommended rate") << "recommended" << QList<double>{50} << false;
        QTest::newRow("cine rate") << "cine" << QList<double>{20} << false;
        QTest::newRow("nothing") << "" << QList<double>{100} << true;
        QTest::newRow("nonsense") << "nonsense" << QList<double>{100} << true;
    }
    void readsFrameTimes()
    {
        QFETCH(QString, pointer);
        QFETCH(QList<double>, expected);
        QFETCH(bool, assumed);
        DicomBytes bytes;
        bytes.text(0x00280008, "IS", "3").pixelModule(100, 200, 8, 8);
        if (pointer == "vector") {
            bytes.us(0x00280009, {0x0018, 0x1065}, "AT").text(0x00181065, "DS", "0\\40\\60").text(0x00082144, "IS", "5");
        } else if (pointer == "time") {
            bytes.us(0x00280009, {0x0018, 0x1063}, "AT").text(0x00181063, "DS", "25").text(0x00180040, "IS", "5");
        } else if (pointer == "recommended") {
            bytes.text(0x00082144, "IS", "20").text(0x00180040, "IS", "5");
        } else if (pointer == "cine") {
            bytes.text(0x00180040, "IS", "50");
        } else if (pointer == "nonsense") {
            bytes.us(0x00280009, {0x0018, 0x1063}, "AT").text(0x00181063, "DS", "-5").text(0x00180040, "IS", "1000000");
        }
        const auto info = infoOf(bytes, 3);
        QCOMPARE(info.frameTimesMs, std::vector<double>(expected.begin(), expected.end()));
        QCOMPARE(info.frameTimeAssumed, assumed);
    }

    void readsLossyMarker()
    {
        const auto info = infoOf(picture().text(0x00282110, "CS", "01").text(0x00282112, "DS", "9.8").text(0x00282114, "CS", "ISO_10918_1"));
        QVERIFY(info.lossy);
        QCOMPARE(info.lossyMethod, std::string("JPEG 10:1"));
    }

    void namesObjectsWithoutPixels()
    {
        const ByteVector file = DicomBytes().text(0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.481.5").text(0x00080060, "CS", "RTPLAN").file();
        const auto reader = dicom::Reader::open(file, "plan");
        QCOMPARE(reader->info().frames, 0);
        try {
            (void)reader->frame(0);
            QFAIL("a plan has no frame");
        } catch (const base::Error& error) {
            QCOMPARE(error.code(), base::ErrorCode::Unsupported);
            QVERIFY(QString::fromStdString(error.detail()).contains("radiotherapy plan"));
        }
        const ByteVector directory = DicomBytes().sequence(0x00041220).endSequence().file();
        QCOMPARE(dicom::Reader::open(directory, "DICOMDIR")->info().kind, std::string("dicomdir"));
    }

    void writesTagTree()
    {
        const ByteVector file = DicomBytes().sequence(0x00081140).item().text(0x00081155, "UI", "1.2").endItem().endSequence().us(0x00280010, {512})
            .us(0x00280009, {0x0018, 0x1063}, "AT").raw(0x00091001, "OB", bytesOf({1, 2})).file();
        const base::Json tree = dicom::Reader::open(file, "tags")->tags();
        QCOMPARE(tree.at(0).at("tag").get<std::string>(), std::string("(0002,0000)"));
        const auto& sequence = tree.at(2);
        QCOMPARE(sequence.at("items").at(0).at(0).at("value").get<std::string>(), std::string("1.2"));
        QCOMPARE(tree.at(3).at("value").get<int>(), 512);
        QCOMPARE(tree.at(4).at("value").get<std::string>(), std::string("(0018,1063)"));
        QCOMPARE(tree.at(5).at("bytes").get<int>(), 2);
    }
};

QTEST_APPLESS_MAIN(DicomHeaderTest)
#include "DicomHeaderTest.moc"
