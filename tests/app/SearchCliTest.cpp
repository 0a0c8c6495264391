// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/CliRun.h"
#include "app/TinyData.h"
#include "base/AtomicFile.h"
#include "base/Json.h"

#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>

using namespace diascope;

/// `diascope-cli search` as scripts use it.
class SearchCliTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void aLineATrialAndTheBestLast();
    void theBestPlanTrains();
    void aPlanMayCarryItsSpace();
    void aStopLeavesAResumableStudy();
    void aKilledSearchGoesOn();
    void wrongCallsAreRefused_data();
    void wrongCallsAreRefused();
    void aDamagedStudyIsNamed();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_folder.filePath(name); }
    [[nodiscard]] QStringList searching(const QString& study, int trials) const
    {
        return {QStringLiteral("search"), QStringLiteral("--plan"), m_plan, QStringLiteral("--space"), m_space,
            QStringLiteral("--study"), path(study), QStringLiteral("--trials"), QString::number(trials)};
    }
    QString write(const QString& name, const std::string& text) const
    {
        base::writeFileAtomically(path(name).toStdString(), text);
        return path(name);
    }

    QTemporaryDir m_folder;
    QString m_plan, m_space;
    QList<base::Json> m_whole; ///< Lines of three trials, never disturbed.
};

void SearchCliTest::initTestCase()
{
    QVERIFY(m_folder.isValid());
    const auto plan = tests::tinyPlan(tests::writeTinyClasses(path(QStringLiteral("pictures")), 24), 2);
    m_plan = write(QStringLiteral("plan.yaml"), pipeline::toYaml(plan));
    m_space = write(QStringLiteral("space.yaml"),
        "search:\n"
        "  training.learningRate: {low: 1e-4, high: 1e-2, log: true, also: [training.backboneLearningRate]}\n"
        "  training.batchSize: [4, 8]\n");
}

void SearchCliTest::aLineATrialAndTheBestLast()
{
    const auto result = tests::runCli(searching(QStringLiteral("whole"), 3));
    QVERIFY2(result.code == 0, qPrintable(result.errors));
    QCOMPARE(result.lines.size(), 4);
    for (int i = 0; i < 3; ++i) {
        const auto& line = result.lines[i];
        QCOMPARE(line.at("trial").get<int>(), i);
        QVERIFY(line.at("state") == "complete");
        QVERIFY(line.at("value").get<double>() >= 0.0 && line.at("value").get<double>() <= 1.0);
        QVERIFY(line.at("settings").at("training.batchSize").is_number_integer());
        QCOMPARE(line.at("epochs").get<int>(), 2);
    }
    const auto& last = result.lines.back();
    QVERIFY(last.at("objective") == "validation auc");
    QVERIFY(last.at("counts").at("complete") == 3);
    double best = 0.0;
    for (int i = 0; i < 3; ++i) {
        best = std::max(best, result.lines[i].at("value").get<double>());
    }
    QCOMPARE(last.at("best").at("value").get<double>(), best);
    m_whole = result.lines;
}

void SearchCliTest::theBestPlanTrains()
{
    const auto result = tests::runCli({QStringLiteral("train"), QStringLiteral("--plan"), path(QStringLiteral("whole/best.yaml")),
        QStringLiteral("--run"), path(QStringLiteral("best"))});
    QVERIFY2(result.code == 0, qPrintable(result.errors));
    QVERIFY(QFile::exists(path(QStringLiteral("best/package.safetensors"))));
}

void SearchCliTest::aPlanMayCarryItsSpace()
{
    const std::string text = base::readFile(m_plan.toStdString()) + "search:\n  model.dropout: [0.0, 0.5]\n";
    const QString plan = write(QStringLiteral("both.yaml"), text);
    const auto result = tests::runCli({QStringLiteral("search"), QStringLiteral("--plan"), plan, QStringLiteral("--study"),
        path(QStringLiteral("both")), QStringLiteral("--trials"), QStringLiteral("1"), QStringLiteral("--sampler"),
        QStringLiteral("random"), QStringLiteral("--set"), QStringLiteral("training.epochs=1")});
    QVERIFY2(result.code == 0, qPrintable(result.errors));
    QVERIFY(result.lines.front().at("settings").contains("model.dropout"));
    QCOMPARE(result.lines.front().at("epochs").get<int>(), 1);
}

