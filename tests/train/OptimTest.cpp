// SPDX-License-Identifier: GPL-3.0-or-later
// Optimisers, schedules, losses and mixing against PyTorch's own numbers, in double.
#include "base/AtomicFile.h"
#include "base/Json.h"
#include "base/Rng.h"
#include "nn/Formula.h"
#include "support/SharedData.h"
#include "train/Losses.h"
#include "train/Mixing.h"
#include "train/Optimiser.h"
#include "train/Schedule.h"

#include <torch/torch.h>

#include <QTest>

#include <algorithm>
#include <cmath>

using namespace diascope;
using base::Json;
using Doubles = std::vector<double>;

namespace {

constexpr double kTolerance = 1e-12;

Json reference(const char* section)
{
    const auto file = tests::sharedData("parity/optim.json");
    return file.empty() ? Json() : base::parseJson(base::readFile(file), "optim.json")[section];
}

Doubles doublesOf(const at::Tensor& tensor)
{
    const at::Tensor flat = tensor.detach().to(torch::kFloat64).contiguous();
    return {flat.data_ptr<double>(), flat.data_ptr<double>() + flat.numel()};
}

at::Tensor tensorOf(const Json& json)
{
    if (json.is_array() && !json.empty() && json[0].is_array()) {
        std::vector<at::Tensor> rows;
        for (const Json& row : json) {
            rows.push_back(tensorOf(row));
        }
        return torch::stack(rows);
    }
    return torch::tensor(json.get<Doubles>(), torch::kFloat64);
}

void verifyClose(const Doubles& actual, const Doubles& expected, double tolerance = kTolerance)
{
    QCOMPARE(actual.size(), expected.size());
    for (std::size_t i = 0; i < actual.size(); ++i) {
        QVERIFY2(std::abs(actual[i] - expected[i]) <= tolerance,
            qPrintable(QString("%1: %2 for %3").arg(i).arg(actual[i], 0, 'g', 17).arg(expected[i], 0, 'g', 17)));
    }
}

at::Tensor parameterOf(const Doubles& values)
{
    return torch::tensor(values, torch::kFloat64).requires_grad_(true);
}

} // namespace

#define SKIP_WITHOUT(json)                                                                                             \
    if ((json).is_null()) {                                                                                            \
        QSKIP("the reference numbers are not here (set DIASCOPE_SHARED)");                                             \
    }

class OptimTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void optimisersGiveThePublishedNumbers_data();
    void optimisersGiveThePublishedNumbers();
    void optimisersFollowPyTorch_data();
    void optimisersFollowPyTorch();
    void optimisersKeepGroupsApart();
    void optimisersComeBack_data() { optimisersFollowPyTorch_data(); }
    void optimisersComeBack();
    void gradientsAreClipped();
    void schedulesFollowPyTorch_data();
    void schedulesFollowPyTorch();
    void plateausIgnoreTinySteps();
    void plateausComeBack();
    void warmupRisesAndFalls();
    void binaryLossesFollowPyTorch_data();
    void binaryLossesFollowPyTorch();
    void classLossesFollowPyTorch_data();
    void classLossesFollowPyTorch();
    void recipesSmoothTheirLabels();
    void mixupSeesTheSoftTarget();
    void cutmixFollowsTheClippedBox();
    void mixesAreDrawnAsPublished();
};

void OptimTest::optimisersGiveThePublishedNumbers_data()
{
    QTest::addColumn<train::OptimiserOptions>("options");
    QTest::addColumn<Doubles>("weights");
    // Three steps of torch.optim, rate 0.01; the second row also by hand.
    QTest::newRow("AdamW") << train::OptimiserOptions{.weightDecay = 0.01} << Doubles{0.97956526, -1.98294985};
    QTest::newRow("SGD") << train::OptimiserOptions{.kind = train::OptimiserKind::Sgd,
        .weightDecay = 0.01,
        .momentum = 0.9} << Doubles{0.98699105, -1.97958171};
}

