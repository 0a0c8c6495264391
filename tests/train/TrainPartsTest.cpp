// SPDX-License-Identifier: GPL-3.0-or-later
#include "TinyNet.h"

#include "nn/Registry.h"
#include "train/Checkpoint.h"
#include "train/Freeze.h"
#include "train/Pause.h"
#include "train/Sampling.h"

#include <torch/torch.h>

#include <QTest>

#include <algorithm>
#include <map>
#include <thread>

using namespace diascope;
class TrainPartsTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void ordersEpochs_data();
    void ordersEpochs();
    void cutsBatches_data();
    void cutsBatches();
    void drawsByWeight();
    void scopesNameWhatTrains_data();
    void scopesNameWhatTrains();
    void frozenLayersStayInEval();
    void configsAreChecked_data();
    void configsAreChecked();
    void gatesHoldAndLetGo();
    void checkpointsComeBack();
    void figuresAreThoseOfHand();
};

void TrainPartsTest::ordersEpochs_data()
{
    QTest::addColumn<std::vector<std::int64_t>>("labels");
    QTest::addColumn<bool>("balance");
    QTest::addColumn<std::vector<int>>("counts");
    const std::vector<std::int64_t> rare{0, 0, 0, 0, 0, 0, 0, 0, 1, 1};
    QTest::newRow("as they are") << rare << false << std::vector<int>{8, 2};
    QTest::newRow("balanced") << rare << true << std::vector<int>{5, 5};
    QTest::newRow("odd share") << std::vector<std::int64_t>{0, 1, 1, 1, 1, 2, 2} << true << std::vector<int>{3, 2, 2};
    QTest::newRow("one class") << std::vector<std::int64_t>{1, 1, 1} << true << std::vector<int>{0, 3};
}

void TrainPartsTest::ordersEpochs()
{
    QFETCH(std::vector<std::int64_t>, labels);
    QFETCH(bool, balance);
    QFETCH(std::vector<int>, counts);
    const auto order = train::epochOrder(labels, 4, {balance, 7});
    QCOMPARE(order.size(), labels.size());
    std::vector<int> drawn(counts.size());
    std::map<std::int64_t, int> times;
    for (const std::int64_t index : order) {
        ++drawn[static_cast<std::size_t>(labels[static_cast<std::size_t>(index)])];
        ++times[index];
    }
    QCOMPARE(drawn, counts);
    QCOMPARE(order, train::epochOrder(labels, 4, {balance, 7}));
    if (!balance) {
        QCOMPARE(times.size(), labels.size()); // each once
        QVERIFY(order != train::epochOrder(labels, 5, {balance, 7}));
        QVERIFY(order != train::epochOrder(labels, 4, {balance, 8}));
    }
}

void TrainPartsTest::cutsBatches_data()
{
    QTest::addColumn<int>("draws");
    QTest::addColumn<int>("batchSize");
    QTest::addColumn<std::vector<int>>("sizes");
    QTest::newRow("even") << 8 << 4 << std::vector<int>{4, 4};
    QTest::newRow("rest") << 10 << 4 << std::vector<int>{4, 4, 2};
    QTest::newRow("rest of one") << 9 << 4 << std::vector<int>{4, 5};
    QTest::newRow("less than a batch") << 3 << 4 << std::vector<int>{3};
    QTest::newRow("one") << 1 << 4 << std::vector<int>{1};
    QTest::newRow("none") << 0 << 4 << std::vector<int>{};
}

void TrainPartsTest::cutsBatches()
{
    QFETCH(int, draws);
    QFETCH(int, batchSize);
    std::vector<int> sizes;
    std::int64_t next = 0;
    for (const train::BatchRange& range : train::batchRanges(draws, batchSize)) {
        QCOMPARE(range.begin, next);
        next = range.end;
        sizes.push_back(static_cast<int>(range.size()));
    }
    QCOMPARE(next, draws);
    QTEST(sizes, "sizes");
}

