// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/AtomicFile.h"
#include "search/TinyStudy.h"
#include "support/ErrorOf.h"

#include <QCoreApplication>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <sqlite3.h>

using namespace diascope;
using base::Json;
using search::Search;
using search::StudyFile;
using search::Trial;
using search::TrialState;
using tests::descriptionOf;
using tests::kTrials;
using tests::runOne;

namespace {

/// Leaves a journal behind: dies in a transaction whose pages are already in the file.
void dieInTransaction(const std::filesystem::path& file)
{
    sqlite3* connection = nullptr;
    sqlite3_open(file.c_str(), &connection);
    sqlite3_exec(connection,
        "PRAGMA cache_size=1; PRAGMA cache_spill=1; BEGIN; UPDATE trial SET note = hex(randomblob(4000)), state = "
        "'failed', value = NULL;",
        nullptr, nullptr, nullptr);
    tests::dieIf(true);
}

int child(const std::filesystem::path& file, const std::string& place)
{
    if (place == "transaction") {
        dieInTransaction(file);
    }
    Search search(StudyFile::resume(file, descriptionOf()));
    while (search.done() < kTrials) {
        runOne(search, place);
    }
    return 0;
}

/// What must not depend on interruptions.
Json essence(const std::vector<Trial>& trials)
{
    Json list = Json::array();
    for (const Trial& trial : trials) {
        Json point = Json::array();
        for (const auto& coordinate : trial.point) {
            point.push_back(coordinate ? Json(*coordinate) : Json());
        }
        list.push_back({{"number", trial.number}, {"state", search::name(trial.state)},
            {"value", trial.value ? Json(*trial.value) : Json()}, {"point", point}, {"reports", trial.reports}});
    }
    return list;
}

} // namespace

class TestStudy final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void everythingIsReadBack();
    void aStudyIsNotOverwritten();
    void killedSearchesGoOnAsIfNothingHappened_data();
    void killedSearchesGoOnAsIfNothingHappened();
    void aTrialThatKillsItsProcessCountsAsFailed();
    void aStoppedTrialRunsAgainWithoutCounting();
    void lookingChangesNothing();
    void anotherSearchIsRefused_data();
    void anotherSearchIsRefused();

private:
    [[nodiscard]] std::filesystem::path file() const { return m_folder->path().toStdString() + "/study.sqlite"; }
    QProcess::ExitStatus runChild(const std::string& place);

    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestStudy::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    QVERIFY(m_folder->isValid());
}

