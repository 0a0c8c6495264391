// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/CliRun.h"
#include "base/AtomicFile.h"
#include "base/Csv.h"
#include "base/Json.h"
#include "demo/Demo.h"
#include "metrics/GoldenSet.h"

#include <QTemporaryDir>
#include <QtTest>

using namespace diascope;

/// `evaluate` as scripts see it: keys, files and exit codes.
class EvaluateCliTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(m_folder.isValid());
        const tests::GoldenSet g20;
        std::string table = "sample,label,score,sex\n", run = "sample,group,label,repeat,fold,role,p_0,p_1\n",
                    other = "image,sex\n";
        for (std::size_t i = 0; i < 20; ++i) {
            const std::string label = std::to_string(g20.labels[i]), score = std::to_string(g20.scores[i]),
                              name = "s" + std::to_string(i);
            const std::string sex = i % 2 == 0 ? "F" : "M";
            table += name + "," + label + "," + score + "," + sex + "\n";
            run += name + ",g" + name + "," + label + ",0," + std::to_string(i % 2) + ",validation,"
                + std::to_string(1.0 - g20.scores[i]) + "," + score + "\n";
            other += name + ".png," + sex + "\n";
        }
        write("table.csv", table);
        write("bad-row.csv", table + "s20,1,NaN,F\n");
        write("sexes.csv", other);
        QVERIFY(QDir(m_folder.path()).mkpath("run"));
        write("run/oof.csv", run);
        write("run/result.json", R"({"threshold":0.5,"thresholdLocked":true})");
    }

    void predictions()
    {
        const auto result = evaluate({"--predictions", path("table.csv"), "--threshold", "0.5", "--subgroup", "sex",
            "--bootstrap", "100", "--out", path("report")});
        QVERIFY2(result.code == 0, qPrintable(result.errors));
        const auto& auc = result.only()["metrics"]["auc"];
        QVERIFY(std::abs(auc["value"].get<double>() - 91.0 / 99.0) < 1e-9 && auc["low"].is_number()
            && auc["high"].is_number() && auc["n"] == 20);
        QVERIFY(auc["method"].is_string() && result.only()["perGroup"]["sex"].size() == 2
            && result.only()["threshold"]["source"] == "given");
        QVERIFY(QFile::exists(path("report/index.html")) && QFile::exists(path("report/evaluation.json"))
            && QFile::exists(path("report/claim-2024.md")));
    }

    void aRun()
    {
        const auto result = evaluate(
            {"--run", path("run"), "--bootstrap", "50", "--subgroup", "sex", "--subgroup-table", path("sexes.csv")});
        QVERIFY2(result.code == 0, qPrintable(result.errors));
        QVERIFY(result.only()["part"] == "out-of-fold" && result.only()["threshold"]["optimistic"] == true
            && result.only()["perFold"].size() == 2);
        QVERIFY(result.only()["perGroup"]["sex"].size() == 2 && result.errors.contains(QStringLiteral("optimistic")));
    }

    /// A package on DICOM files: subgroups of the headers unasked, floors on the very pictures.
    void aPackageOnDicom()
    {
        const auto table = dicomTable();
        const auto result = evaluate({"--package", package(), "--data", table, "--bootstrap", "60", "--out", path("dicom report")});
        QVERIFY2(result.code == 0, qPrintable(result.errors));
        const auto& groups = result.only()["perGroup"];
        QVERIFY(groups["sex"].size() == 2 && groups["age"].size() >= 2 && groups["manufacturer"].size() == 1);
        const auto& floors = result.only()["floors"];
        QVERIFY(floors["methods"].size() == 3 && floors["on"].get<std::string>().find("trained on these very pictures") != std::string::npos);
        QVERIFY(floors["methods"][0]["modelMinusMethod"][1]["difference"]["n"] == result.only()["n"]);
        QVERIFY(QFile::exists(path("dicom report/floors.csv")));
        const auto none = evaluate({"--package", package(), "--data", table, "--no-floors", "--bootstrap", "0"});
        QVERIFY2(none.only()["floors"]["on"] == "none: switched off with --no-floors", qPrintable(none.errors));
    }

    void predictionsWithAndWithoutPictures()
    {
        const auto table = dicomTable();
        base::CsvTable labels = base::readCsv(table.toStdString());
        std::string text = "sample,label,score\n";
        for (std::size_t i = 0; i < labels.rows.size(); ++i) {
            text += labels.rows[i][0] + "," + (labels.rows[i][1] == "normal" ? "0" : "1") + ",0." + std::to_string(1 + i * 7 % 9) + "\n";
        }
        write("answers.csv", text);
        const auto with = evaluate({"--predictions", path("answers.csv"), "--images", QFileInfo(table).path(), "--bootstrap", "60"});
        QVERIFY2(with.code == 0, qPrintable(with.errors));
        QCOMPARE(with.only()["floors"]["methods"].size(), std::size_t{3});
        const auto without = evaluate({"--predictions", path("answers.csv"), "--bootstrap", "60"});
        QVERIFY2(without.code == 0, qPrintable(without.errors));
        const auto& floors = without.only()["floors"];
        QVERIFY(floors["methods"].size() == 1 && floors["methods"][0]["name"] == "majority");
        QVERIFY2(floors["on"].get<std::string>().find("--images") != std::string::npos, floors["on"].get<std::string>().c_str());
    }

    void howManyCases()
    {
        const auto result = evaluate(
            {"--expected-proportion", "0.5", "--expected-auc", "0.85", "--width", "0.1", "--prevalence", "0.3"});
        QVERIFY(result.code == 0 && result.only()["requiredN"]["proportion"]["n"] == 381
            && result.only()["requiredN"]["auc"]["nObuchowski"].get<int>() > 100);
    }

    void exitCodes_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<int>("code");
        QTest::addColumn<QString>("words");
        QTest::newRow("nothing named") << QStringList() << 2 << "--predictions";
        QTest::newRow("both named") << QStringList{"--predictions", path("table.csv"), "--run", path("run")} << 2
                                    << "more than one";
        QTest::newRow("no such table") << QStringList{"--predictions", path("none.csv")} << 3 << "none.csv";
        QTest::newRow("no such run") << QStringList{"--run", path("none")} << 3 << "no such folder";
        QTest::newRow("no such column") << QStringList{"--predictions", path("table.csv"), "--subgroup", "sexx"} << 2
                                        << "nearest is 'sex'";
        QTest::newRow("no such class") << QStringList{"--predictions", path("table.csv"), "--positive", "7"} << 2
                                       << "7";
        QTest::newRow("not a threshold") << QStringList{"--predictions", path("table.csv"), "--threshold", "half"} << 2
                                         << "threshold";
        QTest::newRow("a bad row") << QStringList{"--predictions", path("bad-row.csv"), "--bootstrap", "0"} << 3
                                   << "row 22";
        QTest::newRow("columns of no table")
            << QStringList{"--run", path("run"), "--subgroup", "sex"} << 2 << "--subgroup-table";
    }
    void exitCodes()
    {
        QFETCH(QStringList, arguments);
        QFETCH(int, code);
        QFETCH(QString, words);
        const auto result = evaluate(arguments);
        QVERIFY2(result.code == code, qPrintable(QStringLiteral("%1: %2").arg(result.code).arg(result.errors)));
        QVERIFY2(result.errors.contains(words), qPrintable(result.errors));
    }

