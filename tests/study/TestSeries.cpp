// SPDX-License-Identifier: GPL-3.0-or-later
#include "study/Series.h"
#include "base/Rng.h"
#include "support/ErrorOf.h"

#include <QVector>
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

using namespace diascope;
using study::Instance;
using study::Series;

namespace {

/// One CT slice of patient P1, 1 mm pixels, at height `z`; its file is named by its number.
Instance slice(int number, double z)
{
    Instance instance;
    instance.file = "study/s" + std::to_string(number);
    image::SourceInfo& info = instance.info;
    info.kind = "dicom";
    info.modality = "CT";
    info.frames = 1;
    info.instanceNumber = number;
    info.seriesUid = "1.2.3";
    info.studyUid = "1.2";
    info.sopInstanceUid = "1.2.3." + std::to_string(number);
    info.seriesDescription = "Abdomen";
    info.patient.id = "P1";
    info.patient.name = "Made^Up";
    info.spacing = image::Spacing{1.0, 1.0, image::Spacing::Source::PixelSpacing};
    info.geometry = image::Geometry{{0, 0, z}, {1, 0, 0}, {0, 1, 0}};
    return instance;
}

Instance picture(const std::string& file)
{
    Instance instance;
    instance.file = file;
    instance.info.kind = "png";
    instance.info.frames = 1;
    return instance;
}

QByteArray names(const Series& series)
{
    QByteArray text;
    for (const Instance& instance : series.instances) {
        text += (text.isEmpty() ? "" : " ") + tests::bytes(instance.file.filename().string());
    }
    return text;
}

QByteArray problems(const Series& series)
{
    QByteArray text;
    for (const auto& problem : series.problems) {
        text += tests::bytes(problem.detail) + "\n";
    }
    return text;
}

} // namespace