void TrainPartsTest::drawsByWeight()
{
    // torch.multinomial([1, 1, 2, 4], 10, replacement=True) in double after manual_seed(42), as PyTorch gives it.
    const std::vector<double> weights{1.0, 1.0, 2.0, 4.0};
    QCOMPARE(train::weightedDraws(weights, 10, 42), (std::vector<std::int64_t>{0, 0, 0, 0, 3, 2, 3, 3, 0, 1}));
    // RenalNet: twice as many draws as samples, the rare class as often as the other.
    std::vector<std::int64_t> labels(3000, 0);
    std::fill(labels.begin() + 2700, labels.end(), 1);
    const train::SamplingConfig config{true, 7, train::Sampler::Weighted, 2.0};
    const auto order = train::epochOrder(labels, 3, config);
    QCOMPARE(order.size(), std::size_t{6000});
    const auto rare = std::count_if(order.begin(), order.end(), [](std::int64_t i) { return i >= 2700; });
    QVERIFY2(std::abs(rare - 3000) < 200, qPrintable(QString::number(rare))); // standard deviation 39
    QCOMPARE(order, train::epochOrder(labels, 3, config));
    QVERIFY(order != train::epochOrder(labels, 4, config));
    QCOMPARE(train::epochOrder(labels, 0, {false, 7, train::Sampler::Share, 0.5}).size(), std::size_t{1500});
}

void TrainPartsTest::scopesNameWhatTrains_data()
{
    QTest::addColumn<std::string>("architecture");
    QTest::addColumn<std::string>("scope");
    QTest::addColumn<int>("backboneWeights"); // -1 = refused
    // ResNet50's trunk has 23,508,032 weights; Neuroflux trains layer3, layer4 and its head: 23,115,781 with 1,052,677
    // in the head.
    QTest::newRow("all") << std::string("resnet50") << std::string("all") << 23508032;
    QTest::newRow("head") << std::string("resnet50") << std::string("head") << 0;
    QTest::newRow("layer3 and later") << std::string("resnet50") << std::string("layer3+") << 23115781 - 1052677;
    QTest::newRow("layer4 and later") << std::string("resnet50") << std::string("layer4+") << 16017413 - 1052677;
    QTest::newRow("nested") << std::string("renalnet") << std::string("blocks.0+")
                            << 573192 - 144 - 32; // all but the stem and its norm
    QTest::newRow("unknown") << std::string("resnet50") << std::string("layer9+") << -1;
    QTest::newRow("no plus") << std::string("resnet50") << std::string("layer3") << -1;
    QTest::newRow("empty") << std::string("resnet50") << std::string() << -1;
}

void TrainPartsTest::scopesNameWhatTrains()
{
    QFETCH(std::string, architecture);
    QFETCH(std::string, scope);
    QFETCH(int, backboneWeights);
    const auto model = nn::makeEmptyClassifier(nn::defaultSpec(architecture));
    if (backboneWeights < 0) {
        QVERIFY_THROWS_EXCEPTION(base::Error, (void)train::trainableBackbone(*model, scope));
        return;
    }
    const auto names = train::trainableBackbone(*model, scope);
    train::setTrainable(*model, names);
    std::int64_t count = 0;
    for (const auto& [name, tensor] : model->backboneParameters()) {
        QCOMPARE(tensor.requires_grad(), names.contains(name));
        count += names.contains(name) ? tensor.numel() : 0;
    }
    QCOMPARE(count, backboneWeights);
    for (const auto& [name, tensor] : model->headParameters()) {
        QVERIFY2(tensor.requires_grad(), name.c_str());
    }
}

void TrainPartsTest::frozenLayersStayInEval()
{
    const auto model = nn::makeClassifier(nn::defaultSpec("renalnet"), 1);
    train::setTrainable(*model, train::trainableBackbone(*model, "blocks.3+"));
    const nn::State before = nn::deepCopy(model->state());
    for (int pass = 0; pass < 2; ++pass) { // train() in between must not undo it
        model->train(true);
        train::trainUnfrozen(*model);
        (void)model->forward(torch::ones({2, 1, 64, 64}) * torch::arange(2).view({2, 1, 1, 1}));
    }
    for (const auto& [name, tensor] : model->buffers()) {
        const bool late = name.find("blocks.3") != std::string::npos || name.find("blocks.4") != std::string::npos
            || name.find("blocks.5") != std::string::npos;
        if (name.ends_with("weight_u")) { // of a single output: always the same sign
            continue;
        }
        const bool trains = late || name.rfind("head", 0) == 0;
        QVERIFY2(torch::equal(tensor, *nn::find(before, name)) != trains, name.c_str());
    }
}

