// SPDX-License-Identifier: GPL-3.0-or-later
#include "decode/DecoderPool.h"
#include "decode/PoolFixture.h"
#include "formats/Formats.h"
#include "formats/PictureBuilder.h"
#include "support/SharedData.h"

#include <QTemporaryDir>
#include <QTest>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <iterator>
#include <thread>

using namespace diascope;
using base::ErrorCode;
using tests::Bytes;

namespace {

/// A grey 16-bit PNG whose first sample is `number` and whose size depends on it.
Bytes numbered(std::uint32_t number)
{
    const std::uint32_t width = 20 + number;
    Bytes rows;
    for (std::uint32_t i = 0; i < width * 10; ++i) {
        tests::append(rows, tests::number((number + i * 7) & 0xffff, 2));
    }
    return tests::makePng({width, 10, 16, 0, rows, {}, false});
}

} // namespace

class PoolTest final : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    std::filesystem::path path(const std::string& name) const { return m_folder.path().toStdString() + "/" + name; }
    std::filesystem::path save(const std::string& name, const Bytes& bytes) const
    {
        return tests::writeFile(path(name), bytes.data(), bytes.size());
    }

private Q_SLOTS:
    void deliversThePicture()
    {
        decode::DecoderPool pool(tests::poolConfig(1));
        const auto file = save("kidney.jpg", numbered(3)); // A PNG under a wrong name.
        const auto info = pool.info(file, {.pixelSha256 = true, .tags = true});
        QCOMPARE(info.info.kind, std::string("png"));
        QCOMPARE(info.info.columns, 23);
        QCOMPARE(info.info.bitsStored, 16);
        const auto picture = pool.frame(file);
        const auto expected = formats::read(numbered(3), "");
        QCOMPARE(picture.width, 23);
        QCOMPARE(picture.type, image::PixelType::UInt16);
        QVERIFY(std::ranges::equal(picture.bytes(), expected.bytes()));
        QCOMPARE(info.pixelSha256.size(), std::size_t(64));
        QVERIFY(info.tags.is_null());
        QCOMPARE(pool.workers(), 1);
        QCOMPARE(pool.replaced(), 0);
    }

    void growsTheSharedMemoryForLargePictures()
    {
        decode::DecoderPool pool(tests::poolConfig(1));
        const std::uint32_t side = 4000; // 32 MB of 16-bit samples: eight times the first size, and released afterwards.
        Bytes rows(std::size_t{2} * side * side, std::byte{0x12});
        rows.back() = std::byte{0x99};
        const auto large = save("large.png", tests::makePng({side, side, 16, 0, rows, {}, false}));
        for (int round = 0; round < 2; ++round) {
            const auto picture = pool.frame(large);
            QCOMPARE(picture.stored(0, 0), double(0x1212));
            QCOMPARE(picture.stored(3999, 3999), double(0x1299));
            QCOMPARE(pool.frame(save("small.png", numbered(1))).width, 21);
        }
        QCOMPARE(pool.replaced(), 0);
    }

    void seesThatAFileChanged()
    {
        decode::DecoderPool pool(tests::poolConfig(1));
        const auto file = save("changing.png", numbered(1));
        QCOMPARE(pool.frame(file).width, 21);
        save("changing.png", numbered(40));
        QCOMPARE(pool.frame(file).width, 60);
    }

    void errorsOfAFileNameItAndCostNoProcess_data()
    {
        QTest::addColumn<QByteArray>("content");
        QTest::addColumn<ErrorCode>("code");
        QTest::addColumn<QString>("word");
        QTest::newRow("zero bytes") << QByteArray() << ErrorCode::Malformed << "0 bytes";
        QTest::newRow("zip") << QByteArray("PK\3\4 and more") << ErrorCode::Unsupported << "a ZIP archive";
        QTest::newRow("html") << QByteArray("<html><body>404") << ErrorCode::Unsupported << "an HTML page";
        QTest::newRow("truncated png") << QByteArray("\x89PNG\r\n\x1a\n") << ErrorCode::Malformed << "PNG";
    }
    void errorsOfAFileNameItAndCostNoProcess()
    {
        QFETCH(QByteArray, content);
        QFETCH(ErrorCode, code);
        QFETCH(QString, word);
        decode::DecoderPool pool(tests::poolConfig(1));
        const auto file = tests::writeFile(path("bad.png"), content.constData(), static_cast<std::size_t>(content.size()));
        const auto error = tests::errorOf([&] { (void)pool.frame(file); });
        QVERIFY(error.has_value());
        QVERIFY2(error->code() == code && error->detail().find(word.toStdString()) != std::string::npos, error->what());
        QCOMPARE(error->subject(), file.string());
        QVERIFY(!error->remedyText().empty());
        QCOMPARE(pool.replaced(), 0);
        QCOMPARE(pool.frame(save("good.png", numbered(2))).width, 22);
    }

    void refusesWhatIsNoRegularFile()
    {
        decode::DecoderPool pool(tests::poolConfig(1));
        QCOMPARE(::mkfifo(path("pipe.dcm").c_str(), 0600), 0);
        std::filesystem::create_directory(path("folder.dcm"));
        std::filesystem::create_symlink(path("loop"), path("loop"));
        const auto codeOf = [&](const std::filesystem::path& file) {
            const auto error = tests::errorOf([&] { (void)pool.info(file); });
            return error ? error->code() : ErrorCode::Internal;
        };
        QCOMPARE(codeOf(path("pipe.dcm")), ErrorCode::Unreadable);
        QCOMPARE(codeOf(path("folder.dcm")), ErrorCode::Unreadable);
        QCOMPARE(codeOf("/dev/zero"), ErrorCode::Unreadable);
        QCOMPARE(codeOf(path("loop")), ErrorCode::Unreadable);
        QCOMPARE(codeOf(path("absent.dcm")), ErrorCode::NotFound);
        QCOMPARE(codeOf(path(std::string(5000, 'x'))), ErrorCode::NotFound);
        QCOMPARE(pool.replaced(), 0);
    }

    void aMissingProgramIsNamed()
    {
        decode::PoolConfig config = tests::poolConfig(1);
        config.program = path("no-such-program");
        const auto error = tests::errorOf([&] { const decode::DecoderPool pool(config); });
        QVERIFY(error && error->code() == ErrorCode::NotFound);
        config = tests::poolConfig(0);
        QCOMPARE(tests::errorOf([&] { const decode::DecoderPool pool(config); })->code(), ErrorCode::Usage);
    }

    void fourThreadsGetTheirOwnPictures()
    {
        decode::DecoderPool pool(tests::poolConfig(2));
        std::vector<std::filesystem::path> files;
        for (std::uint32_t i = 0; i < 8; ++i) {
            files.push_back(save(std::to_string(i) + ".png", numbered(i * 11)));
        }
        std::atomic<int> right{0};
        {
            std::vector<std::jthread> threads;
            for (std::uint32_t t = 0; t < 4; ++t) {
                threads.emplace_back([&, t] {
                    for (std::uint32_t round = 0; round < 25; ++round) {
                        const std::uint32_t i = (t * 3 + round) % 8;
                        const auto picture = pool.frame(files[i]);
                        const bool same = picture.width == static_cast<int>(20 + i * 11)
                                          && picture.stored(0, 0) == i * 11 && picture.stored(5, 0) == i * 11 + 35;
                        right += same ? 1 : 0;
                    }
                });
            }
        }
        QCOMPARE(right.load(), 100);
        QCOMPARE(pool.replaced(), 0);
    }

    void worksAfterTheThreadThatMadeItEnded()
    {
        // "Dies with its parent" is bound to a thread: it must not be the caller's.
        std::unique_ptr<decode::DecoderPool> pool;
        std::jthread([&] { pool = std::make_unique<decode::DecoderPool>(tests::poolConfig(2)); }).join();
        QCOMPARE(pool->frame(save("one.png", numbered(1))).width, 21);
        QCOMPARE(pool->frame(save("two.png", numbered(2))).width, 22);
        QCOMPARE(pool->replaced(), 0);
    }

    void endsItsProcesses()
    {
        {
            const decode::DecoderPool pool(tests::poolConfig(3));
            QCOMPARE(tests::childrenOf(::getpid()).size(), std::size_t(3));
        }
        QVERIFY(tests::childrenOf(::getpid()).empty());
    }

    void everyFileOfTheFormatsFolderOpens()
    {
        const auto folder = tests::sharedData("data/formats");
        if (folder.empty()) {
            QSKIP("the reference data are not there");
        }
        decode::DecoderPool pool(tests::poolConfig(2));
        int count = 0;
        for (const auto& entry : std::filesystem::directory_iterator(folder)) {
            const auto info = pool.info(entry.path()).info;
            const auto picture = pool.frame(entry.path());
            std::ifstream stream(entry.path(), std::ios::binary);
            const std::string text((std::istreambuf_iterator<char>(stream)), {});
            const bool png = text.starts_with("\x89PNG");
            QCOMPARE(info.kind, std::string(png ? "png" : "jpeg"));
            QCOMPARE(info.lossy, !png);
            QCOMPARE(picture.width, info.columns);
            QCOMPARE(picture.height, info.rows);
            QCOMPARE(picture.channels, info.samplesPerPixel);
            const auto bytes = picture.bytes();
            QVERIFY(std::ranges::any_of(bytes, [&](std::byte b) { return b != bytes.front(); }));
            ++count;
        }
        QCOMPARE(count, 11);
        QCOMPARE(pool.replaced(), 0);
    }
};

QTEST_GUILESS_MAIN(PoolTest)
#include "PoolTest.moc"
