// SPDX-License-Identifier: GPL-3.0-or-later
#include "study/FolderScan.h"
#include "support/ErrorOf.h"

#include <QTemporaryDir>
#include <algorithm>
#include <fstream>
#include <memory>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

using namespace diascope;
namespace fs = std::filesystem;

class TestFolderScan : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_dir = std::make_unique<QTemporaryDir>();
        m_root = m_dir->path().toStdString();
    }

    void naturalOrderFolderByFolder()
    {
        for (const char* name : {"img10", "img2", "b/x", "a10/y", "a2/z", "a2/deep/er/w", "Img3"}) {
            touch(name);
        }
        QCOMPARE(found(), QByteArray("img2 Img3 img10 a2/z a2/deep/er/w a10/y b/x"));
    }

    void hiddenPipesAndDevicesAreLeftOut()
    {
        touch("image");
        touch(".hidden");
        touch(".git/object");
        QCOMPARE(::mkfifo((m_root / "pipe").c_str(), 0600), 0);
        fs::create_symlink("/dev/zero", m_root / "device");
        QCOMPARE(found(), QByteArray("image"));
        QCOMPARE(m_listing.problems.size(), std::size_t{0});
    }

    void linksAreFollowedWithoutEnd()
    {
        touch("a/one");
        fs::create_directory_symlink("..", m_root / "a" / "up");
        fs::create_directory_symlink(".", m_root / "a" / "self");
        fs::create_symlink("one", m_root / "a" / "two");
        fs::create_symlink("nowhere", m_root / "a" / "broken");
        fs::create_symlink("loop", m_root / "a" / "loop");
        QCOMPARE(found(), QByteArray("a/one a/two"));
        QCOMPARE(m_listing.problems.size(), std::size_t{2}); // the broken one and the loop
        QVERIFY(m_listing.complete);
    }

    void unreadableFolderIsAProblem()
    {
        touch("a/one");
        touch("b/two");
        fs::permissions(m_root, fs::perms(0755));
        fs::permissions(m_root / "a", fs::perms::none);
        const uid_t user = ::geteuid();
        if (user == 0) { // permissions do not bind the administrator: act as nobody
            constexpr uid_t kNobody = 65534;
            QCOMPARE(::seteuid(kNobody), 0);
        }
        const QByteArray files = found();
        const auto itself = tests::errorOf([&] { (void)study::listFiles(m_root / "a", 10); });
        if (user == 0) {
            QCOMPARE(::seteuid(0), 0);
        }
        fs::permissions(m_root / "a", fs::perms::owner_all);
        QCOMPARE(files, QByteArray("b/two"));
        QCOMPARE(m_listing.problems.size(), std::size_t{1});
        QVERIFY(m_listing.problems[0].code == base::ErrorCode::Unreadable);
        QCOMPARE(m_listing.problems[0].subject, (m_root / "a").string());
        QCOMPARE(tests::codeName(itself), "unreadable");
    }

    void limitAndStop()
    {
        for (int i = 0; i < 10; ++i) {
            touch(std::string(1, 'f').append(std::to_string(i)));
        }
        QCOMPARE(found(4), QByteArray("f0 f1 f2 f3"));
        QVERIFY(!m_listing.complete);
        QCOMPARE(m_listing.problems.size(), std::size_t{1});
        QCOMPARE(found(10), QByteArray("f0 f1 f2 f3 f4 f5 f6 f7 f8 f9"));
        QVERIFY(m_listing.complete);
        std::stop_source source;
        source.request_stop();
        const auto stopped = study::listFiles(m_root, 100, source.get_token());
        QVERIFY(stopped.files.empty() && !stopped.complete);
    }

    void aFileIsItself()
    {
        touch("only");
        QVERIFY(study::listFiles(m_root / "only", 10).files == std::vector{m_root / "only"});
        QCOMPARE(tests::codeName(tests::errorOf([&] { (void)study::listFiles(m_root / "none", 10); })), "not-found");
        QCOMPARE(tests::codeName(tests::errorOf([] { (void)study::listFiles("/dev/zero", 10); })), "unreadable");
    }

    void namesThatAreNoUtf8()
    {
        touch("\xFF\xFE" "2");
        touch("\xFF\xFE" "10");
        QCOMPARE(found(), QByteArray("\xFF\xFE" "2 \xFF\xFE" "10"));
    }

    void veryDeepFolders()
    {
        fs::path folder = m_root;
        for (int i = 0; i < 60; ++i) {
            folder /= std::string(20, 'd');
        }
        fs::create_directories(folder);
        std::ofstream(folder / "bottom") << "x";
        QVERIFY(found().endsWith("bottom"));
    }

private:
    void touch(const std::string& name) const
    {
        fs::create_directories((m_root / name).parent_path());
        std::ofstream(m_root / name) << "x";
    }

    QByteArray found(std::size_t limit = 1000)
    {
        m_listing = study::listFiles(m_root, limit);
        QByteArray names;
        for (const auto& file : m_listing.files) {
            names += (names.isEmpty() ? "" : " ") + tests::bytes(file.string().substr(m_root.string().size() + 1));
        }
        return names;
    }

    std::unique_ptr<QTemporaryDir> m_dir;
    fs::path m_root;
    study::FileListing m_listing;
};

QTEST_APPLESS_MAIN(TestFolderScan)
#include "TestFolderScan.moc"