void SearchCliTest::aStopLeavesAResumableStudy()
{
    QProcess process;
    process.start(tests::cliPath(), searching(QStringLiteral("stopped"), 500));
    QVERIFY(process.waitForStarted());
    QVERIFY(QTest::qWaitFor([&] { return process.canReadLine() || process.state() == QProcess::NotRunning; },
        240'000)); // the first trial's line
    process.terminate();
    QVERIFY(process.waitForFinished(120'000));
    const QByteArray errors = process.readAllStandardError();
    QVERIFY2(process.exitCode() == 4, errors.constData());
    QVERIFY2(errors.contains("--resume"), errors.constData());
    const auto result = tests::runCli({QStringLiteral("search"), QStringLiteral("--study"), path(QStringLiteral("stopped")),
        QStringLiteral("--resume"), QStringLiteral("--trials"), QStringLiteral("3")});
    QVERIFY2(result.code == 0, qPrintable(result.errors));
    QVERIFY(result.lines.back().at("counts").at("complete").get<int>() >= 3);
    if (!m_whole.isEmpty() && result.lines.back().at("counts").at("complete") == 3) {
        QVERIFY(result.lines.back().at("best").at("value") == m_whole.back().at("best").at("value"));
        QVERIFY(result.lines.back().at("best").at("settings") == m_whole.back().at("best").at("settings"));
    }
}

void SearchCliTest::aKilledSearchGoesOn()
{
    QProcess process;
    process.start(tests::cliPath(), searching(QStringLiteral("killed"), 3));
    QVERIFY(process.waitForStarted());
    QVERIFY(QTest::qWaitFor([&] { return process.canReadLine() || process.state() == QProcess::NotRunning; }, 240'000));
    process.kill(); // SIGKILL, within the second trial as a rule
    QVERIFY(process.waitForFinished(120'000));
    QCOMPARE(process.exitStatus(), QProcess::CrashExit);
    const auto result = tests::runCli({QStringLiteral("search"), QStringLiteral("--study"), path(QStringLiteral("killed")),
        QStringLiteral("--resume"), QStringLiteral("--trials"), QStringLiteral("3")});
    QVERIFY2(result.code == 0, qPrintable(result.errors));
    if (m_whole.isEmpty()) {
        QSKIP("the search that this one is compared with is not there");
    }
    for (int back = 1; back <= 2; ++back) { // the last trial and the best one
        const auto& line = result.lines[result.lines.size() - back];
        const auto& expected = m_whole[m_whole.size() - back];
        if (back == 1) {
            QVERIFY(line.at("best").at("settings") == expected.at("best").at("settings")
                && line.at("best").at("value") == expected.at("best").at("value"));
        } else {
            QVERIFY(line.at("settings") == expected.at("settings") && line.at("value") == expected.at("value"));
        }
    }
}

void SearchCliTest::wrongCallsAreRefused_data()
{
    QTest::addColumn<std::string>("space");
    QTest::addColumn<QStringList>("more");
    QTest::addColumn<int>("code");
    QTest::addColumn<QString>("said");
    const auto words = [](const char* text) {
        return *text == '\0' ? QStringList() : QString::fromLatin1(text).split(QLatin1Char(' '));
    };
    QTest::newRow("misspelt key") << std::string("training.batchsize: [4]") << words("") << 2
                                  << QStringLiteral("training.batchSize");
    QTest::newRow("outside the plan's range")
        << std::string("model.dropout: {low: 0, high: 2}") << words("") << 2 << QStringLiteral("refused by the plan");
    QTest::newRow("no such sampler") << std::string("model.dropout: [0.1]") << words("--sampler gp") << 2
                                     << QStringLiteral("gp");
    QTest::newRow("no trials") << std::string("model.dropout: [0.1]") << words("--trials 0") << 2
                               << QStringLiteral("trials");
    QTest::newRow("nothing to go on with")
        << std::string("model.dropout: [0.1]") << words("--resume") << 3 << QStringLiteral("no study");
    QTest::newRow("no such space") << std::string() << words("--space neuroflux-resnet") << 2
                                   << QStringLiteral("neuroflux-resnet50");
    QTest::newRow("no space at all") << std::string() << words("") << 2 << QStringLiteral("--space");
}

void SearchCliTest::wrongCallsAreRefused()
{
    QFETCH(std::string, space);
    QFETCH(QStringList, more);
    QFETCH(int, code);
    QFETCH(QString, said);
    const QString study = path(QStringLiteral("wrong"));
    QStringList arguments{QStringLiteral("search"), QStringLiteral("--plan"), m_plan, QStringLiteral("--study"), study};
    if (!space.empty()) {
        arguments << QStringLiteral("--space") << write(QStringLiteral("wrong.yaml"), space);
    }
    const auto result = tests::runCli(arguments + more);
    QVERIFY2(result.code == code, qPrintable(QStringLiteral("%1: %2").arg(result.code).arg(result.errors)));
    QVERIFY2(result.errors.contains(said), qPrintable(result.errors));
    QVERIFY(!QFile::exists(study + QStringLiteral("/study.sqlite")));
}

void SearchCliTest::aDamagedStudyIsNamed()
{
    const std::string file = path(QStringLiteral("whole/study.sqlite")).toStdString();
    if (!QFile::exists(QString::fromStdString(file))) {
        QSKIP("the study is not there");
    }
    const std::string good = base::readFile(file);
    std::string bad = good;
    std::fill(bad.begin(), bad.begin() + 200, 'x');
    base::writeFileAtomically(file, bad);
    const auto result = tests::runCli({QStringLiteral("search"), QStringLiteral("--study"), path(QStringLiteral("whole")),
        QStringLiteral("--resume"), QStringLiteral("--trials"), QStringLiteral("9")});
    QCOMPARE(result.code, 3);
    QVERIFY2(result.errors.contains(QStringLiteral("study.sqlite"))
            && result.errors.contains(QStringLiteral("no SQLite file")),
        qPrintable(result.errors));
    QVERIFY(base::readFile(file) == bad); // not overwritten
    base::writeFileAtomically(file, good);
}

QTEST_GUILESS_MAIN(SearchCliTest)
#include "SearchCliTest.moc"