void OptimTest::optimisersGiveThePublishedNumbers()
{
    QFETCH(train::OptimiserOptions, options);
    QFETCH(Doubles, weights);
    at::Tensor weight = parameterOf({1.0, -2.0});
    train::Optimiser optimiser({{{{"w", weight}}, 0.01}}, options);
    for (const Doubles& gradient : {Doubles{0.5, -1.0}, Doubles{0.1, 0.2}, Doubles{-0.3, 0.4}}) {
        weight.mutable_grad() = torch::tensor(gradient, torch::kFloat64);
        optimiser.step();
    }
    verifyClose(doublesOf(weight), weights, 1e-7);
    optimiser.clearGradients();
    QVERIFY(!weight.grad().defined());
}

void OptimTest::optimisersFollowPyTorch_data()
{
    using Kind = train::OptimiserKind;
    QTest::addColumn<train::OptimiserOptions>("options");
    QTest::newRow("adamw") << train::OptimiserOptions{.weightDecay = 0.01};
    QTest::newRow("adam") << train::OptimiserOptions{.kind = Kind::Adam, .weightDecay = 0.01};
    QTest::newRow("sgd_plain") << train::OptimiserOptions{.kind = Kind::Sgd, .weightDecay = 0.0};
    QTest::newRow("sgd_momentum") << train::OptimiserOptions{.kind = Kind::Sgd, .weightDecay = 1e-4, .momentum = 0.9};
    QTest::newRow("sgd_nesterov") << train::OptimiserOptions{
        .kind = Kind::Sgd, .weightDecay = 0.0, .momentum = 0.9, .nesterov = true};
    QTest::newRow("rmsprop") << train::OptimiserOptions{.kind = Kind::RmsProp, .weightDecay = 1e-4};
    QTest::newRow("rmsprop_momentum_centered")
        << train::OptimiserOptions{.kind = Kind::RmsProp, .weightDecay = 0.0, .momentum = 0.9, .centred = true};
}

void OptimTest::optimisersFollowPyTorch()
{
    QFETCH(train::OptimiserOptions, options);
    const Json json = reference("optimisers");
    SKIP_WITHOUT(json);
    at::Tensor weight = parameterOf(json["start"].get<Doubles>());
    train::Optimiser optimiser({{{{"w", weight}}, 0.01}}, options);
    const Json& path = json[QTest::currentDataTag()]["weights_after_each_step"];
    QCOMPARE(path.size(), std::size_t{10});
    for (std::size_t step = 0; step < path.size(); ++step) {
        weight.mutable_grad() = tensorOf(json["gradients"][step]);
        optimiser.step();
        verifyClose(doublesOf(weight), path[step].get<Doubles>());
    }
}

void OptimTest::optimisersKeepGroupsApart()
{
    at::Tensor slow = parameterOf({1.0}), fast = parameterOf({1.0}), still = parameterOf({1.0});
    train::Optimiser optimiser(
        {{{{"slow", slow}}, 0.001}, {{{"fast", fast}, {"still", still}}, 0.1}}, {.weightDecay = 0.0});
    slow.mutable_grad() = fast.mutable_grad() = torch::ones({1}, torch::kFloat64);
    optimiser.step();
    verifyClose(doublesOf(slow), {0.999}, 1e-9);
    verifyClose(doublesOf(fast), {0.9}, 1e-8);
    verifyClose(doublesOf(still), {1.0}, 0.0); // no gradient, no change
    QCOMPARE(optimiser.learningRates(), (Doubles{0.001, 0.1}));
    // A parameter that joins later is at its own first step.
    still.mutable_grad() = torch::ones({1}, torch::kFloat64);
    optimiser.step();
    verifyClose(doublesOf(still), {0.9}, 1e-8);
}

