// SPDX-License-Identifier: GPL-3.0-or-later
#include "dataset/PixelStore.h"
#include "dataset/TinyFiles.h"
#include "decode/DecoderPool.h"
#include "image/Preprocess.h"
#include "image/Windowing.h"
#include "support/SharedData.h"

#include <QTest>

#include <cstring>
#include <atomic>
#include <fstream>
#include <set>
#include <thread>

using namespace diascope;
using dataset::Dataset;
using dataset::PixelStore;
using tests::TinyFiles;

namespace {

image::Preprocess graph(int size, const char* filter = "bilinear")
{
    return image::Preprocess::fromJson(base::Json::array({{{"op", "window"}, {"mode", "file"}}, {{"op", "grey"}},
                                                          {{"op", "resize"}, {"width", size}, {"height", size},
                                                              {"filter", filter}}}), "test");
}

/// Seven pictures in two classes, the third of which cannot be read.
Dataset tinyData(const TinyFiles& files, decode::DecoderPool& pool)
{
    for (int i = 0; i < 7; ++i) {
        files.picture((i % 2 == 0 ? "a/" : "b/") + std::to_string(i) + ".png", 30 * i);
    }
    files.text("a/2.png", "\x89PNG\r\n\x1a\n and nothing more");
    return dataset::readDataset({.path = files.root()}, pool);
}

std::vector<std::filesystem::path> filesIn(const std::filesystem::path& folder)
{
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        files.push_back(entry.path());
    }
    return files;
}

std::vector<std::byte> rowOf(const PixelStore& store, std::size_t row)
{
    std::vector<std::byte> bytes(store.bytesPerImage());
    store.copyRow(row, bytes);
    return bytes;
}

/// One byte of the file turned over.
void flip(const std::filesystem::path& file, std::streamoff at)
{
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekg(at);
    const auto byte = static_cast<char>(stream.get() ^ 0x10);
    stream.seekp(at);
    stream.put(byte);
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

} // namespace

class StoreTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void holdsWhatTheNetworkSaw();
    void isFoundAgain();
    void dependsOnContentAndPreprocessing();
    void isRebuiltWhenDamaged_data();
    void isRebuiltWhenDamaged();
    void streamsBeyondTheBudget();
    void outlivesItsName();
    void keepsSixteenBits();
    void windowsAtFullDepth();
    void stopsAndLeavesNothing();
    void saysWhenTheDiskRefuses();
    void isBuiltByTwoAtOnce();
    void hasAChecksumThatSeesEveryBit();
    void buildsRealSets_data();
    void buildsRealSets();

private:
    PixelStore open(const Dataset& data, const std::filesystem::path& folder, const image::Preprocess& steps)
    {
        dataset::StoreConfig config;
        config.folder = folder;
        return dataset::openPixelStore(data, steps, m_pool, config);
    }
    decode::DecoderPool m_pool{decode::PoolConfig{}};
};

void StoreTest::holdsWhatTheNetworkSaw()
{
    const TinyFiles files, cache;
    const Dataset data = tinyData(files, m_pool);
    const PixelStore plain = dataset::buildPixelStore(data, graph(6), m_pool);
    const PixelStore store = open(data, cache.root() / "new folder", graph(6));
    QVERIFY(!store.reused);
    QCOMPARE(store.samples, plain.samples);
    QCOMPARE(store.samples, (std::vector<std::size_t>{0, 2, 3, 4, 5, 6}));
    QCOMPARE(store.bytesPerImage(), std::size_t{36});
    QCOMPARE(std::memcmp(store.block.get(), plain.pixels->data(), plain.pixels->size()), 0);
    QCOMPARE(plain.block.get(), static_cast<const std::uint8_t*>(plain.pixels->data()));
    QCOMPARE(store.problems.size(), std::size_t{1});
    QCOMPARE(store.problems[0].subject, plain.problems[0].subject);
    QCOMPARE(store.problems[0].detail, plain.problems[0].detail);
    QVERIFY(reinterpret_cast<std::uintptr_t>(store.block.get()) % 4096 == 0); // page aligned
}

