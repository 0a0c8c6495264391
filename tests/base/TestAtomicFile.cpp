// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/AtomicFile.h"
#include "base/Hash.h"
#include "base/TemporaryName.h"
#include "support/ErrorOf.h"

#include <QTemporaryDir>
#include <algorithm>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <string>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace diascope;
namespace fs = std::filesystem;

namespace {

/// Limits the size of files that this process writes, for as long as it lives.
class FileSizeLimit {
public:
    explicit FileSizeLimit(rlim_t bytes)
    {
        std::signal(SIGXFSZ, SIG_IGN); // else the signal ends the process
        ::getrlimit(RLIMIT_FSIZE, &m_before);
        rlimit limit = m_before;
        limit.rlim_cur = bytes;
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~FileSizeLimit()
    {
        ::setrlimit(RLIMIT_FSIZE, &m_before);
        std::signal(SIGXFSZ, SIG_DFL);
    }
    FileSizeLimit(const FileSizeLimit&) = delete;
    FileSizeLimit& operator=(const FileSizeLimit&) = delete;

private:
    rlimit m_before{};
};

/// A file system of its own of `size`, where the system allows it to us.
class SmallDisk {
public:
    SmallDisk(fs::path folder, const std::string& size)
        : m_folder(std::move(folder))
        , m_mounted(::mount("tmpfs", m_folder.c_str(), "tmpfs", 0, ("size=" + size).c_str()) == 0)
    {
    }
    ~SmallDisk()
    {
        if (m_mounted) {
            ::umount(m_folder.c_str());
        }
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;
    [[nodiscard]] bool mounted() const { return m_mounted; }

private:
    fs::path m_folder;
    bool m_mounted;
};

std::size_t entries(const fs::path& folder)
{
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

} // namespace

class TestAtomicFile : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_dir = std::make_unique<QTemporaryDir>();
        m_folder = m_dir->path().toStdString();
        m_file = m_folder / "file";
    }

    void writesReadsAndReplaces()
    {
        const std::string text(100000, 'a');
        QCOMPARE(base::writeFileAtomically(m_file, text), base::sha256Hex(text));
        QCOMPARE(base::readFile(m_file), text);
        base::writeFileAtomically(m_file, std::string_view());
        QCOMPARE(base::readFile(m_file), std::string());
        QCOMPARE(entries(m_folder), std::size_t{1});
        QCOMPARE(fs::status(m_file).permissions(), fs::perms::owner_read | fs::perms::owner_write);
    }

    void keepsPermissionsAndFollowsLinks()
    {
        base::writeFileAtomically(m_file, "old");
        fs::permissions(m_file, fs::perms(0640));
        fs::create_symlink("file", m_folder / "link");
        base::writeFileAtomically(m_folder / "link", "new");
        QVERIFY(fs::is_symlink(m_folder / "link"));
        QCOMPARE(base::readFile(m_file), std::string("new"));
        QCOMPARE(fs::status(m_file).permissions(), fs::perms(0640));
    }

    void fullDiskLeavesTheOldFile_data()
    {
        QTest::addColumn<bool>("smallDisk");
        QTest::addColumn<base::Flush>("flush");
        QTest::newRow("small file system") << true << base::Flush::Now;
        QTest::newRow("write refused half-way") << false << base::Flush::Now;
        QTest::newRow("small file system, not waited for") << true << base::Flush::Later;
        QTest::newRow("write refused half-way, not waited for") << false << base::Flush::Later;
    }
    void fullDiskLeavesTheOldFile()
    {
        QFETCH(bool, smallDisk);
        QFETCH(base::Flush, flush);
        fs::create_directory(m_folder / "disk");
        const fs::path file = m_folder / "disk" / "file";
        const SmallDisk disk(m_folder / "disk", smallDisk ? "64k" : "8m");
        if (smallDisk && !disk.mounted()) {
            QSKIP("A small file system cannot be mounted without administrator rights.");
        }
        base::writeFileAtomically(file, "old");
        std::optional<base::Error> error;
        if (smallDisk) {
            error = tests::errorOf([&] { base::writeFileAtomically(file, std::string(200000, 'x'), flush); });
        } else {
            const FileSizeLimit limit(50000);
            error = tests::errorOf([&] { base::writeFileAtomically(file, std::string(200000, 'x'), flush); });
        }
        QCOMPARE(tests::codeName(error), "disk-full");
        QVERIFY2(QByteArray(error->what()).contains(file.c_str()), error->what());
        QVERIFY2(QByteArray(error->what()).contains("Free some space"), error->what());
        QCOMPARE(base::readFile(file), std::string("old"));
        QCOMPARE(entries(file.parent_path()), std::size_t{1});
    }

