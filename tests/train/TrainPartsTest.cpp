// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/AtomicFile.h"
#include "base/Json.h"
#include "support/SharedData.h"
#include "train/AdamW.h"
#include "train/Augment.h"
#include "train/Checkpoint.h"
#include "train/Fit.h"
#include "train/Sampling.h"

#include <torch/torch.h>

#include <QTest>

#include <algorithm>
#include <map>

using namespace diascope;
using Doubles = std::vector<double>;

namespace {

Doubles doublesOf(const at::Tensor& tensor)
{
    const at::Tensor flat = tensor.detach().to(torch::kFloat64).contiguous();
    return {flat.data_ptr<double>(), flat.data_ptr<double>() + flat.numel()};
}

at::Tensor parameterOf(const Doubles& values)
{
    return torch::tensor(values, torch::kFloat64).requires_grad_(true);
}

void verifyClose(const Doubles& actual, const Doubles& expected, double tolerance)
{
    QCOMPARE(actual.size(), expected.size());
    for (std::size_t i = 0; i < actual.size(); ++i) {
        QVERIFY2(std::abs(actual[i] - expected[i]) <= tolerance, qPrintable(QString("%1: %2 for %3").arg(i).arg(actual[i], 0, 'g', 17).arg(expected[i], 0, 'g', 17)));
    }
}

} // namespace

class TrainPartsTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void adamWGivesThePublishedNumbers();
    void adamWFollowsPyTorch();
    void adamWKeepsGroupsApart();
    void ordersEpochs_data();
    void ordersEpochs();
    void cutsBatches_data();
    void cutsBatches();
    void drawsTheSameWhateverTheBatch();
    void augmentsAsDrawn();
    void checkpointsComeBack();
    void figuresAreThoseOfHand();
};

void TrainPartsTest::adamWGivesThePublishedNumbers()
{
    // Three steps computed with torch.optim.AdamW in float32.
    at::Tensor weight = parameterOf({1.0, -2.0});
    train::AdamW optimiser({{{{"w", weight}}, 0.01}}, {.weightDecay = 0.01});
    for (const Doubles& gradient : {Doubles{0.5, -1.0}, Doubles{0.1, 0.2}, Doubles{-0.3, 0.4}}) {
        weight.mutable_grad() = torch::tensor(gradient, torch::kFloat64);
        optimiser.step();
    }
    verifyClose(doublesOf(weight), {0.97956526, -1.98294985}, 1e-7);
    optimiser.clearGradients();
    QVERIFY(!weight.grad().defined());
}

void TrainPartsTest::adamWFollowsPyTorch()
{
    const auto file = tests::sharedData("parity/optim.json");
    if (file.empty()) {
        QSKIP("the reference numbers are not here (set DIASCOPE_SHARED)");
    }
    const base::Json optimisers = base::parseJson(base::readFile(file), "optim.json")["optimisers"];
    const base::Json& adamW = optimisers["adamw"];
    at::Tensor weight = parameterOf(optimisers["start"].get<Doubles>());
    train::AdamWOptions options;
    options.weightDecay = adamW["options"]["weight_decay"].get<double>();
    train::AdamW optimiser({{{{"w", weight}}, adamW["options"]["lr"].get<double>()}}, options);
    for (std::size_t step = 0; step < optimisers["gradients"].size(); ++step) {
        weight.mutable_grad() = torch::tensor(optimisers["gradients"][step].get<Doubles>(), torch::kFloat64);
        optimiser.step();
        verifyClose(doublesOf(weight), adamW["weights_after_each_step"][step].get<Doubles>(), 1e-12);
    }
    QCOMPARE(optimiser.steps(), 10);
}

void TrainPartsTest::adamWKeepsGroupsApart()
{
    at::Tensor slow = parameterOf({1.0}), fast = parameterOf({1.0}), still = parameterOf({1.0});
    train::AdamW optimiser({{{{"slow", slow}}, 0.001}, {{{"fast", fast}, {"still", still}}, 0.1}}, {.weightDecay = 0.0});
    slow.mutable_grad() = fast.mutable_grad() = torch::ones({1}, torch::kFloat64);
    optimiser.step();
    verifyClose(doublesOf(slow), {0.999}, 1e-9);
    verifyClose(doublesOf(fast), {0.9}, 1e-8);
    verifyClose(doublesOf(still), {1.0}, 0.0); // no gradient, no change
    QCOMPARE(optimiser.learningRates(), (Doubles{0.001, 0.1}));
}

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