void StoreTest::isFoundAgain()
{
    const TinyFiles files, elsewhere, cache;
    const Dataset data = tinyData(files, m_pool);
    const PixelStore first = open(data, cache.root(), graph(6));
    const PixelStore second = open(data, cache.root(), graph(6));
    QVERIFY2(second.reused, second.note.c_str());
    QCOMPARE(filesIn(cache.root()).size(), std::size_t{1});
    QCOMPARE(second.samples, first.samples);
    QCOMPARE(second.problems.size(), std::size_t{1});
    // The same pictures in another place, newly written: the content counts.
    const Dataset moved = tinyData(elsewhere, m_pool);
    const PixelStore third = open(moved, cache.root(), graph(6));
    QVERIFY(third.reused);
    QVERIFY(contains(third.problems.at(0).subject, elsewhere.root().string()));
    QCOMPARE(rowOf(third, 5), rowOf(first, 5));
}

void StoreTest::dependsOnContentAndPreprocessing()
{
    const TinyFiles files, cache;
    Dataset data = tinyData(files, m_pool);
    (void)open(data, cache.root(), graph(6));
    QVERIFY(!open(data, cache.root(), graph(7)).reused);
    QVERIFY(!open(data, cache.root(), graph(6, "bicubic")).reused);
    QCOMPARE(filesIn(cache.root()).size(), std::size_t{3});
    files.picture("b/1.png", 31); // one grey level more
    const PixelStore changed = open(data, cache.root(), graph(6));
    QVERIFY(!changed.reused);
    QCOMPARE(static_cast<int>(rowOf(changed, 3)[0]), 31);
    std::swap(data.samples[0], data.samples[3]);
    QVERIFY(!open(data, cache.root(), graph(6)).reused); // another order is another store
    // Normalisation comes after the bytes.
    base::Json steps = graph(6).toJson();
    steps.push_back({{"op", "normalise"}, {"mean", {0.5}}, {"std", {0.5}}});
    QVERIFY(open(data, cache.root(), image::Preprocess::fromJson(steps, "test")).reused);
}

void StoreTest::isRebuiltWhenDamaged_data()
{
    QTest::addColumn<int>("kind");
    QTest::addColumn<int>("at");
    QTest::newRow("header") << 0 << 9;
    QTest::newRow("key") << 0 << 70;
    QTest::newRow("first pixel") << 0 << 4096;
    QTest::newRow("last pixel") << 0 << 4096 + 6 * 36 - 1;
    QTest::newRow("table") << 0 << 4096 + 6 * 36 + 20;
    QTest::newRow("a byte short") << 1 << -1;
    QTest::newRow("half") << 1 << 4096 + 3 * 36;
    QTest::newRow("header only") << 1 << 4096;
    QTest::newRow("empty") << 1 << 0;
    QTest::newRow("longer") << 2 << 0;
    QTest::newRow("something else") << 3 << 0;
}

void StoreTest::isRebuiltWhenDamaged()
{
    QFETCH(int, kind);
    QFETCH(int, at);
    const TinyFiles files, cache;
    const Dataset data = tinyData(files, m_pool);
    std::filesystem::path file;
    {
        (void)open(data, cache.root(), graph(6));
        file = filesIn(cache.root()).at(0);
    }
    const auto size = std::filesystem::file_size(file);
    if (kind == 0) {
        flip(file, at);
    } else if (kind == 1) {
        std::filesystem::resize_file(file, at < 0 ? size - 1 : static_cast<std::uintmax_t>(at));
    } else if (kind == 2) {
        std::ofstream(file, std::ios::app | std::ios::binary) << "more";
    } else {
        std::ofstream(file, std::ios::trunc | std::ios::binary) << std::string(size, 'x');
    }
    const PixelStore store = open(data, cache.root(), graph(6));
    QVERIFY(!store.reused);
    QVERIFY2(contains(store.note, "built anew"), store.note.c_str());
    QCOMPARE(static_cast<int>(rowOf(store, 5)[35]), 150);
    QVERIFY(open(data, cache.root(), graph(6)).reused);
    QCOMPARE(filesIn(cache.root()).size(), std::size_t{1});
}

