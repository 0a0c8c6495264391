// SPDX-License-Identifier: GPL-3.0-or-later
// Holding a whole run: by somebody, by a full disk; and what it says of how far it has come.
#include "base/AtomicFile.h"
#include "base/Error.h"
#include "decode/DecoderPool.h"
#include "pipeline/DiskPause.h"
#include "pipeline/RunProgress.h"
#include "pipeline/TinyRuns.h"
#include "train/Pause.h"

#include <QProcess>
#include <QScopeGuard>
#include <QTest>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <functional>
#include <thread>

#include <unistd.h>

using namespace diascope;
using pipeline::Plan;
using pipeline::RunResult;
using tests::crossPlan;
using tests::planFor;
using tests::tensorsOf;
using tests::TinyFiles;
using tests::Watcher;
using tests::writeTable;
using train::RunState;

namespace fs = std::filesystem;

namespace {

/// Closes the gate after the first epoch; when as many folds hold as are at work, does `whenHeld` on another thread.
class Holder final : public train::TrainingObserver {
public:
    Holder(train::PauseGate& gate, int folds, std::function<void()> whenHeld) : m_gate(gate), m_folds(folds), m_whenHeld(std::move(whenHeld)) {}
    void onBatch(const train::BatchProgress&) override {}
    void onEpoch(const train::EpochReport&) override
    {
        if (++epochs == 1) {
            m_gate.close();
        }
    }
    void onMessage(const std::string& text) override
    {
        messages.push_back(text);
        if (text == "Paused." && ++m_held == m_folds) {
            m_thread = std::jthread(m_whenHeld);
        }
    }
    int epochs = 0;
    std::vector<std::string> messages;

private:
    train::PauseGate& m_gate;
    int m_folds, m_held = 0;
    std::function<void()> m_whenHeld;
    std::jthread m_thread;
};

/// Fills a disk after some epoch, and makes room again when the run says that it waits.
class Filler final : public train::TrainingObserver {
public:
    explicit Filler(fs::path file) : m_file(std::move(file)) {}
    void onBatch(const train::BatchProgress&) override {}
    void onEpoch(const train::EpochReport& report) override
    {
        if (report.epoch == 2 && !fs::exists(m_file) && fulls == 0) {
            std::ofstream out(m_file, std::ios::binary);
            const std::string block(1 << 16, 'x');
            while (out.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
            }
        }
    }
    void onMessage(const std::string& text) override
    {
        if (text.starts_with("The disk is full")) {
            ++fulls;
            if (whenFull) {
                whenFull();
            }
        }
        if (text.starts_with("There is room")) {
            ++rooms;
        }
    }
    std::function<void()> whenFull;
    int fulls = 0, rooms = 0;

private:
    fs::path m_file;
};

/// A small disk of its own; empty when this machine does not let us mount one.
QString mountedDisk(const TinyFiles& files)
{
    const QString disk = QString::fromStdString((files.root() / "disk").string());
    fs::create_directories(disk.toStdString());
    const bool mounted = ::geteuid() == 0 && QProcess::execute("mount", {"-t", "tmpfs", "-o", "size=80m", "tmpfs", disk}) == 0;
    return mounted ? disk : QString();
}

} // namespace

class RunPauseTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyFoldHoldsAndGoesOn();
    void aPausedRunCanBeStopped();
    void aFullDiskPausesTheRunUntilThereIsRoom();
    void aRunThatWaitsForRoomCanBeStopped();
    void waitsOnlyForWhatPasses_data();
    void waitsOnlyForWhatPasses();
    void leavesAPauseOfTheUserAlone();
    void saysHowFarItHasCome();
    void tellsTheTimeLeftOfAllFolds();

private:
    decode::DecoderPool m_pool{decode::PoolConfig{}};
};

void RunPauseTest::everyFoldHoldsAndGoesOn()
{
    const TinyFiles files;
    const Plan plan = crossPlan(writeTable(files, 18), 3);
    Watcher plain;
    const RunResult expected = pipeline::train(plan, files.root() / "plain", m_pool, plain, {}, {});
    std::vector<bool> changes; // on whichever thread, but one after the other
    train::PauseGate gate([&](bool closed) { changes.push_back(closed); });
    int epochsWhenHeld = -1;
    Holder* watched = nullptr;
    Holder holder(gate, 2, [&] {
        epochsWhenHeld = watched->epochs; // nobody counts while all hold
        gate.open();
    });
    watched = &holder;
    const RunResult result = pipeline::train(plan, files.root() / "held", m_pool, holder, {}, {}, false, &gate);
    QCOMPARE(result.state, RunState::Finished);
    QVERIFY(epochsWhenHeld >= 1 && epochsWhenHeld <= 2); // the one that closed it, and one that ended meanwhile
    QCOMPARE(changes, (std::vector<bool>{true, false}));
    QCOMPARE(std::count(holder.messages.begin(), holder.messages.end(), "Going on."), std::ptrdiff_t{2});
    QCOMPARE(holder.epochs, 18);
    QCOMPARE(result.result.dump(), expected.result.dump());
    QCOMPARE(tensorsOf(result.package), tensorsOf(expected.package));
}