void OptimTest::optimisersComeBack()
{
    QFETCH(train::OptimiserOptions, options);
    at::Tensor first = parameterOf({1.0, -2.0}), second = parameterOf({0.0, 0.0});
    train::Optimiser a({{{{"w", first}}, 0.01}}, options), b({{{{"w", second}}, 0.01}}, options);
    const auto step = [](train::Optimiser& optimiser, at::Tensor weight, double gradient) {
        weight.mutable_grad() = torch::full({2}, gradient, torch::kFloat64);
        optimiser.step();
    };
    step(a, first, 0.5);
    step(a, first, -0.25);
    const at::NoGradGuard noGrad;
    second.copy_(first);
    for (std::size_t i = 0; i < a.state().size(); ++i) {
        QCOMPARE(a.state()[i].first, b.state()[i].first);
        b.state()[i].second.copy_(a.state()[i].second);
    }
    step(a, first, 2.0);
    step(b, second, 2.0);
    QVERIFY(torch::equal(first, second));
}

void OptimTest::gradientsAreClipped()
{
    const std::vector<at::Tensor> gradients{
        torch::tensor({3.0, 0.0}, torch::kFloat64), torch::tensor({-4.0}, torch::kFloat64)};
    QCOMPARE(train::clipGradients(gradients, 10.0), 5.0);
    verifyClose(doublesOf(gradients[0]), {3.0, 0.0}, 0.0);
    (void)train::clipGradients(gradients, 1.0);
    verifyClose(doublesOf(gradients[0]), {3.0 / 5.000001, 0.0});
    verifyClose(doublesOf(gradients[1]), {-4.0 / 5.000001});
}

void OptimTest::schedulesFollowPyTorch_data()
{
    using Kind = train::ScheduleKind;
    QTest::addColumn<train::ScheduleOptions>("options");
    QTest::addColumn<Doubles>("rates");
    const Doubles two{0.01, 0.001};
    QTest::newRow("step_7_0.1") << train::ScheduleOptions{.kind = Kind::Step} << two;
    QTest::newRow("plateau_max_patience2") << train::ScheduleOptions{.kind = Kind::Plateau} << two;
    QTest::newRow("plateau_min_patience3_factor0.5")
        << train::ScheduleOptions{.kind = Kind::Plateau, .factor = 0.5, .watched = train::Monitor::Loss, .patience = 3}
        << two;
    QTest::newRow("cosine_T40") << train::ScheduleOptions{.kind = Kind::Cosine} << two;
    QTest::newRow("cosine_T10_periodic_min1e-4")
        << train::ScheduleOptions{.kind = Kind::Cosine, .smallest = 1e-4, .periodEpochs = 10} << two;
    QTest::newRow("onecycle_40") << train::ScheduleOptions{.kind = Kind::OneCycle, .warmup = 0.3} << Doubles{0.1, 0.1};
}

void OptimTest::schedulesFollowPyTorch()
{
    QFETCH(train::ScheduleOptions, options);
    QFETCH(Doubles, rates);
    const Json all = reference("schedules");
    SKIP_WITHOUT(all);
    const Json& json = all[QTest::currentDataTag()];
    train::Schedule schedule(options, rates, 40, 1);
    for (int epoch = 0; epoch < 40; ++epoch) {
        const auto row = static_cast<std::size_t>(epoch);
        verifyClose(schedule.rates(epoch, 0), json["lr_used_in_epoch_0_39"][row].get<Doubles>());
        QCOMPARE(schedule.momentum(epoch, 0).has_value(), json.contains("momentum"));
        if (json.contains("momentum")) {
            verifyClose({*schedule.momentum(epoch, 0)}, {json["momentum"][row].get<double>()});
        }
        if (!json["metric"].is_null()) {
            schedule.endEpoch(json["metric"][row].get<double>(), options.watched == train::Monitor::Loss);
        }
    }
}

void OptimTest::plateausIgnoreTinySteps()
{
    train::Schedule schedule({.kind = train::ScheduleKind::Plateau, .patience = 2}, {1.0}, 7, 1);
    Doubles after;
    for (const double auc : {0.7, 0.7, 0.70005, 0.7001, 0.6, 0.6, 0.6}) {
        schedule.endEpoch(auc, false);
        after.push_back(schedule.rates(0, 0).front());
    }
    verifyClose(after, {1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.1}, 1e-15);
    // Figures below zero improve as well (Matthews' coefficient); LibTorch's own class starts at the smallest positive
    // number.
    train::Schedule negative({.kind = train::ScheduleKind::Plateau, .patience = 0}, {1.0}, 7, 1);
    negative.endEpoch(-0.5, false);
    negative.endEpoch(-0.3, false);
    QCOMPARE(negative.rates(2, 0).front(), 1.0);
}

