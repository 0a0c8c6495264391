// SPDX-License-Identifier: GPL-3.0-or-later
// The wide loop: stages, averages, schedules, mixing, pauses; and that all of it resumes bit for bit at every batch.
#include "TinyNet.h"

#include "nn/Registry.h"
#include "train/Average.h"
#include "train/Checkpoint.h"
#include "train/Pause.h"
#include "train/Precision.h"

#include <QTest>

#include <algorithm>
#include <functional>
#include <limits>
#include <thread>

using namespace diascope;
using tests::brightness;
using tests::bytesOf;
using tests::MemorySink;
using tests::Recorder;
using tests::tinyConfig;
using tests::TinyNet;

namespace {

using Change = std::function<void(train::TrainConfig&)>;

train::TrainOutcome fitTo(TinyNet& model, const train::TrainConfig& config, Recorder& recorder,
    MemorySink* sink = nullptr, const std::string& resumeFrom = {}, std::stop_token stop = {},
    train::PauseGate* pause = nullptr)
{
    return train::fit(
        model, brightness(29, 2, 1), brightness(16, 2, 2), config, {recorder, stop, sink, resumeFrom, pause});
}

/// All that has a state of its own.
train::TrainConfig everything()
{
    train::TrainConfig config = tinyConfig(4);
    config.augmentation = train::AugmentConfig::renalNet();
    config.augmentation.holes = {0.3, 2, 4, 4, 0.0};
    config.mix = {0.5, 0.4, 0.5, 1.0};
    config.sampler = train::Sampler::Weighted;
    config.drawsPerSample = 2.0;
    config.freezeEpochs = 1;
    config.emaDecay = 0.9;
    config.clipNorm = 0.5;
    config.microBatch = 4;
    config.lossOptions = {.focal = train::Focal::RenalNet, .focalAlpha = 2.0, .labelSmoothing = 0.1};
    config.schedule = {.kind = train::ScheduleKind::Plateau, .watched = train::Monitor::Loss, .patience = 0};
    return config;
}

} // namespace

class StagesTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void resumesBitForBitAtEveryBatch_data();
    void resumesBitForBitAtEveryBatch();
    void learnsWith_data();
    void learnsWith();
    void freezesFirst();
    void partsAddUpToTheBatch();
    void theAverageIsValidatedAndKept();
    void ratesFollowTheSchedule();
    void savesWithinAnEpoch();
    void pausesAndGoesOn();
    void waitsWhileTheDiskIsFull();
    void refusesResumesOfOtherSettings_data();
    void refusesResumesOfOtherSettings();
    void precisionIsMeasured();
    void lossScalingFindsInfinities();
};

void StagesTest::resumesBitForBitAtEveryBatch_data()
{
    QTest::addColumn<Change>("change");
    QTest::addColumn<int>("every"); // stop after so many batches, again and again
    const Change nothing = [](train::TrainConfig&) {};
    QTest::newRow("every batch") << nothing << 1;
    QTest::newRow("every second") << nothing << 2;
    QTest::newRow("every third") << nothing << 3;
    QTest::newRow("every fifth") << nothing << 5;
    QTest::newRow("SGD, one cycle") << Change([](train::TrainConfig& c) {
        c.optimiser = {.kind = train::OptimiserKind::Sgd, .momentum = 0.9, .nesterov = true};
        c.schedule = {.kind = train::ScheduleKind::OneCycle, .warmup = 0.3};
    }) << 3;
    QTest::newRow("RMSprop, warm-up") << Change([](train::TrainConfig& c) {
        c.optimiser = {.kind = train::OptimiserKind::RmsProp, .momentum = 0.5, .centred = true};
        c.schedule = {.kind = train::ScheduleKind::WarmupCosine};
        c.learningRate = c.backboneLearningRate = 0.005;
    }) << 3;
    QTest::newRow("Adam, two threads, classes") << Change([](train::TrainConfig& c) {
        c.optimiser.kind = train::OptimiserKind::Adam;
        c.threads = 2;
        c.loss = train::Loss::CrossEntropy;
        c.lossOptions = {.labelSmoothing = 0.1, .classWeights = {1.0, 2.0}};
    }) << 3;
    QTest::newRow("bfloat16") << Change([](train::TrainConfig& c) { c.precision = train::Precision::BFloat16; }) << 4;
    QTest::newRow("last epoch kept") << Change([](train::TrainConfig& c) {
        c.keep = train::Keep::Last;
        c.emaDecay = 0.0;
        c.monitor = train::Monitor::Loss;
    }) << 3;
    QTest::newRow("average of the last epoch kept")
        << Change([](train::TrainConfig& c) { c.keep = train::Keep::Last; }) << 5;
    QTest::newRow("memory in rows") << Change([](train::TrainConfig& c) { c.channelsLast = false; }) << 4;
}

