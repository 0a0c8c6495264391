// SPDX-License-Identifier: GPL-3.0-or-later
// A run with many folds: what is done, whose checkpoints and rows are whose, and watching it from another process.
#include "base/AtomicFile.h"
#include "base/TemporaryName.h"
#include "runs/EpochTail.h"
#include "runs/RunFolder.h"
#include "support/ErrorOf.h"

#include <QTemporaryDir>
#include <fstream>
#include <memory>
#include <sys/wait.h>
#include <unistd.h>

using namespace diascope;
using runs::FoldKey;
using runs::FoldState;
using runs::RunFolder;
namespace fs = std::filesystem;

namespace {

using Rows = std::vector<std::vector<std::string>>;

std::span<const std::byte> bytesOf(const std::string& text)
{
    return std::as_bytes(std::span(text));
}

void append(const fs::path& file, const char* text)
{
    std::ofstream(file, std::ios::app | std::ios::binary) << text;
}

std::string inWords(const std::vector<runs::EpochRow>& rows)
{
    std::string text;
    for (const auto& row : rows) {
        text += runs::folderName(row.key) + ":" + std::to_string(row.epoch) + (row.again ? "again " : " ");
    }
    return text;
}

} // namespace

class TestFolds : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_dir = std::make_unique<QTemporaryDir>();
        m_folder = fs::path(m_dir->path().toStdString()) / "run";
    }

    void remainingFoldsInTheirOrder()
    {
        FoldState state(2, 2);
        QCOMPARE(state.remaining().size(), std::size_t{4});
        state.record({.key = {1, 0}, .score = 0.75});
        state.record({.key = {0, 0},
            .outcome = runs::FoldOutcome::Failed,
            .epochs = 3,
            .score = {},
            .note = "the loss is not a number"});
        QVERIFY((state.remaining() == std::vector<FoldKey>{{0, 1}, {1, 1}}));
        state.record({.key = {1, 0}, .epochs = 9, .bestEpoch = 4, .score = 0.8125}); // again: replaced
        const FoldState read = FoldState::fromJson(state.toJson(), "folds.json");
        QCOMPARE(read.done().size(), std::size_t{2});
        QVERIFY(read.done().front().key == (FoldKey{0, 0}));
        QCOMPARE(read.done().front().note, std::string("the loss is not a number"));
        QVERIFY(read.done().front().outcome == runs::FoldOutcome::Failed && !read.done().front().score);
        QCOMPARE(*read.find({1, 0})->score, 0.8125);
        QCOMPARE(read.find({1, 0})->bestEpoch, 4);
        QVERIFY(read.find({1, 1}) == nullptr);
        QCOMPARE(tests::codeName(tests::errorOf([&] { state.record({.key = {2, 0}}); })), "internal");
    }

    void badFoldFilesAreRefused_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("code");
        const QByteArray head
            = "{\"format\": \"diascope-folds\", \"version\": 1, \"repeats\": 1, \"folds\": 2, \"done\": ";
        QTest::newRow("torn") << QByteArray("{\"format\": \"diasc") << QByteArray("malformed");
        QTest::newRow("another file") << QByteArray("{\"format\": \"x\", \"version\": 1}") << QByteArray("malformed");
        QTest::newRow("newer") << QByteArray("{\"format\": \"diascope-folds\", \"version\": 2}")
                               << QByteArray("malformed");
        QTest::newRow("fold that is not there")
            << head + "[{\"repeat\": 0, \"fold\": 2, \"outcome\": \"finished\"}]}" << QByteArray("malformed");
        QTest::newRow("unknown outcome") << head + "[{\"repeat\": 0, \"fold\": 1, \"outcome\": \"maybe\"}]}"
                                         << QByteArray("malformed");
        QTest::newRow("unknown key") << head
                + "[{\"repeat\": 0, \"fold\": 1, \"outcome\": \"finished\", \"skore\": 1}]}"
                                     << QByteArray("plan");
        QTest::newRow("no folds") << QByteArray(
            "{\"format\": \"diascope-folds\", \"version\": 1, \"repeats\": 1, \"folds\": 0, \"done\": []}")
                                  << QByteArray("plan");
    }
    void badFoldFilesAreRefused()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, code);
        QCOMPARE(tests::codeName(tests::errorOf([&] { (void)FoldState::fromJson(text.toStdString(), "folds.json"); })),
            code);
    }

    void resumedRunGoesOnWithTheNextFold()
    {
        {
            RunFolder run = RunFolder::create(m_folder);
            QVERIFY(!run.foldState());
            FoldState state = run.foldState(1, 3);
            state.record({.key = {0, 0}, .score = 0.5});
            run.writeFoldState(state);
            run.saveCheckpoint({0, 0}, bytesOf("state of fold 0"));
            run.saveCheckpoint({0, 1}, bytesOf("state of fold 1"));
            run.writeFoldFile({0, 0}, "best.safetensors", bytesOf("weights"));
        }
        base::writeFileAtomically(m_folder / "checkpoints" / "0-1" / "notes.txt", "x");
        RunFolder run = RunFolder::open(m_folder);
        QVERIFY((run.foldState(1, 3).remaining() == std::vector<FoldKey>{{0, 1}, {0, 2}}));
        QCOMPARE(run.newestCheckpoint({0, 1})->bytes, std::string("state of fold 1"));
        QCOMPARE(run.newestCheckpoint({0, 0})->bytes, std::string("state of fold 0"));
        QVERIFY(!run.newestCheckpoint({0, 2}));
        QVERIFY(!run.newestCheckpoint()); // none without a fold
        QVERIFY(run.hasFoldFile({0, 0}, "best.safetensors") && !run.hasFoldFile({0, 1}, "best.safetensors"));
        run.dropCheckpoints({0, 0});
        QVERIFY(!run.newestCheckpoint({0, 0}));
        QCOMPARE(base::readFile(run.foldFile({0, 0}, "best.safetensors")), std::string("weights"));
        QCOMPARE(tests::codeName(tests::errorOf([&] { (void)run.foldState(3, 5); })), "mismatch");
        QCOMPARE(run.eventFolder({0, 1}, false), m_folder / "events" / "0-1");
        QCOMPARE(run.eventFolder({0, 0}, true), m_folder);
    }

    void runOfAnOlderVersionHasOneFold()
    {
        {
            RunFolder run = RunFolder::create(m_folder);
            run.saveCheckpoint(bytesOf("old state"));
            run.writeTable("oof.csv", {"sample", "p_yes"}, {{"a", "0.5"}});
        }
        RunFolder run = RunFolder::open(m_folder);
        QCOMPARE(run.newestCheckpoint({0, 0})->bytes, std::string("old state"));
        QVERIFY(!run.newestCheckpoint({0, 1}));
        QCOMPARE(run.foldState(1, 1).remaining().size(), std::size_t{1});
        run.saveCheckpoint({0, 0}, bytesOf("new state"));
        QCOMPARE(run.newestCheckpoint({0, 0})->bytes, std::string("new state"));
        QVERIFY((run.foldRows("oof.csv", {0, 0}).rows == Rows{{"a", "0.5"}}));
        QVERIFY(run.foldRows("oof.csv", {0, 1}).rows.empty());
        run.writeText("result.json", "{}");
        QVERIFY(run.foldState(1, 1).remaining().empty()); // finished
    }

    void tablesHoldEachFoldOnce()
    {
        const std::vector<std::string> header{"sample", "repeat", "fold", "p_yes"};
        RunFolder run = RunFolder::create(m_folder);
        run.replaceFoldRows("oof.csv", {0, 1}, header, {{"c", "0", "1", "0.1"}, {"=d", "0", "1", "0.2"}});
        run.replaceFoldRows("oof.csv", {1, 0}, header, {{"a", "1", "0", "0.3"}});
        run.replaceFoldRows("oof.csv", {0, 0}, header, {{"a", "0", "0", "0.4"}, {"b", "0", "0", "0.5"}});
        run.replaceFoldRows("oof.csv", {0, 1}, header, {{"=d", "0", "1", "0.6"}}); // done again after a resume
        const Rows expected{
            {"a", "0", "0", "0.4"}, {"b", "0", "0", "0.5"}, {"=d", "0", "1", "0.6"}, {"a", "1", "0", "0.3"}};
        QVERIFY(run.readTable("oof.csv").rows == expected);
        QVERIFY((run.foldRows("oof.csv", {0, 1}).rows == Rows{{"=d", "0", "1", "0.6"}}));
        const auto other = tests::errorOf([&] {
            run.replaceFoldRows("oof.csv", {0, 0}, header, {{"x", "0", "1", "1"}});
        });
        QCOMPARE(tests::codeName(other), "internal");
        const auto short_ = tests::errorOf([&] { run.replaceFoldRows("oof.csv", {0, 0}, header, {{"x", "0", "0"}}); });
        QCOMPARE(tests::codeName(short_), "internal");
        const auto changed = tests::errorOf([&] {
            run.replaceFoldRows("oof.csv", {0, 0}, {"repeat", "fold"}, {{"0", "0"}});
        });
        QCOMPARE(tests::codeName(changed), "mismatch");
        QVERIFY(run.readTable("oof.csv").rows == expected);
    }

    void olderEpochTableGetsTheNewColumns()
    {
        {
            RunFolder run = RunFolder::create(m_folder);
            run.appendEpochRow({{"epoch", "0"}, {"loss", "0.5"}, {"old", "x"}});
        }
        RunFolder run = RunFolder::open(m_folder);
        run.appendEpochRow({{"epoch", "1"}, {"loss", "0.25"}, {"auc", "0.75"}});
        run.appendEpochRow({{"epoch", "2"}, {"loss", "0.125"}, {"auc", "0.875"}});
        QCOMPARE(
            run.readText("epochs.csv"), std::string("epoch,loss,old,auc\n0,0.5,x,\n1,0.25,,0.75\n2,0.125,,0.875\n"));
    }

    void staleTemporariesOfFoldsAreRemoved()
    {
        const pid_t child = ::fork();
        if (child == 0) { // dies as in the middle of a save: its temporary file stays
            RunFolder run = RunFolder::create(m_folder);
            run.saveCheckpoint({0, 1}, bytesOf("state"));
            append(m_folder / "checkpoints" / "0-1" / base::temporaryName(), "half");
            ::_exit(0);
        }
        QCOMPARE(::waitpid(child, nullptr, 0), child);
        const fs::path fold = m_folder / "checkpoints" / "0-1";
        QCOMPARE(std::distance(fs::directory_iterator(fold), fs::directory_iterator()), std::ptrdiff_t{2});
        const RunFolder run = RunFolder::open(m_folder);
        QCOMPARE(std::distance(fs::directory_iterator(fold), fs::directory_iterator()), std::ptrdiff_t{1});
    }

    void watcherReadsWhatIsNew()
    {
        runs::EpochTail tail(m_folder / "epochs.csv");
        QVERIFY(tail.poll().rows.empty()); // not there yet
        RunFolder run = RunFolder::create(m_folder);
        run.appendEpochRow({{"repeat", "0"}, {"fold", "0"}, {"epoch", "0"}, {"loss", "0.5"}, {"auc", ""}});
        auto news = tail.poll();
        QCOMPARE(inWords(news.rows), std::string("0-0:0 "));
        QVERIFY(!news.restarted && news.problems.empty());
        QCOMPARE(*tail.number(news.rows[0], "loss"), 0.5);
        QVERIFY(!tail.number(news.rows[0], "auc") && !tail.number(news.rows[0], "none"));
        QVERIFY(tail.poll().rows.empty());
        run.appendEpochRow({{"repeat", "0"}, {"fold", "0"}, {"epoch", "1"}, {"loss", "0.25"}, {"auc", "1"}});
        run.appendEpochRow({{"repeat", "1"}, {"fold", "4"}, {"epoch", "0"}, {"loss", "0.125"}, {"auc", "1"}});
        run.appendEpochRow({{"repeat", "0"}, {"fold", "0"}, {"epoch", "1"}, {"loss", "0.25"}, {"auc", "1"}});
        news = tail.poll();
        QCOMPARE(inWords(news.rows), std::string("0-0:1 1-4:0 0-0:1again "));
        QCOMPARE(tail.columns().size(), std::size_t{5});
    }

    void watcherWaitsForTheEndOfALine()
    {
        const fs::path file = m_folder.parent_path() / "epochs.csv";
        runs::EpochTail tail(file);
        append(file, "repeat,fold,ep");
        QVERIFY(tail.poll().rows.empty() && tail.columns().empty());
        append(file, "och,loss\n0,0,0,0.5\n0,0,1,0.2");
        auto news = tail.poll();
        QCOMPARE(inWords(news.rows), std::string("0-0:0 "));
        append(file, "5\n0,0,2");
        news = tail.poll();
        QCOMPARE(inWords(news.rows), std::string("0-0:1 "));
        QCOMPARE(*tail.number(news.rows[0], "loss"), 0.25);
        append(file, "\n0,0,2,0.125\n"); // the writer was killed; the next one starts on a line of its own
        news = tail.poll();
        QCOMPARE(inWords(news.rows), std::string("0-0:2 "));
        QCOMPARE(news.problems.size(), std::size_t{1});
        QVERIFY(QByteArray(news.problems[0].detail.c_str()).contains("line 4 is torn"));
        append(file, "0,0,\"3,1\n0,0,x,1\n0,0,4,1,1\n\n0,0,5,1\n");
        news = tail.poll();
        QCOMPARE(inWords(news.rows), std::string("0-0:5 "));
        QCOMPARE(news.problems.size(), std::size_t{3});
    }

    void watcherSeesAnotherFile()
    {
        const fs::path file = m_folder.parent_path() / "epochs.csv";
        runs::EpochTail tail(file);
        base::writeFileAtomically(file, "epoch,loss\n0,1\n1,1\n");
        QCOMPARE(inWords(tail.poll().rows), std::string("0-0:0 0-0:1 ")); // of a version without folds
        base::writeFileAtomically(file, "epoch,loss,auc\n0,1,\n1,1,\n2,1,0.5\n");
        const auto news = tail.poll();
        QVERIFY(news.restarted);
        QCOMPARE(inWords(news.rows), std::string("0-0:0 0-0:1 0-0:2 "));
        QCOMPARE(tail.columns().size(), std::size_t{3});
    }

    void watcherReadsOnlyWhatWasAdded()
    {
        const fs::path file = m_folder.parent_path() / "epochs.csv";
        base::writeFileAtomically(file, "epoch,loss\n0,1\n");
        runs::EpochTail tail(file);
        QCOMPARE(inWords(tail.poll().rows), std::string("0-0:0 "));
        { // what was read is not looked at again: it may be nonsense by now
            std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
            stream << "XXXXXXXXXX";
        }
        append(file, "1,0.5\n");
        QCOMPARE(inWords(tail.poll().rows), std::string("0-0:1 "));
    }

private:
    std::unique_ptr<QTemporaryDir> m_dir;
    fs::path m_folder;
};

QTEST_APPLESS_MAIN(TestFolds)
#include "TestFolds.moc"