void OptimTest::plateausComeBack()
{
    const train::ScheduleOptions options{.kind = train::ScheduleKind::Plateau, .patience = 1};
    train::Schedule whole(options, {0.1, 0.2}, 9, 1), resumed(options, {0.1, 0.2}, 9, 1);
    const Doubles aucs{0.6, 0.5, 0.5, 0.5, 0.5};
    for (std::size_t i = 0; i < aucs.size(); ++i) {
        if (i == 3) {
            resumed.restore(whole.state());
        }
        whole.endEpoch(aucs[i], false);
        if (i >= 3) {
            resumed.endEpoch(aucs[i], false);
        }
    }
    QCOMPARE(resumed.rates(5, 0), whole.rates(5, 0));
    QVERIFY(whole.rates(5, 0).front() < 0.1);
    QVERIFY_THROWS_EXCEPTION(base::Error, resumed.restore({0.5, 0, {0.1}}));
}

void OptimTest::warmupRisesAndFalls()
{
    const train::Schedule schedule({.kind = train::ScheduleKind::WarmupCosine, .warmup = 0.1}, {1.0}, 10, 10);
    const auto at = [&schedule](int step) { return schedule.rates(step / 10, step % 10).front(); };
    verifyClose({at(0)}, {1.0 / 101.0 / 0.1});
    for (int step = 1; step < 100; ++step) {
        QVERIFY(step < 10 ? at(step) > at(step - 1) : at(step) < at(step - 1) || step == 10);
        QVERIFY(at(step) > 0.0 && at(step) <= 1.0);
    }
    const double share = (100.0 / 101.0 - 0.1) / 0.9;
    verifyClose({at(99)}, {0.5 * (1.0 + std::cos(share * 3.14159265358979323846))});
}

void OptimTest::binaryLossesFollowPyTorch_data()
{
    using train::Focal;
    QTest::addColumn<train::LossOptions>("options");
    QTest::newRow("bce_with_logits") << train::LossOptions{};
    QTest::newRow("bce_with_logits_pos_weight2") << train::LossOptions{.positiveWeight = 2.0};
    QTest::newRow("renalnet_focal_on_sigmoid_alpha2_gamma2")
        << train::LossOptions{.focal = Focal::RenalNet, .focalAlpha = 2.0};
    QTest::newRow("torchvision_sigmoid_focal_alpha0.25_gamma2") << train::LossOptions{.focal = Focal::Standard};
    QTest::newRow("torchvision_sigmoid_focal_alpha-1_gamma2")
        << train::LossOptions{.focal = Focal::Standard, .focalAlpha = -1.0};
}

void OptimTest::binaryLossesFollowPyTorch()
{
    QFETCH(train::LossOptions, options);
    const Json all = reference("losses");
    SKIP_WITHOUT(all);
    const Json& json = all["binary"][QTest::currentDataTag()];
    Doubles start = all["binary"]["logits"].get<Doubles>(), gradient = json["gradient_of_mean"].get<Doubles>();
    if (options.focal == train::Focal::RenalNet) {
        // The published loss goes through the probability. That of logit 30 is rounded to a double near 1, which stands
        // for this logit; and PyTorch's gradient of it takes p (1 - p) for at least 1e-12F.
        const double p = 1.0 / (1.0 + std::exp(-start.back()));
        start.back() = std::log(p) - std::log(1.0 - p);
        gradient.back() *= static_cast<double>(1e-12F) / (p * (1.0 - p));
    }
    const at::Tensor logits = parameterOf(start), targets = tensorOf(all["binary"]["targets"]).unsqueeze(1);
    const at::Tensor each
        = train::elementLosses(logits.unsqueeze(1), targets, train::Loss::BinaryCrossEntropy, options);
    verifyClose(doublesOf(each), json["elements"].get<Doubles>());
    const at::Tensor mean = train::meanLoss(logits.unsqueeze(1), targets, train::Loss::BinaryCrossEntropy, options);
    verifyClose(doublesOf(mean), {json["mean"].get<double>()});
    mean.backward();
    verifyClose(doublesOf(logits.grad()), gradient);
}