void RunPauseTest::aPausedRunCanBeStopped()
{
    const TinyFiles files;
    const Plan plan = planFor(writeTable(files, 16), 5);
    train::PauseGate gate;
    std::stop_source stop;
    Holder holder(gate, 1, [&] { stop.request_stop(); });
    const RunResult stopped = pipeline::train(plan, files.root() / "run", m_pool, holder, {}, stop.get_token(), false, &gate);
    QCOMPARE(stopped.state, RunState::Stopped);
    QVERIFY(stopped.resumable);
    Watcher watcher;
    QCOMPARE(pipeline::train(plan, files.root() / "run", m_pool, watcher, {}, {}, true).state, RunState::Finished);
    QCOMPARE(watcher.epochs.size(), std::size_t{4});
}

void RunPauseTest::aFullDiskPausesTheRunUntilThereIsRoom()
{
    const TinyFiles files;
    const QString disk = mountedDisk(files);
    if (disk.isEmpty()) {
        QSKIP("this machine does not let us mount a small disk");
    }
    const auto unmount = qScopeGuard([&] { QProcess::execute("umount", {disk}); });
    const Plan plan = planFor(writeTable(files, 16), 5);
    Watcher plain;
    const RunResult expected = pipeline::train(plan, files.root() / "plain", m_pool, plain, {}, {});
    const fs::path root(disk.toStdString());
    Filler filler(root / "filler");
    filler.whenFull = [&] { fs::remove(root / "filler"); };
    std::vector<bool> changes;
    train::PauseGate gate([&](bool closed) { changes.push_back(closed); });
    const RunResult result = pipeline::train(plan, root / "run", m_pool, filler, {}, {}, false, &gate);
    QVERIFY2(result.state == RunState::Finished, result.problems.empty() ? "" : result.problems.back().detail.c_str());
    QCOMPARE(filler.fulls, 1);
    QCOMPARE(filler.rooms, 1);
    QCOMPARE(changes, (std::vector<bool>{true, false})); // it opened by itself
    QCOMPARE(result.result.dump(), expected.result.dump());
    QCOMPARE(tensorsOf(result.package), tensorsOf(expected.package));
    QCOMPARE(base::readFile(root / "run" / "oof.csv"), base::readFile(files.root() / "plain" / "oof.csv"));
}

void RunPauseTest::aRunThatWaitsForRoomCanBeStopped()
{
    const TinyFiles files;
    const QString disk = mountedDisk(files);
    if (disk.isEmpty()) {
        QSKIP("this machine does not let us mount a small disk");
    }
    const auto unmount = qScopeGuard([&] { QProcess::execute("umount", {disk}); });
    const Plan plan = planFor(writeTable(files, 16), 5);
    const fs::path root(disk.toStdString());
    Filler filler(root / "filler");
    std::stop_source stop;
    filler.whenFull = [&] { stop.request_stop(); };
    train::PauseGate gate;
    const RunResult stopped = pipeline::train(plan, root / "run", m_pool, filler, {}, stop.get_token(), false, &gate);
    QCOMPARE(stopped.state, RunState::Stopped);
    QVERIFY(stopped.resumable);
    QCOMPARE(stopped.problems.back().code, base::ErrorCode::DiskFull);
    fs::remove(root / "filler");
    Watcher watcher;
    QCOMPARE(pipeline::train(plan, root / "run", m_pool, watcher, {}, {}, true).state, RunState::Finished);
}

void RunPauseTest::waitsOnlyForWhatPasses_data()
{
    QTest::addColumn<int>("code");
    QTest::addColumn<bool>("gate");
    QTest::addColumn<bool>("stopped");
    QTest::addColumn<bool>("waits");
    const auto full = static_cast<int>(base::ErrorCode::DiskFull);
    QTest::newRow("a full disk") << full << true << false << true;
    QTest::newRow("nobody to open the gate") << full << false << false << false;
    QTest::newRow("stopped") << full << true << true << false;
    QTest::newRow("a read-only disk") << static_cast<int>(base::ErrorCode::Unreadable) << true << false << false;
}

