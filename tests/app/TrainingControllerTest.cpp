// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/training/TrainingController.h"
#include "app/TinyData.h"

#include "base/AtomicFile.h"

#include <QElapsedTimer>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QtTest>

#include <algorithm>

using namespace diascope;

/// The thread contract of ARCHITECTURE.md, point by point.
class TrainingControllerTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void runsOffTheGuiThreadAndFinishesLast();
    void freezesThePlan();
    void limitsBatchProgressButNeverDropsAnEpoch();
    void stopsWithinOneBatchAndStaysResumable();
    void pausesWithinOneBatchAndGoesOn();
    void stopsWhilePaused();
    void refusesASecondRunAndABadPlan();
    void reportsAFailureOnce();
    void closesWhileRunning_data();
    void closesWhileRunning();
    void givesTheSameRunAsTheCommandLine();

private:
    QString folder(const QString& name) { return m_folder.filePath(name); }

    QTemporaryDir m_folder;
    std::unique_ptr<decode::DecoderPool> m_pool;
    QString m_source;
};

namespace {

bool hasMessage(const QSignalSpy& messages, const char* text)
{
    return std::any_of(messages.begin(), messages.end(), [text](const QList<QVariant>& one) { return one.at(0).toString() == QLatin1String(text); });
}

app::RunOutcome outcomeOf(const QSignalSpy& spy) { return spy.at(0).at(0).value<app::RunOutcome>(); }

} // namespace

void TrainingControllerTest::initTestCase()
{
    QVERIFY(m_folder.isValid());
    decode::PoolConfig config;
    config.program = qEnvironmentVariable("DIASCOPE_BIN").toStdString() + "/diascope-decoder";
    m_pool = std::make_unique<decode::DecoderPool>(config);
    m_source = tests::writeTinyClasses(folder(QStringLiteral("data")), 24);
}

