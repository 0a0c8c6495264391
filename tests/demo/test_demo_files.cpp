// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/AtomicFile.h"
#include "base/Error.h"
#include "base/Hash.h"
#include "demo/Demo.h"
#include "demo/DicomWriter.h"
#include "dicom/Reader.h"

#include <QTemporaryDir>
#include <QtTest>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <set>

using namespace diascope;
using namespace diascope::demo;
namespace fs = std::filesystem;

namespace {

/// Relative path -> SHA-256 of every file.
std::map<std::string, std::string> hashes(const fs::path& folder)
{
    std::map<std::string, std::string> out;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file()) {
            out[fs::relative(entry.path(), folder).string()] = base::sha256OfFile(entry.path());
        }
    }
    return out;
}

DemoConfig small(std::uint64_t seed, int threads)
{
    DemoConfig config;
    config.patients = 2;
    config.seed = seed;
    config.imagesPerPatient = 1;
    config.cineEvery = 2;
    config.cineFrames = 3;
    config.ctPatients = 2;
    config.ctSlices = 3;
    config.threads = threads;
    return config;
}

struct Opened {
    std::vector<std::byte> bytes;
    std::unique_ptr<dicom::Reader> reader;
};

Opened open(const fs::path& file)
{
    Opened o;
    const std::string content = base::readFile(file);
    const auto view = std::as_bytes(std::span(content));
    o.bytes.assign(view.begin(), view.end());
    o.reader = dicom::Reader::open(o.bytes, file.filename().string());
    return o;
}

} // namespace

class TestDemoFiles : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void sameSeedSameBytes();
    void badConfigurationIsNamed();
    void stopEndsIt();
    void tablesAndFoldersAgree();
    void uidsAreUniqueAndUnder225();
    void stillHasTheFansCalibration();
    void cineHasItsFrameTime();
    void ctIsInHounsfield();
    void storagesGiveTheSamePixels_data();
    void storagesGiveTheSamePixels();
    void jpegCineIsMarkedLossy();
    void manyStudiesAreManyPatients();

private:
    QTemporaryDir m_dir;
    fs::path m_root;
    DemoSummary m_summary;
};

void TestDemoFiles::initTestCase()
{
    QVERIFY(m_dir.isValid());
    m_root = m_dir.path().toStdString();
    std::int64_t last = 0;
    m_summary = writeDemo(m_root / "a", small(7, 2), [&](const base::Progress& p) { last = p.total == p.done ? p.total : last; });
    QCOMPARE(last, std::int64_t{2 + 6});
    QCOMPARE(m_summary.ultrasoundImages, 2);
    QCOMPARE(m_summary.ultrasoundCines, 1);
    QCOMPARE(m_summary.ctSlices, 6);
    QVERIFY(m_summary.bytes > 0);
}

void TestDemoFiles::sameSeedSameBytes()
{
    const auto first = hashes(m_root / "a");
    writeDemo(m_root / "b", small(7, 1)); // Another number of threads must not matter.
    QVERIFY(first == hashes(m_root / "b"));
    writeDemo(m_root / "b", small(7, 2)); // Nor an earlier run in the same folder.
    QVERIFY(first == hashes(m_root / "b"));
    writeDemo(m_root / "c", small(8, 2));
    const auto other = hashes(m_root / "c");
    QVERIFY(first.at("ultrasound/images/DEMO-0001_01.png") != other.at("ultrasound/images/DEMO-0001_01.png"));
    QVERIFY(first.at("ct/dicom/DEMO-CT-0001/001.dcm") != other.at("ct/dicom/DEMO-CT-0001/001.dcm"));
}

void TestDemoFiles::badConfigurationIsNamed()
{
    DemoConfig config = small(7, 1);
    config.patients = 0;
    try {
        writeDemo(m_root / "x", config);
        QFAIL("accepted");
    } catch (const base::Error& e) {
        QCOMPARE(e.code(), base::ErrorCode::Usage);
        QCOMPARE(e.subject(), std::string("patients"));
    }
}

void TestDemoFiles::stopEndsIt()
{
    std::stop_source stop;
    stop.request_stop();
    try {
        writeDemo(m_root / "stopped", small(7, 2), {}, stop.get_token());
        QFAIL("went on");
    } catch (const base::Error& e) {
        QCOMPARE(e.code(), base::ErrorCode::Stopped);
    }
}

