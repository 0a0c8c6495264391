// SPDX-License-Identifier: GPL-3.0-or-later
#include "dataset/Dataset.h"
#include "dataset/TinyDicom.h"
#include "dataset/TinyFiles.h"
#include "decode/DecoderPool.h"
#include "image/SourceInfo.h"

#include <QTest>

using namespace diascope;
using dataset::Characteristics;
using tests::TinyFiles;

/// Sex, age and manufacturer from DICOM headers, and nothing that names a person.
class CharacteristicsTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void fromHeaders_data();
    void fromHeaders();
    void eachOnce();
    void ofADataset();
    void plainPicturesHaveNone();

private:
    decode::DecoderPool m_pool{decode::PoolConfig{}};
};

void CharacteristicsTest::fromHeaders_data()
{
    QTest::addColumn<QStringList>("header"); // sex, age, birth date, study date, manufacturer
    QTest::addColumn<QStringList>("found");  // sex, age, manufacturer
    QTest::newRow("all there") << QStringList{"F", "045Y", "", "", "ACME"} << QStringList{"F", "45", "ACME"};
    QTest::newRow("padded") << QStringList{"m ", "045Y", "", "", " ACME  Medical "} << QStringList{"M", "45", "ACME Medical"};
    QTest::newRow("a baby") << QStringList{"O", "011M", "", "", ""} << QStringList{"O", "0", ""};
    QTest::newRow("days") << QStringList{"", "400D", "", "", ""} << QStringList{"", "1", ""};
    QTest::newRow("from the dates") << QStringList{"", "", "19700602", "20200601", ""} << QStringList{"", "49", ""};
    QTest::newRow("the age goes before the dates")
        << QStringList{"", "030Y", "19700602", "20200601", ""} << QStringList{"", "30", ""};
    QTest::newRow("an age that is none") << QStringList{"", "30 Y", "19700601", "20200601", ""} << QStringList{"", "50", ""};
    QTest::newRow("no unit") << QStringList{"", "30", "", "", ""} << QStringList{"", "", ""};
    QTest::newRow("very old") << QStringList{"", "103Y", "", "", ""} << QStringList{"", "90", ""};
    QTest::newRow("impossible") << QStringList{"", "999Y", "", "", ""} << QStringList{"", "", ""};
    QTest::newRow("born after the study") << QStringList{"", "", "20300101", "20200601", ""} << QStringList{"", "", ""};
    QTest::newRow("a sex that is none") << QStringList{"female", "", "", "", ""} << QStringList{"", "", ""};
}

void CharacteristicsTest::fromHeaders()
{
    QFETCH(QStringList, header);
    QFETCH(QStringList, found);
    image::SourceInfo info;
    info.patient.sex = header[0].toStdString();
    info.patient.age = header[1].toStdString();
    info.patient.birthDate = header[2].toStdString();
    info.studyDate = header[3].toStdString();
    info.manufacturer = header[4].toStdString();
    const auto cells = dataset::characteristicsOf(info).cells();
    for (int c = 0; c < 3; ++c) {
        QCOMPARE(QString::fromStdString(cells[static_cast<std::size_t>(c)]), found[c]);
    }
}

void CharacteristicsTest::eachOnce()
{
    dataset::CharacteristicsList list;
    QCOMPARE(list.add({}), -1);
    QCOMPARE(list.add({"F", "45", "ACME"}), 0);
    QCOMPARE(list.add({"F", "45", "Acme"}), 0); // the same manufacturer
    QCOMPARE(list.add({"M", "45", "acme"}), 1);
    QCOMPARE(list.all()[1].manufacturer, std::string("ACME"));
}

void CharacteristicsTest::ofADataset()
{
    const TinyFiles files;
    std::string table = "image,label\n";
    for (int i = 0; i < 6; ++i) {
        const std::string name = "slice" + std::to_string(i) + ".dcm";
        tests::writeSlice(files.root() / name,
            {.patient = "P" + std::to_string(i), .sex = i % 2 == 0 ? "F" : "M", .age = i == 5 ? "" : "04" + std::to_string(i) + "Y",
                .birthDate = i == 5 ? "19500101" : ""});
        table += name + "," + (i < 3 ? "a" : "b") + "\n";
    }
    const auto data = dataset::readDataset({.path = files.text("labels.csv", table)}, m_pool);
    QCOMPARE(data.samples.size(), std::size_t{6});
    QCOMPARE(data.characteristicsOf(data.samples[1]).sex, std::string("M"));
    QCOMPARE(data.characteristicsOf(data.samples[4]).age, std::string("44"));
    QCOMPARE(data.characteristicsOf(data.samples[5]).age, std::string("70"));
    QVERIFY(!data.characteristicsOf(data.samples[0]).manufacturer.empty());
    const auto part = dataset::partOf(data, {4, 1});
    QCOMPARE(part.characteristicsOf(part.samples[1]).sex, std::string("M"));
    const base::CsvTable shown = dataset::characteristicsTable(data);
    QCOMPARE(shown.header, (std::vector<std::string>{"sample", "sex", "age", "manufacturer"}));
    QCOMPARE(shown.rows[4][0], data.samples[4].id);
    QCOMPARE(shown.rows[4][2], std::string("44"));
}

void CharacteristicsTest::plainPicturesHaveNone()
{
    const TinyFiles files;
    files.picture("a/one.png", 20);
    files.picture("b/two.png", 90);
    const auto data = dataset::readDataset({.path = files.root()}, m_pool);
    QVERIFY(data.characteristics.empty() && !data.characteristicsOf(data.samples[0]).any());
    QCOMPARE(dataset::characteristicsTable(data).header, (std::vector<std::string>{"sample"}));
}

QTEST_GUILESS_MAIN(CharacteristicsTest)
#include "CharacteristicsTest.moc"