private:
    static tests::CliResult evaluate(const QStringList& arguments) { return tests::runCli(QStringList{QStringLiteral("evaluate")} + arguments); }
    static QString package() { return qEnvironmentVariable("DIASCOPE_SOURCE") + QStringLiteral("/models/demo-kidney-ultrasound.safetensors"); }
    /// 24 patients with one ultrasound picture each, as DICOM with a label table.
    QString dicomTable()
    {
        const QString folder = path(QStringLiteral("demo/ultrasound/dicom"));
        const QString table = folder + QStringLiteral("/labels.csv");
        if (!QFile::exists(table)) {
            demo::DemoConfig config;
            config.patients = 24;
            config.imagesPerPatient = 1;
            config.cineEvery = config.ctPatients = 0;
            demo::writeDemo(path(QStringLiteral("demo")).toStdString(), config);
            std::string text = "image,label\n";
            int patient = 0;
            for (const QString& name : QDir(folder).entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name)) {
                const QString file = QDir(folder + QLatin1Char('/') + name).entryList(QDir::Files).front();
                text += (name + QLatin1Char('/') + file).toStdString() + (patient++ % 2 == 1 ? ",renal_failure\n" : ",normal\n");
            }
            base::writeFileAtomically(table.toStdString(), text, base::Flush::Later);
        }
        return table;
    }
    QString path(const QString& name) const { return m_folder.filePath(name); }
    void write(const QString& name, const std::string& text) const
    {
        base::writeFileAtomically(path(name).toStdString(), text, base::Flush::Later);
    }

    QTemporaryDir m_folder;
};

QTEST_GUILESS_MAIN(EvaluateCliTest)
#include "EvaluateCliTest.moc"
