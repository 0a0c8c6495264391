// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/AtomicFile.h"
#include "dataset/TinyFiles.h"
#include "decode/DecoderPool.h"
#include "nn/PackageFile.h"
#include "pipeline/Package.h"
#include "pipeline/Prepare.h"
#include "pipeline/StorePixels.h"
#include "pipeline/Train.h"

#include <QImage>
#include <QTest>

#include <array>

using namespace diascope;
using pipeline::Plan;
using tests::TinyFiles;
using train::RunState;

namespace {

namespace fs = std::filesystem;

/// Pictures of two classes, of which two show the same, as more than a MiB of pixels.
fs::path writeTable(const TinyFiles& files, int count)
{
    std::string table = "img_IDs,target\n";
    for (int i = 0; i < count; ++i) {
        const int seed = i == count - 1 ? 1 : i; // the last one is a copy of the second
        QImage picture(170, 170, QImage::Format_Grayscale8);
        for (int y = 0; y < 170; ++y) {
            for (int x = 0; x < 170; ++x) {
                picture.scanLine(y)[x] = static_cast<uchar>(
                    (seed % 2 == 1 ? 120 : 20) + (x / 17 * (seed + 3) + y / 17 * (2 * seed + 5)) % 97);
            }
        }
        const std::string id = "case" + std::to_string(i);
        picture.save(QString::fromStdString((files.root() / (id + ".png")).string()));
        table += id + "," + std::to_string(seed % 2) + "\n";
    }
    return files.text("Train.csv", table);
}

Plan planFor(const fs::path& source)
{
    Plan plan;
    plan.data.source = source.string();
    plan.preprocess = base::Json::array({{{"op", "grey"}}, {{"op", "resize"}, {"width", 170}, {"height", 170}},
        {{"op", "normalise"}, {"mean", {0.5}}, {"std", {0.5}}}});
    plan.model.dropout = 0.2;
    plan.training.epochs = 2;
    plan.training.batchSize = 8;
    plan.training.patience = 0;
    plan.split.validationFraction = 0.25;
    plan.split.testFraction = 0.2;
    plan.package.name = "tiny";
    plan.device = "cpu";
    plan.threads = 1;
    return plan;
}

class Messages final : public train::TrainingObserver {
public:
    void onBatch(const train::BatchProgress&) override { }
    void onEpoch(const train::EpochReport&) override { }
    void onMessage(const std::string& message) override { text += message + "\n"; }
    std::string text;
};

} // namespace

/// Pixels beyond the memory for them change where they wait, and nothing else.
class StreamingTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() { qputenv("XDG_CACHE_HOME", (QString::fromStdString(m_cache.root().string())).toLocal8Bit()); }
    void trainsToTheSameBytes();
    void foldsShareThePixels();
    void usesTheFolderOfThePlan();
    void theCacheLiesWithTheUser();
    void theEstimateKnows();
    void aRunGoesOnWithOtherMemory();

private:
    TinyFiles m_cache;
    decode::DecoderPool m_pool{decode::PoolConfig{}};
};

void StreamingTest::trainsToTheSameBytes()
{
    const TinyFiles files;
    Plan plan = planFor(writeTable(files, 44));
    Messages resident, streamed;
    const auto one = pipeline::train(plan, files.root() / "resident", m_pool, resident, {}, {});
    QVERIFY2(one.state == RunState::Finished, one.problems.empty() ? "" : one.problems.back().detail.c_str());
    plan.data.memoryMiB = 1;
    const auto two = pipeline::train(plan, files.root() / "streamed", m_pool, streamed, {}, {});
    QVERIFY2(two.state == RunState::Finished, two.problems.empty() ? "" : two.problems.back().detail.c_str());
    QVERIFY2(streamed.text.find("more than the 1 MiB of memory for them") != std::string::npos, streamed.text.c_str());
    QVERIFY(resident.text.find("of memory for them") == std::string::npos);
    QCOMPARE(two.result.dump(), one.result.dump());
    for (const char* name : {"splits.csv", "oof.csv", "test.csv"}) {
        QVERIFY2(
            base::readFile(files.root() / "resident" / name) == base::readFile(files.root() / "streamed" / name), name);
    }
    QCOMPARE(nn::readPackage(two.package).manifest.tensorsSha256, nn::readPackage(one.package).manifest.tensorsSha256);
    QVERIFY(streamed.text.find("1 pictures occur more than once")
        != std::string::npos); // duplicates are found in either mode
    QCOMPARE(one.result["datasetSha256"].dump(), two.result["datasetSha256"].dump());
    const fs::path again = pipeline::makePackage(files.root() / "streamed", m_pool, files.root() / "again.safetensors");
    QCOMPARE(nn::readPackage(again).manifest.tensorsSha256, nn::readPackage(one.package).manifest.tensorsSha256);
}

