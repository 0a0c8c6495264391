// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/AtomicFile.h"
#include "dicom/Charset.h"
#include "dicom/Reader.h"
#include "support/SharedData.h"

#include <QFile>
#include <QTest>

#include <sys/resource.h>

#include <filesystem>
#include <map>
#include <utility>
#include <vector>

using namespace diascope;

namespace {

struct Row {
    QString file, syntax, photometric, agree, sha256;
    bool hasPixels = false;
    int samples = 0;
};

/// manifest.csv quotes no cell that is used here.
std::vector<Row> manifest()
{
    std::vector<Row> rows;
    QFile file(QString::fromStdString((tests::sharedData("data/dicom") / "manifest.csv").string()));
    if (!file.open(QIODevice::ReadOnly)) {
        return rows;
    }
    const QList<QByteArray> header = file.readLine().trimmed().split(',');
    const auto column = [&](const char* name) { return header.indexOf(name); };
    while (!file.atEnd()) {
        QList<QByteArray> cells;
        bool quoted = false;
        QByteArray cell;
        for (const char c : file.readLine().trimmed()) {
            if (c == '"') {
                quoted = !quoted;
            } else if (c == ',' && !quoted) {
                cells.append(std::exchange(cell, {}));
            } else {
                cell.append(c);
            }
        }
        cells.append(cell);
        if (cells.size() == header.size()) {
            rows.push_back({cells[column("file")], cells[column("ts")], cells[column("pi")], cells[column("agree")],
                            cells[column("gdcm_sha256")], cells[column("pix")] == "1", cells[column("spp")].toInt()});
        }
    }
    return rows;
}

/// The files that give a named error instead of pixels, each with the reason that must be named.
const std::map<QString, QString>& withoutPixels()
{
    static const std::map<QString, QString> files{
        // The codestream's size field was overwritten: 3722445056 x 1024 pixels.
        {"pydicom/JPEG2000-embedded-sequence-delimiter.dcm", "JPEG 2000 stream claims"},
        // Two bytes of pixel data and no Rows and Columns.
        {"pydicom/meta_missing_tsyntax.dcm", "Rows and Columns"},
        {"pydicom/nested_priv_SQ.dcm", "Rows and Columns"},
    };
    return files;
}

std::string read(const QString& file)
{
    return base::readFile((tests::sharedData("data/dicom") / file.toStdString()));
}

} // namespace

class DicomManifestTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        if (tests::sharedData("data/dicom").empty()) {
            QSKIP("the shared DICOM files are not on this machine");
        }
        dicom::warmUp();
    }

    void readsReferenceFile_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<bool>("hasPixels");
        QTest::addColumn<QString>("sha256");
        for (const Row& row : manifest()) {
            const bool exact = row.agree == "equal" && row.samples == 1;
            QTest::newRow(qPrintable(row.file)) << row.file << row.hasPixels << (exact ? row.sha256 : QString());
        }
    }
    void readsReferenceFile()
    {
        QFETCH(QString, file);
        QFETCH(bool, hasPixels);
        QFETCH(QString, sha256);
        const std::string bytes = read(file);
        try {
            const auto reader = dicom::Reader::open(std::as_bytes(std::span(bytes)), file.toStdString());
            (void)reader->tags().dump();
            const auto& info = reader->info();
            if (!hasPixels) {
                QVERIFY(sha256.isEmpty());
                return;
            }
            QVERIFY(info.frames >= 1);
            const auto frame = reader->frame(info.frames - 1);
            QCOMPARE(frame.width, info.columns);
            QCOMPARE(frame.height, info.rows);
            QCOMPARE(frame.pixels->size(), frame.sampleCount() * image::bytesPerSample(frame.type));
            const std::string hash = reader->pixelSha256();
            if (!sha256.isEmpty()) {
                QCOMPARE(QString::fromStdString(hash), sha256);
            }
            QVERIFY(!withoutPixels().contains(file));
        } catch (const base::Error& error) {
            QVERIFY2(!hasPixels || withoutPixels().contains(file), error.what());
            if (hasPixels) {
                QVERIFY2(QString::fromStdString(error.detail()).contains(withoutPixels().at(file)), error.what());
            }
        }
    }

    void survivesMalformedFile_data()
    {
        QTest::addColumn<QString>("path");
        const auto root = tests::sharedData("data/dicom_malformed");
        if (root.empty()) {
            QSKIP("the malformed DICOM files are not on this machine");
        }
        for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
            if (entry.path().extension() == ".dcm") {
                QTest::newRow(entry.path().filename().c_str()) << QString::fromStdString(entry.path().string());
            }
        }
    }
    void survivesMalformedFile()
    {
        QFETCH(QString, path);
        const std::string bytes = base::readFile(path.toStdString());
        try {
            const auto reader = dicom::Reader::open(std::as_bytes(std::span(bytes)), "malformed.dcm");
            (void)reader->tags().dump();
            if (reader->info().frames > 0) {
                QVERIFY(!reader->frame(0).empty());
            }
        } catch (const base::Error& error) {
            QVERIFY(!error.detail().empty());
            QVERIFY2(error.code() != base::ErrorCode::Internal, error.what());
        }
        rusage usage{};
        getrusage(RUSAGE_SELF, &usage);
        QVERIFY(usage.ru_maxrss / 1024 < 512);
    }

    /// Values that pydicom's own tests publish for these files.
    void matchesPublishedValues()
    {
        const std::string mismatch = read("pydicom/J2K_pixelrep_mismatch.dcm");
        const auto signedFrame = dicom::Reader::open(std::as_bytes(std::span(mismatch)), "j2k")->frame(0);
        QCOMPARE(signedFrame.stored(0, 0), -2000.0);
        const int expected[] = {621, 412, 138, -193, -520, -767, -907, -966, -988, -995};
        for (int i = 0; i < 10; ++i) {
            QCOMPARE(signedFrame.stored(279, 47 + i), static_cast<double>(expected[i]));
        }
        const std::string rle = read("pydicom/SC_rgb_rle_16bit.dcm");
        const auto colour = dicom::Reader::open(std::as_bytes(std::span(rle)), "rle")->frame(0);
        QCOMPARE(colour.type, image::PixelType::UInt16);
        // The first block of the picture is pure red.
        QCOMPARE(colour.stored(50, 5, 0), 65535.0);
        QCOMPARE(colour.stored(50, 5, 1), 0.0);
        QCOMPARE(colour.stored(50, 5, 2), 0.0);
    }

    void survivesTruncatedRealFiles_data()
    {
        QTest::addColumn<QString>("file");
        for (const char* file : {"pydicom/MR_small_jp2klossless.dcm", "pydicom_data/HTJ2K_08_RGB.dcm", "cs_wado/CTImage.dcm_JPEGProcess14SV1TransferSyntax_1.2.840.10008.1.2.4.70.dcm",
                                 "pydicom_data/emri_small_jpeg_ls_lossless.dcm", "pydicom/JPEG-lossy.dcm"}) {
            QTest::newRow(file) << file;
        }
    }
    void survivesTruncatedRealFiles()
    {
        QFETCH(QString, file);
        if (!std::filesystem::exists(tests::sharedData("data/dicom") / file.toStdString())) {
            QSKIP("this file is not there");
        }
        const std::string whole = read(file);
        for (int part = 0; part < 16; ++part) {
            const std::vector<char> bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(whole.size() * static_cast<std::size_t>(part) / 16));
            try {
                const auto reader = dicom::Reader::open(std::as_bytes(std::span(bytes)), "cut.dcm");
                QVERIFY(reader->info().frames == 0 || !reader->frame(0).empty());
            } catch (const base::Error& error) {
                QVERIFY(!error.detail().empty());
            }
        }
    }
};

QTEST_APPLESS_MAIN(DicomManifestTest)
#include "DicomManifestTest.moc"