QProcess::ExitStatus TestStudy::runChild(const std::string& place)
{
    QProcess process;
    process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    process.start(QCoreApplication::applicationFilePath(),
        {QStringLiteral("--child"), QString::fromStdString(file().string()), QString::fromStdString(place)});
    if (!process.waitForFinished(120'000)) {
        process.kill();
        process.waitForFinished();
        qFatal("the child did not end");
    }
    return process.exitStatus();
}

void TestStudy::everythingIsReadBack()
{
    Search search(StudyFile::create(file(), descriptionOf()));
    for (int i = 0; i < kTrials; ++i) {
        runOne(search, {});
    }
    const Trial failing = search.next();
    search.fail(failing.number, "the loss is no number", 2.0);
    const StudyFile again = StudyFile::open(file());
    again.requireSame(descriptionOf());
    QVERIFY(essence(again.trials()) == essence(search.trials()));
    QVERIFY(again.description().space == descriptionOf().space);
    QVERIFY(again.description().pruner == descriptionOf().pruner);
    QCOMPARE(again.trials().back().note, std::string("the loss is no number"));
    QCOMPARE(again.trials().back().seconds, 2.0);
    QCOMPARE(again.trials().front().seconds, 0.5);
    const auto pruned = std::count_if(
        again.trials().begin(), again.trials().end(), [](const Trial& t) { return t.state == TrialState::Pruned; });
    QVERIFY2(pruned > 0 && pruned < kTrials, std::to_string(pruned).c_str()); // the tests below mean both kinds
}

void TestStudy::aStudyIsNotOverwritten()
{
    tests::makeStudy(file());
    const std::string before = base::readFile(file());
    const auto error = tests::errorOf([&] { (void)StudyFile::create(file(), descriptionOf()); });
    QCOMPARE(tests::codeName(error), QByteArray("usage"));
    QVERIFY(base::readFile(file()) == before);
}

void TestStudy::killedSearchesGoOnAsIfNothingHappened_data()
{
    QTest::addColumn<QStringList>("places");
    QTest::newRow("before the first trial ran") << QStringList{"asked 0"};
    QTest::newRow("within a random trial") << QStringList{"reported 3"};
    QTest::newRow("within a proposed trial") << QStringList{"reported 12"};
    QTest::newRow("after a trial was proposed") << QStringList{"asked 11"};
    QTest::newRow("between trials") << QStringList{"told 12"};
    QTest::newRow("again and again") << QStringList{
        "told 2", "asked 5", "reported 5", "told 9", "reported 10", "told 14"};
    QTest::newRow("after the pruner's word")
        << QStringList{"pruned 3", "pruned 4", "pruned 5", "pruned 6", "pruned 7", "pruned 8", "pruned 9"};
    QTest::newRow("within a transaction") << QStringList{"told 9", "transaction"};
}

void TestStudy::killedSearchesGoOnAsIfNothingHappened()
{
    QFETCH(QStringList, places);
    (void)StudyFile::create(file(), descriptionOf());
    QCOMPARE(runChild("nowhere"), QProcess::NormalExit);
    const Json whole = essence(StudyFile::open(file()).trials());
    QCOMPARE(whole.size(), std::size_t(kTrials));
    std::filesystem::remove(file());

    (void)StudyFile::create(file(), descriptionOf());
    int killed = 0;
    for (const QString& place : places) {
        const bool journal = place == QStringLiteral("transaction");
        killed += runChild(place.toStdString()) == QProcess::CrashExit ? 1 : 0;
        QVERIFY(!journal || std::filesystem::exists(file().string() + "-journal")); // the file holds half a transaction
    }
    QVERIFY2(places.front().startsWith(QStringLiteral("pruned")) ? killed > 0 : killed == places.size(),
        std::to_string(killed).c_str());
    QCOMPARE(runChild("nowhere"), QProcess::NormalExit);
    const StudyFile study = StudyFile::open(file());
    QCOMPARE(QString::fromStdString(essence(study.trials()).dump(1)), QString::fromStdString(whole.dump(1)));
}

void TestStudy::aTrialThatKillsItsProcessCountsAsFailed()
{
    (void)StudyFile::create(file(), descriptionOf());
    for (int death = 0; death < StudyFile::kMostDeaths; ++death) {
        QCOMPARE(runChild("reported 2"), QProcess::CrashExit);
    }
    QCOMPARE(runChild("nowhere"), QProcess::NormalExit);
    const StudyFile study = StudyFile::open(file());
    const Trial& killer = study.trials().at(2);
    QVERIFY(killer.state == TrialState::Failed);
    QVERIFY2(killer.note.find("died 3 times") != std::string::npos, killer.note.c_str());
    QCOMPARE(study.trials().size(), std::size_t(kTrials)); // it is one of them
}

void TestStudy::aStoppedTrialRunsAgainWithoutCounting()
{
    (void)StudyFile::create(file(), descriptionOf());
    search::Point point;
    for (int time = 0; time < 5; ++time) {
        Search search(StudyFile::open(file()));
        const Trial trial = search.next();
        QCOMPARE(trial.number, 0);
        QVERIFY(time == 0 || trial.point == point);
        QVERIFY(trial.state == TrialState::Running);
        point = trial.point;
        search.interrupt(0, 1.0);
        QCOMPARE(search.done(), 0);
    }
    const StudyFile study = StudyFile::open(file());
    QCOMPARE(study.trials().front().deaths, 0);
    QCOMPARE(study.trials().front().seconds, 5.0);
}

void TestStudy::lookingChangesNothing()
{
    Search search(StudyFile::create(file(), descriptionOf()));
    (void)search.next();
    const std::string before = base::readFile(file());
    StudyFile seen = StudyFile::view(file());
    QVERIFY(seen.trials().front().state == TrialState::Running);
    QCOMPARE(tests::codeName(tests::errorOf([&] { seen.report(0, 0, 1.0); })), QByteArray("unreadable"));
    QVERIFY(base::readFile(file()) == before);
}

void TestStudy::anotherSearchIsRefused_data()
{
    QTest::addColumn<QByteArray>("differs");
    for (const char* part : {"space", "seed", "sampler", "direction", "objective", "pruner", "plan"}) {
        QTest::newRow(part) << QByteArray(part);
    }
}

void TestStudy::anotherSearchIsRefused()
{
    QFETCH(QByteArray, differs);
    tests::makeStudy(file());
    (void)Search(StudyFile::open(file())).next(); // running: must not be touched by a refusal
    const std::string before = base::readFile(file());
    search::StudyDescription other = descriptionOf();
    if (differs == "space") {
        other.space = bench::searchCube(2, 0.0, 1.0);
    } else if (differs == "plan") {
        other.subject["training"]["epochs"] = 4;
    } else if (differs == "direction") {
        other.direction = search::Direction::Maximise;
    } else if (differs == "objective") {
        other.objective = "validation auc";
    } else if (differs == "sampler") {
        other.sampler = "random";
    } else if (differs == "pruner") {
        other.pruner.enabled = false;
    } else {
        other.seed = 7;
    }
    const auto error = tests::errorOf([&] { (void)StudyFile::resume(file(), other); });
    QCOMPARE(tests::codeName(error), QByteArray("mismatch"));
    QVERIFY2(
        QByteArray(error->what()).contains("another " + differs) && QByteArray(error->what()).contains("study.sqlite"),
        error->what());
    QVERIFY(base::readFile(file()) == before);
}

int main(int argc, char** argv)
{
    if (argc == 4 && std::string_view(argv[1]) == "--child") {
        return child(argv[2], argv[3]);
    }
    QCoreApplication application(argc, argv);
    TestStudy test;
    return QTest::qExec(&test, argc, argv);
}
#include "TestStudy.moc"