    void appendOnAFullDiskLeavesNoHalfLine_data()
    {
        QTest::addColumn<base::Flush>("flush");
        QTest::newRow("flushed") << base::Flush::Now;
        QTest::newRow("not waited for") << base::Flush::Later;
    }
    void appendOnAFullDiskLeavesNoHalfLine()
    {
        QFETCH(base::Flush, flush);
        base::appendLine(m_file, "epoch,loss");
        base::appendLine(m_file, "1,0.5");
        {
            const FileSizeLimit limit(20);
            const auto error = tests::errorOf([&] { base::appendLine(m_file, "2,0.25 and much more text", flush); });
            QCOMPARE(tests::codeName(error), "disk-full");
        }
        QCOMPARE(base::readFile(m_file), std::string("epoch,loss\n1,0.5\n"));
        base::appendLine(m_file, "2,0.25", flush);
        QCOMPARE(base::readFile(m_file), std::string("epoch,loss\n1,0.5\n2,0.25\n"));
    }

    void appendAfterATornLineStartsAnew()
    {
        base::writeFileAtomically(m_file, "a\nhalf");
        base::appendLine(m_file, "b");
        QCOMPARE(base::readFile(m_file), std::string("a\nhalf\nb\n"));
    }

    void readOnlyFolderIsNamed()
    {
        base::writeFileAtomically(m_file, "old");
        fs::permissions(m_folder, fs::perms(0555));
        const uid_t user = ::geteuid();
        if (user == 0) { // permissions do not bind the administrator: act as nobody
            constexpr uid_t kNobody = 65534;
            QVERIFY(::chmod(m_file.c_str(), 0666) == 0 && ::seteuid(kNobody) == 0);
        }
        const auto error = tests::errorOf([&] { base::writeFileAtomically(m_file, "new"); });
        if (user == 0) {
            QCOMPARE(::seteuid(0), 0);
        }
        fs::permissions(m_folder, fs::perms(0700));
        QCOMPARE(tests::codeName(error), "unreadable");
        QVERIFY2(QByteArray(error->what()).contains(m_file.c_str()), error->what());
        QCOMPARE(base::readFile(m_file), std::string("old"));
        QCOMPARE(entries(m_folder), std::size_t{1});
    }

    void badTargets()
    {
        const auto code = [](const fs::path& file) {
            return tests::codeName(tests::errorOf([&] { base::writeFileAtomically(file, "x"); }));
        };
        QCOMPARE(code(m_folder / "missing" / "file"), "not-found");
        QCOMPARE(code(m_folder), "unreadable");
        QCOMPARE(code("/dev/full"), "unreadable");
        QCOMPARE(::mkfifo((m_folder / "pipe").c_str(), 0600), 0);
        QCOMPARE(code(m_folder / "pipe"), "unreadable");
    }