void OptimTest::classLossesFollowPyTorch_data()
{
    QTest::addColumn<train::LossOptions>("options");
    const Doubles weights{1.0, 2.0, 0.5, 1.5};
    QTest::newRow("cross_entropy") << train::LossOptions{};
    QTest::newRow("smoothing_0.1") << train::LossOptions{.labelSmoothing = 0.1};
    QTest::newRow("weights") << train::LossOptions{.classWeights = weights};
    QTest::newRow("weights_and_smoothing_0.1") << train::LossOptions{.labelSmoothing = 0.1, .classWeights = weights};
    QTest::newRow("focal_gamma2: (1-p_y)^2 * CE") << train::LossOptions{.focal = train::Focal::Standard};
    QTest::newRow("soft_targets") << train::LossOptions{};
}

void OptimTest::classLossesFollowPyTorch()
{
    QFETCH(train::LossOptions, options);
    const Json all = reference("losses");
    SKIP_WITHOUT(all);
    const Json& json = all["multiclass"][QTest::currentDataTag()];
    const at::Tensor logits = tensorOf(all["multiclass"]["logits"]).requires_grad_(true);
    const at::Tensor targets = json.contains("targets")
        ? tensorOf(json["targets"])
        : train::targetsOf(
            tensorOf(all["multiclass"]["targets"]).to(torch::kInt64), 4, train::Loss::CrossEntropy, torch::kFloat64);
    const at::Tensor mean = train::meanLoss(logits, targets, train::Loss::CrossEntropy, options);
    verifyClose(doublesOf(mean), {json["mean"].get<double>()});
    mean.backward();
    const char* const gradient = json.contains("gradient") ? "gradient" : "gradient_of_mean";
    if (json.contains(gradient)) {
        verifyClose(doublesOf(logits.grad()), doublesOf(tensorOf(json[gradient])));
    }
}

void OptimTest::recipesSmoothTheirLabels()
{
    const at::Tensor labels = torch::tensor({std::int64_t{0}, std::int64_t{1}});
    verifyClose(
        doublesOf(train::smoothed(train::targetsOf(labels, 1, train::Loss::BinaryCrossEntropy, torch::kFloat64), 0.1)),
        {0.05, 0.95}); // y * 0.9 + 0.05
    verifyClose(
        doublesOf(train::smoothed(train::targetsOf(labels, 4, train::Loss::CrossEntropy, torch::kFloat64), 0.1)),
        {0.925, 0.025, 0.025, 0.025, 0.025, 0.925, 0.025, 0.025});
}

void OptimTest::mixupSeesTheSoftTarget()
{
    const Json json = reference("mixing");
    SKIP_WITHOUT(json);
    const Json& mixup = json["mixup"];
    train::MixDraw draw;
    draw.kind = train::Mix::Mixup;
    draw.lambda = mixup["lambda"].get<double>();
    draw.partners = {2, 0, 3, 1};
    const at::Tensor hard = torch::tensor({1.0, 0.0, 1.0, 0.0}, torch::kFloat64).unsqueeze(1);
    const at::Tensor targets = train::mixedTargets(hard, draw);
    verifyClose(doublesOf(train::smoothed(targets, 0.1)), mixup["targets"].get<Doubles>());
    const at::Tensor mixed = train::mixedPictures(tests::formulaImage(4, 1, 6, 8), draw);
    verifyClose(doublesOf(mixed[0][0]), doublesOf(tensorOf(mixup["image0"])));
    verifyClose(doublesOf(mixed.sum()), {mixup["sum"].get<double>()});
    const at::Tensor logits = torch::logit(tensorOf(mixup["p"])).unsqueeze(1);
    const train::LossOptions focal{.focal = train::Focal::RenalNet, .focalAlpha = 2.0, .labelSmoothing = 0.1};
    verifyClose(doublesOf(train::meanLoss(logits, targets, train::Loss::BinaryCrossEntropy, focal)),
        {mixup["focal_soft_target_mean (recipe)"].get<double>()});
    verifyClose(doublesOf(train::meanLoss(logits, targets, train::Loss::BinaryCrossEntropy, {.labelSmoothing = 0.1})),
        {mixup["bce_mean"].get<double>()});
}

