// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/AtomicFile.h"
#include "base/TemporaryName.h"
#include "runs/RunFolder.h"
#include "support/ErrorOf.h"

#include <QRegularExpression>
#include <QTemporaryDir>
#include <array>
#include <csignal>
#include <memory>
#include <set>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

using namespace diascope;
using runs::RunFolder;
namespace fs = std::filesystem;

class TestRunFolder : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_dir = std::make_unique<QTemporaryDir>();
        m_folder = fs::path(m_dir->path().toStdString()) / "runs" / "first";
    }

    void createWriteAndOpenAgain()
    {
        {
            RunFolder run = RunFolder::create(m_folder);
            run.writeText("plan.yaml", "epochs: 3\n");
            run.writeTable("splits.csv", {"sample", "part"}, {{"=a,1", "train"}, {"-b", "-3.2"}});
            run.appendEpochRow({{"epoch", "1"}, {"loss", "0.5"}});
            run.appendLog("started\nnow");
            const std::string state = "state";
            run.saveCheckpoint(std::as_bytes(std::span(state)));
        }
        QVERIFY(!fs::exists(m_folder / "lock"));
        RunFolder run = RunFolder::open(m_folder);
        run.appendEpochRow({{"epoch", "2"}, {"loss", "0.25"}});
        QCOMPARE(run.readText("plan.yaml"), std::string("epochs: 3\n"));
        QCOMPARE(base::readFile(m_folder / "epochs.csv"), std::string("epoch,loss\n1,0.5\n2,0.25\n"));
        const auto splits = run.readTable("splits.csv");
        QVERIFY(splits.rows == (std::vector<std::vector<std::string>>{{"=a,1", "train"}, {"-b", "-3.2"}}));
        QVERIFY(run.readText("splits.csv").find("\"'=a,1\"") != std::string::npos);
        QCOMPARE(run.newestCheckpoint()->bytes, std::string("state"));
        QVERIFY(run.takenOverFrom().empty());
        QVERIFY(run.has("plan.yaml") && !run.has("result.json"));
        QCOMPARE(run.packageFile(), m_folder / "package.safetensors");
        const QString log = QString::fromStdString(run.readText("log.txt"));
        QVERIFY2(QRegularExpression("^20\\d\\d-\\S+Z started\\\\nnow\n$").match(log).hasMatch(), qPrintable(log));
    }

    void nothingForeignIsOverwritten()
    {
        fs::create_directories(m_folder);
        base::writeFileAtomically(m_folder / "thesis.txt", "years of work");
        const auto foreign = tests::errorOf([&] { (void)RunFolder::create(m_folder); });
        QCOMPARE(tests::codeName(foreign), "usage");
        QVERIFY(QByteArray(foreign->what()).contains("not empty and is not a run"));
        QCOMPARE(std::distance(fs::directory_iterator(m_folder), fs::directory_iterator()), std::ptrdiff_t{1});
        QCOMPARE(tests::codeName(tests::errorOf([&] { (void)RunFolder::open(m_folder); })), "malformed");
        fs::remove(m_folder / "thesis.txt");
        { const RunFolder run = RunFolder::create(m_folder); } // an empty folder will do
        const auto again = tests::errorOf([&] { (void)RunFolder::create(m_folder); });
        QCOMPARE(tests::codeName(again), "usage");
        QVERIFY(QByteArray(again->what()).contains("a run in this folder already"));
        QCOMPARE(tests::codeName(tests::errorOf([&] { (void)RunFolder::open(m_folder / "none"); })), "not-found");
    }

    void aFileInTheWayIsNamed()
    {
        fs::create_directories(m_folder.parent_path());
        base::writeFileAtomically(m_folder, "a file");
        QCOMPARE(tests::codeName(tests::errorOf([&] { (void)RunFolder::create(m_folder / "sub"); })), "unreadable");
        QCOMPARE(tests::codeName(tests::errorOf([&] { (void)RunFolder::open(m_folder); })), "not-found");
    }

    void newerVersionIsRefused()
    {
        { const RunFolder run = RunFolder::create(m_folder); }
        base::writeFileAtomically(m_folder / "run.json", R"({"format": "diascope-run", "version": 99})");
        const auto error = tests::errorOf([&] { (void)RunFolder::open(m_folder); });
        QCOMPARE(tests::codeName(error), "malformed");
        QVERIFY(QByteArray(error->what()).contains("version 99"));
    }

    void secondInstanceIsToldWhoHoldsIt()
    {
        const RunFolder first = RunFolder::create(m_folder);
        const auto inProcess = tests::errorOf([&] { (void)RunFolder::open(m_folder); });
        QCOMPARE(tests::codeName(inProcess), "busy");
        const std::string who = "process " + std::to_string(::getpid()) + " on " + base::hostName() + " since 20";
        QVERIFY2(std::string(inProcess->what()).find(who) != std::string::npos, inProcess->what());
        const pid_t child = ::fork();
        if (child == 0) { // another process sees the same
            const auto error = tests::errorOf([&] { (void)RunFolder::open(m_folder); });
            ::_exit(error && error->code() == base::ErrorCode::Busy ? 0 : 1);
        }
        int status = -1;
        QCOMPARE(::waitpid(child, &status, 0), child);
        QVERIFY(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        const RunFolder watcher = RunFolder::view(m_folder); // looking on is always allowed
        QVERIFY(watcher.has("run.json"));
    }

    void lockOfAKilledProcessIsTakenOver()
    {
        std::array<int, 2> pipe{};
        QCOMPARE(::pipe(pipe.data()), 0);
        const pid_t child = ::fork();
        if (child == 0) {
            RunFolder run = RunFolder::create(m_folder);
            run.appendLog("about to be killed");
            base::writeFileAtomically(m_folder / "plan.yaml", "x");
            (void)!::write(pipe[1], "x", 1);
            ::pause();
        }
        char ready = 0;
        QCOMPARE(::read(pipe[0], &ready, 1), ssize_t{1});
        QCOMPARE(tests::codeName(tests::errorOf([&] { (void)RunFolder::open(m_folder); })), "busy");
        ::kill(child, SIGKILL);
        QCOMPARE(::waitpid(child, nullptr, 0), child);
        QVERIFY(fs::exists(m_folder / "lock"));
        const RunFolder run = RunFolder::open(m_folder);
        QVERIFY2(run.takenOverFrom().starts_with("process " + std::to_string(child)), run.takenOverFrom().c_str());
        ::close(pipe[0]);
        ::close(pipe[1]);
    }

    void lockOfAnotherComputerIsRespected()
    {
        { const RunFolder run = RunFolder::create(m_folder); }
        base::writeFileAtomically(m_folder / "lock", R"({"pid": 17, "host": "another-computer", "since": "2026-01-01T00:00:00Z"})");
        const auto error = tests::errorOf([&] { (void)RunFolder::open(m_folder); });
        QCOMPARE(tests::codeName(error), "busy");
        QVERIFY2(QByteArray(error->what()).contains("process 17 on another-computer"), error->what());
        QVERIFY(fs::exists(m_folder / "lock"));
    }

    void tornLockIsNobodys()
    {
        { const RunFolder run = RunFolder::create(m_folder); }
        for (const char* text : {"", "{\"pid\": 1", "\xFF\xFE"}) {
            base::writeFileAtomically(m_folder / "lock", text);
            const RunFolder run = RunFolder::open(m_folder);
            QVERIFY(run.takenOverFrom().empty());
        }
    }

    void viewDoesNotWrite()
    {
        { const RunFolder run = RunFolder::create(m_folder); }
        RunFolder run = RunFolder::view(m_folder);
        QCOMPARE(tests::codeName(tests::errorOf([&] { run.writeText("plan.yaml", "x"); })), "internal");
        QCOMPARE(tests::codeName(tests::errorOf([&] { run.appendEpochRow({{"epoch", "1"}}); })), "internal");
        QVERIFY(!run.has("plan.yaml"));
    }

    void namesWithFoldersAreRefused_data()
    {
        QTest::addColumn<QString>("name");
        for (const char* name : {"", ".", "..", "../x", "a/b", "/etc/passwd"}) {
            QTest::newRow(name) << QString(name);
        }
    }
    void namesWithFoldersAreRefused()
    {
        QFETCH(QString, name);
        RunFolder run = RunFolder::create(m_folder);
        QCOMPARE(tests::codeName(tests::errorOf([&] { run.writeText(name.toStdString(), "x"); })), "internal");
    }

    void epochRowsKeepTheirColumns()
    {
        RunFolder run = RunFolder::create(m_folder);
        run.appendEpochRow({{"epoch", "1"}, {"note", "a,b"}});
        QCOMPARE(tests::codeName(tests::errorOf([&] { run.appendEpochRow({{"epoch", "2"}}); })), "internal");
        run.appendEpochRow({{"epoch", "2"}, {"note", "=c"}});
        const auto table = run.readTable("epochs.csv");
        QVERIFY(table.rows == (std::vector<std::vector<std::string>>{{"1", "a,b"}, {"2", "=c"}}));
        QVERIFY(table.problems.empty());
    }

    void idsDifferAndSortByTime()
    {
        std::set<std::string> ids;
        for (int i = 0; i < 5; ++i) {
            const std::string id = RunFolder::makeId();
            QVERIFY2(QRegularExpression("^20\\d{6}-\\d{6}-[0-9a-f]{4}$").match(QString::fromStdString(id)).hasMatch(), id.c_str());
            ids.insert(id);
        }
        QVERIFY(ids.size() > 1);
    }

private:
    std::unique_ptr<QTemporaryDir> m_dir;
    fs::path m_folder;
};

QTEST_APPLESS_MAIN(TestRunFolder)
#include "TestRunFolder.moc"
