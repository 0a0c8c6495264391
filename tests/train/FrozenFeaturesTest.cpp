// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/AtomicFile.h"
#include "nn/Registry.h"
#include "support/ErrorOf.h"
#include "train/Augment.h"
#include "train/FeatureCache.h"
#include "train/Scope.h"
#include "train/TinyNet.h"

#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace diascope;
using train::FeatureCache;
using train::FrozenFeatures;
using train::Precision;
using train::TrainConfig;

namespace fs = std::filesystem;

namespace diascope::tests {

/// What a training left behind, to compare bit for bit.
struct TrainedHead {
    std::string weights, logits;
    std::vector<double> losses;
    Recorder told;
    bool operator==(const TrainedHead& other) const { return weights == other.weights && logits == other.logits && losses == other.losses; }
    [[nodiscard]] bool said(const std::string& part) const
    {
        return std::any_of(told.messages.begin(), told.messages.end(), [&](const std::string& text) { return text.find(part) != std::string::npos; });
    }
};

} // namespace diascope::tests

namespace {

using tests::TrainedHead;

/// The pictures of one data set, dealt into two parts.
struct Parts {
    train::TrainingData all = tests::brightness(37, 2, 3);
    train::TrainingData training, validation;
    Parts()
    {
        std::vector<std::int64_t> first, second;
        for (std::int64_t i = 0; i < 37; ++i) {
            (i % 3 == 0 ? second : first).push_back(i);
        }
        training = {all.images.part(first), all.labels.index_select(0, torch::tensor(first, torch::kInt64))};
        validation = {all.images.part(second), all.labels.index_select(0, torch::tensor(second, torch::kInt64))};
    }
};

TrainConfig frozenConfig()
{
    TrainConfig config = tests::tinyConfig(3);
    config.backboneLearningRate = 0.0;
    config.augment = false;
    return config;
}

TrainedHead trainedWith(nn::Classifier& model, const TrainConfig& config, FeatureCache* cache)
{
    static const Parts parts;
    TrainedHead head;
    train::FitContext context{head.told, {}, nullptr, {}, nullptr, nullptr, cache};
    const train::TrainOutcome outcome = train::fit(model, parts.training, parts.validation, config, context);
    head.weights = tests::bytesOf(model.state());
    head.logits = tests::bytesOf({{"logits", outcome.validationLogits}});
    for (const train::EpochReport& epoch : head.told.epochs) {
        head.losses.insert(head.losses.end(), {epoch.train.loss, epoch.validation.loss});
    }
    return head;
}

TrainedHead tinyTrained(const TrainConfig& config, FeatureCache* cache, std::uint64_t seed = 1)
{
    tests::TinyNet net({}, seed);
    return trainedWith(net, config, cache);
}

FeatureCache::Config inFolder(const QTemporaryDir& folder)
{
    FeatureCache::Config config;
    config.folder = fs::path(folder.path().toStdString()) / "features";
    config.pictures = "37 pictures";
    config.count = 37;
    return config;
}

FeatureCache::Config inMemory(std::uint64_t mostBytes = 1 << 30)
{
    FeatureCache::Config config;
    config.count = 37;
    config.memoryBytes = mostBytes;
    return config;
}

std::vector<fs::path> filesIn(const fs::path& folder)
{
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder)) {
        files.push_back(entry.path());
    }
    return files;
}

} // namespace

/// A frozen backbone sees each picture once: in a run, and in all runs that share a folder.
class FrozenFeaturesTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theHeadIsTheSame_data();
    void theHeadIsTheSame();
    void everyArchitectureGivesTheSameHead_data();
    void everyArchitectureGivesTheSameHead();
    void aSecondRunComputesNothing();
    void whatChangesThePicturesIsSaid();
    void theKeyFollowsTheBackbone();
    void aDamagedFileIsMadeAnew_data();
    void aDamagedFileIsMadeAnew();
    void tooManyBytesAreNotKept();
    void theFolderIsBounded();
};

void FrozenFeaturesTest::theHeadIsTheSame_data()
{
    QTest::addColumn<int>("epochsFrozen");
    QTest::addColumn<bool>("balance");
    QTest::addColumn<double>("average");
    QTest::addColumn<int>("precision");
    QTest::newRow("rate 0") << 0 << true << 0.0 << static_cast<int>(Precision::Float32);
    QTest::newRow("frozen for all epochs") << 3 << true << 0.0 << static_cast<int>(Precision::Float32);
    QTest::newRow("averaged weights, not balanced") << 0 << false << 0.9 << static_cast<int>(Precision::Float32);
    QTest::newRow("bfloat16 in training, float32 in validation") << 0 << true << 0.0 << static_cast<int>(Precision::BFloat16);
}

