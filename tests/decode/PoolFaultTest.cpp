// SPDX-License-Identifier: GPL-3.0-or-later
#include "decode/DecoderPool.h"
#include "decode/PoolFixture.h"
#include "formats/PictureBuilder.h"

#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <thread>

using namespace diascope;
using base::ErrorCode;
using tests::Bytes;

class PoolFaultTest final : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    std::filesystem::path folder() const { return m_folder.path().toStdString(); }
    std::filesystem::path good() const
    {
        const Bytes png = tests::makePng({2, 1, 8, 0, {std::byte{5}, std::byte{6}}, {}, false});
        return tests::writeFile(folder() / "good.png", png.data(), png.size());
    }

private Q_SLOTS:
    void aFaultCostsOneErrorAndTheNextFileOpens_data()
    {
        QTest::addColumn<QString>("fault");
        QTest::addColumn<ErrorCode>("code");
        QTest::addColumn<int>("replaced");
        QTest::newRow("hang") << "hang" << ErrorCode::Timeout << 1;
        QTest::newRow("crash") << "crash" << ErrorCode::Crashed << 1;
        QTest::newRow("abort") << "abort" << ErrorCode::Crashed << 1;
        QTest::newRow("exit") << "exit" << ErrorCode::Crashed << 1;
        QTest::newRow("stack overflow") << "stack" << ErrorCode::Crashed << 1;
        QTest::newRow("10 GB") << "allocate" << ErrorCode::OutOfMemory << 0;
        QTest::newRow("garbage") << "garbage" << ErrorCode::Crashed << 1;
        QTest::newRow("claims 2^60 bytes") << "oversize" << ErrorCode::Crashed << 1;
        QTest::newRow("pixels outside of the memory") << "outside" << ErrorCode::Crashed << 1;
        QTest::newRow("answers another request") << "wrong-id" << ErrorCode::Crashed << 1;
        QTest::newRow("pixels do not fit the shape") << "wrong-shape" << ErrorCode::Crashed << 1;
        QTest::newRow("broken JSON") << "wrong-json" << ErrorCode::Crashed << 1;
        QTest::newRow("asks for memory for ever") << "endless-growth" << ErrorCode::Crashed << 1;
    }
    void aFaultCostsOneErrorAndTheNextFileOpens()
    {
        QFETCH(QString, fault);
        QFETCH(ErrorCode, code);
        QFETCH(int, replaced);
        auto config = tests::poolConfig(1);
        if (fault == "hang") {
            config.timeout = std::chrono::milliseconds(300);
        }
        decode::DecoderPool pool(config);
        const auto file = tests::faultFile(folder(), fault.toStdString());
        for (int round = 1; round <= 2; ++round) {
            const auto error = tests::errorOf([&] { (void)pool.frame(file); });
            QVERIFY(error.has_value());
            QVERIFY2(error->code() == code, error->what());
            QCOMPARE(error->subject(), file.string());
            QVERIFY(!error->detail().empty() && !error->remedyText().empty());
            QCOMPARE(pool.workers(), 1);
            QCOMPARE(pool.replaced(), replaced * round);
            QCOMPARE(tests::childrenOf(::getpid()).size(), std::size_t(1));
        }
        // With the normal time limit: a fresh process on a busy machine may need longer than 300 ms.
        decode::DecoderPool calm(tests::poolConfig(1));
        (void)tests::errorOf([&] { if (fault != "hang") { (void)calm.frame(file); } });
        QCOMPARE(calm.frame(good()).stored(1, 0), 6.0);
    }

    void faultsOfOneCallerDoNotReachAnother()
    {
        decode::DecoderPool pool(tests::poolConfig(2));
        const auto crash = tests::faultFile(folder(), "crash");
        const auto file = good();
        int failed = 0, decoded = 0;
        {
            const std::jthread one([&] {
                for (int i = 0; i < 10; ++i) {
                    failed += tests::errorOf([&] { (void)pool.frame(crash); }).has_value() ? 1 : 0;
                }
            });
            const std::jthread two([&] {
                for (int i = 0; i < 50; ++i) {
                    decoded += pool.frame(file).stored(0, 0) == 5.0 ? 1 : 0;
                }
            });
        }
        QCOMPARE(failed, 10);
        QCOMPARE(decoded, 50);
        QCOMPARE(pool.replaced(), 10);
        QCOMPARE(pool.workers(), 2);
    }

    void aProcessKilledFromOutsideIsReplacedWithoutAnError()
    {
        decode::DecoderPool pool(tests::poolConfig(1));
        QCOMPARE(pool.frame(good()).width, 2);
        const int victim = tests::childrenOf(::getpid()).at(0);
        QCOMPARE(::kill(victim, SIGKILL), 0);
        QTRY_COMPARE(tests::processState(victim).value_or(tests::ProcessState{}).state, 'Z');
        QCOMPARE(pool.frame(good()).width, 2);
        QCOMPARE(pool.replaced(), 1);
    }

    void faultsAreNotThereUnlessAskedFor()
    {
        auto config = tests::poolConfig(1);
        config.arguments.clear();
        decode::DecoderPool pool(config);
        const auto error = tests::errorOf([&] { (void)pool.frame(tests::faultFile(folder(), "crash")); });
        QVERIFY(error && error->code() != ErrorCode::Crashed);
        QCOMPARE(pool.replaced(), 0);
    }

    void theSandboxHasNoFilesAndNoNetwork()
    {
        decode::DecoderPool pool(tests::poolConfig(1));
        const auto open = tests::errorOf([&] { (void)pool.frame(tests::faultFile(folder(), "open-file")); });
        QVERIFY(open.has_value());
        const bool landlock = ::access("/sys/kernel/security/landlock", F_OK) == 0;
        if (!landlock && open->detail() == "open allowed") {
            QSKIP("this system has neither Landlock nor seccomp for the decoder");
        }
        QCOMPARE(open->detail(), std::string("open denied"));
        if (!decode::kSanitized) {
            const auto socket = tests::errorOf([&] { (void)pool.frame(tests::faultFile(folder(), "open-socket")); });
            QVERIFY(socket.has_value());
            QVERIFY2(socket->detail() == "socket denied", socket->what());
        }
    }

    void isTheFirstThatTheSystemKills()
    {
        const decode::DecoderPool pool(tests::poolConfig(1));
        const int child = tests::childrenOf(::getpid()).at(0);
        QTRY_VERIFY(([&] {
            std::ifstream file("/proc/" + std::to_string(child) + "/oom_score_adj");
            int score = 0;
            return (file >> score) && score == 500;
        })());
    }
};

QTEST_GUILESS_MAIN(PoolFaultTest)
#include "PoolFaultTest.moc"
