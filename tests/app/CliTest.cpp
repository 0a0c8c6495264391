// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/CliRun.h"
#include "base/AtomicFile.h"
#include "base/Csv.h"
#include "base/Json.h"
#include "demo/Demo.h"

#include <QDir>
#include <QImage>
#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>

#include <csignal>

using namespace diascope;

/// The contract that scripts rely on: exit codes, one JSON object a line, refusals by name.
class CliTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void exitCodes_data();
    void exitCodes();
    void infoTellsWhatAFileHolds();
    void decodeWritesNumpyThatReadsBack();
    void predictAnswersEachFrame();
    void explainWritesOverlayAndMaps();
    void explainTellsClassesFoldsAndQuality();
    void theShippedPackageKnowsWhatItDoesNotKnow();
    void aRefusedInputDoesNotStopTheRest();
    void configPrintsAPlanThatTrainAccepts();
    void aMisspeltKeyIsNamedWithTheNearest();
    void packageVerifyFindsOneFlippedByte();
    void packageWithWrongClassesIsRefused();
    void splitKeepsPatientsWhole();
    void submitWritesARowAPicture();
    void submissionHoldsNoFormula();
    void preprocessWritesPicturesAndTheirTable();
    void stopsOnASignalAndResumes();
    void pausesOnASignalAndGoesOn();
    void aFinishedRunTakesANewName();
    void pretrainGivesWeightsThatATrainingStartsFrom();
    void versionNamesItsLibraries();

private:
    QString path(const QString& name) const { return m_folder.filePath(name); }

    QTemporaryDir m_folder;
    QString m_still, m_package;
};

void CliTest::initTestCase()
{
    QVERIFY(m_folder.isValid());
    m_package = qEnvironmentVariable("DIASCOPE_SOURCE") + QStringLiteral("/models/demo-kidney-ultrasound.safetensors");
    demo::DemoConfig config;
    config.patients = 12;
    config.imagesPerPatient = 2;
    config.cineEvery = 0;
    config.ctPatients = 0;
    demo::writeDemo(path(QStringLiteral("demo")).toStdString(), config);
    const QDir dicom(path(QStringLiteral("demo/ultrasound/dicom")));
    const QDir patient(dicom.filePath(dicom.entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name).front()));
    m_still = patient.filePath(patient.entryList(QDir::Files, QDir::Name).front());
    QFile bad(path(QStringLiteral("bad.dcm")));
    QVERIFY(bad.open(QIODevice::WriteOnly));
    bad.write("this is not a picture");
}

void CliTest::exitCodes_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<int>("code");
    const auto words = [](const char* text) { return QString::fromLatin1(text).split(QLatin1Char(' ')); };
    QTest::newRow("help") << words("--help") << 0;
    QTest::newRow("no command") << QStringList() << 2;
    QTest::newRow("unknown command") << words("diagnose") << 2;
    QTest::newRow("unknown option") << words("info --frobnicate x") << 2;
    QTest::newRow("missing file") << words("info no-such-file.dcm") << 3;
    QTest::newRow("missing package") << words("predict --package no-such.safetensors x.png") << 3;
    QTest::newRow("unknown recipe") << words("config renalnett") << 2;
    QTest::newRow("comes later") << words("search --run x") << 2;
    QTest::newRow("no accelerator") << words("--device cuda:7 config renalnet") << 0;
}

void CliTest::exitCodes()
{
    QFETCH(QStringList, arguments);
    QFETCH(int, code);
    const auto result = tests::runCli(arguments);
    QVERIFY2(result.code == code, qPrintable(QStringLiteral("%1: %2").arg(result.code).arg(result.errors)));
    if (code != 0) {
        QVERIFY(!result.errors.isEmpty());
    }
}

