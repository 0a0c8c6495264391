// SPDX-License-Identifier: GPL-3.0-or-later
#include "TinyNet.h"

#include "base/Error.h"
#include "train/Pause.h"
#include "train/SelfSupervised.h"
#include "train/SimSiam.h"

#include <QTest>

#include <cmath>
#include <numeric>

using namespace diascope;
using tests::brightness;
using tests::bytesOf;
using tests::MemorySink;
using tests::Recorder;
using tests::TinyNet;

namespace {

train::TrainConfig viewsConfig(int epochs)
{
    train::TrainConfig config = tests::tinyConfig(epochs);
    config.augmentation = train::AugmentConfig::views();
    config.schedule.kind = train::ScheduleKind::WarmupCosine;
    config.optimiser = {.kind = train::OptimiserKind::Sgd, .momentum = 0.9};
    return config;
}

constexpr train::SelfSupervisedOptions kSmall{.projection = 16, .bottleneck = 8};

struct Run {
    Recorder recorder;
    MemorySink sink;
    train::SelfSupervisedOutcome outcome;
};

Run learn(TinyNet& model, const train::TrainingData& data, const train::TrainConfig& config,
    const std::string& resumeFrom = {}, std::stop_token stop = {})
{
    Run run;
    run.outcome = train::fitWithoutLabels(model, data, config, kSmall, {run.recorder, stop, &run.sink, resumeFrom});
    return run;
}

base::Error errorOf(const std::function<void()>& action)
{
    try {
        action();
    } catch (const base::Error& error) {
        return error;
    }
    return {base::ErrorCode::Internal, "nothing was thrown", ""};
}

/// How well one line through the pooled features tells two classes apart, chosen on the same pictures: highest share of
/// correct answers over all channels and thresholds.
double bestChannel(TinyNet& model, const train::TrainingData& data)
{
    const at::NoGradGuard noGrad;
    model.train(false);
    std::vector<std::int64_t> all(static_cast<std::size_t>(data.images.count()));
    std::iota(all.begin(), all.end(), 0);
    const auto taken = data.images.take(all);
    const at::Tensor rows = torch::tensor(taken.rows, torch::kInt64);
    const at::Tensor x = (taken.images.index_select(0, rows).to(torch::kFloat32) / 255.0 - 0.5) / 0.25;
    const at::Tensor pooled = model.features(x).mean({2, 3}); // n,channels
    double best = 0.0;
    for (std::int64_t channel = 0; channel < pooled.size(1); ++channel) {
        const at::Tensor values = pooled.select(1, channel);
        for (std::int64_t i = 0; i < values.size(0); ++i) {
            const double right = (values >= values[i]).eq(data.labels.eq(1)).to(torch::kFloat64).mean().item<double>();
            best = std::max({best, right, 1.0 - right});
        }
    }
    return best;
}

} // namespace

class SelfSupervisedTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void lossIsTheMeanOfBothNegativeCosines();
    void noGradientGoesThroughTheProjection();
    void spreadOfHandMadeOutputs_data();
    void spreadOfHandMadeOutputs();
    void headsAreAFunctionOfTheSeed();
    void learns();
    void leavesTheHeadAndTheLabelsAlone();
    void takesTwoViewsOfWholeBatches();
    void resumesBitForBit_data();
    void resumesBitForBit();
    void pausesAndStops();
    void saysWhenItCollapses();
    void saysWhenMemoryRunsOut();
    void refuses_data();
    void refuses();
    void refusesACheckpointOfAnotherRun();
};

void SelfSupervisedTest::lossIsTheMeanOfBothNegativeCosines()
{
    train::SiameseOutputs outputs;
    outputs.firstPrediction = torch::tensor({{3.0F, 4.0F}, {1.0F, 0.0F}});
    outputs.secondProjection = torch::tensor({{6.0F, 8.0F}, {0.0F, 5.0F}}); // cosines 1 and 0
    outputs.secondPrediction = torch::tensor({{1.0F, 0.0F}, {-2.0F, 0.0F}});
    outputs.firstProjection = torch::tensor({{3.0F, 4.0F}, {7.0F, 0.0F}}); // cosines 0.6 and -1
    const at::Tensor losses = train::siameseLoss(outputs);
    QVERIFY(torch::allclose(losses, torch::tensor({-0.8F, 0.5F})));
}

