// SPDX-License-Identifier: GPL-3.0-or-later
// Kills a training process at random moments; what is resumed must end with the bytes of a run that was never
// disturbed.
#include "TinyNet.h"

#include "base/AtomicFile.h"

#include <QCoreApplication>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <filesystem>
#include <iostream>

using namespace diascope;

namespace {

constexpr int kKills = 20;

train::TrainConfig killConfig()
{
    train::TrainConfig config = tests::tinyConfig(300);
    config.augmentation = train::AugmentConfig::renalNet();
    config.augmentation.holes = {0.3, 2, 4, 4, 0.0};
    config.mix = {0.5, 0.4, 0.5, 1.0};
    config.freezeEpochs = 10;
    config.emaDecay = 0.99;
    config.schedule.kind = train::ScheduleKind::Plateau;
    config.checkpointBatches = 1;
    return config;
}

tests::TinyNet network()
{
    return {{1, true, 0.2}, 3};
}

class FileSink final : public train::CheckpointSink {
public:
    explicit FileSink(std::filesystem::path file)
        : m_file(std::move(file))
    {
    }
    void save(const std::string& bytes, int, int) override { base::writeFileAtomically(m_file, bytes); }

private:
    std::filesystem::path m_file;
};

/// Tells the parent that batches are being computed.
class Announcer final : public tests::Recorder {
public:
    void onBatch(const train::BatchProgress&) override
    {
        if (!m_said) {
            m_said = true;
            std::cout << "training" << std::endl;
        }
    }

private:
    bool m_said = false;
};

/// The child: goes on with the checkpoint that it finds, and leaves its weights in a file at the end.
int trainIn(const std::filesystem::path& folder)
{
    const auto checkpoint = folder / "checkpoint";
    tests::TinyNet model = network();
    Announcer announcer;
    FileSink sink(checkpoint);
    const std::string from = std::filesystem::exists(checkpoint) ? base::readFile(checkpoint) : std::string();
    const train::TrainOutcome outcome = train::fit(model, tests::brightness(29, 2, 1), tests::brightness(16, 2, 2),
        killConfig(), {announcer, {}, &sink, from, nullptr});
    if (!outcome.bitExact) {
        std::cerr << outcome.notBitExactBecause << std::endl;
        return 1;
    }
    base::writeFileAtomically(folder / "weights", tests::bytesOf(model.state()));
    return 0;
}

} // namespace

class KillTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void survivesKills();
};

void KillTest::survivesKills()
{
    tests::TinyNet whole = network();
    tests::Recorder recorder;
    (void)train::fit(whole, tests::brightness(29, 2, 1), tests::brightness(16, 2, 2), killConfig(),
        {recorder, {}, nullptr, {}, nullptr});

    QTemporaryDir folder;
    QVERIFY(folder.isValid());
    const std::filesystem::path path = folder.path().toStdString();
    base::Rng rng = base::Rng::stream(20, "kill");
    for (int leg = 0; leg <= kKills; ++leg) {
        QProcess child;
        child.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        child.start(QCoreApplication::applicationFilePath(), {QStringLiteral("--child"), folder.path()});
        QVERIFY(child.waitForStarted());
        if (leg == kKills) {
            QVERIFY(child.waitForFinished(240'000));
            QCOMPARE(child.exitStatus(), QProcess::NormalExit);
            QCOMPARE(child.exitCode(), 0);
            break;
        }
        QVERIFY(child.waitForReadyRead(60'000));
        QVERIFY2(!child.waitForFinished(static_cast<int>(rng.below(40))), "it finished before it could be killed");
        child.kill();
        QVERIFY(child.waitForFinished());
        QCOMPARE(child.exitStatus(), QProcess::CrashExit);
        QVERIFY(!std::filesystem::exists(path / "weights"));
    }
    QVERIFY(base::readFile(path / "weights") == tests::bytesOf(whole.state()));
}

int main(int argc, char** argv)
{
    if (argc == 3 && std::string_view(argv[1]) == "--child") {
        return trainIn(argv[2]);
    }
    QCoreApplication application(argc, argv);
    KillTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "KillTest.moc"