void StoreTest::streamsBeyondTheBudget()
{
    const TinyFiles files, cache;
    const Dataset data = tinyData(files, m_pool);
    dataset::StoreConfig config;
    config.folder = cache.root();
    config.budgetBytes = 7 * 36 - 1;
    const PixelStore streamed = dataset::openPixelStore(data, graph(6), m_pool, config);
    QVERIFY(streamed.streams());
    QVERIFY(!streamed.block);
    config.budgetBytes = 7 * 36;
    const PixelStore mapped = dataset::openPixelStore(data, graph(6), m_pool, config);
    QVERIFY(mapped.reused && !mapped.streams());
    std::vector<std::jthread> readers;
    std::atomic<int> equal{0};
    for (int t = 0; t < 4; ++t) {
        readers.emplace_back([&] {
            for (std::size_t row = 0; row < 6; ++row) {
                equal += rowOf(streamed, row) == rowOf(mapped, row) ? 1 : 0;
            }
        });
    }
    readers.clear();
    QCOMPARE(equal.load(), 24);
    flip(filesIn(cache.root()).at(0), 4096);
    config.budgetBytes = 0;
    QVERIFY(!dataset::openPixelStore(data, graph(6), m_pool, config).reused); // damage is seen in streaming mode too
}

void StoreTest::outlivesItsName()
{
    const TinyFiles files, cache;
    std::shared_ptr<const std::uint8_t> kept;
    {
        const PixelStore store = open(tinyData(files, m_pool), cache.root(), graph(6));
        kept = store.block;
    }
    std::filesystem::remove(filesIn(cache.root()).at(0));
    QCOMPARE(static_cast<int>(kept.get()[5 * 36]), 150);
}

void StoreTest::keepsSixteenBits()
{
    const std::filesystem::path folder = tests::sharedData("data/dicom/pydicom");
    if (folder.empty()) {
        QSKIP("the reference data are not here (set DIASCOPE_SHARED)");
    }
    const TinyFiles cache;
    Dataset data;
    data.classNames = {"x"};
    data.samples = {{"ct", folder / "CT_small.dcm", 0, 0, "ct"}, {"mr", folder / "MR_small.dcm", 0, 0, "mr"}};
    dataset::StoreConfig config;
    config.folder = cache.root();
    const dataset::RowMaker maker = dataset::deepRows(128, 128); // the size of CT_small: nothing is resampled
    const PixelStore store = dataset::openPixelStore(data, maker, m_pool, config);
    QCOMPARE(store.sampleBytes, 2);
    QCOMPARE(store.count(), std::size_t{2});
    QCOMPARE(store.bytesPerImage(), std::size_t{128 * 128 * 2});
    const image::Image ct = m_pool.frame(data.samples[0].file);
    const std::vector<std::byte> row = rowOf(store, 0);
    std::uint16_t first = 0, last = 0;
    std::memcpy(&first, row.data(), 2);
    std::memcpy(&last, row.data() + row.size() - 2, 2);
    QCOMPARE(static_cast<double>(first) - 32768.0, ct.stored(0, 0));
    QCOMPARE(static_cast<double>(last) - 32768.0, ct.stored(127, 127));
    QVERIFY(dataset::openPixelStore(data, maker, m_pool, config).reused);
}

void StoreTest::windowsAtFullDepth()
{
    const std::filesystem::path file = tests::sharedData("data/dicom/pydicom/CT_small.dcm");
    if (file.empty()) {
        QSKIP("the reference data are not here (set DIASCOPE_SHARED)");
    }
    // A window of 40 HU: 8 bits over the whole range (some 4000 HU) would leave 3 levels of it.
    const TinyFiles cache;
    Dataset data;
    data.classNames = {"x"};
    data.samples = {{"ct", file, 0, 0, "ct"}};
    const auto steps = image::Preprocess::fromJson(base::Json::array({{{"op", "window"}, {"mode", "fixed"},
        {"centre", 40}, {"width", 40}}, {{"op", "grey"}},
                                                                      {{"op", "resize"}, {"width", 128},
                                                                          {"height", 128}}}), "test");
    const PixelStore store = open(data, cache.root(), steps);
    const image::Image ct = m_pool.frame(file);
    QVERIFY(ct.type == image::PixelType::Int16 || ct.type == image::PixelType::UInt16);
    std::set<int> levels;
    for (int i = 0; i < 128 * 128; ++i) {
        const int seen = store.block.get()[i];
        levels.insert(seen);
        const double expected = image::windowed(ct.modality(i % 128, i / 128),
            {40, 40, "", image::Window::Function::Linear});
        QVERIFY(std::abs(seen - expected) <= 0.5001);
    }
    QVERIFY(levels.size() > 30);
}

