// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/AtomicFile.h"
#include "runs/CheckpointStore.h"
#include "support/ErrorOf.h"

#include <QTemporaryDir>
#include <csignal>
#include <fstream>
#include <memory>
#include <string>
#include <sys/resource.h>
#include <vector>

using namespace diascope;
namespace fs = std::filesystem;

namespace {

fs::path save(const runs::CheckpointStore& store, const std::string& text)
{
    return store.save(std::as_bytes(std::span(text)));
}

void flipOneBit(const fs::path& file)
{
    std::string text = base::readFile(file);
    text[text.size() / 2] = static_cast<char>(text[text.size() / 2] ^ 1);
    std::ofstream(file, std::ios::binary) << text;
}

std::size_t files(const fs::path& folder)
{
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

} // namespace

class TestCheckpoints : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_dir = std::make_unique<QTemporaryDir>();
        m_folder = fs::path(m_dir->path().toStdString()) / "checkpoints";
    }

    void keepsTheLastThree()
    {
        const runs::CheckpointStore store(m_folder);
        QVERIFY(!store.newest());
        for (int i = 1; i <= 12; ++i) {
            save(store, "state " + std::to_string(i));
        }
        QCOMPARE(files(m_folder), std::size_t{3});
        const auto loaded = store.newest();
        QVERIFY(loaded && loaded->newest && loaded->message.empty());
        QCOMPARE(loaded->bytes, std::string("state 12"));
        QCOMPARE(loaded->number, 12);
    }

    void damagedNewestIsPassedOver()
    {
        const runs::CheckpointStore store(m_folder);
        save(store, "state 1");
        save(store, "state 2");
        flipOneBit(save(store, "state 3"));
        const auto loaded = store.newest();
        QVERIFY(loaded && !loaded->newest);
        QCOMPARE(loaded->bytes, std::string("state 2"));
        QVERIFY2(loaded->message.find("checkpoint 2 is used") != std::string::npos, loaded->message.c_str());
        QVERIFY2(loaded->message.find("number 3") != std::string::npos, loaded->message.c_str());
    }

    void truncatedNewestIsPassedOver()
    {
        const runs::CheckpointStore store(m_folder);
        save(store, "state 1");
        fs::resize_file(save(store, "state 2"), 3);
        QCOMPARE(store.newest()->bytes, std::string("state 1"));
    }

    void everyOneDamagedIsAnError()
    {
        const runs::CheckpointStore store(m_folder);
        flipOneBit(save(store, "state 1"));
        flipOneBit(save(store, "state 2"));
        QCOMPARE(tests::codeName(tests::errorOf([&] { (void)store.newest(); })), "malformed");
    }

    void otherFilesAreLeftAlone()
    {
        const runs::CheckpointStore store(m_folder);
        fs::create_directories(m_folder);
        base::writeFileAtomically(m_folder / "notes.txt", "of a user");
        base::writeFileAtomically(m_folder / "000009-short.checkpoint", "not ours");
        QVERIFY(!store.newest());
        save(store, "state");
        QCOMPARE(store.newest()->number, 1);
        QCOMPARE(files(m_folder), std::size_t{3});
    }

    void fullDiskKeepsTheOlderOnes()
    {
        const runs::CheckpointStore store(m_folder);
        save(store, "state 1");
        save(store, "state 2");
        save(store, "state 3");
        std::signal(SIGXFSZ, SIG_IGN);
        rlimit before{};
        QCOMPARE(::getrlimit(RLIMIT_FSIZE, &before), 0);
        rlimit limit = before;
        limit.rlim_cur = 1000;
        QCOMPARE(::setrlimit(RLIMIT_FSIZE, &limit), 0);
        const auto error = tests::errorOf([&] { save(store, std::string(5000, 'x')); });
        ::setrlimit(RLIMIT_FSIZE, &before);
        QCOMPARE(tests::codeName(error), "disk-full");
        QCOMPARE(files(m_folder), std::size_t{3});
        QCOMPARE(store.newest()->bytes, std::string("state 3"));
    }

    void sameStateTwiceIsTwoCheckpoints()
    {
        const runs::CheckpointStore store(m_folder);
        save(store, "state");
        save(store, "state");
        QCOMPARE(store.newest()->number, 2);
        QCOMPARE(files(m_folder), std::size_t{2});
    }

private:
    std::unique_ptr<QTemporaryDir> m_dir;
    fs::path m_folder;
};

QTEST_APPLESS_MAIN(TestCheckpoints)
#include "TestCheckpoints.moc"