void TestDemoFiles::tablesAndFoldersAgree()
{
    QCOMPARE(base::readFile(m_root / "a/ultrasound/Train.csv"),
             std::string("img_IDs,target,patient\nDEMO-0001_01.png,0,DEMO-0001\nDEMO-0002_01.png,1,DEMO-0002\n"));
    QVERIFY(fs::exists(m_root / "a/ultrasound/classes/normal/DEMO-0001_01.png"));
    QVERIFY(fs::exists(m_root / "a/ultrasound/classes/renal_failure/DEMO-0002_01.png"));
    QCOMPARE(base::sha256OfFile(m_root / "a/ultrasound/classes/normal/DEMO-0001_01.png"),
             base::sha256OfFile(m_root / "a/ultrasound/images/DEMO-0001_01.png"));
    QVERIFY(base::readFile(m_root / "a/README.txt").find("generated") != std::string::npos);
    for (const char* name : {"Cyst", "Normal", "Stone", "Tumor"}) {
        QVERIFY(fs::is_directory(m_root / "a/ct/classes" / name));
    }
}

void TestDemoFiles::uidsAreUniqueAndUnder225()
{
    std::set<std::string> instances;
    std::map<std::string, std::set<std::string>> patientsOfStudy;
    int files = 0;
    for (const auto& entry : fs::recursive_directory_iterator(m_root / "a")) {
        if (entry.path().extension() != ".dcm") {
            continue;
        }
        const Opened o = open(entry.path());
        const image::SourceInfo& info = o.reader->info();
        QVERIFY2(info.problems.empty(), info.problems.empty() ? "" : info.problems.front().detail.c_str());
        for (const std::string& uid : {info.sopInstanceUid, info.seriesUid, info.studyUid}) {
            QVERIFY(uid.starts_with("2.25.") && uid.size() <= 64);
        }
        instances.insert(info.sopInstanceUid);
        patientsOfStudy[info.studyUid].insert(info.patient.id);
        QVERIFY(info.patient.name.starts_with("DEMO^PATIENT "));
        ++files;
    }
    QCOMPARE(files, 2 + 1 + 6);
    QCOMPARE(instances.size(), static_cast<std::size_t>(files));
    for (const auto& [study, patients] : patientsOfStudy) {
        QCOMPARE(patients.size(), std::size_t{1});
    }
    QVERIFY(makeUid(7, "a") == makeUid(7, "a") && makeUid(7, "a") != makeUid(8, "a") && makeUid(7, "a") != makeUid(7, "b"));
}

void TestDemoFiles::stillHasTheFansCalibration()
{
    const Opened o = open(m_root / "a/ultrasound/dicom/DEMO-0001/image01.dcm");
    const image::SourceInfo& info = o.reader->info();
    QCOMPARE(info.modality, std::string("US"));
    QCOMPARE(info.columns, 640);
    QCOMPARE(info.rows, 480);
    QCOMPARE(info.regions.size(), std::size_t{1});
    const image::UltrasoundRegion& region = info.regions.front();
    QCOMPARE(region.unitsX, 3);
    QCOMPARE(region.unitsY, 3);
    QCOMPARE(region.spatialFormat, 1);
    QCOMPARE(region.deltaX, region.deltaY);
    // The straight line down the middle is as long as the simulated depth, which is written beside it.
    const image::Image frame = o.reader->frame(0);
    int first = -1, last = -1;
    for (int y = 0; y < frame.height; ++y) {
        if (frame.stored(320, y) > 0.0) {
            first = first < 0 ? y : first;
            last = y;
        }
    }
    const double depthMm = (last - first + 1) * region.deltaY * 10.0;
    const double nominal = std::round(depthMm / 5.0) * 5.0;
    QVERIFY2(std::abs(depthMm - nominal) < 0.8, qPrintable(QString::number(depthMm)));
    QVERIFY(nominal >= 120.0 && nominal <= 165.0);
    QVERIFY(last <= region.y1 && first >= region.y0);
}

