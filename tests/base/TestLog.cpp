// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Log.h"

#include <QTest>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

using namespace diascope::base;

class TestLog : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void cleanup()
    {
        setLogSink({});
        setLogLevel(LogLevel::Info);
    }

    void oneCallAtATimeFromManyThreads()
    {
        std::atomic<int> inside = 0;
        bool overlapped = false;
        std::vector<std::string> lines; // unguarded on purpose: the log promises one call at a time
        setLogSink([&](LogLevel, std::string_view line) {
            overlapped = overlapped || ++inside != 1;
            lines.emplace_back(line);
            --inside;
        });
        constexpr int kThreads = 8, kLines = 200;
        {
            std::vector<std::jthread> threads;
            for (int t = 0; t < kThreads; ++t) {
                threads.emplace_back([] {
                    for (int i = 0; i < kLines; ++i) {
                        logInfo("line");
                    }
                });
            }
        }
        QVERIFY(!overlapped);
        QCOMPARE(lines.size(), std::size_t{kThreads * kLines});
    }

    void levelsBelowAreDropped()
    {
        std::vector<LogLevel> levels;
        setLogSink([&](LogLevel level, std::string_view) { levels.push_back(level); });
        log(LogLevel::Debug, "not by default");
        logInfo("a");
        setLogLevel(LogLevel::Warning);
        logInfo("b");
        logWarning("c");
        logError("d");
        QVERIFY(levels == (std::vector{LogLevel::Info, LogLevel::Warning, LogLevel::Error}));
    }

    void oneLineWhateverTheText()
    {
        std::string seen;
        setLogSink([&](LogLevel, std::string_view line) { seen = line; });
        logInfo("first\nerror: forged\x1b[2J");
        QCOMPARE(seen, std::string("first\\nerror: forged\\x1b[2J"));
    }

    void sinkThatLogsDoesNotWaitForItself()
    {
        int calls = 0;
        setLogSink([&](LogLevel, std::string_view) {
            ++calls;
            logWarning("from inside (goes to standard error)");
        });
        logInfo("outer");
        QCOMPARE(calls, 1);
    }

    void sinkMayBeReplacedWhileOthersLog()
    {
        std::atomic<int> received = 0;
        {
            std::jthread writer([] {
                for (int i = 0; i < 2000; ++i) {
                    logInfo("x");
                }
            });
            for (int i = 0; i < 200; ++i) {
                setLogSink([&received](LogLevel, std::string_view) { ++received; });
            }
        }
        logInfo("last");
        QVERIFY(received > 0);
    }
};

QTEST_APPLESS_MAIN(TestLog)
#include "TestLog.moc"