void TrainPartsTest::configsAreChecked_data()
{
    using Spoil = std::function<void(train::TrainConfig&)>;
    QTest::addColumn<std::function<void(train::TrainConfig&)>>("spoil");
    QTest::addColumn<QString>("key");
    QTest::newRow("good") << Spoil([](train::TrainConfig&) {}) << "";
    QTest::newRow("batch 0") << Spoil([](train::TrainConfig& c) { c.batchSize = 0; }) << "batchSize";
    QTest::newRow("micro-batch of one") << Spoil([](train::TrainConfig& c) { c.microBatch = 1; }) << "microBatch";
    QTest::newRow("smoothing 1") << Spoil([](train::TrainConfig& c) { c.lossOptions.labelSmoothing = 1.0; })
                                 << "labelSmoothing";
    QTest::newRow("gamma is no number") << Spoil([](train::TrainConfig& c) { c.lossOptions.focalGamma = std::nan(""); })
                                        << "focalGamma";
    QTest::newRow("class weights with one logit") << Spoil([](train::TrainConfig& c) {
        c.lossOptions.classWeights = {1.0, 2.0};
    }) << "classWeights";
    QTest::newRow("momentum 1") << Spoil([](train::TrainConfig& c) { c.optimiser.momentum = 1.0; }) << "momentum";
    QTest::newRow("nesterov alone") << Spoil([](train::TrainConfig& c) { c.optimiser.nesterov = true; }) << "nesterov";
    QTest::newRow("factor 1") << Spoil([](train::TrainConfig& c) { c.schedule.factor = 1.0; }) << "factor";
    QTest::newRow("probability 1.1") << Spoil([](train::TrainConfig& c) { c.augmentation.mirror = 1.1; })
                                     << "training.augmentation.mirror must be 0 to 1";
    QTest::newRow("even kernel") << Spoil([](train::TrainConfig& c) { c.augmentation.blur.largest = 4; }) << "odd";
    QTest::newRow("scales swapped") << Spoil([](train::TrainConfig& c) { c.augmentation.affine.scaleLow = 2.0; })
                                    << "scaleHigh";
    QTest::newRow("mixup -1") << Spoil([](train::TrainConfig& c) { c.mix.mixupProbability = -1.0; })
                              << "mixupProbability";
    QTest::newRow("alpha 0") << Spoil([](train::TrainConfig& c) { c.mix.cutmixAlpha = 0.0; }) << "Alpha";
    QTest::newRow("average of 1") << Spoil([](train::TrainConfig& c) { c.emaDecay = 1.0; }) << "emaDecay";
    QTest::newRow("no draws") << Spoil([](train::TrainConfig& c) { c.drawsPerSample = 0.0; }) << "drawsPerSample";
}

void TrainPartsTest::configsAreChecked()
{
    QFETCH(std::function<void(train::TrainConfig&)>, spoil);
    QFETCH(QString, key);
    train::TrainConfig config;
    spoil(config);
    QString text;
    for (const base::Problem& problem : config.check()) {
        QCOMPARE(problem.code, base::ErrorCode::Plan);
        text += QString::fromStdString(problem.subject + " " + problem.detail + "\n");
    }
    QVERIFY2(key.isEmpty() ? text.isEmpty() : text.contains(key), qPrintable(text));
}

void TrainPartsTest::gatesHoldAndLetGo()
{
    train::PauseGate gate;
    gate.wait({}); // open: no waiting
    gate.close();
    QVERIFY(gate.isClosed());
    std::stop_source stop;
    stop.request_stop();
    gate.wait(stop.get_token());
    const std::jthread opener([&gate] { gate.open(); });
    gate.wait({});
    QVERIFY(!gate.isClosed());
}

