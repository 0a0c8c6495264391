// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/read/FrameLoader.h"
#include "app/read/StudyScanner.h"

#include <QImage>
#include <QTemporaryDir>
#include <QtTest>

#include <atomic>
#include <mutex>

using namespace diascope;

class FrameLoaderTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void scanReportsTheFirstPictureBeforeTheEnd();
    void scanListsWhatCannotBeRead();
    void aNewScanSilencesTheOldOne();
    void frameArrivesAndIsThenCached();
    void theWholeSeriesIsPrefetched();
    void aSeriesThatGrowsIsPrefetchedToItsEnd();
    void answersCarryTheGenerationOfTheirSeries();
    void outOfRangeIsNothing();

private:
    std::shared_ptr<const study::Series> scanned();

    QTemporaryDir m_folder;
    std::unique_ptr<decode::DecoderPool> m_pool;
};

namespace {

constexpr int kPictures = 12;

/// Collects what the scanner reports, from its own thread.
struct Reports {
    std::mutex mutex;
    std::vector<app::ScanReport> all;
    void add(app::ScanReport report)
    {
        const std::scoped_lock lock(mutex);
        all.push_back(std::move(report));
    }
    bool finished()
    {
        const std::scoped_lock lock(mutex);
        return !all.empty() && all.back().finished;
    }
};

} // namespace

void FrameLoaderTest::initTestCase()
{
    QVERIFY(m_folder.isValid());
    decode::PoolConfig config;
    config.program = qEnvironmentVariable("DIASCOPE_BIN").toStdString() + "/diascope-decoder";
    m_pool = std::make_unique<decode::DecoderPool>(config);
    for (int i = 0; i < kPictures; ++i) {
        QImage picture(16, 16, QImage::Format_Grayscale8);
        picture.fill(i);
        QVERIFY(picture.save(m_folder.filePath(QStringLiteral("img%1.png").arg(i))));
    }
}

