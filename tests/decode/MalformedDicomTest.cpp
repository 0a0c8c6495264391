// SPDX-License-Identifier: GPL-3.0-or-later
#include "decode/DecoderPool.h"
#include "decode/PoolFixture.h"
#include "support/SharedData.h"

#include <QTest>

#include <algorithm>

using namespace diascope;

/// Every hostile file of the reference data through the pool: an answer or a named error, within the limits of the product.
class MalformedDicomTest final : public QObject {
    Q_OBJECT

    std::unique_ptr<decode::DecoderPool> m_pool;

private Q_SLOTS:
    void initTestCase()
    {
        auto config = tests::poolConfig(1);
        config.arguments.clear();
        if (!decode::kSanitized) {
            config.timeout = std::chrono::milliseconds(2000); // What the product promises.
        }
        m_pool = std::make_unique<decode::DecoderPool>(config);
    }
    void cleanupTestCase() { m_pool.reset(); }

    void isAnsweredOrRefused_data()
    {
        QTest::addColumn<QString>("file");
        const auto folder = tests::sharedData("data/dicom_malformed");
        if (folder.empty()) {
            return;
        }
        std::vector<std::filesystem::path> files;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
            if (entry.is_regular_file()) {
                files.push_back(entry.path());
            }
        }
        std::ranges::sort(files);
        for (const auto& file : files) {
            QTest::newRow(std::filesystem::relative(file, folder).c_str()) << QString::fromStdString(file.string());
        }
    }
    void isAnsweredOrRefused()
    {
        if (tests::sharedData("data/dicom_malformed").empty()) {
            QSKIP("the reference data are not there");
        }
        QFETCH(QString, file);
        const std::filesystem::path path = file.toStdString();
        for (const bool pixels : {false, true}) {
            const auto error = tests::errorOf([&] {
                if (pixels) {
                    QVERIFY(!m_pool->frame(path).empty());
                } else {
                    QVERIFY(!m_pool->info(path, {.pixelSha256 = false, .tags = true}).info.kind.empty());
                }
            });
            if (error) {
                QVERIFY2(error->code() != base::ErrorCode::Crashed && error->code() != base::ErrorCode::Timeout
                             && error->code() != base::ErrorCode::Internal,
                         error->what());
                QCOMPARE(error->subject(), path.string());
                QVERIFY(!error->detail().empty());
            }
        }
        QCOMPARE(m_pool->replaced(), 0);
        if (!decode::kSanitized) {
            QVERIFY(tests::statusKiB(tests::childrenOf(::getpid()).at(0), "VmHWM") < 512 * 1024);
        }
    }
};

QTEST_GUILESS_MAIN(MalformedDicomTest)
#include "MalformedDicomTest.moc"