void SelfSupervisedTest::noGradientGoesThroughTheProjection()
{
    const auto leaf = [] { return torch::randn({4, 3}, torch::TensorOptions().requires_grad(true)); };
    const train::SiameseOutputs outputs{leaf(), leaf(), leaf(), leaf()};
    train::siameseLoss(outputs).mean().backward();
    QVERIFY(!outputs.firstProjection.grad().defined() && !outputs.secondProjection.grad().defined());
    QVERIFY(outputs.firstPrediction.grad().defined() && outputs.secondPrediction.grad().defined());
}

void SelfSupervisedTest::spreadOfHandMadeOutputs_data()
{
    QTest::addColumn<std::vector<float>>("values"); // two channels
    QTest::addColumn<double>("spread");
    const float r = std::sqrt(2.0F);
    QTest::newRow("all alike") << std::vector<float>{1, 1, 1, 1, 1, 1} << 0.0;
    QTest::newRow("all of one direction") << std::vector<float>{1, 1, 2, 2, 3, 3} << 0.0;
    // Deviation 1/2 in both channels, times sqrt(2).
    QTest::newRow("two directions") << std::vector<float>{r, 0, 0, r} << 0.5 * std::sqrt(2.0);
    // Deviation 1 / sqrt(2) in both: the most there is.
    QTest::newRow("all four corners") << std::vector<float>{1, 1, 1, -1, -1, 1, -1, -1} << 1.0;
    QTest::newRow("rounding errors") << std::vector<float>{1e-9F, 0, 0, 1e-9F} << 0.0;
}

void SelfSupervisedTest::spreadOfHandMadeOutputs()
{
    QFETCH(std::vector<float>, values);
    QFETCH(double, spread);
    const double found = train::outputSpread(torch::tensor(values).view({-1, 2})).item<double>();
    QVERIFY2(std::abs(found - spread) < 1e-6, qPrintable(QString::number(found)));
}

void SelfSupervisedTest::headsAreAFunctionOfTheSeed()
{
    const train::SimSiamHeads::Widths widths{.features = 4, .projection = 16, .bottleneck = 8};
    torch::manual_seed(1);
    train::SimSiamHeads a(widths, 7);
    torch::manual_seed(2);
    train::SimSiamHeads b(widths, 7), c(widths, 8);
    using Part = nn::Module::Part;
    QVERIFY(bytesOf(a.collect(Part::Both)) == bytesOf(b.collect(Part::Both)));
    QVERIFY(bytesOf(a.collect(Part::Both)) != bytesOf(c.collect(Part::Both)));
    const at::Tensor z = a.project(torch::randn({32, 4, 5, 5}));
    QVERIFY(z.dim() == 2 && z.size(0) == 32 && z.size(1) == 16);
    QVERIFY(a.predict(z).sizes() == z.sizes());
    // The last norm has no weights of its own: mean 0 and deviation 1 over the batch.
    QVERIFY(z.mean(0).abs().max().item<double>() < 1e-5);
    QVERIFY((z.var(0, false) - 1.0).abs().max().item<double>() < 1e-2);
}

void SelfSupervisedTest::learns()
{
    const train::TrainingData data = brightness(64, 2, 1);
    train::TrainConfig config = viewsConfig(30);
    config.augmentation.tone = {1.0, 0.1, 0.1}; // brightness is all that these pictures have
    TinyNet model({1, true, 0.0}, 3);
    const Run run = learn(model, data, config);
    QCOMPARE(run.outcome.state, train::RunState::Finished);
    QCOMPARE(run.outcome.epochsDone, 30);
    QVERIFY(run.outcome.bitExact);
    QCOMPARE(run.recorder.epochs.size(), std::size_t{30});
    const train::EpochReport &first = run.recorder.epochs.front(), &last = run.recorder.epochs.back();
    QVERIFY2(last.train.loss < first.train.loss - 0.3,
        qPrintable(QString("%1 to %2").arg(first.train.loss).arg(last.train.loss)));
    QVERIFY(last.train.loss >= -1.0 - 1e-6);
    QVERIFY2(last.spread.value_or(0.0) > 0.4, qPrintable(QString::number(last.spread.value_or(-1.0))));
    QCOMPARE(run.outcome.loss, last.train.loss);
    QCOMPARE(run.outcome.spread, *last.spread);
    QCOMPARE(last.validation.samples, 0);
    QCOMPARE(first.train.samples, 64);
    QCOMPARE(first.learningRates.size(), std::size_t{2});
    QVERIFY(last.learningRates[0] < 0.01); // the schedule's end
    QVERIFY(!model.isTraining());
    QVERIFY2(bestChannel(model, data) > 0.95, qPrintable(QString::number(bestChannel(model, data))));
}