void TrainPartsTest::checkpointsComeBack()
{
    train::Checkpoint checkpoint;
    checkpoint.epoch = 3;
    checkpoint.batch = 7;
    checkpoint.bestMonitored = 0.1 + 0.2;
    checkpoint.bestValidation.auc = 1.0 / 3.0;
    checkpoint.fingerprint = "f";
    checkpoint.weights = {{"a.weight", torch::tensor({1.5F, -0.0F})}, {"a.count", torch::tensor({std::int64_t{4}})}};
    checkpoint.moments = {{"first/a.weight", torch::tensor({2.5F, 1e-30F})}};
    checkpoint.average = {{"a.weight", torch::tensor({0.25F, 0.5F})}};
    checkpoint.plateau = {0.7, 2, {0.1, 0.2 + 0.1}};
    checkpoint.precision = train::Precision::BFloat16;
    checkpoint.bestValidation.balancedAccuracy = 2.0 / 3.0;
    const std::string bytes = train::toBytes(checkpoint);
    const train::Checkpoint back = train::checkpointFromBytes(bytes, "test");
    QCOMPARE(back.epoch, 3);
    QCOMPARE(back.batch, 7);
    QCOMPARE(back.bestMonitored, 0.1 + 0.2);
    QCOMPARE(*back.bestValidation.auc, 1.0 / 3.0);
    QVERIFY(!back.bestValidation.accuracy.has_value());
    QCOMPARE(*back.bestValidation.balancedAccuracy, 2.0 / 3.0);
    QCOMPARE(back.plateau.best, 0.7);
    QCOMPARE(back.plateau.rates, (std::vector<double>{0.1, 0.2 + 0.1}));
    QCOMPARE(back.precision, train::Precision::BFloat16);
    QVERIFY(torch::equal(back.average[0].second, checkpoint.average[0].second));
    QVERIFY(back.best.empty() && !back.epochLogits.defined());
    QVERIFY(torch::equal(*nn::find(back.moments, "first/a.weight"), checkpoint.moments[0].second));
    QCOMPARE(train::toBytes(back) == bytes, true);
    QVERIFY_THROWS_EXCEPTION(base::Error, (void)train::checkpointFromBytes("nonsense", "test"));
}

void TrainPartsTest::figuresAreThoseOfHand()
{
    // Scores 2 > 1 > -1 > -2; labels 1 0 1 0: three of four pairs are in order, two of four signs are right.
    const at::Tensor labels = torch::tensor({std::int64_t{1}, std::int64_t{0}, std::int64_t{1}, std::int64_t{0}});
    const at::Tensor logits = torch::tensor({2.0F, 1.0F, -1.0F, -2.0F}).view({4, 1});
    const train::PartFigures one = train::figuresOf(logits, labels, train::Loss::BinaryCrossEntropy);
    QCOMPARE(*one.auc, 0.75);
    QCOMPARE(*one.accuracy, 0.5);
    QCOMPARE(*one.balancedAccuracy, 0.5);
    // Three of the first class, all found; one of the second, missed; the third does not occur.
    const at::Tensor skewed = torch::tensor({1.0F, 0.0F, 0.0F}).view({1, 3}).repeat({4, 1});
    const train::PartFigures three = train::figuresOf(skewed,
        torch::tensor({std::int64_t{0}, std::int64_t{0}, std::int64_t{0}, std::int64_t{1}}), train::Loss::CrossEntropy);
    QCOMPARE(*three.accuracy, 0.75);
    QCOMPARE(*three.balancedAccuracy, 0.5);
    const double expected = (2.0 * std::log1p(std::exp(-2.0)) + 2.0 * std::log1p(std::exp(1.0))) / 4.0;
    QVERIFY(std::abs(one.loss - expected) < 1e-12);
    const train::PartFigures two
        = train::figuresOf(torch::cat({torch::zeros({4, 1}), logits}, 1), labels, train::Loss::CrossEntropy);
    QCOMPARE(*two.auc, 0.75);
    QVERIFY(std::abs(two.loss - expected) < 1e-12);
    QVERIFY(
        !train::figuresOf(logits, torch::ones({4}, torch::kInt64), train::Loss::BinaryCrossEntropy).auc.has_value());
}

QTEST_GUILESS_MAIN(TrainPartsTest)
#include "TrainPartsTest.moc"
