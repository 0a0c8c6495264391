// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/CliRun.h"
#include "base/AtomicFile.h"
#include "base/Csv.h"
#include "base/Json.h"
#include "demo/Demo.h"
#include "support/SharedData.h"

#include <QTemporaryDir>
#include <QtTest>

using namespace diascope;

/// `diascope-cli audit`: the report on standard output and in a file, tables, exit codes.
class AuditCliTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void writesTheReport();
    void takesColumnsAndPlans();
    void drawsTheMapOfAPackage();
    void refusesBadArguments_data();
    void refusesBadArguments();
    void unreadablePicturesGiveExitCode3();
    void namesTheLeaksOfARealSet();

private:
    static tests::CliResult audit(const QStringList& arguments) { return tests::runCli(QStringList{QStringLiteral("audit")} + arguments); }
    QString path(const QString& name) const { return m_folder.filePath(name); }
    QTemporaryDir m_folder;
    QString m_table;
};

void AuditCliTest::initTestCase()
{
    demo::DemoConfig config;
    config.patients = 8;
    config.imagesPerPatient = 2;
    config.cineEvery = 0;
    config.ctPatients = 0;
    demo::writeDemo(path(QStringLiteral("demo")).toStdString(), config);
    m_table = path(QStringLiteral("demo/ultrasound/Train.csv"));
}

void AuditCliTest::writesTheReport()
{
    const auto result = audit({QStringLiteral("--data"), m_table, QStringLiteral("--out"),
        path(QStringLiteral("report.json")), QStringLiteral("--tables"), path(QStringLiteral("tables")),
        QStringLiteral("--floors"), QStringLiteral("--map"), QStringLiteral("quality")});
    QVERIFY2(result.code == 0, qPrintable(result.errors));
    const base::Json written
        = base::parseJson(base::readFile(path(QStringLiteral("report.json")).toStdString()), "report.json");
    QVERIFY(written == result.only());
    const std::size_t samples = base::readCsv(m_table.toStdString()).rows.size();
    QCOMPARE(written.at("samples").get<std::size_t>(), samples);
    QCOMPARE(written.at("pictures").size(), samples);
    QCOMPARE(written.at("map").at("places").size(), samples);
    QCOMPARE(written.at("floors").at("methods").size(), std::size_t{3});
    QCOMPARE(base::readCsv(path(QStringLiteral("tables/pictures.csv")).toStdString()).rows.size(), samples);
    QVERIFY(QFile::exists(path(QStringLiteral("tables/findings.csv"))));
}

void AuditCliTest::takesColumnsAndPlans()
{
    const auto table = base::readCsv(m_table.toStdString());
    base::writeFileAtomically(path(QStringLiteral("plan.yaml")).toStdString(),
        "data:\n  source: " + m_table.toStdString() + "\n  fixes:\n    - sample: " + table.rows[0][0]
            + "\n      fix: exclude\n");
    const auto fixed = audit(
        {QStringLiteral("--plan"), path(QStringLiteral("plan.yaml")), QStringLiteral("--map"), QStringLiteral("none")});
    QVERIFY2(fixed.code == 0, qPrintable(fixed.errors));
    QCOMPARE(fixed.only().at("samples").get<std::size_t>(), table.rows.size() - 1);
    QVERIFY(fixed.only().at("map").at("reason") == "not asked for");
    const auto named = audit({QStringLiteral("--data"), m_table, QStringLiteral("--label-column"),
        QString::fromStdString(table.header[1]), QStringLiteral("--map"), QStringLiteral("none")});
    QVERIFY2(named.code == 0, qPrintable(named.errors));
}

void AuditCliTest::drawsTheMapOfAPackage()
{
    const QString package = qEnvironmentVariable("DIASCOPE_SOURCE") + QStringLiteral("/models/demo-kidney-ultrasound.safetensors");
    const auto result = audit({QStringLiteral("--data"), m_table, QStringLiteral("--package"), package});
    QVERIFY2(result.code == 0, qPrintable(result.errors));
    const base::Json& map = result.only().at("map");
    QVERIFY(map.at("features") == "embedding" && map.at("package").at("sha256").is_string());
    QCOMPARE(map.at("places").size(), result.only().at("samples").get<std::size_t>());
    std::size_t alone = 0;
    for (const base::Json& place : map.at("places")) {
        alone += place.at("cluster") == -1 ? 1 : 0;
    }
    QCOMPARE(map.at("outliers").size(), alone);
    const auto pixels = audit({QStringLiteral("--data"), m_table});
    QVERIFY(pixels.only().at("map").at("features") == "pixels" && pixels.only().at("map").at("places") != map.at("places"));
}