void SelfSupervisedTest::leavesTheHeadAndTheLabelsAlone()
{
    train::TrainingData data = brightness(24, 2, 1);
    TinyNet model({1, true, 0.0}, 3), before({1, true, 0.0}, 3), other({1, true, 0.0}, 3);
    (void)learn(model, data, viewsConfig(2));
    for (const auto& [name, tensor] : model.state()) {
        QVERIFY2(torch::equal(tensor, *nn::find(before.state(), name)) == (name.rfind("head", 0) == 0), name.c_str());
    }
    QCOMPARE(model.backboneState().size(), model.state().size() - 2);
    data.labels.fill_(1);
    (void)learn(other, data, viewsConfig(2));
    QVERIFY(bytesOf(model.state()) == bytesOf(other.state()));
}

void SelfSupervisedTest::takesTwoViewsOfWholeBatches()
{
    for (const auto& [pictures, sizes] : std::vector<std::pair<std::int64_t, std::vector<std::int64_t>>>{
             {17, {8, 8, 8, 8}}, {20, {8, 8, 8, 8}}, {5, {5, 5}}}) {
        TinyNet model({1, true, 0.0}, 3);
        std::vector<std::int64_t> seen;
        model.onTrainingPass = [&seen](std::int64_t size) { seen.push_back(size); };
        const Run run = learn(model, brightness(pictures, 2, 1), viewsConfig(1));
        QCOMPARE(seen, sizes);
        QCOMPARE(run.recorder.epochs[0].train.samples, std::min<std::int64_t>(pictures, 16));
    }
}

void SelfSupervisedTest::resumesBitForBit_data()
{
    QTest::addColumn<int>("stopAtPass");
    QTest::addColumn<int>("threads");
    QTest::newRow("first batch") << 1 << 1;
    QTest::newRow("between the views") << 7 << 1;
    QTest::newRow("end of an epoch") << 10 << 1;
    QTest::newRow("two threads") << 14 << 2;
    QTest::newRow("last batch") << 30 << 1;
}

void SelfSupervisedTest::resumesBitForBit()
{
    QFETCH(int, stopAtPass);
    QFETCH(int, threads);
    const train::TrainingData data = brightness(40, 2, 1); // five batches, ten passes an epoch
    train::TrainConfig config = viewsConfig(3);
    config.threads = threads;
    TinyNet whole({1, true, 0.0}, 3);
    const Run expected = learn(whole, data, config);

    TinyNet first({1, true, 0.0}, 3);
    std::stop_source stop;
    int passes = 0;
    first.onTrainingPass = [&](std::int64_t) {
        if (++passes == stopAtPass) {
            stop.request_stop();
        }
    };
    const Run stopped = learn(first, data, config, {}, stop.get_token());
    const bool atTheEnd = stopAtPass == 30;
    QCOMPARE(stopped.outcome.state, atTheEnd ? train::RunState::Finished : train::RunState::Stopped);

    torch::manual_seed(12345); // whatever torch's own generator was at
    TinyNet second({1, true, 0.0}, 3);
    const Run resumed = learn(second, data, config, stopped.sink.saved.back().bytes);
    QCOMPARE(resumed.outcome.state, train::RunState::Finished);
    QVERIFY(resumed.outcome.bitExact);
    QVERIFY(bytesOf(second.state()) == bytesOf(whole.state()));
    QCOMPARE(resumed.outcome.loss, expected.outcome.loss);
    QCOMPARE(resumed.outcome.spread, expected.outcome.spread);
    QVERIFY(resumed.recorder.messages[0].find("Resumed at epoch") != std::string::npos);
}

void SelfSupervisedTest::pausesAndStops()
{
    TinyNet model({1, true, 0.0}, 3);
    train::PauseGate gate;
    gate.close();
    std::stop_source stop;
    class StopAtPause final : public Recorder {
    public:
        explicit StopAtPause(std::stop_source& source)
            : m_source(source)
        {
        }
        void onMessage(const std::string& text) override
        {
            Recorder::onMessage(text);
            m_source.request_stop();
        }

    private:
        std::stop_source& m_source;
    } recorder(stop);
    MemorySink sink;
    const train::SelfSupervisedOutcome outcome = train::fitWithoutLabels(
        model, brightness(16, 2, 1), viewsConfig(2), kSmall, {recorder, stop.get_token(), &sink, {}, &gate});
    QCOMPARE(outcome.state, train::RunState::Stopped);
    QCOMPARE(outcome.epochsDone, 0);
    QCOMPARE(recorder.messages, std::vector<std::string>{"Paused."});
    QVERIFY(!sink.saved.empty());
}