void CliTest::infoTellsWhatAFileHolds()
{
    const auto result = tests::runCli({QStringLiteral("info"), QStringLiteral("--pixel-sha256"), m_still});
    QCOMPARE(result.code, 0);
    QCOMPARE(result.lines.size(), 1);
    const auto& info = result.lines.front();
    QVERIFY(info.at("kind") == "dicom");
    QVERIFY(info.at("modality") == "US");
    QCOMPARE(info.at("rows").get<int>(), 480);
    QCOMPARE(info.at("columns").get<int>(), 640);
    QCOMPARE(info.at("frames").get<int>(), 1);
    QCOMPARE(info.at("pixelSha256").get<std::string>().size(), std::size_t(64));
    QVERIFY(info.dump().find("DEMO^") == std::string::npos); // Identity does not go into script logs.
}

void CliTest::decodeWritesNumpyThatReadsBack()
{
    const auto out = path(QStringLiteral("frame.npy"));
    const auto result = tests::runCli({QStringLiteral("decode"), m_still, QStringLiteral("--frame"), QStringLiteral("0"), QStringLiteral("--out"), out});
    QCOMPARE(result.code, 0);
    QVERIFY(result.lines.front().at("shape") == base::Json::array({480, 640}));
    QVERIFY(result.lines.front().at("dtype") == "|u1");
    const auto bytes = base::readFile(out.toStdString());
    QVERIFY(bytes.starts_with("\x93NUMPY"));
    const auto header = static_cast<unsigned char>(bytes[8]) + 256u * static_cast<unsigned char>(bytes[9]);
    QCOMPARE((10 + header) % 64, 0u);
    QCOMPARE(bytes.size(), std::size_t(10 + header + 480 * 640));
    QCOMPARE(tests::runCli({QStringLiteral("decode"), m_still, QStringLiteral("--frame"), QStringLiteral("9"), QStringLiteral("--out"), out}).code, 3);
}

void CliTest::predictAnswersEachFrame()
{
    const auto result = tests::runCli({QStringLiteral("predict"), QStringLiteral("--package"), m_package, m_still});
    QVERIFY2(result.code == 0, qPrintable(result.errors));
    const auto& answer = result.lines.front();
    for (const char* key : {"input", "frame", "sopInstanceUid", "classes", "verdict", "threshold", "folds", "package"}) {
        QVERIFY2(answer.contains(key), key);
    }
    QCOMPARE(answer.at("classes").size(), std::size_t(2));
    QCOMPARE(answer.at("package").at("sha256").get<std::string>().size(), std::size_t(64));
}

void CliTest::explainWritesOverlayAndMaps()
{
    const auto out = path(QStringLiteral("maps"));
    for (const auto& method : {QStringLiteral("gradcam"), QStringLiteral("attention")}) {
        const auto result = tests::runCli({QStringLiteral("explain"), QStringLiteral("--package"), m_package, QStringLiteral("--method"), method,
                                 QStringLiteral("--out"), out, m_still});
        QVERIFY2(result.code == 0, qPrintable(result.errors));
        QVERIFY(result.lines.front().at("grid") == base::Json::array({7, 7}));
        QVERIFY(QFile::exists(QString::fromStdString(result.lines.front().at("overlay").get<std::string>())));
        QVERIFY(QFile::exists(QString::fromStdString(result.lines.front().at("map").get<std::string>())));
    }
}