void TrainingControllerTest::runsOffTheGuiThreadAndFinishesLast()
{
    app::TrainingController controller(*m_pool);
    QStringList order;
    QThread* engine = nullptr;
    connect(&controller, &app::TrainingController::epochDone, this, [&](const train::EpochReport&) { order << QStringLiteral("epoch"); });
    connect(&controller, &app::TrainingController::finished, this, [&](const app::RunOutcome&) { order << QStringLiteral("finished"); });
    connect(
        &controller, &app::TrainingController::epochDone, this, [&](const train::EpochReport&) { engine = QThread::currentThread(); },
        Qt::DirectConnection);
    QSignalSpy finished(&controller, &app::TrainingController::finished);
    controller.start(tests::tinyPlan(m_source, 2), folder(QStringLiteral("run-order")), false);
    QVERIFY(controller.isRunning());
    QTRY_COMPARE_WITH_TIMEOUT(finished.count(), 1, 120'000);
    QVERIFY(!controller.isRunning());
    QCOMPARE(outcomeOf(finished).state, train::RunState::Finished);
    QVERIFY(QFile::exists(outcomeOf(finished).package));
    QCOMPARE(order, QStringList({QStringLiteral("epoch"), QStringLiteral("epoch"), QStringLiteral("finished")}));
    QVERIFY(engine != nullptr && engine != QThread::currentThread());
}

void TrainingControllerTest::freezesThePlan()
{
    app::TrainingController controller(*m_pool);
    QSignalSpy finished(&controller, &app::TrainingController::finished);
    QSignalSpy epochs(&controller, &app::TrainingController::epochDone);
    auto plan = tests::tinyPlan(m_source, 2);
    controller.start(plan, folder(QStringLiteral("run-frozen")), false);
    plan.training.epochs = 9; // What is changed after the start does not reach the engine.
    QTRY_COMPARE_WITH_TIMEOUT(finished.count(), 1, 120'000);
    QCOMPARE(epochs.count(), 2);
    const auto stored = pipeline::planFromYaml(base::readFile(folder(QStringLiteral("run-frozen/plan.yaml")).toStdString()), "plan.yaml");
    QCOMPARE(stored.training.epochs, 2);
}

void TrainingControllerTest::limitsBatchProgressButNeverDropsAnEpoch()
{
    app::TrainingController controller(*m_pool);
    QSignalSpy finished(&controller, &app::TrainingController::finished);
    QSignalSpy batches(&controller, &app::TrainingController::batchDone);
    QSignalSpy epochs(&controller, &app::TrainingController::epochDone);
    QElapsedTimer clock;
    clock.start();
    controller.start(tests::tinyPlan(m_source, 12), folder(QStringLiteral("run-rate")), false);
    QTRY_COMPARE_WITH_TIMEOUT(finished.count(), 1, 240'000);
    QCOMPARE(epochs.count(), 12);
    const double seconds = static_cast<double>(clock.elapsed()) / 1000.0;
    QVERIFY2(batches.count() <= 15.0 * seconds + 1.0, qPrintable(QStringLiteral("%1 in %2 s").arg(batches.count()).arg(seconds)));
    QVERIFY(batches.count() >= 1);
}

void TrainingControllerTest::stopsWithinOneBatchAndStaysResumable()
{
    const QString run = folder(QStringLiteral("run-stop"));
    app::TrainingController controller(*m_pool);
    QSignalSpy finished(&controller, &app::TrainingController::finished);
    QSignalSpy batches(&controller, &app::TrainingController::batchDone);
    controller.start(tests::tinyPlan(m_source, 100'000), run, false);
    QTRY_VERIFY_WITH_TIMEOUT(batches.count() >= 1, 120'000);
    controller.requestStop();
    QTRY_COMPARE_WITH_TIMEOUT(finished.count(), 1, 60'000);
    QCOMPARE(outcomeOf(finished).state, train::RunState::Stopped);
    QVERIFY(outcomeOf(finished).package.isEmpty());

    QSignalSpy again(&controller, &app::TrainingController::finished);
    QSignalSpy more(&controller, &app::TrainingController::batchDone);
    controller.start(tests::tinyPlan(m_source, 100'000), run, true);
    QTRY_VERIFY_WITH_TIMEOUT(more.count() >= 1, 120'000);
    controller.requestStop();
    QTRY_COMPARE_WITH_TIMEOUT(again.count(), 1, 60'000);
    QCOMPARE(outcomeOf(again).state, train::RunState::Stopped);
}

void TrainingControllerTest::pausesWithinOneBatchAndGoesOn()
{
    app::TrainingController plain(*m_pool);
    QSignalSpy expected(&plain, &app::TrainingController::finished);
    plain.start(tests::tinyPlan(m_source, 4), folder(QStringLiteral("run-unpaused")), false);
    QTRY_COMPARE_WITH_TIMEOUT(expected.count(), 1, 120'000);

    app::TrainingController controller(*m_pool);
    QSignalSpy finished(&controller, &app::TrainingController::finished);
    QSignalSpy epochs(&controller, &app::TrainingController::epochDone);
    QSignalSpy messages(&controller, &app::TrainingController::messageWritten);
    QSignalSpy paused(&controller, &app::TrainingController::pausedChanged);
    controller.setPaused(true); // nothing runs: nothing to pause
    QVERIFY(!controller.isPaused());
    controller.start(tests::tinyPlan(m_source, 4), folder(QStringLiteral("run-paused")), false);
    controller.setPaused(true); // long before the first batch
    QVERIFY(controller.isPaused());
    QTRY_VERIFY_WITH_TIMEOUT(hasMessage(messages, "Paused."), 120'000);
    QCOMPARE(epochs.count(), 0);
    QVERIFY(controller.isRunning());
    QVERIFY(!QDir(folder(QStringLiteral("run-paused/checkpoints/0-0"))).entryList(QDir::Files).isEmpty());
    controller.setPaused(false);
    QTRY_COMPARE_WITH_TIMEOUT(finished.count(), 1, 120'000);
    QCOMPARE(outcomeOf(finished).state, train::RunState::Finished);
    QVERIFY(hasMessage(messages, "Going on."));
    QCOMPARE(paused.count(), 2);
    QCOMPARE(paused.at(0), (QList<QVariant>{true, true}));
    QCOMPARE(paused.at(1), (QList<QVariant>{false, false}));
    for (const char* name : {"oof.csv", "result.json"}) { // a pause changes no number
        QCOMPARE(base::readFile(folder(QStringLiteral("run-paused/")).toStdString() + name),
                 base::readFile(folder(QStringLiteral("run-unpaused/")).toStdString() + name));
    }
}

void TrainingControllerTest::stopsWhilePaused()
{
    app::TrainingController controller(*m_pool);
    QSignalSpy finished(&controller, &app::TrainingController::finished);
    QSignalSpy messages(&controller, &app::TrainingController::messageWritten);
    controller.start(tests::tinyPlan(m_source, 100'000), folder(QStringLiteral("run-stop-paused")), false);
    controller.setPaused(true);
    QTRY_VERIFY_WITH_TIMEOUT(hasMessage(messages, "Paused."), 120'000);
    controller.requestStop();
    QTRY_COMPARE_WITH_TIMEOUT(finished.count(), 1, 60'000);
    QCOMPARE(outcomeOf(finished).state, train::RunState::Stopped);
    QVERIFY(outcomeOf(finished).resumable);
    QVERIFY(!controller.isPaused());
}

void TrainingControllerTest::refusesASecondRunAndABadPlan()
{
    app::TrainingController controller(*m_pool);
    auto bad = tests::tinyPlan(m_source, 0);
    QVERIFY_EXCEPTION_THROWN(controller.start(bad, folder(QStringLiteral("run-bad")), false), base::Error);
    QVERIFY(!controller.isRunning());
    QSignalSpy finished(&controller, &app::TrainingController::finished);
    controller.start(tests::tinyPlan(m_source, 100'000), folder(QStringLiteral("run-one")), false);
    QVERIFY_EXCEPTION_THROWN(controller.start(tests::tinyPlan(m_source, 1), folder(QStringLiteral("run-two")), false), base::Error);
    controller.requestStop();
    QTRY_COMPARE_WITH_TIMEOUT(finished.count(), 1, 60'000);
}

void TrainingControllerTest::reportsAFailureOnce()
{
    app::TrainingController controller(*m_pool);
    QSignalSpy finished(&controller, &app::TrainingController::finished);
    auto plan = tests::tinyPlan(folder(QStringLiteral("no-such-folder")), 1);
    controller.start(plan, folder(QStringLiteral("run-missing")), false);
    QTRY_COMPARE_WITH_TIMEOUT(finished.count(), 1, 60'000);
    QCOMPARE(outcomeOf(finished).state, train::RunState::Failed);
    QVERIFY2(outcomeOf(finished).error.contains(QStringLiteral("no-such-folder")), qPrintable(outcomeOf(finished).error));
    QVERIFY(!controller.isRunning());
}

void TrainingControllerTest::closesWhileRunning_data()
{
    QTest::addColumn<int>("round");
    for (int round = 0; round < 30; ++round) {
        QTest::newRow(qPrintable(QStringLiteral("round %1").arg(round))) << round;
    }
}

void TrainingControllerTest::closesWhileRunning()
{
    QFETCH(int, round);
    const QString run = folder(QStringLiteral("run-close-%1").arg(round));
    auto controller = std::make_unique<app::TrainingController>(*m_pool);
    QSignalSpy batches(controller.get(), &app::TrainingController::batchDone);
    QSignalSpy progress(controller.get(), &app::TrainingController::progressed);
    QSignalSpy messages(controller.get(), &app::TrainingController::messageWritten);
    controller->start(tests::tinyPlan(m_source, 100'000), run, false);
    const bool whilePaused = round % 6 == 5;
    if (whilePaused) {
        controller->setPaused(true);
        QTRY_VERIFY_WITH_TIMEOUT(hasMessage(messages, "Paused."), 120'000);
    } else if (round % 3 == 1) {
        QTRY_VERIFY_WITH_TIMEOUT(progress.count() >= 1, 60'000);
    } else if (round % 3 == 2) {
        QTRY_VERIFY_WITH_TIMEOUT(batches.count() >= 1, 120'000);
    }
    controller.reset();
    if (round % 3 == 2) { // It got to a batch, so there is something to resume from.
        QVERIFY(QFile::exists(run + QStringLiteral("/plan.yaml")));
        QVERIFY(!QDir(run + QStringLiteral("/checkpoints/0-0")).entryList(QDir::Files).isEmpty());
    }
}

void TrainingControllerTest::givesTheSameRunAsTheCommandLine()
{
    const auto plan = tests::tinyPlan(m_source, 2);
    const QString planFile = folder(QStringLiteral("plan.yaml"));
    base::writeFileAtomically(planFile.toStdString(), pipeline::toYaml(plan));
    app::TrainingController controller(*m_pool);
    QSignalSpy finished(&controller, &app::TrainingController::finished);
    controller.start(plan, folder(QStringLiteral("run-gui")), false);
    QTRY_COMPARE_WITH_TIMEOUT(finished.count(), 1, 120'000);
    QCOMPARE(outcomeOf(finished).state, train::RunState::Finished);

    QProcess cli;
    cli.start(qEnvironmentVariable("DIASCOPE_BIN") + QStringLiteral("/diascope-cli"),
              {QStringLiteral("train"), QStringLiteral("--plan"), planFile, QStringLiteral("--run"), folder(QStringLiteral("run-cli")), QStringLiteral("--quiet")});
    QVERIFY(cli.waitForFinished(240'000));
    QVERIFY2(cli.exitCode() == 0, cli.readAllStandardError().constData());
    for (const char* name : {"oof.csv", "splits.csv"}) {
        const auto gui = base::readFile(folder(QStringLiteral("run-gui/")).toStdString() + name);
        const auto command = base::readFile(folder(QStringLiteral("run-cli/")).toStdString() + name);
        QVERIFY2(gui == command, name);
    }
}

QTEST_GUILESS_MAIN(TrainingControllerTest)
#include "TrainingControllerTest.moc"
