// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/SourceInfo.h"

#include <QTest>

#include <cmath>

using namespace diascope;
using namespace diascope::image;

namespace {

SourceInfo fullInfo()
{
    SourceInfo info;
    info.kind = "dicom";
    info.modality = "US";
    info.transferSyntax = "1.2.840.10008.1.2.4.50";
    info.photometric = "YBR_FULL_422";
    info.rows = 600;
    info.columns = 800;
    info.frames = 30;
    info.samplesPerPixel = 3;
    info.bitsAllocated = 16;
    info.bitsStored = 12;
    info.isSigned = true;
    info.spacing = Spacing{0.25, 0.5, Spacing::Source::UltrasoundRegion};
    info.lossy = true;
    info.lossyMethod = "JPEG 10:1";
    info.frameTimesMs = {33.3, 40.0};
    info.frameTimeAssumed = true;
    info.windows = {{40.0, 400.0, "Abdomen"}, {0.5, 1.0, "S", Window::Function::Sigmoid}, {1.0, 2.0, "", Window::Function::LinearExact}};
    info.rescale.slope = 2.0;
    info.rescale.intercept = -1024.0;
    info.rescale.unit = "HU";
    info.geometry = Geometry{{1.5, -2.5, 3.0}, {0.0, 1.0, 0.0}, {0.0, 0.0, -1.0}};
    info.regions = {{10, 20, 300, 400, 3, 1, 2, 3, 4, 0.01, 0.02}};
    info.sopClassUid = "1.1";
    info.sopInstanceUid = "1.2";
    info.seriesUid = "1.3";
    info.studyUid = "1.4";
    info.frameOfReferenceUid = "1.5";
    info.studyDescription = "Kidney";
    info.seriesDescription = "Left \xC3\xA9";
    info.studyDate = "20260131";
    info.studyTime = "120000";
    info.manufacturer = "Maker";
    info.bodyPart = "KIDNEY";
    info.laterality = "L";
    info.patientOrientation = "L\\P";
    info.seriesNumber = 4;
    info.instanceNumber = 17;
    info.sliceThicknessMm = 1.25;
    info.patient = {"Phantom^Test", "P1", "19700101", "O", "056Y"};
    info.problems = {{base::ErrorCode::Malformed, "file", "odd length"}, {base::ErrorCode::OutOfMemory, "x", "y"}};
    return info;
}

} // namespace

class SourceInfoTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void writesTheKeysOfTheCommandLineFirst()
    {
        const base::Json json = toJson(fullInfo());
        const std::vector<std::string> wanted{"kind", "modality", "transferSyntax", "photometric", "rows", "columns", "frames",
                                              "samplesPerPixel", "bitsAllocated", "bitsStored", "signed", "spacingMm", "lossy",
                                              "frameTimesMs", "problems"};
        auto it = json.begin();
        for (const std::string& key : wanted) {
            QCOMPARE(it.key(), key);
            ++it;
        }
        QCOMPARE(json["spacingMm"].dump(), std::string("[0.25,0.5]"));
        QCOMPARE(json["problems"][1]["code"].get<std::string>(), std::string("out-of-memory"));
        QVERIFY(toJson(SourceInfo{})["spacingMm"].is_null());
    }
    void readsBackWhatItWrote()
    {
        const SourceInfo before = fullInfo();
        const base::Json written = toJson(before);
        // Through text, as between the processes; the extra key is the one that `info` adds.
        base::Json received = base::Json::parse(written.dump());
        received["input"] = "a file";
        const SourceInfo after = sourceInfoFromJson(received);
        QCOMPARE(toJson(after).dump(), written.dump());
        QCOMPARE(after.kind, before.kind);
        QCOMPARE(after.rows, 600);
        QCOMPARE(after.isSigned, true);
        QVERIFY(after.spacing.has_value());
        QCOMPARE(after.spacing->rowMm, 0.25);
        QCOMPARE(after.spacing->columnMm, 0.5);
        QCOMPARE(after.spacing->source, Spacing::Source::UltrasoundRegion);
        QCOMPARE(after.frameTimesMs, before.frameTimesMs);
        QCOMPARE(after.windows.size(), std::size_t{3});
        QVERIFY(after.windows == before.windows);
        QCOMPARE(after.rescale.intercept, -1024.0);
        QCOMPARE(after.rescale.unit, before.rescale.unit);
        QVERIFY(after.geometry.has_value());
        QCOMPARE(after.geometry->columnDirection[2], -1.0);
        QCOMPARE(after.regions.size(), std::size_t{1});
        QCOMPARE(after.regions[0].y1, 400);
        QCOMPARE(after.regions[0].deltaY, 0.02);
        QCOMPARE(after.patient.name, before.patient.name);
        QCOMPARE(after.patient.age, before.patient.age);
        QCOMPARE(after.instanceNumber, 17);
        QCOMPARE(after.patientOrientation, before.patientOrientation);
        QCOMPARE(after.problems.size(), std::size_t{2});
        QCOMPARE(after.problems[1].code, base::ErrorCode::OutOfMemory);
    }
    void roundTripsEmptyInformation()
    {
        const base::Json written = toJson(SourceInfo{});
        QCOMPARE(toJson(sourceInfoFromJson(written)).dump(), written.dump());
        QVERIFY(!sourceInfoFromJson(written).geometry.has_value());
    }
    void leavesOutWhatIsNotANumber()
    {
        SourceInfo info = fullInfo();
        info.windows[0].width = std::nan("");
        info.spacing->rowMm = INFINITY;
        info.regions[0].deltaX = std::nan("");
        info.rescale.slope = std::nan("");
        const SourceInfo after = sourceInfoFromJson(base::Json::parse(toJson(info).dump()));
        QCOMPARE(after.windows.size(), std::size_t{2});
        QVERIFY(!after.spacing.has_value());
        QVERIFY(after.regions.empty());
        QCOMPARE(after.rescale.slope, 1.0);
    }
    void refusesWhatDoesNotFit_data()
    {
        QTest::addColumn<QString>("patch");
        QTest::newRow("wrong type") << R"({"rows":"many"})";
        QTest::newRow("short spacing") << R"({"spacingMm":[1]})";
        QTest::newRow("list") << R"({"windows":{"centre":1}})";
        QTest::newRow("function") << R"({"windows":[{"centre":1,"width":2,"function":"CUBIC"}]})";
        QTest::newRow("code") << R"({"problems":[{"code":"wrong"}]})";
        QTest::newRow("source") << R"({"spacingMm":[1,1],"spacingSource":"guess"})";
        QTest::newRow("geometry") << R"({"geometry":{"position":[1,2,3]}})";
    }
    void refusesWhatDoesNotFit()
    {
        QFETCH(QString, patch);
        base::Json json = toJson(fullInfo());
        json.update(base::Json::parse(patch.toStdString()));
        try {
            (void)sourceInfoFromJson(json);
            QFAIL("read");
        } catch (const base::Error& e) {
            QCOMPARE(e.code(), base::ErrorCode::Malformed);
        }
    }
};

QTEST_APPLESS_MAIN(SourceInfoTest)
#include "SourceInfoTest.moc"