void TrainPartsTest::drawsTheSameWhateverTheBatch()
{
    int mirrored = 0, changed = 0;
    for (int place = 0; place < 2000; ++place) {
        const train::AugmentDraw draw = train::drawAugment(1, 2, place), again = train::drawAugment(1, 2, place);
        QCOMPARE(draw.mirror, again.mirror);
        QCOMPARE(draw.contrast, again.contrast);
        QVERIFY(draw.contrast >= 0.8 && draw.contrast < 1.2 && draw.brightness >= -0.1 && draw.brightness < 0.1);
        mirrored += draw.mirror ? 1 : 0;
        changed += draw.contrast != 1.0 ? 1 : 0;
    }
    QVERIFY(mirrored > 900 && mirrored < 1100); // 1000 expected, standard deviation 22
    QVERIFY(changed > 900 && changed < 1100);
    QVERIFY(train::drawAugment(1, 2, 0).contrast != train::drawAugment(1, 3, 0).contrast
            || train::drawAugment(1, 2, 1).contrast != train::drawAugment(1, 3, 1).contrast
            || train::drawAugment(1, 2, 2).mirror != train::drawAugment(1, 3, 2).mirror);
}

void TrainPartsTest::augmentsAsDrawn()
{
    const at::Tensor pictures = torch::tensor({0, 51, 102, 255}, torch::kUInt8).view({1, 1, 2, 2}).repeat({4, 1, 1, 1});
    const train::Normalisation plain{torch::zeros({1, 1, 1, 1}), torch::ones({1, 1, 1, 1})};
    const std::vector<train::AugmentDraw> draws{{}, {true, false, 1.0, 0.0}, {false, true, 1.0, 0.0}, {false, false, 1.1, 0.05}};
    const at::Tensor input = train::makeInput(pictures, draws, plain);
    verifyClose(doublesOf(input[0]), {0.0, 0.2, 0.4, 1.0}, 1e-6);
    verifyClose(doublesOf(input[1]), {0.2, 0.0, 1.0, 0.4}, 1e-6);
    verifyClose(doublesOf(input[2]), {0.4, 1.0, 0.0, 0.2}, 1e-6);
    verifyClose(doublesOf(input[3]), {0.05, 0.27, 0.49, 1.0}, 1e-6);
    const train::Normalisation half{torch::full({1, 1, 1, 1}, 0.5), torch::full({1, 1, 1, 1}, 0.25)};
    verifyClose(doublesOf(train::makeInput(pictures, {}, half)[0]), {-2.0, -1.2, -0.4, 2.0}, 1e-6);
    // A batch and its parts give the same bits.
    QVERIFY(torch::equal(train::makeInput(pictures.slice(0, 2, 4), {draws[2], draws[3]}, half), train::makeInput(pictures, draws, half).slice(0, 2, 4)));
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
    const std::string bytes = train::toBytes(checkpoint);
    const train::Checkpoint back = train::checkpointFromBytes(bytes, "test");
    QCOMPARE(back.epoch, 3);
    QCOMPARE(back.batch, 7);
    QCOMPARE(back.bestMonitored, 0.1 + 0.2);
    QCOMPARE(*back.bestValidation.auc, 1.0 / 3.0);
    QVERIFY(!back.bestValidation.accuracy.has_value());
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
    const double expected = (2.0 * std::log1p(std::exp(-2.0)) + 2.0 * std::log1p(std::exp(1.0))) / 4.0;
    QVERIFY(std::abs(one.loss - expected) < 1e-12);
    const train::PartFigures two = train::figuresOf(torch::cat({torch::zeros({4, 1}), logits}, 1), labels, train::Loss::CrossEntropy);
    QCOMPARE(*two.auc, 0.75);
    QVERIFY(std::abs(two.loss - expected) < 1e-12);
    QVERIFY(!train::figuresOf(logits, torch::ones({4}, torch::kInt64), train::Loss::BinaryCrossEntropy).auc.has_value());
}

QTEST_GUILESS_MAIN(TrainPartsTest)
#include "TrainPartsTest.moc"