void OptimTest::cutmixFollowsTheClippedBox()
{
    const Json json = reference("mixing");
    SKIP_WITHOUT(json);
    const at::Tensor pictures = tests::formulaImage(4, 1, 6, 8);
    const at::Tensor hard = torch::tensor({1.0, 0.0, 1.0, 0.0}, torch::kFloat64).unsqueeze(1);
    for (const Json& row : json["cutmix"]["boxes"]) {
        train::MixDraw draw;
        draw.kind = train::Mix::Cutmix;
        draw.partners = {2, 0, 3, 1};
        draw.box = train::cutBox(row["lambda_drawn"].get<double>(), row["centre_xy"][0].get<double>(),
            row["centre_xy"][1].get<double>(), 6, 8);
        draw.lambda = train::shareOutside(draw.box, 6, 8);
        const auto box = row["box_x1_y1_x2_y2"].get<std::vector<int>>();
        QCOMPARE(draw.box, (train::MixBox{box[0], box[1], box[2], box[3]}));
        verifyClose({draw.lambda}, {row["lambda_from_box"].get<double>()});
        verifyClose(doublesOf(train::smoothed(train::mixedTargets(hard, draw), 0.1)), row["targets"].get<Doubles>());
        const at::Tensor mixed = train::mixedPictures(pictures, draw);
        verifyClose(doublesOf(mixed.sum()), {row["sum"].get<double>()});
        if (!row["image0"].is_null()) {
            verifyClose(doublesOf(mixed[0][0]), doublesOf(tensorOf(row["image0"])));
        }
    }
}

void OptimTest::mixesAreDrawnAsPublished()
{
    const train::MixOptions renalNet{0.5, 0.4, 0.5, 1.0};
    int counts[3]{};
    double mixupSum = 0.0, mixupSquares = 0.0;
    for (int batch = 0; batch < 4000; ++batch) {
        const train::MixDraw draw = train::drawMix(renalNet, {42, 1, batch}, 8, 224, 224);
        ++counts[static_cast<int>(draw.kind)];
        if (draw.kind == train::Mix::Mixup) {
            mixupSum += draw.lambda;
            mixupSquares += draw.lambda * draw.lambda;
        }
        if (draw.kind != train::Mix::None) {
            std::vector<std::int64_t> sorted = draw.partners;
            std::sort(sorted.begin(), sorted.end());
            QCOMPARE(sorted, (std::vector<std::int64_t>{0, 1, 2, 3, 4, 5, 6, 7}));
            QVERIFY(draw.lambda >= 0.0 && draw.lambda <= 1.0);
        }
    }
    QVERIFY(std::abs(counts[1] - 2000) < 160 && std::abs(counts[2] - 1000) < 140
        && std::abs(counts[0] - 1000) < 140); // 5 standard deviations
    // Beta(0.4, 0.4): mean 1/2, variance 1 / (4 (2 * 0.4 + 1)) = 0.13889.
    const double mean = mixupSum / counts[1], variance = mixupSquares / counts[1] - mean * mean;
    QVERIFY2(std::abs(mean - 0.5) < 0.04 && std::abs(variance - 0.13889) < 0.015,
        qPrintable(QString("%1 %2").arg(mean).arg(variance)));
    base::Rng rng = base::Rng::stream(1, "beta");
    double sum = 0.0;
    for (int i = 0; i < 4000; ++i) {
        const double value = train::drawBeta(rng, 3.0);
        sum += (value - 0.5) * (value - 0.5);
    }
    QVERIFY(std::abs(sum / 4000 - 1.0 / 28.0) < 0.004); // Beta(3, 3)
}

QTEST_GUILESS_MAIN(OptimTest)
#include "OptimTest.moc"