void CliTest::explainTellsClassesFoldsAndQuality()
{
    const auto out = path(QStringLiteral("graded"));
    const auto all = tests::runCli({QStringLiteral("explain"), QStringLiteral("--package"), m_package, QStringLiteral("--class"), QStringLiteral("all"),
                          QStringLiteral("--fold"), QStringLiteral("mean"), QStringLiteral("--channels"), QStringLiteral("--out"), out, m_still});
    QVERIFY2(all.code == 0, qPrintable(all.errors));
    QCOMPARE(all.lines.size(), 2);
    QVERIFY(all.lines[0].at("class") != all.lines[1].at("class"));
    QVERIFY(all.lines[0].at("overlay") != all.lines[1].at("overlay"));
    QVERIFY(all.lines[0].at("fold") == "mean");
    QCOMPARE(all.lines[0].at("foldAgreement").at("folds").get<int>(), 1);
    QVERIFY(all.lines[0].at("foldAgreement").at("meanRankCorrelation").at("value").is_null()); // one fold agrees with nobody
    QCOMPARE(all.lines[0].at("channelAttention").size(), std::size_t{9});
    const auto covered = tests::runCli({QStringLiteral("explain"), QStringLiteral("--package"), m_package, QStringLiteral("--method"), QStringLiteral("occlusion"),
                              QStringLiteral("--budget"), QStringLiteral("26"), QStringLiteral("--out"), out, m_still});
    QVERIFY2(covered.code == 0, qPrintable(covered.errors));
    QVERIFY(covered.lines.front().at("grid") == base::Json::array({5, 5}));
    const auto graded = tests::runCli({QStringLiteral("explain"), QStringLiteral("--package"), m_package, QStringLiteral("--quality"), QStringLiteral("--out"), out, m_still});
    QVERIFY2(graded.code == 0, qPrintable(graded.errors));
    for (const char* key : {"stability", "deletion", "insertion", "outsideSector", "randomisation", "nothingToShow"}) {
        QVERIFY2(graded.lines.front().at("quality").contains(key), key);
    }
    QCOMPARE(tests::runCli({QStringLiteral("explain"), QStringLiteral("--package"), m_package, QStringLiteral("--fold"), QStringLiteral("first"),
                  QStringLiteral("--out"), out, m_still}).code, 2);
}

void CliTest::theShippedPackageKnowsWhatItDoesNotKnow()
{
    demo::DemoConfig config;
    config.patients = 1;
    config.imagesPerPatient = 1;
    config.cineEvery = 0;
    config.ctPatients = 1;
    demo::writeDemo(path(QStringLiteral("others")).toStdString(), config);
    QImage black(640, 480, QImage::Format_Grayscale8);
    black.fill(0);
    QVERIFY(black.save(path(QStringLiteral("black.png"))));
    const auto dark = tests::runCli({QStringLiteral("predict"), QStringLiteral("--package"), m_package, path(QStringLiteral("black.png"))});
    QVERIFY(dark.lines.front().at("outOfDistribution").at("flag").get<bool>());
    const auto ct = tests::runCli({QStringLiteral("predict"), QStringLiteral("--package"), m_package, path(QStringLiteral("others/ct"))});
    int slices = 0;
    for (const auto& line : ct.lines) {
        if (line.contains("error")) {
            continue; // the table beside the pictures
        }
        ++slices;
        QVERIFY2(line.at("outOfDistribution").at("flag").get<bool>(), line.dump().c_str());
        QVERIFY(!line.at("outOfDistribution").at("reasons").empty());
    }
    QVERIFY(slices > 0);
    const auto ultrasound = tests::runCli({QStringLiteral("predict"), QStringLiteral("--package"), m_package, path(QStringLiteral("demo/ultrasound"))});
    int usual = 0, all = 0;
    for (const auto& line : ultrasound.lines) {
        if (line.contains("outOfDistribution")) {
            ++all;
            usual += line.at("outOfDistribution").at("flag").get<bool>() ? 0 : 1;
            QVERIFY(line.at("predictionSet").size() <= 2);
        }
    }
    QVERIFY2(all > 0 && usual * 10 >= all * 8, qPrintable(QStringLiteral("%1 of %2").arg(usual).arg(all)));
}

void CliTest::aRefusedInputDoesNotStopTheRest()
{
    const auto result = tests::runCli({QStringLiteral("predict"), QStringLiteral("--package"), m_package, path(QStringLiteral("bad.dcm")), m_still});
    QCOMPARE(result.code, 3);
    QCOMPARE(result.lines.size(), 2);
    QVERIFY(result.lines[0].at("error").at("message").get<std::string>().find("bad.dcm") != std::string::npos);
    QVERIFY(result.lines[1].contains("classes"));
}