void StagesTest::resumesBitForBitAtEveryBatch()
{
    QFETCH(Change, change);
    QFETCH(int, every);
    train::TrainConfig config = everything();
    change(config);
    const TinyNet::Options options{config.loss == train::Loss::CrossEntropy ? 2 : 1, true, 0.2};
    TinyNet whole(options, 3);
    Recorder wholeRecorder, recorder;
    const train::TrainOutcome expected = fitTo(whole, config, wholeRecorder);
    QCOMPARE(expected.state, train::RunState::Finished);

    MemorySink sink;
    std::string checkpoint;
    for (int leg = 0;; ++leg) {
        QVERIFY2(leg < 100, "it does not come forward");
        torch::manual_seed(static_cast<std::uint64_t>(leg)); // whatever torch's own generator was at
        TinyNet model(options, 100 + static_cast<std::uint64_t>(leg));
        std::stop_source stop;
        int passes = 0;
        model.onTrainingHead = [&] {
            if (++passes == every * 2) { // two parts a batch
                stop.request_stop();
            }
        };
        if (leg == 0) {
            tests::copyState(TinyNet(options, 3), model);
        }
        const train::TrainOutcome outcome = fitTo(model, config, recorder, &sink, checkpoint, stop.get_token());
        QVERIFY2(outcome.bitExact, outcome.notBitExactBecause.c_str());
        if (outcome.state == train::RunState::Finished) {
            QVERIFY(bytesOf(model.state()) == bytesOf(whole.state()));
            QVERIFY(torch::equal(outcome.validationLogits, expected.validationLogits));
            QCOMPARE(outcome.keptEpoch, expected.keptEpoch);
            break;
        }
        checkpoint = sink.saved.back().bytes;
    }
    QCOMPARE(recorder.epochs.size(), wholeRecorder.epochs.size());
    for (std::size_t e = 0; e < recorder.epochs.size(); ++e) {
        QCOMPARE(recorder.epochs[e].train.loss, wholeRecorder.epochs[e].train.loss);
        QCOMPARE(recorder.epochs[e].validation.loss, wholeRecorder.epochs[e].validation.loss);
        QCOMPARE(recorder.epochs[e].learningRates, wholeRecorder.epochs[e].learningRates);
    }
}

void StagesTest::learnsWith_data()
{
    QTest::addColumn<Change>("change");
    QTest::newRow("SGD") << Change(
        [](train::TrainConfig& c) { c.optimiser = {.kind = train::OptimiserKind::Sgd, .momentum = 0.9}; });
    QTest::newRow("Adam") << Change([](train::TrainConfig& c) { c.optimiser.kind = train::OptimiserKind::Adam; });
    QTest::newRow("RMSprop") << Change([](train::TrainConfig& c) { c.optimiser.kind = train::OptimiserKind::RmsProp; });
    QTest::newRow("RenalNet's focal loss") << Change([](train::TrainConfig& c) {
        c.lossOptions = {.focal = train::Focal::RenalNet, .focalAlpha = 2.0, .labelSmoothing = 0.1};
    });
    QTest::newRow("mixing") << Change([](train::TrainConfig& c) { c.mix = {0.5, 0.4, 0.5, 1.0}; });
    QTest::newRow("bfloat16") << Change([](train::TrainConfig& c) { c.precision = train::Precision::BFloat16; });
    QTest::newRow("weights of its own average") << Change([](train::TrainConfig& c) { c.emaDecay = 0.95; });
    QTest::newRow("head first") << Change([](train::TrainConfig& c) { c.freezeEpochs = 3; });
    QTest::newRow("16-bit pictures") << Change([](train::TrainConfig& c) { c.buildId = "sixteen"; });
}