void FrozenFeaturesTest::theHeadIsTheSame()
{
    QFETCH(const int, epochsFrozen);
    QFETCH(const bool, balance);
    QFETCH(const double, average);
    QFETCH(const int, precision);
    TrainConfig config = frozenConfig();
    config.freezeEpochs = epochsFrozen;
    config.backboneLearningRate = epochsFrozen > 0 ? 0.01 : 0.0;
    config.balance = balance;
    config.emaDecay = average;
    config.precision = static_cast<Precision>(precision);
    FeatureCache cache(inMemory());
    const TrainedHead kept = tinyTrained(config, &cache), plain = tinyTrained(config, nullptr);
    QVERIFY(kept == plain);
    QVERIFY(kept.said("features of") && !plain.said("features of"));
}

void FrozenFeaturesTest::everyArchitectureGivesTheSameHead_data()
{
    QTest::addColumn<QString>("architecture");
    QTest::addColumn<bool>("channelsLast");
    for (const char* const name : {"renalnet", "tf_mobilenetv3_small_075", "resnet18"}) {
        QTest::addRow("%s", name) << QString(name) << true;
        QTest::addRow("%s, channels first", name) << QString(name) << false;
    }
}

void FrozenFeaturesTest::everyArchitectureGivesTheSameHead()
{
    QFETCH(const QString, architecture);
    QFETCH(const bool, channelsLast);
    TrainConfig config = frozenConfig();
    config.epochs = 2;
    config.batchSize = 32;
    config.channelsLast = channelsLast;
    nn::ModelSpec spec;
    spec.architecture = architecture.toStdString();
    spec.inputChannels = 1;
    spec.outputs = 1;
    FeatureCache cache(inMemory());
    const auto kept = nn::makeClassifier(spec, 7), plain = nn::makeClassifier(spec, 7);
    const TrainedHead with = trainedWith(*kept, config, &cache), without = trainedWith(*plain, config, nullptr);
    QVERIFY(with.weights == without.weights); // batches of 24 pictures
    QVERIFY(with.losses.size() == 4 && without.losses.size() == 4);
    for (std::size_t i = 0; i < with.losses.size(); ++i) { // validation has 13: oneDNN rounds features of small batches otherwise, by 7e-7 of the largest
        QVERIFY2(std::abs(with.losses[i] - without.losses[i]) <= 1e-4 * without.losses[i], std::to_string(with.losses[i] - without.losses[i]).c_str());
    }
    // In batches as large as those of the cache no bit differs.
    const auto again = nn::makeClassifier(spec, 7);
    again->train(false);
    if (channelsLast) {
        again->toChannelsLast();
    }
    const Parts parts;
    FrozenFeatures features(37, 1 << 30);
    const train::EngineScope oneThread(1);
    QVERIFY(features.complete(*again, parts.all.images, config, Precision::Float32, {}).all);
    std::vector<std::int64_t> rows(32);
    std::iota(rows.begin(), rows.end(), std::int64_t{4});
    const at::NoGradGuard noGrad;
    const train::Pictures::Taken taken = parts.all.images.take(rows);
    const at::Tensor input = train::makeInput(taken.images, {taken.rows, {}}, config.augmentation, train::normalisationOf(config, 1), channelsLast);
    QVERIFY(torch::equal(features.take(rows, at::kCPU), again->pooled(again->features(input))));
}

void FrozenFeaturesTest::aSecondRunComputesNothing()
{
    const QTemporaryDir folder;
    TrainConfig config = frozenConfig();
    FeatureCache first(inFolder(folder)), second(inFolder(folder));
    QVERIFY(tinyTrained(config, &first).said("features of 24 pictures, 24 computed now, 0 found"));
    config.learningRate = 0.01; // another trial: another head, the same backbone
    config.batchSize = 16;
    const TrainedHead again = tinyTrained(config, &second);
    QVERIFY(again.said("features of 24 pictures, 0 computed now, 24 found") && again.said("features of 13 pictures, 0 computed now, 13 found"));
    QVERIFY(again == tinyTrained(config, nullptr));
    QCOMPARE(filesIn(inFolder(folder).folder).size(), std::size_t(1));
}

