// SPDX-License-Identifier: GPL-3.0-or-later
#include "decode/DecoderPool.h"
#include "decode/PoolFixture.h"

#include <QProcess>
#include <QTest>

#include <csignal>
#include <cstdio>
#include <cstring>

using namespace diascope;

/// Decoders must not outlive the application, however it ends.
class PoolParentTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void decodersDieWithAKilledParent()
    {
        QProcess holder;
        holder.start(QCoreApplication::applicationFilePath(), {"--hold-pool"});
        QVERIFY(holder.waitForReadyRead(60000));
        QCOMPARE(holder.readLine().trimmed(), QByteArray("ready"));
        const auto decoders = tests::childrenOf(static_cast<int>(holder.processId()));
        QCOMPARE(decoders.size(), std::size_t(2));
        QCOMPARE(::kill(static_cast<pid_t>(holder.processId()), SIGKILL), 0);
        QVERIFY(holder.waitForFinished(60000));
        for (const int decoder : decoders) {
            // Gone, or waiting for whoever inherited it to take note.
            QTRY_VERIFY_WITH_TIMEOUT(tests::processState(decoder).value_or(tests::ProcessState{'Z', 0}).state == 'Z', 60000);
        }
    }

    void isNoProgramForPeople()
    {
        QProcess program;
        program.start(QString::fromStdString(tests::poolConfig().program.string()), QStringList());
        QVERIFY(program.waitForFinished(60000));
        QCOMPARE(program.exitCode(), 2);
        QVERIFY(program.readAllStandardError().contains("part of Diascope"));
    }
};

int main(int count, char** words)
{
    if (count > 1 && std::strcmp(words[1], "--hold-pool") == 0) {
        const decode::DecoderPool pool(tests::poolConfig(2));
        // A decoder greets after it is tied to us; asking for anything waits for that. The answer is an error.
        decode::DecoderPool& ready = const_cast<decode::DecoderPool&>(pool);
        for (int i = 0; i < 2; ++i) {
            (void)tests::errorOf([&] { (void)ready.info("/proc/self/exe"); });
        }
        std::puts("ready");
        std::fflush(stdout);
        for (;;) {
            ::pause();
        }
    }
    QCoreApplication application(count, words);
    PoolParentTest test;
    return QTest::qExec(&test, count, words);
}
#include "PoolParentTest.moc"