void CliTest::configPrintsAPlanThatTrainAccepts()
{
    QProcess process;
    process.start(tests::cliPath(), {QStringLiteral("config"), QStringLiteral("renalnet"), QStringLiteral("--set"), QStringLiteral("training.epochs=3")});
    QVERIFY(process.waitForFinished(60'000));
    QCOMPARE(process.exitCode(), 0);
    const auto yaml = process.readAllStandardOutput();
    QVERIFY2(yaml.contains("epochs: 3"), yaml.constData());
    base::writeFileAtomically(path(QStringLiteral("again.yaml")).toStdString(), yaml.toStdString());
    QCOMPARE(tests::runCli({QStringLiteral("config"), path(QStringLiteral("again.yaml"))}).code, 0);
}

void CliTest::aMisspeltKeyIsNamedWithTheNearest()
{
    base::writeFileAtomically(path(QStringLiteral("typo.yaml")).toStdString(), std::string("training:\n  lerningRate: 0.1\n"));
    const auto result = tests::runCli({QStringLiteral("train"), QStringLiteral("--plan"), path(QStringLiteral("typo.yaml")), QStringLiteral("--run"), path(QStringLiteral("typo-run"))});
    QCOMPARE(result.code, 2);
    QVERIFY2(result.errors.contains(QStringLiteral("lerningRate")) && result.errors.contains(QStringLiteral("learningRate")), qPrintable(result.errors));
    const auto set = tests::runCli({QStringLiteral("config"), QStringLiteral("renalnet"), QStringLiteral("--set"), QStringLiteral("training.epoch=3")});
    QCOMPARE(set.code, 2);
    QVERIFY2(set.errors.contains(QStringLiteral("training.epochs")), qPrintable(set.errors));
}

void CliTest::packageVerifyFindsOneFlippedByte()
{
    QCOMPARE(tests::runCli({QStringLiteral("package"), QStringLiteral("verify"), m_package}).code, 0);
    const auto bytes = base::readFile(m_package.toStdString());
    for (const std::size_t at : {std::size_t(20), bytes.size() / 3, bytes.size() - 1}) {
        auto flipped = bytes;
        flipped[at] = static_cast<char>(flipped[at] ^ 4);
        const auto file = path(QStringLiteral("flipped.safetensors"));
        base::writeFileAtomically(file.toStdString(), flipped);
        const auto result = tests::runCli({QStringLiteral("package"), QStringLiteral("verify"), file});
        QCOMPARE(result.code, 3);
        QVERIFY(result.lines.front().at("ok") == false);
        QVERIFY2(result.errors.contains(QStringLiteral("flipped.safetensors")), qPrintable(result.errors));
    }
}

void CliTest::packageWithWrongClassesIsRefused()
{
    // The manifest is JSON in the header: one class more of the same length as the rest of the header allows.
    auto bytes = base::readFile(m_package.toStdString());
    const auto at = bytes.find("classes");
    QVERIFY(at != std::string::npos);
    bytes.replace(at, 7, "klasses");
    const auto file = path(QStringLiteral("classes.safetensors"));
    base::writeFileAtomically(file.toStdString(), bytes);
    QCOMPARE(tests::runCli({QStringLiteral("package"), QStringLiteral("verify"), file}).code, 3);
}

void CliTest::splitKeepsPatientsWhole()
{
    const auto out = path(QStringLiteral("splits.csv"));
    const auto result = tests::runCli({QStringLiteral("split"), QStringLiteral("--plan"), QStringLiteral("demo-renalnet"), QStringLiteral("--out"), out,
                             QStringLiteral("--set"), QStringLiteral("data.source=") + path(QStringLiteral("demo/ultrasound/Train.csv")),
                             QStringLiteral("--set"), QStringLiteral("split.kind=stratified-kfold"), QStringLiteral("--set"), QStringLiteral("split.folds=3"),
                             QStringLiteral("--set"), QStringLiteral("split.repeats=2")});
    QVERIFY2(result.code == 0, qPrintable(result.errors));
    const auto& receipt = result.lines.back();
    QCOMPARE(receipt.at("trainings").get<int>(), 6);
    QCOMPARE(receipt.at("sharedGroups").get<int>(), 0);
    QCOMPARE(receipt.at("sharedNearDuplicates").get<int>(), 0);
    const auto table = base::readCsv(out.toStdString());
    QCOMPARE(table.header, (std::vector<std::string>{"sample", "group", "label", "repeat", "fold", "role"}));
    QCOMPARE(table.rows.size(), receipt.at("samples").get<std::size_t>() * 6);
}

void CliTest::submitWritesARowAPicture()
{
    const auto out = path(QStringLiteral("submission.csv"));
    const auto source = path(QStringLiteral("demo/ultrasound/Train.csv"));
    const auto result = tests::runCli({QStringLiteral("submit"), QStringLiteral("--package"), m_package, QStringLiteral("--data"), source, QStringLiteral("--out"), out,
                             QStringLiteral("--tta-views"), QStringLiteral("identity,hflip")});
    QVERIFY2(result.code == 0, qPrintable(result.errors));
    const auto table = base::readCsv(out.toStdString());
    QCOMPARE(table.header, (std::vector<std::string>{"img_IDs", "target"}));
    QCOMPARE(table.rows.size(), base::readCsv(source.toStdString()).rows.size());
    for (const auto& row : table.rows) {
        const double probability = std::stod(row[1]);
        QVERIFY(probability > 0.0 && probability < 1.0);
    }
    const auto wrong = tests::runCli({QStringLiteral("submit"), QStringLiteral("--package"), m_package, QStringLiteral("--data"), source, QStringLiteral("--out"), out,
                            QStringLiteral("--tta-views"), QStringLiteral("identity,hflp")});
    QCOMPARE(wrong.code, 2);
    QVERIFY2(wrong.errors.contains(QStringLiteral("hflip")), qPrintable(wrong.errors));
}

/// Names of pictures are text of strangers: a spreadsheet that opens the submission must not run them (safety rule 7).
void CliTest::submissionHoldsNoFormula()
{
    const QString id = QStringLiteral("=HYPERLINK(1)");
    QVERIFY(QDir().mkpath(path(QStringLiteral("formula"))));
    const QDir pictures(path(QStringLiteral("demo/ultrasound/images")));
    const QFileInfo first = pictures.entryInfoList(QDir::Files).first();
    QVERIFY(QFile::copy(first.filePath(), path(QStringLiteral("formula/")) + id + QLatin1Char('.') + first.suffix()));
    base::writeFileAtomically(path(QStringLiteral("formula/Test.csv")).toStdString(), "img_IDs\n\"" + id.toStdString() + "\"\n");
    const auto out = path(QStringLiteral("formula/submission.csv"));
    const auto result = tests::runCli({QStringLiteral("submit"), QStringLiteral("--package"), m_package, QStringLiteral("--data"),
                             path(QStringLiteral("formula/Test.csv")), QStringLiteral("--out"), out});
    QVERIFY2(result.code == 0, qPrintable(result.errors));
    const auto table = base::readCsv(out.toStdString());
    QCOMPARE(table.rows.size(), std::size_t{1});
    QCOMPARE(table.rows[0][0], "'" + id.toStdString());
    QCOMPARE(base::csvPlain(table.rows[0][0]), id.toStdString());
}

void CliTest::preprocessWritesPicturesAndTheirTable()
{
    const auto out = path(QStringLiteral("pictures"));
    const QStringList command{QStringLiteral("preprocess"), QStringLiteral("--plan"), QStringLiteral("demo-renalnet"), QStringLiteral("--data"),
                              path(QStringLiteral("demo/ultrasound/Train.csv")), QStringLiteral("--out"), out, QStringLiteral("--balance"),
                              QStringLiteral("--set"), QStringLiteral("split.kind=holdout"), QStringLiteral("--set"), QStringLiteral("split.folds=1"),
                              QStringLiteral("--set"), QStringLiteral("split.repeats=1")};
    const auto result = tests::runCli(command);
    QVERIFY2(result.code == 0, qPrintable(result.errors));
    const auto& summary = result.lines.back();
    const auto table = base::readCsv(out.toStdString() + "/labels.csv");
    QCOMPARE(table.header, (std::vector<std::string>{"image", "label", "group", "sample", "split"}));
    QCOMPARE(table.rows.size(), summary.at("pictures").get<std::size_t>() + summary.at("copies").get<std::size_t>());
    for (const auto& row : table.rows) {
        QVERIFY2(QFile::exists(out + QLatin1Char('/') + QString::fromStdString(row[0])), row[0].c_str());
    }
    QVERIFY(QFile::exists(QString::fromStdString(summary.at("splits").get<std::string>())));
    const auto again = tests::runCli(command);
    QCOMPARE(again.code, 2);
    QVERIFY2(again.errors.contains(QStringLiteral("not an empty folder")), qPrintable(again.errors));
    QCOMPARE(base::readCsv(out.toStdString() + "/labels.csv").rows, table.rows);
}

void CliTest::stopsOnASignalAndResumes()
{
    const auto folder = path(QStringLiteral("run"));
    const QStringList training{QStringLiteral("train"), QStringLiteral("--plan"), QStringLiteral("demo-renalnet"), QStringLiteral("--run"), folder,
                               QStringLiteral("--set"), QStringLiteral("data.source=") + path(QStringLiteral("demo/ultrasound/Train.csv")),
                               QStringLiteral("--set"), QStringLiteral("training.epochs=2")};
    QProcess process;
    process.start(tests::cliPath(), training);
    QVERIFY(process.waitForStarted());
    QVERIFY(QTest::qWaitFor([&] { return process.canReadLine() || process.state() == QProcess::NotRunning; }, 240'000)); // The first epoch's line.
    process.terminate();
    QVERIFY(process.waitForFinished(60'000));
    if (process.exitCode() == 4) {
        const auto result = tests::runCli({QStringLiteral("train"), QStringLiteral("--run"), folder, QStringLiteral("--resume")});
        QVERIFY2(result.code == 0, qPrintable(result.errors));
        QVERIFY(result.lines.back().contains("result"));
    }
    QVERIFY(QFile::exists(folder + QStringLiteral("/package.safetensors")));
}

void CliTest::pausesOnASignalAndGoesOn()
{
    const auto folder = path(QStringLiteral("run-paused"));
    QProcess process;
    process.start(tests::cliPath(), {QStringLiteral("train"), QStringLiteral("--plan"), QStringLiteral("demo-renalnet"), QStringLiteral("--run"), folder,
                          QStringLiteral("--set"), QStringLiteral("data.source=") + path(QStringLiteral("demo/ultrasound/Train.csv")),
                          QStringLiteral("--set"), QStringLiteral("training.epochs=1")});
    QVERIFY(process.waitForStarted());
    QByteArray said;
    const auto says = [&](const char* text) {
        return QTest::qWaitFor([&] { return (said += process.readAllStandardError()).contains(text) || process.state() == QProcess::NotRunning; }, 240'000)
            && said.contains(text);
    };
    QVERIFY2(says("\n"), said.constData()); // it is up and takes signals
    QCOMPARE(::kill(static_cast<pid_t>(process.processId()), SIGUSR1), 0);
    QVERIFY2(says("paused before the next batch") && says("Paused."), said.constData());
    QVERIFY(!process.canReadLine()); // no epoch was done
    QCOMPARE(::kill(static_cast<pid_t>(process.processId()), SIGUSR1), 0);
    QVERIFY2(says("Going on."), said.constData());
    QVERIFY(process.waitForFinished(240'000));
    QCOMPARE(process.exitCode(), 0);
    said += process.readAllStandardError();
    for (const char* line : {"split: 1/1", "package: 1/1", "epoch 1/1, "}) { // each stage shows, on no terminal as plain lines
        QVERIFY2(said.contains(line), said.constData());
    }
    QCOMPARE(process.readAllStandardOutput().count('\n'), 2);
}

void CliTest::aFinishedRunTakesANewName()
{
    const auto folder = path(QStringLiteral("run-paused"));
    if (!QFile::exists(folder + QStringLiteral("/package.safetensors"))) {
        QSKIP("the run that this one goes on with is not there");
    }
    const auto same = tests::runCli({QStringLiteral("train"), QStringLiteral("--run"), folder, QStringLiteral("--resume"), QStringLiteral("--quiet")});
    QCOMPARE(same.code, 0);
    QCOMPARE(same.errors, QString());
    QCOMPARE(same.lines.size(), 1);
    const auto renamed = tests::runCli({QStringLiteral("train"), QStringLiteral("--run"), folder, QStringLiteral("--resume"), QStringLiteral("--set"), QStringLiteral("package.name=other")});
    QVERIFY2(renamed.code == 0, qPrintable(renamed.errors));
    QVERIFY2(renamed.errors.contains(QStringLiteral("Stage 'evaluate' is skipped")), qPrintable(renamed.errors));
    QVERIFY2(renamed.errors.contains(QStringLiteral("Stage 'package' runs: parameter package.name was")), qPrintable(renamed.errors));
    const auto other = tests::runCli({QStringLiteral("train"), QStringLiteral("--run"), folder, QStringLiteral("--resume"), QStringLiteral("--set"), QStringLiteral("training.epochs=2")});
    QCOMPARE(other.code, 2);
    QVERIFY2(other.errors.contains(QStringLiteral("another plan")), qPrintable(other.errors));
}

void CliTest::pretrainGivesWeightsThatATrainingStartsFrom()
{
    const auto folder = path(QStringLiteral("pretraining"));
    const QString set = QStringLiteral("--set"), source = QStringLiteral("data.source=") + path(QStringLiteral("demo/ultrasound/Train.csv"));
    const QString small = QStringLiteral("preprocess=[{\"op\":\"grey\"},{\"op\":\"resize\",\"width\":32,\"height\":32},{\"op\":\"normalise\",\"mean\":[0.5],\"std\":[0.5]}]");
    const auto made = tests::runCli({QStringLiteral("train"), QStringLiteral("--plan"), QStringLiteral("pretrain"), QStringLiteral("--run"), folder, set, source, set, small,
                           set, QStringLiteral("training.epochs=2"), set, QStringLiteral("training.batchSize=8")});
    QVERIFY2(made.code == 0, qPrintable(made.errors));
    QCOMPARE(made.lines.size(), 3);
    QVERIFY(made.lines[0].at("spread").is_number() && made.lines[0].at("validation").is_null());
    QCOMPARE(QString::fromStdString(made.lines.back().at("result").at("weights").get<std::string>()), QStringLiteral("backbone.safetensors"));
    QVERIFY(made.errors.contains(QStringLiteral("from scratch")));
    const auto again = tests::runCli({QStringLiteral("train"), QStringLiteral("--run"), folder, QStringLiteral("--resume")});
    QVERIFY2(again.code == 0, qPrintable(again.errors));
    QVERIFY(again.lines.back() == made.lines.back());
    const auto trained = tests::runCli({QStringLiteral("train"), QStringLiteral("--plan"), QStringLiteral("demo-renalnet"), QStringLiteral("--run"), path(QStringLiteral("after")),
                              set, source, set, small, set, QStringLiteral("training.epochs=1"),
                              set, QStringLiteral("model.weights=") + folder + QStringLiteral("/backbone.safetensors")});
    QVERIFY2(trained.code == 0, qPrintable(trained.errors));
    QCOMPARE(QString::fromStdString(trained.lines.back().at("result").at("startedFrom").get<std::string>()), QStringLiteral("backbone.safetensors"));
}

void CliTest::versionNamesItsLibraries()
{
    QProcess process;
    process.start(tests::cliPath(), {QStringLiteral("--version")});
    QVERIFY(process.waitForFinished(30'000));
    const auto text = process.readAllStandardOutput();
    for (const char* library : {"Diascope", "LibTorch 2.", "DCMTK 3.", "OpenCV 4.", "Qt 6."}) {
        QVERIFY2(text.contains(library), text.constData());
    }
}

QTEST_GUILESS_MAIN(CliTest)
#include "CliTest.moc"