void StagesTest::learnsWith()
{
    QFETCH(Change, change);
    train::TrainConfig config = tinyConfig(25);
    config.monitor = train::Monitor::BalancedAccuracy;
    change(config);
    train::TrainingData training = brightness(60, 2, 1), validation = brightness(30, 2, 2);
    if (config.buildId == "sixteen") {
        for (train::TrainingData* part : {&training, &validation}) {
            const at::Tensor eight = part->images.take({}).images;
            part->images = (eight.to(torch::kInt32) * 257).to(torch::kUInt16);
        }
    }
    TinyNet model({1, true, 0.1}, 3);
    Recorder recorder;
    const train::TrainOutcome outcome
        = train::fit(model, training, validation, config, {recorder, {}, nullptr, {}, nullptr});
    QVERIFY(outcome.bestValidation.balancedAccuracy.value() > 0.9);
    QVERIFY2(*outcome.bestValidation.auc > 0.99, qPrintable(QString::number(*outcome.bestValidation.auc)));
}

void StagesTest::freezesFirst()
{
    train::TrainConfig config = tinyConfig(3);
    config.freezeEpochs = 2;
    TinyNet model({1, true, 0.2}, 3), before({1, true, 0.2}, 3);
    Recorder recorder;
    MemorySink sink;
    (void)fitTo(model, config, recorder, &sink);
    for (std::size_t epoch = 0; epoch < 3; ++epoch) {
        const train::Checkpoint saved = train::checkpointFromBytes(sink.saved[epoch].bytes, "test");
        for (const auto& [name, tensor] : saved.weights) {
            const bool same = torch::equal(tensor, *nn::find(before.state(), name));
            // Two epochs: the backbone and its norm's running figures are untouched. Then all of it moves.
            QVERIFY2(same == (epoch < 2 && name.rfind("head", 0) != 0),
                qPrintable(QString("%1 after epoch %2").arg(name.c_str()).arg(epoch + 1)));
        }
        QCOMPARE(recorder.epochs[epoch].learningRates,
            (epoch < 2 ? std::vector<double>{0.0, 0.05} : std::vector<double>{0.05, 0.05}));
    }
    QVERIFY(std::any_of(recorder.messages.begin(), recorder.messages.end(),
        [](const std::string& text) { return text.find("backbone trains from here") != std::string::npos; }));
    for (const auto& [name, tensor] : model.parameters()) {
        QVERIFY2(tensor.requires_grad(), name.c_str());
    }
}

void StagesTest::partsAddUpToTheBatch()
{
    // Without batch norm and dropout the parts of a batch give its gradient, class weights and mixing included.
    nn::State states[2];
    for (int i = 0; i < 2; ++i) {
        train::TrainConfig config = tinyConfig(2);
        config.loss = train::Loss::CrossEntropy;
        config.lossOptions = {.labelSmoothing = 0.1, .classWeights = {1.0, 3.0}};
        config.mix = {0.5, 0.4, 0.5, 1.0};
        config.optimiser = {.kind = train::OptimiserKind::Sgd};
        config.microBatch = i == 0 ? 0 : 3;
        TinyNet model({2, false, 0.0}, 3);
        Recorder recorder;
        (void)fitTo(model, config, recorder);
        states[i] = nn::deepCopy(model.state());
    }
    for (std::size_t i = 0; i < states[0].size(); ++i) {
        QVERIFY2(torch::allclose(states[0][i].second, states[1][i].second, 1e-4, 1e-6), states[0][i].first.c_str());
    }
}

void StagesTest::theAverageIsValidatedAndKept()
{
    train::TrainConfig config = tinyConfig(3);
    config.emaDecay = 0.99;
    config.monitor = train::Monitor::Loss;
    TinyNet model({1, true, 0.2}, 3);
    Recorder recorder;
    MemorySink sink;
    const train::TrainOutcome outcome = fitTo(model, config, recorder, &sink);
    const train::Checkpoint after
        = train::checkpointFromBytes(sink.saved[static_cast<std::size_t>(outcome.bestEpoch)].bytes, "test");
    bool moved = false;
    for (const auto& [name, tensor] : model.state()) {
        QVERIFY2(torch::equal(tensor, *nn::find(after.average, name)), name.c_str());
        QVERIFY2(torch::equal(tensor, *nn::find(after.best, name)), name.c_str());
        moved = moved || !torch::equal(tensor, *nn::find(after.weights, name));
    }
    QVERIFY(moved);
    // By hand, a parameter after the first step: decay min(.99, 2 / 11).
    TinyNet tiny({1, true, 0.0}, 3);
    train::WeightAverage average(tiny.state(), 0.99);
    const double start = tiny.headParameters()[0].second[0][0].item<double>();
    const at::NoGradGuard noGrad;
    tiny.headParameters()[0].second.add_(1.0);
    average.update(1);
    QVERIFY(std::abs((*nn::find(average.state(), "head.weight"))[0][0].item<double>() - (start + 9.0 / 11.0)) < 1e-6);
}