class TestSeries : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void naturalOrder_data()
    {
        QTest::addColumn<QString>("first");
        QTest::addColumn<QString>("second");
        QTest::newRow("numbers by value") << "img2" << "img10";
        QTest::newRow("case does not count") << "a2" << "B1";
        QTest::newRow("prefix first") << "img" << "img1";
        QTest::newRow("digits before letters") << "img1" << "imga";
        QTest::newRow("later number") << "s1_f9" << "s1_f10";
        QTest::newRow("leading zeros equal in value") << "img01" << "img1";
        QTest::newRow("leading zeros smaller") << "img009" << "img10";
        QTest::newRow("longer than 64 bits") << "i99999999999999999999998" << "i99999999999999999999999";
    }
    void naturalOrder()
    {
        QFETCH(QString, first);
        QFETCH(QString, second);
        QVERIFY(study::naturalLess(first.toStdString(), second.toStdString()));
        QVERIFY(!study::naturalLess(second.toStdString(), first.toStdString()));
        QVERIFY(!study::naturalLess(first.toStdString(), first.toStdString()));
    }

    void slicesGoAlongTheNormal()
    {
        const auto all = study::groupIntoSeries({slice(1, 30), slice(2, 10), slice(3, 0), slice(4, 20)});
        QCOMPARE(all.size(), std::size_t{1});
        QVERIFY(all[0].sortedByGeometry);
        QCOMPARE(names(all[0]), QByteArray("s3 s2 s4 s1"));
        QCOMPARE(problems(all[0]), QByteArray());
        QCOMPARE(all[0].title, std::string("Abdomen, CT, 4 images"));
    }

    void obliqueStackIsSortedAlongItsOwnNormal()
    {
        // Coronal: rows to the left, columns to the feet, so that the normal (row x column) points to the back (+y).
        std::vector<Instance> instances;
        for (const int i : {2, 0, 3, 1}) {
            Instance instance = slice(i, 0);
            instance.info.geometry = image::Geometry{{100.0 - i, 5.0 * i, 50.0}, {1, 0, 0}, {0, 0, -1}};
            instances.push_back(instance);
        }
        QCOMPARE(names(study::groupIntoSeries(instances)[0]), QByteArray("s0 s1 s2 s3"));
    }

    void gaps_data()
    {
        QTest::addColumn<QVector<double>>("heights");
        QTest::addColumn<QByteArray>("expected");
        QTest::newRow("even") << QVector<double>{0, 5, 10, 15} << QByteArray();
        QTest::newRow("just under 1.5") << QVector<double>{0, 5, 10, 17.4} << QByteArray("mixed: from 5 mm to 7.4 mm");
        QTest::newRow("one missing") << QVector<double>{0, 5, 15, 20, 25} << QByteArray("between image 2 and 3: 10 mm apart instead of 5 mm");
        QTest::newRow("one of two gaps") << QVector<double>{0, 5, 15} << QByteArray("between image 2 and 3");
        QTest::newRow("mixed spacing") << QVector<double>{0, 5, 10, 13, 18} << QByteArray("mixed: from 3 mm to 5 mm");
        QTest::newRow("two phases at each place") << QVector<double>{0, 0, 5, 5, 10, 10} << QByteArray();
        QTest::newRow("rounding of a writer") << QVector<double>{0, 0.6999, 1.4, 2.1001} << QByteArray();
        QTest::newRow("two slices say nothing") << QVector<double>{0, 50} << QByteArray();
    }
    void gaps()
    {
        QFETCH(QVector<double>, heights);
        QFETCH(QByteArray, expected);
        std::vector<Instance> instances;
        for (const double z : heights) {
            instances.push_back(slice(static_cast<int>(instances.size()) + 1, z));
        }
        const auto all = study::groupIntoSeries(instances);
        QVERIFY2(expected.isEmpty() ? problems(all[0]).isEmpty() : problems(all[0]).contains(expected), problems(all[0]));
    }

    void manyGapsAreCounted()
    {
        std::vector<Instance> instances;
        for (int i = 0; i < 40; ++i) {
            instances.push_back(slice(i, i < 20 ? i : 20 + 3 * (i - 20)));
        }
        instances.push_back(slice(41, -1.0)); // 20 gaps of 1, 19 of 3
        const auto all = study::groupIntoSeries(instances);
        QVERIFY2(problems(all[0]).contains("more places"), problems(all[0]));
        QCOMPARE(all[0].problems.size(), std::size_t{6});
    }

    void oddOrientationFallsBackToNumbers()
    {
        Instance localizer = slice(2, 0);
        localizer.info.geometry->columnDirection = {0, 0, -1};
        const auto all = study::groupIntoSeries({slice(3, 0), localizer, slice(1, 10)});
        QVERIFY(!all[0].sortedByGeometry);
        QCOMPARE(names(all[0]), QByteArray("s1 s2 s3"));
        QVERIFY2(problems(all[0]).contains("an odd orientation: 1 of 3"), problems(all[0]));
    }

    void unusableGeometryFallsBackToNumbers_data()
    {
        QTest::addColumn<double>("x");
        QTest::newRow("not a number") << std::nan("");
        QTest::newRow("infinite") << std::numeric_limits<double>::infinity();
        QTest::newRow("zero direction") << 0.0;
        QTest::newRow("not unit") << 3.0;
    }
    void unusableGeometryFallsBackToNumbers()
    {
        QFETCH(double, x);
        Instance bad = slice(2, 0);
        bad.info.geometry->rowDirection[0] = x;
        const auto all = study::groupIntoSeries({slice(3, -5), bad, slice(1, 10)});
        QVERIFY(!all[0].sortedByGeometry);
        QCOMPARE(names(all[0]), QByteArray("s1 s2 s3"));
    }

    void withoutNumbersByName()
    {
        const auto all = study::groupIntoSeries({picture("kidney/img10.png"), picture("kidney/img2.png"), picture("kidney/img1.png")});
        QCOMPARE(all.size(), std::size_t{1});
        QCOMPARE(names(all[0]), QByteArray("img1.png img2.png img10.png"));
        QCOMPARE(all[0].title, std::string("kidney, 3 images"));
        QVERIFY(all[0].patient.empty());
    }

    void picturesOfTwoFoldersAreTwoSeries()
    {
        const auto all = study::groupIntoSeries({picture("b/x.png"), picture("a/y.png"), picture("b/z.png")});
        QCOMPARE(all.size(), std::size_t{2});
        QCOMPARE(all[0].title, std::string("a, 1 image"));
        QCOMPARE(all[1].title, std::string("b, 2 images"));
        QVERIFY(all[0].key != all[1].key);
    }

    void twoPatientsAreNeverMerged_data()
    {
        QTest::addColumn<QString>("id");
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("birthDate");
        QTest::newRow("other id") << "P2" << "Made^Up" << "";
        QTest::newRow("other name") << "P1" << "Other^Person" << "";
        QTest::newRow("other birth date") << "P1" << "Made^Up" << "19700101";
        QTest::newRow("unknown") << "" << "" << "";
    }
    void twoPatientsAreNeverMerged()
    {
        QFETCH(QString, id);
        QFETCH(QString, name);
        QFETCH(QString, birthDate);
        Instance other = slice(2, 5);
        other.info.patient.id = id.toStdString();
        other.info.patient.name = name.toStdString();
        other.info.patient.birthDate = birthDate.toStdString();
        other.info.sopInstanceUid = "1.2.3.1"; // even with the same image identifier
        const auto all = study::groupIntoSeries({slice(1, 0), other, slice(3, 10)});
        QCOMPARE(all.size(), std::size_t{2});
        for (const Series& series : all) {
            QVERIFY2(problems(series).contains("another patient has a series with the same identifier"), problems(series));
            QVERIFY2(problems(series).contains("identifier of an image of another patient"), problems(series));
            QVERIFY(!problems(series).contains("Made") && !QByteArray::fromStdString(series.title).contains("Made"));
            for (const Instance& instance : series.instances) {
                QCOMPARE(instance.info.patient.id, series.patient.id);
                QCOMPARE(instance.info.patient.name, series.patient.name);
            }
        }
    }

    void doubledImagesAreReported()
    {
        Instance copy = slice(2, 5);
        copy.file = "study/copy";
        const auto all = study::groupIntoSeries({slice(1, 0), slice(2, 5), copy, slice(3, 10)});
        QCOMPARE(all[0].instances.size(), std::size_t{4});
        QVERIFY2(problems(all[0]).contains("1 images have the identifier of another image of this series"), problems(all[0]));
    }

    void mixedPixelSpacingIsReported()
    {
        Instance other = slice(2, 5);
        other.info.spacing->rowMm = 1.02;
        QVERIFY(problems(study::groupIntoSeries({slice(1, 0), other})[0]).contains("pixel spacing is mixed"));
        other.info.spacing.reset();
        QVERIFY(problems(study::groupIntoSeries({slice(1, 0), other})[0]).contains("pixel spacing is mixed"));
        other.info.spacing = image::Spacing{1.0000001, 1.0, image::Spacing::Source::PixelSpacing};
        QVERIFY(problems(study::groupIntoSeries({slice(1, 0), other})[0]).isEmpty());
    }

    void ultrasoundMayDifferFromImageToImage()
    {
        Instance shallow = slice(1, 0), deep = slice(2, 0);
        shallow.info.geometry.reset();
        deep.info.geometry.reset();
        shallow.info.spacing = image::Spacing{0.2, 0.2, image::Spacing::Source::UltrasoundRegion};
        deep.info.spacing = image::Spacing{0.4, 0.4, image::Spacing::Source::UltrasoundRegion};
        QVERIFY(problems(study::groupIntoSeries({shallow, deep})[0]).isEmpty());
    }

    void filesWithoutPixelsAreLeftOut()
    {
        Instance report = slice(9, 0);
        report.info.frames = 0;
        QVERIFY(study::groupIntoSeries({report}).empty());
        QCOMPARE(study::groupIntoSeries({report, slice(1, 0)})[0].instances.size(), std::size_t{1});
        QVERIFY(study::groupIntoSeries({}).empty());
    }

    void locateCountsFrames()
    {
        Instance clip = slice(2, 5);
        clip.info.frames = 10;
        const auto all = study::groupIntoSeries({slice(1, 0), clip, slice(3, 10)});
        const Series& series = all[0];
        QCOMPARE(series.imageCount(), 12);
        const auto is = [&series](int index, int instance, int frame) {
            const auto place = study::locate(series, index);
            return place.instance == instance && place.frame == frame;
        };
        QVERIFY(is(0, 0, 0) && is(1, 1, 0) && is(10, 1, 9) && is(11, 2, 0));
        for (const int index : {-1, 12, std::numeric_limits<int>::max(), std::numeric_limits<int>::min()}) {
            QCOMPARE(tests::codeName(tests::errorOf([&] { (void)study::locate(series, index); })), "usage");
        }
        clip.info.patient = {};
        QCOMPARE(study::groupIntoSeries({clip})[0].title, std::string("Abdomen, CT, 10 frames"));
    }

    void seriesAreOrderedByStudyNumberAndTitle()
    {
        const auto make = [](const char* uid, const char* date, int number, const char* description) {
            Instance instance = slice(1, 0);
            instance.info.seriesUid = uid;
            instance.info.studyDate = date;
            instance.info.studyUid = std::string("study") + date;
            instance.info.seriesNumber = number;
            instance.info.seriesDescription = description;
            return instance;
        };
        const auto all = study::groupIntoSeries({make("5", "20250102", 1, "late"), make("4", "20250101", 2, "b 10"),
                                                 make("3", "20250101", 2, "b 9"), make("2", "20250101", 10, "a")});
        QByteArray order;
        for (const Series& series : all) {
            order += tests::bytes(series.seriesUid);
        }
        QCOMPARE(order, QByteArray("3425"));
    }

    void orderDoesNotDependOnTheInput()
    {
        std::vector<Instance> instances;
        for (int i = 0; i < 60; ++i) {
            instances.push_back(slice(i, (i % 7) * 5.0));
            instances.back().info.seriesUid = std::to_string(i % 3);
        }
        const auto flat = [](const std::vector<Series>& all) {
            QByteArray text;
            for (const Series& series : all) {
                text += names(series) + tests::bytes(series.key) + problems(series);
            }
            return text;
        };
        const QByteArray expected = flat(study::groupIntoSeries(instances));
        base::Rng rng = base::Rng::stream(1, "order");
        for (int round = 0; round < 20; ++round) {
            rng.shuffle(instances);
            QCOMPARE(flat(study::groupIntoSeries(instances)), expected);
        }
    }
};

QTEST_APPLESS_MAIN(TestSeries)
#include "TestSeries.moc"