void RunPauseTest::waitsOnlyForWhatPasses()
{
    QFETCH(int, code);
    QFETCH(bool, gate);
    QFETCH(bool, stopped);
    QFETCH(bool, waits);
    train::PauseGate door;
    std::stop_source stop;
    if (stopped) {
        stop.request_stop();
    }
    std::vector<std::string> words;
    pipeline::DiskPause disk(gate ? &door : nullptr, stop.get_token(), [&](const std::string& text) { words.push_back(text); });
    int tries = 0;
    const auto failOnce = [&] {
        if (++tries == 1) {
            throw base::Error(static_cast<base::ErrorCode>(code), "a file", "could not be written");
        }
        QVERIFY(door.isClosed() == waits);
    };
    if (waits) {
        disk.write(failOnce);
        QCOMPARE(tries, 2);
        QCOMPARE(words.size(), std::size_t{2});
        QVERIFY(words[0].find("a file") != std::string::npos);
    } else {
        QVERIFY_THROWS_EXCEPTION(base::Error, disk.write(failOnce));
        QVERIFY(words.empty());
    }
    QVERIFY(!door.isClosed());
}

void RunPauseTest::leavesAPauseOfTheUserAlone()
{
    train::PauseGate door;
    door.close();
    pipeline::DiskPause disk(&door, {}, [](const std::string&) {});
    int tries = 0;
    disk.write([&] {
        if (++tries == 1) {
            throw base::Error(base::ErrorCode::DiskFull, "a file", "no room");
        }
    });
    QVERIFY(door.isClosed());
}

void RunPauseTest::saysHowFarItHasCome()
{
    pipeline::RunProgress one;
    one.take(train::FoldsProgress{0, 1, -1, -1});
    // Repeat, fold, epoch, epochs, batch, batches, loss, images a second, seconds left.
    base::Progress progress = one.take(train::BatchProgress{0, 0, 3, 30, 10, 20, 0.5, 411.6, 70.0}, 9.0);
    QCOMPARE(progress.stage, std::string("epoch 4/30, 412 images/s"));
    QCOMPARE(progress.done, 70);
    QCOMPARE(progress.total, 600);
    QCOMPARE(progress.secondsLeft, 70.0);

    pipeline::RunProgress folds;
    folds.take(train::FoldsProgress{2, 15, -1, -1});
    progress = folds.take(train::BatchProgress{0, 2, 0, 10, 5, 10, 0.5, 400.0, 1.0}, 1.0);
    QCOMPARE(progress.stage, std::string("fold 3 of 15, epoch 1/10, 400 images/s"));
    progress = folds.take(train::BatchProgress{0, 3, 0, 10, 10, 10, 0.5, 401.0, 1.0}, 1.0);
    QCOMPARE(progress.stage, std::string("folds 3 to 4 of 15 side by side, 801 images/s"));
    QCOMPARE(progress.total, 1500);
    QCOMPARE(progress.done, 200 + 5 + 10);
}

void RunPauseTest::tellsTheTimeLeftOfAllFolds()
{
    pipeline::RunProgress folds;
    folds.take(train::FoldsProgress{0, 4, -1, -1});
    QCOMPARE(folds.take(train::BatchProgress{0, 0, 0, 10, 0, 10, 0.5, 1.0, 0.0}, 0.0).secondsLeft, -1.0); // nothing done yet
    // Half a fold in 10 s: three and a half are left, 70 s.
    QCOMPARE(folds.take(train::BatchProgress{0, 0, 4, 10, 10, 10, 0.5, 1.0, 0.0}, 10.0).secondsLeft, 70.0);
    folds.take(train::FoldsProgress{1, 4, 0, 0}); // and there it stops early: a fold takes 10 s
    (void)folds.take(train::BatchProgress{0, 1, 0, 10, 0, 10, 0.5, 1.0, 0.0}, 10.0);
    QCOMPARE(folds.take(train::BatchProgress{0, 1, 4, 10, 10, 10, 0.5, 1.0, 0.0}, 15.0).secondsLeft, 2.5 * 15.0 / 1.5);
    // A resumed fold begins in its middle: what was done before took none of this program's time.
    pipeline::RunProgress resumed;
    resumed.take(train::FoldsProgress{1, 2, -1, -1});
    (void)resumed.take(train::BatchProgress{0, 1, 5, 10, 0, 10, 0.5, 1.0, 0.0}, 0.0);
    const double left = resumed.take(train::BatchProgress{0, 1, 7, 10, 5, 10, 0.5, 1.0, 0.0}, 5.0).secondsLeft;
    QVERIFY(std::abs(left - 5.0) < 1e-9);
}

QTEST_GUILESS_MAIN(RunPauseTest)
#include "RunPauseTest.moc"