void StagesTest::ratesFollowTheSchedule()
{
    train::TrainConfig config = tinyConfig(5);
    config.schedule = {.kind = train::ScheduleKind::Step, .stepEpochs = 2, .factor = 0.1};
    config.learningRate = 0.1;
    TinyNet model({1, true, 0.2}, 3);
    Recorder recorder;
    (void)fitTo(model, config, recorder);
    const std::vector<double> heads{0.1, 0.1, 0.01, 0.01, 0.001};
    for (std::size_t e = 0; e < heads.size(); ++e) {
        QVERIFY(std::abs(recorder.epochs[e].learningRates[1] - heads[e]) < 1e-15);
        QVERIFY(std::abs(recorder.epochs[e].learningRates[0] - heads[e] / 2.0) < 1e-15);
    }
}

void StagesTest::savesWithinAnEpoch()
{
    train::TrainConfig config = tinyConfig(2);
    config.checkpointBatches = 2;
    TinyNet model({1, true, 0.2}, 3);
    Recorder recorder;
    MemorySink sink;
    (void)fitTo(model, config, recorder, &sink);
    std::vector<std::pair<int, int>> places; // 29 draws in batches of 8: four a pass
    for (const auto& saved : sink.saved) {
        places.emplace_back(saved.epoch, saved.batch);
    }
    QCOMPARE(places, (std::vector<std::pair<int, int>>{{0, 2}, {1, 0}, {1, 2}, {2, 0}}));
}

void StagesTest::pausesAndGoesOn()
{
    /// Opens the gate from another thread as soon as the loop says that it holds.
    class Opener final : public Recorder {
    public:
        train::PauseGate gate;
        void onMessage(const std::string& text) override
        {
            Recorder::onMessage(text);
            if (text == "Paused.") {
                m_thread = std::jthread([this] { gate.open(); });
            }
        }

    private:
        std::jthread m_thread;
    };
    TinyNet model({1, true, 0.2}, 3), whole({1, true, 0.2}, 3);
    Opener opener;
    int passes = 0;
    model.onTrainingPass = [&](std::int64_t) {
        if (++passes == 1) {
            opener.gate.close();
        }
    };
    Recorder recorder;
    MemorySink sink;
    const train::TrainOutcome outcome = fitTo(model, tinyConfig(2), opener, &sink, {}, {}, &opener.gate);
    (void)fitTo(whole, tinyConfig(2), recorder);
    QCOMPARE(outcome.state, train::RunState::Finished);
    QCOMPARE(opener.messages, (std::vector<std::string>{"Paused.", "Going on."}));
    QCOMPARE(sink.saved.front().batch, 1); // what was done is safe while it holds
    QVERIFY(bytesOf(model.state()) == bytesOf(whole.state()));
}

void StagesTest::waitsWhileTheDiskIsFull()
{
    class FullDisk final : public MemorySink {
    public:
        train::PauseGate gate;
        int failures = 0;
        void save(const std::string& bytes, int epoch, int batch) override
        {
            if (epoch == 1 && failures < 2) {
                ++failures;
                m_thread = std::jthread([this] { // somebody makes room and goes on
                    while (!gate.isClosed()) {
                        std::this_thread::yield();
                    }
                    gate.open();
                });
                throw base::Error(base::ErrorCode::DiskFull, "1.checkpoint", "no space left");
            }
            MemorySink::save(bytes, epoch, batch);
        }

    private:
        std::jthread m_thread;
    } disk;
    TinyNet model({1, true, 0.2}, 3);
    Recorder recorder;
    const train::TrainOutcome outcome = fitTo(model, tinyConfig(3), recorder, &disk, {}, {}, &disk.gate);
    QCOMPARE(outcome.state, train::RunState::Finished);
    QCOMPARE(disk.failures, 2);
    QCOMPARE(disk.saved.size(), std::size_t{3});
    QVERIFY(recorder.messages.front().find("disk is full") != std::string::npos
        && recorder.messages.front().find("1.checkpoint") != std::string::npos);
}

