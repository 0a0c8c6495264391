// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/Batches.h"
#include "train/TinyNet.h"

#include <QTest>

#include <array>
#include <atomic>
#include <numeric>
#include <thread>

using namespace diascope;
using namespace diascope::tests;

namespace {

/// Pictures that are copied out of a tensor when they are wanted, as from a file.
class TensorStream final : public train::PixelStream {
public:
    explicit TensorStream(at::Tensor images)
        : m_images(std::move(images))
    {
    }
    train::PictureShape shape() const override
    {
        return {m_images.size(0), m_images.size(1), m_images.size(2), m_images.size(3), m_images.scalar_type()};
    }
    at::Tensor gather(std::span<const std::int64_t> rows) const override
    {
        ++reads;
        if (std::this_thread::get_id() != m_home) {
            ++readsElsewhere;
        }
        if (reads >= failsAt) {
            throw base::Error(base::ErrorCode::Unreadable, "store", "the disk is gone");
        }
        std::vector<at::Tensor> pictures;
        for (const std::int64_t row : rows) {
            pictures.push_back(m_images[row]);
        }
        return torch::stack(pictures);
    }
    mutable std::atomic<int> reads{0}, readsElsewhere{0};
    int failsAt = 1'000'000;

private:
    at::Tensor m_images;
    std::thread::id m_home = std::this_thread::get_id();
};

at::Tensor numbered(std::int64_t count)
{
    return torch::arange(count, torch::kUInt8).view({count, 1, 1, 1}).expand({count, 1, 2, 3}).contiguous();
}

std::vector<int> firstPixels(const train::Pictures::Taken& taken)
{
    std::vector<int> values;
    for (const std::int64_t row : taken.rows) {
        values.push_back(taken.images[row][0][0][0].item<int>());
    }
    return values;
}

struct Outcome {
    std::string weights, reports;
    at::Tensor logits;
};

Outcome trained(const train::TrainingData& training, const train::TrainingData& validation, train::TrainConfig config)
{
    config.augmentation.affine = {1.0, 10.0, 0.0, 0.9, 1.1, false, 0.0};
    config.mix = {0.5, 0.4, 0.5, 1.0};
    TinyNet model({}, 5);
    Recorder recorder;
    const auto outcome = train::fit(model, training, validation, config, {recorder, {}, nullptr, {}, nullptr});
    Outcome result{bytesOf(model.state()), {}, outcome.validationLogits};
    for (const auto& report : recorder.epochs) {
        result.reports += std::to_string(report.train.loss) + " " + std::to_string(report.validation.loss) + "\n";
    }
    return result;
}

} // namespace

class PicturesTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void partsOfPartsShareThePixels()
    {
        const at::Tensor images = numbered(10);
        const train::Pictures all(images);
        const train::Pictures part = all.part(std::array<std::int64_t, 4>{7, 1, 9, 3});
        QCOMPARE(part.count(), std::int64_t{4});
        QCOMPARE(part.shape().width, std::int64_t{3});
        const auto taken = part.part(std::array<std::int64_t, 3>{3, 0, 0}).take(std::array<std::int64_t, 2>{1, 0});
        QCOMPARE(firstPixels(taken), (std::vector<int>{7, 3}));
        QCOMPARE(taken.images.const_data_ptr(), images.const_data_ptr());
    }
    void streamedPartsAreReadInOrder()
    {
        const auto stream = std::make_shared<const TensorStream>(numbered(10));
        const train::Pictures part = train::Pictures(stream).part(std::array<std::int64_t, 3>{8, 2, 5});
        QVERIFY(part.streams());
        const auto taken = part.take(std::array<std::int64_t, 3>{2, 0, 2});
        QCOMPARE(firstPixels(taken), (std::vector<int>{5, 8, 5}));
        QCOMPARE(taken.images.size(0), std::int64_t{3});
        QCOMPARE(stream->reads.load(), 1);
    }
    void nothingIsNothing()
    {
        QVERIFY(!train::Pictures().defined());
        QVERIFY(!train::Pictures(at::Tensor()).defined());
        QCOMPARE(train::Pictures().count(), std::int64_t{0});
    }
    void readAheadGivesEachResultOnce()
    {
        std::atomic<int> made{0};
        const auto square = [&made](int number) {
            ++made;
            return number * number;
        };
        train::ReadAhead<int> ahead;
        for (int number = 0; number < 5; ++number) {
            QCOMPARE(ahead.take(number, 5, square), number * number);
        }
        QCOMPARE(made.load(), 5);
        QCOMPARE(ahead.take(2, 5, square), 4); // out of turn, as after a batch that is tried again
        QCOMPARE(ahead.take(2, 5, square), 4);
    }
    void aReadThatFailsFailsTheTakeThatWantsIt()
    {
        const auto make = [](int number) {
            if (number == 1) {
                throw base::Error(base::ErrorCode::Unreadable, "store", "gone");
            }
            return number;
        };
        train::ReadAhead<int> ahead;
        QCOMPARE(ahead.take(0, 3, make), 0);
        QVERIFY_THROWS_EXCEPTION(base::Error, (void)ahead.take(1, 3, make));
    }
    void streamedTrainingIsTheSameByteForByte_data()
    {
        QTest::addColumn<bool>("balance");
        QTest::addColumn<int>("batchSize");
        QTest::newRow("balanced") << true << 8;
        QTest::newRow("a last batch of one") << false << 13;
    }
    void streamedTrainingIsTheSameByteForByte()
    {
        QFETCH(bool, balance);
        QFETCH(int, batchSize);
        train::TrainConfig config = tinyConfig(3);
        config.balance = balance;
        config.batchSize = batchSize;
        const train::TrainingData all = brightness(60, 2, 1);
        const at::Tensor images = all.images.take({}).images;
        std::vector<std::int64_t> first(40), last(20);
        std::iota(first.begin(), first.end(), 0);
        std::iota(last.begin(), last.end(), 40);
        const auto parts = [&](const train::Pictures& pictures) {
            return std::pair<train::TrainingData, train::TrainingData>{
                {pictures.part(first), all.labels.slice(0, 0, 40)}, {pictures.part(last), all.labels.slice(0, 40, 60)}};
        };
        const auto [training, validation] = parts(images);
        const Outcome resident = trained(training, validation, config);
        const Outcome copied = trained({images.slice(0, 0, 40).clone(), training.labels},
            {images.slice(0, 40, 60).clone(), validation.labels}, config);
        const auto stream = std::make_shared<const TensorStream>(images);
        const auto [streamedTraining, streamedValidation] = parts(train::Pictures(stream));
        const Outcome streamed = trained(streamedTraining, streamedValidation, config);
        for (const Outcome* other : {&copied, &streamed}) {
            QVERIFY(other->weights == resident.weights);
            QCOMPARE(other->reports, resident.reports);
            QVERIFY(torch::equal(other->logits, resident.logits));
        }
        QVERIFY2(stream->readsElsewhere * 2 > stream->reads, "the next batch is not read ahead");
    }
    void aDiskThatFailsEndsTheRunByItsName()
    {
        const train::TrainingData data = brightness(40, 2, 1);
        const auto stream = std::make_shared<TensorStream>(data.images.take({}).images);
        stream->failsAt = 4;
        try {
            (void)trained({train::Pictures(stream), data.labels}, data, tinyConfig(2));
            QFAIL("trained without pictures");
        } catch (const base::Error& error) {
            QCOMPARE(error.code(), base::ErrorCode::Unreadable);
            QCOMPARE(error.subject(), std::string("store"));
        }
    }
};

QTEST_GUILESS_MAIN(PicturesTest)
#include "PicturesTest.moc"