void StreamingTest::foldsShareThePixels()
{
    const TinyFiles files;
    Plan plan = planFor(writeTable(files, 30));
    plan.split.kind = "stratified-kfold";
    plan.split.folds = 3;
    plan.split.testFraction = 0.0;
    const pipeline::Experiment experiment = pipeline::prepareExperiment(plan, "cpu", m_pool, {}, {});
    QCOMPARE(experiment.folds.plans.size(), std::size_t{3});
    for (const dataset::FoldPlan& fold : experiment.folds.plans) {
        for (const dataset::Role role : {dataset::Role::Train, dataset::Role::Validation}) {
            const pipeline::Part part = pipeline::partOf(experiment, fold, role);
            const auto taken = part.tensors.images.take(std::array<std::int64_t, 1>{1});
            QCOMPARE(taken.images.const_data_ptr(), static_cast<const void*>(experiment.store.block.get()));
            QCOMPARE(taken.rows.front(), static_cast<std::int64_t>(part.rows[1]));
        }
    }
}

void StreamingTest::usesTheFolderOfThePlan()
{
    const TinyFiles files;
    Plan plan = planFor(writeTable(files, 44));
    plan.data.storeFolder = (files.root() / "store").string();
    const auto mapped = pipeline::prepareExperiment(plan, "cpu", m_pool, {}, {});
    QVERIFY(!mapped.store.streams());
    plan.data.memoryMiB = 1;
    const auto streamed = pipeline::prepareExperiment(plan, "cpu", m_pool, {}, {});
    QVERIFY(streamed.store.streams() && streamed.store.reused);
    QVERIFY(streamed.pictures.streams());
    QCOMPARE(pipeline::dataHash(streamed), pipeline::dataHash(mapped));
    QCOMPARE(streamed.folds.receipt, mapped.folds.receipt);
}

void StreamingTest::theCacheLiesWithTheUser()
{
    QCOMPARE(pipeline::cacheFolder(), m_cache.root() / "diascope" / "stores");
    qputenv("XDG_CACHE_HOME", "relative");
    qputenv("HOME", "/home/somebody");
    QCOMPARE(pipeline::cacheFolder(), fs::path("/home/somebody/.cache/diascope/stores"));
}

void StreamingTest::theEstimateKnows()
{
    Plan plan = planFor("x.csv");
    plan.data.memoryMiB = 1;
    QCOMPARE(pipeline::pixelBudget(plan), std::uint64_t{1} << 20U);
    const auto some = pipeline::estimateMemory(plan, 36),
               many = pipeline::estimateMemory(plan, 37); // 36 x 170 x 170 = 1040400
    QVERIFY(!some.streams);
    QCOMPARE(some.pixelBytes, std::uint64_t{36 * 170 * 170});
    QVERIFY(many.streams);
    QCOMPARE(many.pixelBytes, std::uint64_t{0});
    plan.data.memoryMiB = 0;
    QVERIFY(!pipeline::estimateMemory(plan, 37).streams);
    QVERIFY(pipeline::estimateMemory(plan, std::int64_t{1} << 40).streams); // no machine holds that
    plan.data.memoryMiB = -1;
    QCOMPARE(plan.check().front().subject, std::string("data.memoryMiB"));
}

void StreamingTest::aRunGoesOnWithOtherMemory()
{
    const TinyFiles files;
    Plan plan = planFor(writeTable(files, 44));
    class Stopper final : public train::TrainingObserver {
    public:
        void onBatch(const train::BatchProgress&) override { }
        void onEpoch(const train::EpochReport&) override { stop.request_stop(); }
        void onMessage(const std::string&) override { }
        std::stop_source stop;
    } stopper;
    QCOMPARE(pipeline::train(plan, files.root() / "run", m_pool, stopper, {}, stopper.stop.get_token()).state,
        RunState::Stopped);
    plan.data.memoryMiB = 1;
    Messages messages;
    const auto resumed = pipeline::train(plan, files.root() / "run", m_pool, messages, {}, {}, true);
    QVERIFY2(
        resumed.state == RunState::Finished, resumed.problems.empty() ? "" : resumed.problems.back().detail.c_str());
    QVERIFY(resumed.result["bitExact"].get<bool>());
    plan.data.memoryMiB = 0;
    const auto whole = pipeline::train(plan, files.root() / "whole", m_pool, messages, {}, {});
    QCOMPARE(
        nn::readPackage(resumed.package).manifest.tensorsSha256, nn::readPackage(whole.package).manifest.tensorsSha256);
}

QTEST_GUILESS_MAIN(StreamingTest)
#include "StreamingTest.moc"