void StagesTest::refusesResumesOfOtherSettings_data()
{
    QTest::addColumn<Change>("change");
    QTest::addColumn<bool>("fits");
    QTest::newRow("the same") << Change([](train::TrainConfig&) {}) << true;
    QTest::newRow("more epochs") << Change([](train::TrainConfig& c) { c.epochs = 9; }) << true;
    QTest::newRow("more patience") << Change([](train::TrainConfig& c) { c.patience = 5; }) << true;
    QTest::newRow("another epoch kept") << Change([](train::TrainConfig& c) {
        c.keep = train::Keep::Last;
    }) << false;
    QTest::newRow("other loss") << Change([](train::TrainConfig& c) { c.lossOptions.focalGamma = 1.0; }) << false;
    QTest::newRow("other optimiser") << Change([](train::TrainConfig& c) {
        c.optimiser.kind = train::OptimiserKind::Adam;
    }) << false;
    QTest::newRow("other augmentation") << Change([](train::TrainConfig& c) { c.augmentation.tone.contrast = 0.3; })
                                        << false;
    QTest::newRow("other mixing") << Change([](train::TrainConfig& c) { c.mix.mixupAlpha = 0.5; }) << false;
    QTest::newRow("other stage") << Change([](train::TrainConfig& c) { c.freezeEpochs = 2; }) << false;
    QTest::newRow("no average") << Change([](train::TrainConfig& c) { c.emaDecay = 0.0; }) << false;
    QTest::newRow("other schedule") << Change([](train::TrainConfig& c) {
        c.schedule.kind = train::ScheduleKind::Cosine;
    }) << false;
    QTest::newRow("other sampler") << Change([](train::TrainConfig& c) { c.sampler = train::Sampler::Share; }) << false;
    QTest::newRow("other precision") << Change([](train::TrainConfig& c) { c.precision = train::Precision::BFloat16; })
                                     << false;
}

void StagesTest::refusesResumesOfOtherSettings()
{
    QFETCH(Change, change);
    QFETCH(bool, fits);
    TinyNet model({1, true, 0.2}, 3);
    Recorder recorder;
    MemorySink sink;
    train::TrainConfig config = everything();
    config.epochs = 1;
    (void)fitTo(model, config, recorder, &sink);
    change(config);
    try {
        (void)fitTo(model, config, recorder, nullptr, sink.saved.back().bytes);
        QVERIFY(fits);
    } catch (const base::Error& error) {
        QVERIFY2(!fits, error.what());
        QCOMPARE(error.code(), base::ErrorCode::Mismatch);
    }
}

void StagesTest::precisionIsMeasured()
{
    const auto network = nn::makeClassifier(nn::defaultSpec("renalnet"), 3);
    nn::Classifier& model = *network;
    const std::string before = bytesOf(model.state());
    const train::PrecisionChoice choice = train::choosePrecision(model, 64, 64, true);
    QVERIFY(choice.float32Seconds > 0.0 && choice.bfloat16Seconds > 0.0);
    QCOMPARE(choice.precision == train::Precision::BFloat16, choice.bfloat16Seconds < 0.9 * choice.float32Seconds);
    QVERIFY(bytesOf(model.state()) == before); // measured on a copy
    // Auto says what it chose, and the checkpoint carries it.
    train::TrainConfig config = tinyConfig(1);
    config.precision = train::Precision::Auto;
    Recorder recorder;
    MemorySink sink;
    (void)train::fit(model, brightness(9, 2, 1), brightness(4, 2, 2), config, {recorder, {}, &sink, {}, nullptr});
    QVERIFY(recorder.messages.front().find("bfloat16") != std::string::npos);
    QVERIFY(train::checkpointFromBytes(sink.saved.back().bytes, "test").precision != train::Precision::Auto);
}

void StagesTest::lossScalingFindsInfinities()
{
    train::LossScaler scaler{at::Device(at::kCPU)};
    const at::Tensor fine = torch::full({2}, 65536.0F),
                     broken = torch::full({2}, std::numeric_limits<float>::infinity());
    QCOMPARE(scaler.scaled(torch::ones({})).item<double>(), 65536.0);
    QVERIFY(scaler.unscale({fine}));
    QCOMPARE(fine[0].item<double>(), 1.0);
    QVERIFY(!scaler.unscale({fine.clone(), broken}));
    QCOMPARE(scaler.scale().item<double>(), 32768.0);
    for (int i = 0; i < 2000; ++i) {
        QVERIFY(scaler.unscale({torch::ones({1})}));
    }
    QCOMPARE(scaler.scale().item<double>(), 65536.0);
}

QTEST_GUILESS_MAIN(StagesTest)
#include "StagesTest.moc"