void SelfSupervisedTest::saysWhenItCollapses()
{
    train::TrainingData data = brightness(16, 2, 1);
    const auto& shape = data.images.shape();
    data.images = torch::full({shape.count, shape.channels, shape.height, shape.width}, 100, torch::kUInt8); // nothing to tell one from the other
    train::TrainConfig config = viewsConfig(5);
    config.augmentation = train::AugmentConfig::none();
    TinyNet model({1, true, 0.0}, 3);
    Recorder recorder;
    const base::Error error = errorOf([&] {
        (void)train::fitWithoutLabels(model, data, config, kSmall, {recorder, {}, nullptr, {}});
    });
    QCOMPARE(error.code(), base::ErrorCode::Plan);
    QVERIFY2(error.detail().find("collapsed") != std::string::npos, error.what());
    QCOMPARE(recorder.epochs.size(), std::size_t{1});
    QVERIFY(recorder.epochs[0].spread.value_or(1.0) < 0.1);
}

void SelfSupervisedTest::saysWhenMemoryRunsOut()
{
    TinyNet model({1, true, 0.0}, 3);
    model.onTrainingPass = [](std::int64_t) { throw std::bad_alloc(); };
    const base::Error error = errorOf([&] { (void)learn(model, brightness(16, 2, 1), viewsConfig(1)); });
    QCOMPARE(error.code(), base::ErrorCode::OutOfMemory);
    QVERIFY2(std::string(error.what()).find("training.batchSize") != std::string::npos, error.what());
}

void SelfSupervisedTest::refuses_data()
{
    QTest::addColumn<std::function<void(train::TrainConfig&)>>("change");
    QTest::addColumn<std::string>("subject");
    using Config = train::TrainConfig;
    const auto row = [](const char* name, std::function<void(Config&)> change, const char* subject) {
        QTest::newRow(name) << std::move(change) << std::string(subject);
    };
    row(
        "plateau", [](Config& c) { c.schedule.kind = train::ScheduleKind::Plateau; }, "training.schedule");
    row(
        "float16", [](Config& c) { c.precision = train::Precision::Float16; }, "training.precision");
    row(
        "frozen backbone", [](Config& c) { c.backboneLearningRate = 0.0; }, "training.backboneLearningRate");
    row(
        "no epochs", [](Config& c) { c.epochs = 0; }, "training.epochs");
    row(
        "empty part", [](Config& c) { c.augmentation.crop.areaLow = 0.0; }, "training.augmentation.crop.areaLow");
    row(
        "a rate that explodes", [](Config& c) { c.learningRate = c.backboneLearningRate = 1e30; }, "training");
}

void SelfSupervisedTest::refuses()
{
    QFETCH(std::function<void(train::TrainConfig&)>, change);
    QFETCH(std::string, subject);
    train::TrainConfig config = viewsConfig(3);
    change(config);
    TinyNet model({1, false, 0.0}, 3);
    const base::Error error = errorOf([&] { (void)learn(model, brightness(16, 2, 1), config); });
    QCOMPARE(error.code(), base::ErrorCode::Plan);
    QCOMPARE(error.subject(), subject);
}

void SelfSupervisedTest::refusesACheckpointOfAnotherRun()
{
    const train::TrainingData data = brightness(16, 2, 1);
    TinyNet model({1, true, 0.0}, 3);
    const Run run = learn(model, data, viewsConfig(1));
    train::TrainConfig other = viewsConfig(1);
    other.augmentation.crop.areaLow = 0.5;
    QCOMPARE(
        errorOf([&] { (void)learn(model, data, other, run.sink.saved[0].bytes); }).code(), base::ErrorCode::Mismatch);
    Recorder recorder;
    QCOMPARE(errorOf([&] { // of a training with labels
        (void)train::fit(model, data, data, viewsConfig(1), {recorder, {}, nullptr, run.sink.saved[0].bytes});
    })
                 .code(),
        base::ErrorCode::Mismatch);
}

QTEST_GUILESS_MAIN(SelfSupervisedTest)
#include "SelfSupervisedTest.moc"
