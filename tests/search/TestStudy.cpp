// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/bench/SearchFunctions.h"
#include "base/AtomicFile.h"
#include "search/Search.h"
#include "support/ErrorOf.h"

#include <QCoreApplication>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <filesystem>
#include <functional>
#include <sqlite3.h>
#include <unistd.h>

using namespace diascope;
using base::Json;
using search::Search;
using search::StudyFile;
using search::Trial;
using search::TrialState;

namespace {

constexpr int kTrials = 16;

search::StudyDescription descriptionOf()
{
    search::StudyDescription description;
    description.space = bench::searchFunctions()[2].space;
    description.direction = search::Direction::Minimise;
    description.objective = "validation loss";
    description.seed = 6;
    description.pruner.startTrials = 3;
    description.subject = Json{{"training", {{"epochs", 3}}}};
    return description;
}

/// Runs SQL on a file as another program would.
void raw(const std::filesystem::path& file, const std::string& sql)
{
    sqlite3* connection = nullptr;
    char* message = nullptr;
    const bool good = sqlite3_open(file.c_str(), &connection) == SQLITE_OK && sqlite3_exec(connection, sql.c_str(), nullptr, nullptr, &message) == SQLITE_OK;
    const std::string why = message == nullptr ? "cannot be opened" : message;
    sqlite3_free(message);
    sqlite3_close(connection);
    if (!good) {
        throw std::runtime_error(sql + ": " + why);
    }
}

void dieIf(bool now)
{
    if (now) {
        ::kill(::getpid(), SIGKILL);
    }
}

/// One trial: three reports on the way to the value; `place` is where the process shall die: "asked 4", "reported 4", "told 4".
void runOne(Search& search, const std::string& place)
{
    const Trial trial = search.next();
    const std::string which = " " + std::to_string(trial.number);
    dieIf(place == "asked" + which);
    const double value = bench::trainingLike(trial.point);
    bool pruned = search.shouldPrune(trial.number);
    for (int step = 0; step < 3 && !pruned; ++step) {
        pruned = search.report(trial.number, step, value + 0.1 * (3 - step));
        dieIf(place == "reported" + which);
    }
    dieIf(place == "pruned" + which && pruned);
    pruned ? search.prune(trial.number, 0.5) : search.complete(trial.number, value, 0.5);
    dieIf(place == "told" + which);
}

/// Leaves a journal behind: dies in a transaction whose pages are already in the file.
void dieInTransaction(const std::filesystem::path& file)
{
    sqlite3* connection = nullptr;
    sqlite3_open(file.c_str(), &connection);
    sqlite3_exec(connection, "PRAGMA cache_size=1; PRAGMA cache_spill=1; BEGIN; UPDATE trial SET note = hex(randomblob(4000)), state = 'failed', value = NULL;", nullptr,
                 nullptr, nullptr);
    dieIf(true);
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
        list.push_back({{"number", trial.number}, {"state", search::name(trial.state)}, {"value", trial.value ? Json(*trial.value) : Json()},
                        {"point", point}, {"reports", trial.reports}});
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
    void foreignFilesAreRefused_data();
    void foreignFilesAreRefused();
    void damageIsFound_data();
    void damageIsFound();
    void aLockedStudyIsBusy();

private:
    [[nodiscard]] std::filesystem::path file() const { return m_folder->path().toStdString() + "/study.sqlite"; }
    QProcess::ExitStatus runChild(const std::string& place);
    /// A study with ten trials that are done.
    void makeStudy();

    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestStudy::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    QVERIFY(m_folder->isValid());
}

void TestStudy::makeStudy()
{
    Search search(StudyFile::create(file(), descriptionOf()));
    for (int i = 0; i < 10; ++i) {
        runOne(search, {});
    }
}

QProcess::ExitStatus TestStudy::runChild(const std::string& place)
{
    QProcess process;
    process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    process.start(QCoreApplication::applicationFilePath(), {QStringLiteral("--child"), QString::fromStdString(file().string()), QString::fromStdString(place)});
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
    const auto pruned = std::count_if(again.trials().begin(), again.trials().end(), [](const Trial& t) { return t.state == TrialState::Pruned; });
    QVERIFY2(pruned > 0 && pruned < kTrials, std::to_string(pruned).c_str()); // the tests below mean both kinds
}

void TestStudy::aStudyIsNotOverwritten()
{
    makeStudy();
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
    QTest::newRow("again and again") << QStringList{"told 2", "asked 5", "reported 5", "told 9", "reported 10", "told 14"};
    QTest::newRow("after the pruner's word") << QStringList{"pruned 3", "pruned 4", "pruned 5", "pruned 6", "pruned 7", "pruned 8", "pruned 9"};
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
    QVERIFY2(places.front().startsWith(QStringLiteral("pruned")) ? killed > 0 : killed == places.size(), std::to_string(killed).c_str());
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
    makeStudy();
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
    QVERIFY2(QByteArray(error->what()).contains("another " + differs) && QByteArray(error->what()).contains("study.sqlite"), error->what());
    QVERIFY(base::readFile(file()) == before);
}

void TestStudy::foreignFilesAreRefused_data()
{
    QTest::addColumn<std::string>("sql");     // on a good study
    QTest::addColumn<std::string>("content"); // in its place, when not empty
    QTest::addColumn<QByteArray>("code");
    QTest::addColumn<QByteArray>("said");
    const auto sql = [](const char* name, const char* text, const char* said, const char* code = "malformed") {
        QTest::newRow(name) << std::string(text) << std::string() << QByteArray(code) << QByteArray(said);
    };
    const auto content = [](const char* name, const std::string& text, const char* said) {
        QTest::newRow(name) << std::string() << text << QByteArray("malformed") << QByteArray(said);
    };
    content("text", std::string("this is a letter, not a study, and it is long enough to have a header of 100 bytes ").append(500, '.'), "no SQLite file");
    content("zeros", std::string(8192, '\0'), "no SQLite file");
    content("header alone", std::string("SQLite format 3").append(1, '\0'), "study");
    sql("of another program", "PRAGMA application_id = 0", "not a study of Diascope");
    sql("newer", "PRAGMA user_version = 2", "version 2", "unsupported");
    sql("older than the first", "PRAGMA user_version = 0", "version 0", "unsupported");
    sql("a trigger", "CREATE TRIGGER t AFTER INSERT ON trial BEGIN DELETE FROM report; END", "'t', which no study has");
    sql("a view", "CREATE VIEW v AS SELECT * FROM trial", "'v', which no study has");
    sql("a table more", "CREATE TABLE secrets(x)", "'secrets', which no study has");
    sql("a table less", "DROP TABLE report", "lacks a table");
    sql("another table", "DROP TABLE report; CREATE TABLE report(trial, step, value)", "'report', which no study has");
    sql("no description", "DELETE FROM study", "does not say what is searched");
    sql("a description that is no JSON", "UPDATE study SET description = '{'", "describes its search wrongly");
    sql("an unknown sampler", "UPDATE study SET description = replace(description, '\"tpe\"', '\"gp\"')", "none of tpe and random");
    sql("an unknown direction", "UPDATE study SET description = replace(description, 'minimise', 'sideways')", "direction");
    sql("a deep description", "UPDATE study SET description = replace(hex(zeroblob(200)), '00', '[')", "describes its search wrongly");
    sql("a trial missing", "DELETE FROM setting WHERE trial = 3; DELETE FROM report WHERE trial = 3; DELETE FROM trial WHERE number = 3", "lacks trial 3");
    sql("complete without a value", "UPDATE trial SET state = 'complete', value = NULL", "no state, or a value");
    sql("failed with a value", "UPDATE trial SET state = 'failed', value = 1.0", "no state, or a value");
    sql("an endless value", "UPDATE trial SET state = 'complete', value = 9e999", "no state, or a value");
    sql("a choice that is none", "UPDATE setting SET coordinate = 17 WHERE name = 'batch'", "outside the search space");
    sql("a number outside", "UPDATE setting SET coordinate = 1e300 WHERE name = 'dropout'", "outside the search space");
    sql("a setting less", "DELETE FROM setting WHERE name = 'dropout'", "where it needs one");
    sql("a setting that is not searched", "UPDATE setting SET name = 'Robert''); DROP TABLE trial;--' WHERE name = 'dropout'", "which is not searched");
    sql("a setting of no trial", "INSERT INTO setting VALUES(99, 'dropout', 0.5, '0.5')", "not there");
    sql("a report of no trial", "INSERT INTO report VALUES(99, 1, 0.5)", "no trial can have made");
    sql("a report from the far future", "INSERT INTO report VALUES(1, 9000000000000000000, 0.5)", "no trial can have made");
    sql("an endless report", "INSERT INTO report VALUES(1, 77, 9e999)", "no trial can have made");
}

void TestStudy::foreignFilesAreRefused()
{
    QFETCH(std::string, sql);
    QFETCH(std::string, content);
    QFETCH(QByteArray, code);
    QFETCH(QByteArray, said);
    makeStudy();
    if (content.empty()) {
        raw(file(), sql);
    } else {
        base::writeFileAtomically(file(), content);
    }
    const std::string before = base::readFile(file());
    for (const bool look : {false, true}) {
        const auto error = tests::errorOf([&] { (void)(look ? StudyFile::view(file()) : StudyFile::open(file())); });
        QVERIFY(error);
        QVERIFY2(tests::codeName(error) == code, error->what());
        QVERIFY2(QByteArray(error->what()).contains(said) && QByteArray(error->what()).contains("study.sqlite"), error->what());
        QVERIFY(!error->remedyText().empty());
    }
    QVERIFY(base::readFile(file()) == before);
}

void TestStudy::damageIsFound_data()
{
    QTest::addColumn<int>("how"); // 0: bytes flipped, 1: cut short
    QTest::newRow("flipped bytes") << 0;
    QTest::newRow("cut short") << 1;
}

/// Wherever the damage is: the study opens with all its trials as they were or is refused in words; a byte of a note, a
/// time or a number that is only another one cannot be told apart.
void TestStudy::damageIsFound()
{
    QFETCH(int, how);
    makeStudy();
    const std::string good = base::readFile(file());
    int refused = 0, places = 0;
    for (std::size_t at = 0; at < good.size(); at += how == 0 ? 97 : 509) {
        std::string bad = good;
        if (how == 0) {
            bad[at] = static_cast<char>(bad[at] ^ 0x55);
        } else {
            bad.resize(at);
        }
        std::filesystem::remove(file());
        base::writeFileAtomically(file(), bad, base::Flush::Later);
        const auto error = tests::errorOf([&] {
            const StudyFile study = StudyFile::open(file());
            if (study.trials().size() != 10) {
                throw base::Error(base::ErrorCode::Internal, "study", "trials were lost without a word");
            }
        });
        ++places;
        refused += error ? 1 : 0;
        QVERIFY2(!error || error->code() == base::ErrorCode::Malformed || error->code() == base::ErrorCode::Unsupported
                     || error->code() == base::ErrorCode::Unreadable,
                 error ? error->what() : "");
    }
    QVERIFY2(how == 0 ? refused > 0 : refused == places, (std::to_string(refused) + " of " + std::to_string(places)).c_str());
}

void TestStudy::aLockedStudyIsBusy()
{
    makeStudy();
    sqlite3* connection = nullptr;
    QCOMPARE(sqlite3_open(file().c_str(), &connection), SQLITE_OK);
    QCOMPARE(sqlite3_exec(connection, "BEGIN EXCLUSIVE", nullptr, nullptr, nullptr), SQLITE_OK);
    const auto error = tests::errorOf([&] { (void)StudyFile::open(file()); });
    sqlite3_close(connection);
    QCOMPARE(tests::codeName(error), QByteArray("busy"));
    (void)StudyFile::open(file());
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