void FrozenFeaturesTest::whatChangesThePicturesIsSaid()
{
    TrainConfig config = frozenConfig();
    FeatureCache cache(inMemory());
    config.augment = true;
    QVERIFY(tinyTrained(config, &cache).said("because augmentation changes the pictures"));
    config.augmentation = train::AugmentConfig::none(); // on, but nothing to do
    QVERIFY(tinyTrained(config, &cache).said("features of"));
    config.mix.mixupProbability = 0.5;
    QVERIFY(tinyTrained(config, &cache).said("because mixup and cutmix"));
    config = frozenConfig();
    config.backboneLearningRate = 0.01;
    config.freezeEpochs = 2; // of three
    QVERIFY(!tinyTrained(config, &cache).said("features"));
}

void FrozenFeaturesTest::theKeyFollowsTheBackbone()
{
    const TrainConfig config = frozenConfig();
    tests::TinyNet net({}, 1);
    const auto key = [&](const TrainConfig& with, Precision precision, const char* pictures) { return train::featureKey(net, with, precision, pictures); };
    const std::string before = key(config, Precision::Float32, "a");
    tests::TinyNet::Options wet;
    wet.dropout = 0.7; // of the head
    QVERIFY(train::featureKey(tests::TinyNet(wet, 1), config, Precision::Float32, "a") == before);
    const at::NoGradGuard noGrad;
    nn::find(net.state(), "head.weight")->add_(1.0);
    TrainConfig other = config;
    other.learningRate = 1.0;
    other.batchSize = 4;
    QVERIFY(key(other, Precision::Float32, "a") == before);
    QVERIFY(key(config, Precision::BFloat16, "a") != before);
    QVERIFY(key(config, Precision::Float32, "b") != before);
    other.mean = {0.25F};
    QVERIFY(key(other, Precision::Float32, "a") != before);
    nn::find(net.state(), "norm.running_mean")->add_(1e-6);
    QVERIFY(key(config, Precision::Float32, "a") != before);
}

void FrozenFeaturesTest::aDamagedFileIsMadeAnew_data()
{
    QTest::addColumn<int>("from"); // the end, in bytes
    QTest::addColumn<bool>("cut");
    QTest::newRow("a value flipped") << 9 << false;
    QTest::newRow("cut off") << 100 << true;
    QTest::newRow("almost empty") << 1'000'000 << true;
}

void FrozenFeaturesTest::aDamagedFileIsMadeAnew()
{
    QFETCH(const int, from);
    QFETCH(const bool, cut);
    const QTemporaryDir folder;
    FeatureCache first(inFolder(folder)), second(inFolder(folder)), third(inFolder(folder));
    const TrainedHead whole = tinyTrained(frozenConfig(), &first);
    const fs::path file = filesIn(inFolder(folder).folder).front();
    std::string bytes = base::readFile(file);
    const std::size_t place = bytes.size() - std::min(bytes.size() - 4, static_cast<std::size_t>(from));
    if (cut) {
        bytes.resize(place);
    } else {
        bytes[place] = static_cast<char>(bytes[place] ^ 1);
    }
    base::writeFileAtomically(file, bytes);
    const TrainedHead mended = tinyTrained(frozenConfig(), &second);
    QVERIFY(mended == whole);
    QVERIFY(mended.said("is made anew"));
    QVERIFY(!tinyTrained(frozenConfig(), &third).said("is made anew"));
}

void FrozenFeaturesTest::tooManyBytesAreNotKept()
{
    FeatureCache cache(inMemory(37 * 4 * 4 - 1)); // four float32 a picture
    const TrainedHead head = tinyTrained(frozenConfig(), &cache);
    QVERIFY(head.said("computed in every epoch, because they would take"));
    QVERIFY(head == tinyTrained(frozenConfig(), nullptr));
    FeatureCache enough(inMemory(37 * 4 * 4));
    QVERIFY(tinyTrained(frozenConfig(), &enough).said("features of"));
}

void FrozenFeaturesTest::theFolderIsBounded()
{
    const QTemporaryDir folder;
    FeatureCache::Config config = inFolder(folder);
    FeatureCache roomy(config);
    (void)tinyTrained(frozenConfig(), &roomy, 1);
    const fs::path oldest = filesIn(config.folder).front();
    fs::last_write_time(oldest, fs::file_time_type::clock::now() - std::chrono::hours(1));
    config.folderBytes = 2 * fs::file_size(oldest) + 16;
    FeatureCache bounded(config);
    (void)tinyTrained(frozenConfig(), &bounded, 2);
    QCOMPARE(filesIn(config.folder).size(), std::size_t(2));
    (void)tinyTrained(frozenConfig(), &bounded, 3);
    QCOMPARE(filesIn(config.folder).size(), std::size_t(2));
    QVERIFY(!fs::exists(oldest));
}

QTEST_GUILESS_MAIN(FrozenFeaturesTest)
#include "FrozenFeaturesTest.moc"