std::shared_ptr<const study::Series> FrameLoaderTest::scanned()
{
    Reports reports;
    app::StudyScanner scanner(*m_pool, [&](app::ScanReport report) { reports.add(std::move(report)); });
    scanner.start({m_folder.path().toStdString()});
    if (!QTest::qWaitFor([&] { return reports.finished(); }, 30'000) || reports.all.back().series->empty()) {
        return nullptr;
    }
    return std::make_shared<const study::Series>(reports.all.back().series->front());
}

void FrameLoaderTest::scanReportsTheFirstPictureBeforeTheEnd()
{
    Reports reports;
    app::StudyScanner scanner(*m_pool, [&](app::ScanReport report) { reports.add(std::move(report)); });
    const auto request = scanner.start({m_folder.path().toStdString()});
    QTRY_VERIFY_WITH_TIMEOUT(reports.finished(), 30'000);
    QVERIFY(reports.all.size() >= 2);
    QVERIFY(!reports.all.front().finished);
    QCOMPARE(reports.all.front().series->size(), std::size_t(1));
    QCOMPARE(reports.all.front().series->front().imageCount(), 1);
    QCOMPARE(reports.all.back().series->front().imageCount(), kPictures);
    QCOMPARE(reports.all.back().request, request);
}

void FrameLoaderTest::scanListsWhatCannotBeRead()
{
    QTemporaryDir folder;
    QFile bad(folder.filePath(QStringLiteral("bad.png")));
    QVERIFY(bad.open(QIODevice::WriteOnly));
    bad.write("not a picture");
    bad.close();
    Reports reports;
    app::StudyScanner scanner(*m_pool, [&](app::ScanReport report) { reports.add(std::move(report)); });
    scanner.start({folder.path().toStdString(), (m_folder.path() + QStringLiteral("/img3.png")).toStdString()});
    QTRY_VERIFY_WITH_TIMEOUT(reports.finished(), 30'000);
    QCOMPARE(reports.all.back().problems.size(), std::size_t(1));
    QVERIFY(reports.all.back().problems.front().subject.find("bad.png") != std::string::npos);
    QCOMPARE(reports.all.back().series->size(), std::size_t(1));
}

void FrameLoaderTest::aNewScanSilencesTheOldOne()
{
    Reports reports;
    app::StudyScanner scanner(*m_pool, [&](app::ScanReport report) { reports.add(std::move(report)); });
    scanner.start({m_folder.path().toStdString()});
    const auto second = scanner.start({(m_folder.path() + QStringLiteral("/img3.png")).toStdString()});
    QTRY_VERIFY_WITH_TIMEOUT(reports.finished() && reports.all.back().request == second, 30'000);
    QCOMPARE(reports.all.back().series->front().imageCount(), 1);
}

void FrameLoaderTest::frameArrivesAndIsThenCached()
{
    const auto series = scanned();
    QVERIFY(series);
    std::mutex mutex;
    std::vector<app::FrameAnswer> answers;
    app::FrameLoader loader(*m_pool, 1u << 20, [&](app::FrameAnswer answer) {
        const std::scoped_lock lock(mutex);
        answers.push_back(std::move(answer));
    });
    const auto generation = loader.setSeries(series);
    std::optional<image::Image> image = loader.request(7);
    if (!image) { // Unless prefetching was quicker, it is answered.
        QTRY_VERIFY_WITH_TIMEOUT(loader.request(7).has_value(), 10'000);
        image = loader.request(7);
    }
    QCOMPARE(int(image->samples<std::uint8_t>()[0]), 7);
    for (const auto& answer : answers) {
        QCOMPARE(answer.generation, generation);
        QVERIFY(!answer.problem);
    }
}

void FrameLoaderTest::theWholeSeriesIsPrefetched()
{
    const auto series = scanned();
    QVERIFY(series);
    app::FrameLoader loader(*m_pool, 1u << 20, [](app::FrameAnswer) {});
    loader.setSeries(series);
    (void)loader.request(0);
    QTRY_COMPARE_WITH_TIMEOUT(loader.cachedFrames(), kPictures, 10'000);
    for (int i = 0; i < kPictures; ++i) {
        const auto image = loader.request(i);
        QVERIFY(image.has_value());
        QCOMPARE(int(image->samples<std::uint8_t>()[0]), i);
    }
}

void FrameLoaderTest::aSeriesThatGrowsIsPrefetchedToItsEnd()
{
    const auto series = scanned();
    QVERIFY(series);
    auto first = std::make_shared<study::Series>(*series);
    first->instances.resize(1);
    app::FrameLoader loader(*m_pool, 1u << 20, [](app::FrameAnswer) {});
    loader.setSeries(first);
    (void)loader.request(0);
    QTRY_COMPARE_WITH_TIMEOUT(loader.cachedFrames(), 1, 10'000); // The loader threads have nothing left to do and sleep.
    loader.setSeries(series);
    QVERIFY(loader.request(0).has_value());
    QTRY_COMPARE_WITH_TIMEOUT(loader.cachedFrames(), kPictures, 10'000);
}

void FrameLoaderTest::answersCarryTheGenerationOfTheirSeries()
{
    const auto series = scanned();
    QVERIFY(series);
    std::atomic<std::uint64_t> last{0};
    app::FrameLoader loader(*m_pool, 0, [&](app::FrameAnswer answer) { last = answer.generation; });
    const auto first = loader.setSeries(series);
    (void)loader.request(3);
    const auto second = loader.setSeries(series);
    QVERIFY(second > first);
    (void)loader.request(4);
    QTRY_COMPARE_WITH_TIMEOUT(last.load(), second, 10'000);
}

void FrameLoaderTest::outOfRangeIsNothing()
{
    const auto series = scanned();
    QVERIFY(series);
    app::FrameLoader loader(*m_pool, 1u << 20, [](app::FrameAnswer) {});
    QVERIFY(!loader.request(0).has_value());
    loader.setSeries(series);
    QVERIFY(!loader.request(-1).has_value());
    QVERIFY(!loader.request(kPictures).has_value());
}

QTEST_GUILESS_MAIN(FrameLoaderTest)
#include "FrameLoaderTest.moc"