    void readRefusesWhatIsNoFile()
    {
        const auto code = [](const fs::path& file, std::size_t most) {
            return tests::codeName(tests::errorOf([&] { (void)base::readFile(file, most); }));
        };
        base::writeFileAtomically(m_file, "12345");
        QCOMPARE(code(m_file, 5), "none");
        QCOMPARE(code(m_file, 4), "too-large");
        QCOMPARE(code(m_folder, 100), "unreadable");
        QCOMPARE(code("/dev/zero", 100), "unreadable");
        QCOMPARE(code(m_folder / "none", 100), "not-found");
        QCOMPARE(::mkfifo((m_folder / "pipe").c_str(), 0600), 0);
        QCOMPARE(code(m_folder / "pipe", 100), "unreadable"); // and does not wait for a writer
        QCOMPARE(code("/proc/self/status", 100000), "none");  // its size is given as 0
        QVERIFY(!base::readFile("/proc/self/status").empty());
    }

    void leftOversOfAKilledProcessAreRemoved()
    {
        const pid_t child = ::fork();
        if (child == 0) {
            const int file = ::open((m_folder / base::temporaryName()).c_str(), O_CREAT | O_WRONLY, 0600);
            ::close(file);
            ::raise(SIGKILL);
        }
        int status = 0;
        QCOMPARE(::waitpid(child, &status, 0), child);
        QVERIFY(WIFSIGNALED(status));
        base::writeFileAtomically(m_folder / base::temporaryName(), "ours, still being written");
        base::writeFileAtomically(m_folder / ".diascope-notes.tmp", "of a user");
        base::writeFileAtomically(m_file, "data");
        QCOMPARE(entries(m_folder), std::size_t{4});
        base::removeStaleTemporaries(m_folder);
        QCOMPARE(entries(m_folder), std::size_t{3});
        base::removeStaleTemporaries(m_folder / "missing");
    }

    void oldLeftOversOfAnotherComputerAreRemoved()
    {
        const fs::path foreign = m_folder / ".diascope-0badcafe-17-12345678-0.tmp";
        base::writeFileAtomically(foreign, "x");
        base::removeStaleTemporaries(m_folder);
        QVERIFY(fs::exists(foreign));
        fs::last_write_time(foreign, fs::file_time_type::clock::now() - std::chrono::hours(25));
        base::removeStaleTemporaries(m_folder);
        QVERIFY(!fs::exists(foreign));
    }

    void killedAtAnyMomentTheFileIsWhole()
    {
        const std::string one(300000, '1'), two(300000, '2');
        base::writeFileAtomically(m_file, one);
        for (int round = 0; round < 20; ++round) {
            const pid_t child = ::fork();
            if (child == 0) {
                while (true) {
                    base::writeFileAtomically(m_file, two);
                    base::writeFileAtomically(m_file, one);
                }
            }
            for (int reads = 0; reads <= round; ++reads) { // ends it at another moment each round
                const std::string seen = base::readFile(m_file);
                QVERIFY(seen == one || seen == two);
            }
            ::kill(child, SIGKILL);
            QCOMPARE(::waitpid(child, nullptr, 0), child);
            const std::string left = base::readFile(m_file);
            QVERIFY(left == one || left == two);
        }
        base::removeStaleTemporaries(m_folder);
        QCOMPARE(entries(m_folder), std::size_t{1});
    }

    void manyThreadsWriteOneFile()
    {
        {
            std::vector<std::jthread> threads;
            for (int t = 0; t < 4; ++t) {
                threads.emplace_back([this, t] {
                    for (int i = 0; i < 20; ++i) {
                        base::writeFileAtomically(m_file, std::string(1000, static_cast<char>('a' + t)));
                    }
                });
            }
        }
        const std::string left = base::readFile(m_file);
        QCOMPARE(left.size(), std::size_t{1000});
        QCOMPARE(std::count(left.begin(), left.end(), left[0]), std::ptrdiff_t{1000});
        QCOMPARE(entries(m_folder), std::size_t{1});
    }

private:
    std::unique_ptr<QTemporaryDir> m_dir;
    fs::path m_folder, m_file;
};

QTEST_APPLESS_MAIN(TestAtomicFile)
#include "TestAtomicFile.moc"