void TestDemoFiles::cineHasItsFrameTime()
{
    const Opened o = open(m_root / "a/ultrasound/dicom/DEMO-0001/cine01.dcm");
    const image::SourceInfo& info = o.reader->info();
    QCOMPARE(info.frames, 3);
    QCOMPARE(info.transferSyntax, std::string("1.2.840.10008.1.2.4.50"));
    QVERIFY(!info.frameTimesMs.empty());
    QCOMPARE(info.frameTimesMs.front(), 40.0);
    QVERIFY(!info.frameTimeAssumed);
    QVERIFY(info.lossy);
    QVERIFY(o.reader->frame(0).bytes().size() == std::size_t{640 * 480});
    QVERIFY(!std::ranges::equal(o.reader->frame(0).bytes(), o.reader->frame(2).bytes()));
}

void TestDemoFiles::ctIsInHounsfield()
{
    const Opened o = open(m_root / "a/ct/dicom/DEMO-CT-0001/002.dcm");
    const image::SourceInfo& info = o.reader->info();
    QCOMPARE(info.modality, std::string("CT"));
    QCOMPARE(info.rescale.intercept, -1024.0);
    QVERIFY(info.isSigned && info.bitsAllocated == 16);
    QVERIFY(info.geometry && info.spacing);
    QVERIFY(info.spacing->rowMm > 0.7 && info.spacing->rowMm < 0.85);
    QVERIFY(!info.windows.empty());
    QCOMPARE(info.windows.front().centre, 50.0);
    QCOMPARE(info.windows.front().width, 320.0);
    const image::Image frame = o.reader->frame(0);
    QVERIFY(frame.modality(2, 2) < -900.0);    // Air in the corner.
    QVERIFY(frame.modality(270, 283) > 80.0);  // The aorta.
    // The centre of the picture is the z axis: position + half the extent = 0.
    QVERIFY(std::abs(info.geometry->position[0] + 255.5 * info.spacing->columnMm) < 1e-6);
    const Opened above = open(m_root / "a/ct/dicom/DEMO-CT-0001/003.dcm");
    QVERIFY(std::abs(above.reader->info().geometry->position[2] - info.geometry->position[2] - 5.0) < 1e-9);
}

void TestDemoFiles::storagesGiveTheSamePixels_data()
{
    QTest::addColumn<int>("storage");
    QTest::addColumn<QString>("syntax");
    QTest::newRow("JPEG 2000") << int(Storage::Jpeg2000Lossless) << "1.2.840.10008.1.2.4.90";
    QTest::newRow("RLE") << int(Storage::Rle) << "1.2.840.10008.1.2.5";
}

void TestDemoFiles::storagesGiveTheSamePixels()
{
    QFETCH(int, storage);
    QFETCH(QString, syntax);
    SeriesShape shape{2, 96, 80, Storage::Uncompressed, 7};
    const fs::path plain = m_root / "plain", packed = m_root / syntax.toStdString();
    writeCtSeries(plain, shape);
    shape.storage = static_cast<Storage>(storage);
    writeCtSeries(packed, shape);
    const Opened a = open(plain / "0002.dcm"), b = open(packed / "0002.dcm");
    QCOMPARE(b.reader->info().transferSyntax, syntax.toStdString());
    QCOMPARE(a.reader->pixelSha256(), b.reader->pixelSha256());
    QVERIFY(a.reader->frame(0).modality(40, 30) > -150.0);
}

void TestDemoFiles::jpegCineIsMarkedLossy()
{
    const fs::path file = m_root / "cine.dcm";
    writeUltrasoundCine(file, {5, 120, 160, Storage::JpegBaseline, 7});
    const Opened o = open(file);
    QCOMPARE(o.reader->info().frames, 5);
    QVERIFY(o.reader->info().lossy);
    QCOMPARE(o.reader->frame(4).width, 160);
}

void TestDemoFiles::manyStudiesAreManyPatients()
{
    const DemoSummary summary = writeManyStudies(m_root / "many", 5);
    QCOMPARE(summary.files, std::int64_t{10});
    std::set<std::string> patients, studies;
    for (const auto& entry : fs::recursive_directory_iterator(m_root / "many")) {
        if (entry.is_regular_file()) {
            const Opened o = open(entry.path());
            patients.insert(o.reader->info().patient.id);
            studies.insert(o.reader->info().studyUid);
        }
    }
    QCOMPARE(patients.size(), std::size_t{5});
    QCOMPARE(studies.size(), std::size_t{5});
}

QTEST_GUILESS_MAIN(TestDemoFiles)
#include "test_demo_files.moc"
