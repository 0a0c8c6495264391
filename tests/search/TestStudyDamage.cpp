// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/AtomicFile.h"
#include "search/TinyStudy.h"
#include "support/ErrorOf.h"

#include <QTemporaryDir>
#include <QTest>

#include <sqlite3.h>

using namespace diascope;
using search::StudyFile;

namespace {

/// Runs SQL on a file as another program would.
void raw(const std::filesystem::path& file, const std::string& sql)
{
    sqlite3* connection = nullptr;
    char* message = nullptr;
    const bool good = sqlite3_open(file.c_str(), &connection) == SQLITE_OK
        && sqlite3_exec(connection, sql.c_str(), nullptr, nullptr, &message) == SQLITE_OK;
    const std::string why = message == nullptr ? "cannot be opened" : message;
    sqlite3_free(message);
    sqlite3_close(connection);
    if (!good) {
        throw std::runtime_error(sql + ": " + why);
    }
}

} // namespace

/// Files that are no study, or not any more.
class TestStudyDamage final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        QVERIFY(m_folder->isValid());
    }
    void foreignFilesAreRefused_data();
    void foreignFilesAreRefused();
    void damageIsFound_data();
    void damageIsFound();
    void aLockedStudyIsBusy();

private:
    [[nodiscard]] std::filesystem::path file() const { return m_folder->path().toStdString() + "/study.sqlite"; }

    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestStudyDamage::foreignFilesAreRefused_data()
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
    content("text",
        std::string("this is a letter, not a study, and it is long enough to have a header of 100 bytes ")
            .append(500, '.'),
        "no SQLite file");
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
    sql("an unknown sampler", "UPDATE study SET description = replace(description, '\"tpe\"', '\"gp\"')",
        "none of tpe and random");
    sql("an unknown direction", "UPDATE study SET description = replace(description, 'minimise', 'sideways')",
        "direction");
    sql("a deep description", "UPDATE study SET description = replace(hex(zeroblob(200)), '00', '[')",
        "describes its search wrongly");
    sql("a trial missing",
        "DELETE FROM setting WHERE trial = 3; DELETE FROM report WHERE trial = 3; DELETE FROM trial WHERE number = 3",
        "lacks trial 3");
    sql("complete without a value", "UPDATE trial SET state = 'complete', value = NULL", "no state, or a value");
    sql("failed with a value", "UPDATE trial SET state = 'failed', value = 1.0", "no state, or a value");
    sql("an endless value", "UPDATE trial SET state = 'complete', value = 9e999", "no state, or a value");
    sql("a choice that is none", "UPDATE setting SET coordinate = 17 WHERE name = 'batch'", "outside the search space");
    sql("a number outside", "UPDATE setting SET coordinate = 1e300 WHERE name = 'dropout'", "outside the search space");
    sql("a setting less", "DELETE FROM setting WHERE name = 'dropout'", "where it needs one");
    sql("a setting that is not searched",
        "UPDATE setting SET name = 'Robert''); DROP TABLE trial;--' WHERE name = 'dropout'", "which is not searched");
    sql("a setting of no trial", "INSERT INTO setting VALUES(99, 'dropout', 0.5, '0.5')", "not there");
    sql("a report of no trial", "INSERT INTO report VALUES(99, 1, 0.5)", "no trial can have made");
    sql("a report from the far future", "INSERT INTO report VALUES(1, 9000000000000000000, 0.5)",
        "no trial can have made");
    sql("an endless report", "INSERT INTO report VALUES(1, 77, 9e999)", "no trial can have made");
}

void TestStudyDamage::foreignFilesAreRefused()
{
    QFETCH(std::string, sql);
    QFETCH(std::string, content);
    QFETCH(QByteArray, code);
    QFETCH(QByteArray, said);
    tests::makeStudy(file());
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
        QVERIFY2(QByteArray(error->what()).contains(said) && QByteArray(error->what()).contains("study.sqlite"),
            error->what());
        QVERIFY(!error->remedyText().empty());
    }
    QVERIFY(base::readFile(file()) == before);
}

void TestStudyDamage::damageIsFound_data()
{
    QTest::addColumn<int>("how"); // 0: bytes flipped, 1: cut short
    QTest::newRow("flipped bytes") << 0;
    QTest::newRow("cut short") << 1;
}

/// Wherever the damage is: the study opens with all its trials as they were or is refused in words; a byte of a note, a
/// time or a number that is only another one cannot be told apart.
void TestStudyDamage::damageIsFound()
{
    QFETCH(int, how);
    tests::makeStudy(file());
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
    QVERIFY2(how == 0 ? refused > 0 : refused == places,
        (std::to_string(refused) + " of " + std::to_string(places)).c_str());
}

void TestStudyDamage::aLockedStudyIsBusy()
{
    tests::makeStudy(file());
    sqlite3* connection = nullptr;
    QCOMPARE(sqlite3_open(file().c_str(), &connection), SQLITE_OK);
    QCOMPARE(sqlite3_exec(connection, "BEGIN EXCLUSIVE", nullptr, nullptr, nullptr), SQLITE_OK);
    const auto error = tests::errorOf([&] { (void)StudyFile::open(file()); });
    sqlite3_close(connection);
    QCOMPARE(tests::codeName(error), QByteArray("busy"));
    (void)StudyFile::open(file());
}

QTEST_GUILESS_MAIN(TestStudyDamage)
#include "TestStudyDamage.moc"