void StoreTest::stopsAndLeavesNothing()
{
    const TinyFiles files, cache;
    const Dataset data = tinyData(files, m_pool);
    std::stop_source stop;
    dataset::StoreConfig config;
    config.folder = cache.root();
    config.threads = 1;
    const auto stopLater = [&stop](const base::Progress& progress) {
        if (progress.stage == "Decoding images") {
            stop.request_stop();
        }
    };
    const auto slow = [](const image::Image&) -> image::Image {
        // the work itself, so that the first report comes before the end
        std::this_thread::sleep_for(std::chrono::milliseconds(150));
        throw base::Error(base::ErrorCode::Malformed, "test", "not wanted");
    };
    try {
        (void)dataset::openPixelStore(data, {"slow", {6, 6, 1, 1}, slow}, m_pool, config, stopLater, stop.get_token());
        QFAIL("it was not stopped");
    } catch (const base::Error& error) {
        QCOMPARE(error.code(), base::ErrorCode::Stopped);
    }
    QCOMPARE(filesIn(cache.root()).size(), std::size_t{0});
}

void StoreTest::saysWhenTheDiskRefuses()
{
    const TinyFiles files, cache;
    const Dataset data = tinyData(files, m_pool);
    const auto codeOf = [&](const std::filesystem::path& folder, const dataset::RowMaker& maker) {
        dataset::StoreConfig config;
        config.folder = folder;
        try {
            (void)dataset::openPixelStore(data, maker, m_pool, config);
        } catch (const base::Error& error) {
            return error.code();
        }
        return base::ErrorCode::Internal;
    };
    const image::Preprocess steps = graph(6);
    cache.text("file", "in the way");
    QCOMPARE(codeOf(cache.root() / "file" / "store", dataset::networkRows(steps)), base::ErrorCode::NotFound);
    const auto never = [](const image::Image& image) { return image; };
    QCOMPARE(codeOf(cache.root() / "large", {"large", {2000000, 2000000, 3, 2}, never}), base::ErrorCode::DiskFull);
    QCOMPARE(filesIn(cache.root() / "large").size(), std::size_t{0});
}

void StoreTest::isBuiltByTwoAtOnce()
{
    const TinyFiles files, cache;
    const Dataset data = tinyData(files, m_pool);
    const PixelStore expected = dataset::buildPixelStore(data, graph(6), m_pool);
    std::atomic<int> right{0};
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 3; ++t) {
            threads.emplace_back([&] {
                const PixelStore store = open(data, cache.root(), graph(6));
                right += std::memcmp(store.block.get(), expected.block.get(), 6 * 36) == 0 ? 1 : 0;
            });
        }
    }
    QCOMPARE(right.load(), 3);
    QCOMPARE(filesIn(cache.root()).size(), std::size_t{1});
}

void StoreTest::hasAChecksumThatSeesEveryBit()
{
    std::vector<std::byte> bytes(101, std::byte{7});
    const std::uint64_t sum = dataset::checksum64(bytes);
    for (std::size_t i = 0; i < bytes.size() * 8; ++i) {
        bytes[i / 8] ^= static_cast<std::byte>(1U << (i % 8));
        QVERIFY(dataset::checksum64(bytes) != sum);
        bytes[i / 8] ^= static_cast<std::byte>(1U << (i % 8));
    }
    QVERIFY(dataset::checksum64(std::span(bytes).first(100)) != dataset::checksum64(bytes));
    bytes[0] = std::byte{1};
    const std::uint64_t before = dataset::checksum64(bytes);
    std::swap(bytes[0], bytes[8]);
    QVERIFY(dataset::checksum64(bytes) != before);
}

void StoreTest::buildsRealSets_data()
{
    QTest::addColumn<QString>("source");
    QTest::newRow("ultrasound of the lung") << "data/us_lung_pocus/planes.csv";
    QTest::newRow("CT of the kidney") << "data/ct_kidney4";
}

void StoreTest::buildsRealSets()
{
    QFETCH(QString, source);
    const std::filesystem::path path = tests::sharedData(source.toStdString());
    if (path.empty()) {
        QSKIP("the reference data are not here (set DIASCOPE_SHARED)");
    }
    const TinyFiles cache;
    const Dataset data = dataset::readDataset({.path = path}, m_pool);
    const PixelStore store = open(data, cache.root(), graph(224));
    QCOMPARE(store.count(), data.samples.size());
    const PixelStore again = open(data, cache.root(), graph(224));
    QVERIFY(again.reused);
    qInfo("%zu images: built in %.2f s (%.0f images/s), found again in %.3f s", store.count(), store.seconds,
          static_cast<double>(store.count()) / store.seconds, again.seconds);
}

QTEST_GUILESS_MAIN(StoreTest)
#include "StoreTest.moc"