void AuditCliTest::refusesBadArguments_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<int>("code");
    QTest::newRow("no data") << QStringList() << 2;
    QTest::newRow("missing data") << QStringList{QStringLiteral("--data"), QStringLiteral("no-such.csv")} << 3;
    QTest::newRow("unknown map") << QStringList{QStringLiteral("--data"), QStringLiteral("x"), QStringLiteral("--map"),
        QStringLiteral("umap")} << 2;
    QTest::newRow("embedding of nothing") << QStringList{QStringLiteral("--data"), QStringLiteral("x"),
        QStringLiteral("--map"), QStringLiteral("embedding")} << 2;
    QTest::newRow("package and another map") << QStringList{QStringLiteral("--data"), QStringLiteral("x"),
        QStringLiteral("--package"), QStringLiteral("p"), QStringLiteral("--map"), QStringLiteral("pixels")} << 2;
    QTest::newRow("no such package") << QStringList{QStringLiteral("--data"), m_table, QStringLiteral("--package"),
        QStringLiteral("none.safetensors")} << 3;
    QTest::newRow("eps of 0") << QStringList{QStringLiteral("--data"), QStringLiteral("x"), QStringLiteral("--eps"),
        QStringLiteral("0")} << 2;
    QTest::newRow("help") << QStringList{QStringLiteral("--help")} << 0;
}

void AuditCliTest::refusesBadArguments()
{
    QFETCH(QStringList, arguments);
    QFETCH(int, code);
    QCOMPARE(audit(arguments).code, code);
    const auto column
        = audit({QStringLiteral("--data"), m_table, QStringLiteral("--label-column"), QStringLiteral("nowhere")});
    QCOMPARE(column.code, 2);
}

void AuditCliTest::unreadablePicturesGiveExitCode3()
{
    const auto table = base::readCsv(m_table.toStdString());
    QVERIFY(QDir().mkpath(path(QStringLiteral("broken/a"))) && QDir().mkpath(path(QStringLiteral("broken/b"))));
    for (int i = 0; i < 8; ++i) {
        QImage picture(40, 40, QImage::Format_Grayscale8);
        for (int p = 0; p < 1600; ++p) {
            picture.scanLine(p / 40)[p % 40] = static_cast<uchar>((p * (i + 3)) % 251);
        }
        QVERIFY(picture.save(path(QStringLiteral("broken/%1/%2.png").arg(QLatin1Char(i % 2 == 0 ? 'a' : 'b')).arg(i))));
    }
    base::writeFileAtomically(path(QStringLiteral("broken/a/cut.png")).toStdString(), std::string("\x89PNG\r\n\x1a\n"));
    const auto result = audit({QStringLiteral("--data"), path(QStringLiteral("broken"))});
    QVERIFY2(result.code == 3, qPrintable(result.errors));
    QCOMPARE(result.only().at("unreadable").get<int>(), 1);
    QCOMPARE(result.only().at("samples").get<int>(), 9);
}

void AuditCliTest::namesTheLeaksOfARealSet()
{
    const auto folder = tests::sharedData("data/ct_kidney4_leaky");
    if (folder.empty()) {
        QSKIP("the reference data are not here (set DIASCOPE_SHARED)");
    }
    const auto result = audit({QStringLiteral("--data"), QString::fromStdString(folder.string()), QStringLiteral("--map"),
        QStringLiteral("none")});
    QVERIFY2(result.code == 0, qPrintable(result.errors));
    std::size_t leaks = 0;
    for (const base::Json& finding : result.only().at("findings")) {
        leaks = finding.at("code") == "leak-across-parts" ? finding.at("samples").size() : leaks;
    }
    QCOMPARE(leaks, std::size_t{39});
    QVERIFY(result.errors.contains(QStringLiteral("39 samples of the validation and test parts")));
}

QTEST_GUILESS_MAIN(AuditCliTest)
#include "AuditCliTest.moc"
