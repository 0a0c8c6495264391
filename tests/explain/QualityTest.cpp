// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Error.h"
#include "explain/ChannelAttention.h"
#include "explain/GradCam.h"
#include "explain/LocalNet.h"
#include "explain/MapQuality.h"
#include "explain/Occlusion.h"
#include "explain/Randomisation.h"
#include "explain/Targets.h"
#include "nn/Formula.h"
#include "support/ErrorOf.h"

#include <QtTest>

using namespace diascope;
using explain::Method;

namespace {

nn::ModelSpec smallSpec()
{
    nn::ModelSpec spec = nn::defaultSpec("renalnet");
    spec.hidden = 8;
    return spec;
}

/// Centre of mass of what is positive, in cells.
std::pair<double, double> centreOf(const explain::HeatMap& map)
{
    double sum = 0.0, x = 0.0, y = 0.0;
    for (int i = 0; i < map.rows * map.columns; ++i) {
        const double weight = std::max(0.0F, map.raw[static_cast<std::size_t>(i)]);
        sum += weight;
        x += weight * (i % map.columns + 0.5);
        y += weight * (i / map.columns + 0.5);
    }
    return {x / sum, y / sum};
}

} // namespace

class QualityTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { at::set_num_threads(1); }

    void occlusionFindsTheDisc()
    {
        const auto model = tests::brightnessNet();
        const at::Tensor input = tests::discInput(96, 128, 100, 30, 10);
        std::vector<base::Progress> steps;
        const auto map = explain::occlusion(*model, input, 1, {.budget = 49, .batch = 7}, {[&](const base::Progress& step) { steps.push_back(step); }, {}});
        QCOMPARE(map.method, std::string("occlusion"));
        QVERIFY(map.rows * map.columns <= 48);
        QCOMPARE(map.rows, 6);
        QCOMPARE(map.columns, 8);
        const auto [x, y] = centreOf(map);
        QVERIFY2(std::abs(x * 128 / map.columns - 100) < 8 && std::abs(y * 96 / map.rows - 30) < 8, qPrintable(QString("%1 %2").arg(x).arg(y)));
        QCOMPARE(steps.back().done, steps.back().total);
        QCOMPARE(steps.back().total, std::int64_t{48});
        // One logit: what speaks for one class speaks against the other, to rounding.
        const auto other = explain::occlusion(*model, input, 0, {.budget = 49, .batch = 16});
        for (std::size_t i = 0; i < map.raw.size(); ++i) {
            QVERIFY(std::abs(map.raw[i] + other.raw[i]) < 1e-5F);
        }
    }

    void occlusionOfOneCellIsTheWholePicture()
    {
        const auto model = tests::brightnessNet();
        const at::Tensor input = tests::discInput(64, 64, 20, 20, 8);
        const auto map = explain::occlusion(*model, input, 1, {.budget = 4, .patch = 16.0, .smallestCell = 64});
        QCOMPARE(map.rows, 1);
        QCOMPARE(map.columns, 1);
        const at::NoGradGuard noGrad;
        const at::Tensor flat = input.mean().expand_as(input).contiguous();
        const double fall = model->forward(input).item<double>() - model->forward(flat).item<double>();
        QVERIFY(std::abs(map.raw[0] - fall) < 1e-5);
    }

    void occlusionStopsAndRefuses()
    {
        const auto model = tests::brightnessNet();
        const at::Tensor input = tests::discInput(64, 64, 20, 20, 8);
        std::stop_source stop;
        int batches = 0;
        const explain::Work work{[&](const base::Progress&) {
                                     if (++batches == 2) {
                                         stop.request_stop();
                                     }
                                 },
                                 stop.get_token()};
        QCOMPARE(tests::codeName(tests::errorOf([&] { (void)explain::occlusion(*model, input, 1, {.budget = 50, .batch = 4}, work); })), "stopped");
        QCOMPARE(batches, 2);
        for (const explain::OcclusionConfig& bad : {explain::OcclusionConfig{.budget = 3}, explain::OcclusionConfig{.patch = 0.5}, explain::OcclusionConfig{.batch = 0}}) {
            QCOMPARE(tests::codeName(tests::errorOf([&] { (void)explain::occlusion(*model, input, 1, bad); })), "usage");
        }
        QCOMPARE(tests::codeName(tests::errorOf([&] { (void)explain::occlusion(*model, input, 2); })), "usage");
        QCOMPARE(tests::codeName(tests::errorOf([&] { (void)explain::occlusion(*model, input.repeat({2, 1, 1, 1}), 1); })), "usage");
    }

    void oneLogitHasTwoProbabilities()
    {
        const at::Tensor logits = at::tensor({1.5F, -2.0F}).reshape({2, 1});
        const auto positive = explain::classProbabilities(logits, 1), negative = explain::classProbabilities(logits, 0);
        QVERIFY(std::abs(positive[0] - 1.0 / (1.0 + std::exp(-1.5))) < 1e-7);
        QVERIFY(std::abs(positive[1] + negative[1] - 1.0) < 1e-12);
        QCOMPARE(explain::targets(logits, 0)[0].item<double>(), -1.5);
    }

    void aGoodMapBeatsChance()
    {
        const auto model = tests::brightnessNet();
        const at::Tensor input = tests::discInput(96, 96, 70, 30, 12);
        const auto map = explain::occlusion(*model, input, 1, {.budget = 145});
        const auto quality = explain::mapQuality({*model, input, Method::Occlusion, 1}, map);
        QVERIFY(*quality.deletion.value < *quality.deletionRandom.value);
        QVERIFY(*quality.insertion.value > *quality.insertionRandom.value);
        QVERIFY(*quality.stability.value > 0.5);
        QVERIFY(*quality.leastStability.value <= *quality.stability.value);
        QVERIFY(!quality.outsideSector.value && !quality.outsideSector.reason.empty());
        // The same question has the same answer.
        const auto again = explain::mapQuality({*model, input, Method::Occlusion, 1}, map);
        QCOMPARE(*again.insertionRandom.value, *quality.insertionRandom.value);
    }

    void aMapOfNothingHasNoCurves()
    {
        const auto model = tests::brightnessNet();
        const at::Tensor flat = at::full({1, 1, 64, 64}, -1.0F);
        const auto result = explain::forwardAndExplain(*model, flat, Method::GradCam, 1);
        QVERIFY(result.map.nothingToShow);
        const auto quality = explain::mapQuality({*model, flat, Method::GradCam, 1}, result.map);
        for (const auto& figure : {quality.deletion, quality.insertion, quality.stability}) {
            QVERIFY(!figure.value);
            QVERIFY(!figure.reason.empty());
        }
    }

    void forgettingTheWeightsChangesTheMap()
    {
        const auto model = tests::brightnessNet();
        const nn::State before = nn::deepCopy(model->state());
        const at::Tensor input = tests::discInput(96, 96, 70, 30, 12);
        int told = 0;
        const auto test = explain::randomisationTest(*model, {input}, {1}, Method::GradCam, 3, {[&](const base::Progress&) { ++told; }, {}});
        QCOMPARE(test.steps.front().layer, std::string("fc"));
        QCOMPARE(test.steps.back().layer, std::string("conv1"));
        QCOMPARE(told, static_cast<int>(test.steps.size()));
        QCOMPARE(test.pictures, 1);
        QVERIFY(test.steps.back().rankCorrelation.value || !test.steps.back().rankCorrelation.reason.empty());
        QVERIFY2(!test.grade.empty(), test.grade.c_str());
        for (std::size_t i = 0; i < before.size(); ++i) { // it worked on a copy
            QVERIFY(at::equal(before[i].second, model->state()[i].second));
        }
        const auto same = explain::randomisationTest(*model, {input}, {1}, Method::GradCam, 3);
        QCOMPARE(same.steps.back().rankCorrelation.value, test.steps.back().rankCorrelation.value);
        QCOMPARE(tests::codeName(tests::errorOf([&] { (void)explain::randomisationTest(*model, {}, {}, Method::GradCam); })), "usage");
    }

    void whatIgnoresTheHeadIsSeenToIgnoreIt()
    {
        // EigenCAM takes no gradient: forgetting the head alone must leave its map as it was.
        const auto model = nn::makeClassifier(smallSpec(), 5);
        const at::Tensor input = tests::formulaImage(1, 1, 96, 96).to(at::kFloat);
        const auto test = explain::randomisationTest(*model, {input}, {1}, Method::EigenCam);
        QCOMPARE(test.steps.front().layer, std::string("head.4"));
        QCOMPARE(*test.steps.front().rankCorrelation.value, 1.0);
        QCOMPARE(*test.steps.front().similarity.value, 1.0);
    }

    void gatesAreThoseOfTheLayers_data()
    {
        QTest::addColumn<QString>("architecture");
        QTest::addColumn<int>("layers");
        QTest::addColumn<QString>("first");
        QTest::newRow("renalnet") << "renalnet" << 9 << "sononet.blocks.0.0.se";
        QTest::newRow("se_resnext50") << "se_resnext50_32x4d" << 16 << "layer1.0.se_module";
        QTest::newRow("resnet18") << "resnet18" << 0 << "";
    }
    void gatesAreThoseOfTheLayers()
    {
        QFETCH(QString, architecture);
        QFETCH(int, layers);
        QFETCH(QString, first);
        const auto model = nn::makeClassifier(nn::defaultSpec(architecture.toStdString()), 1);
        const at::Tensor input = tests::formulaImage(1, model->spec().inputChannels, 64, 64).to(at::kFloat);
        const auto found = explain::channelAttention(*model, input, 3);
        QCOMPARE(static_cast<int>(found.size()), layers);
        if (layers == 0) {
            return;
        }
        QCOMPARE(QString::fromStdString(found.front().name), first);
        for (const auto& layer : found) {
            QCOMPARE(layer.top.size(), std::size_t{3});
            QCOMPARE(layer.top[0].gate, layer.most);
            QVERIFY(layer.top[0].gate >= layer.top[1].gate && layer.top[1].gate >= layer.top[2].gate);
            QVERIFY(layer.least >= 0.0 && layer.most <= 1.0 && layer.mean >= layer.least && layer.mean <= layer.most);
            QVERIFY(model->spec().architecture.empty() || layer.channels > 0);
        }
        const auto again = explain::channelAttention(*model, input, 3);
        QCOMPARE(again.back().mean, found.back().mean);
        QCOMPARE(tests::codeName(tests::errorOf([&] { (void)explain::channelAttention(*model, input.repeat({2, 1, 1, 1})); })), "usage");
    }

    void hardGatesAreThoseOfTheFormula()
    {
        // The gate of the first layer by hand: hardsigmoid of the expanded, squeezed mean.
        const auto model = nn::makeClassifier(smallSpec(), 2);
        model->train(false);
        const nn::State state = model->state();
        const at::NoGradGuard noGrad;
        const at::Tensor bias = *nn::find(state, "sononet.blocks.0.0.se.conv_expand.bias");
        const at::Tensor weight = *nn::find(state, "sononet.blocks.0.0.se.conv_expand.weight");
        at::Tensor zero = weight;
        zero.zero_();
        at::Tensor values = bias;
        values.copy_(at::linspace(-4.0, 4.0, bias.numel()));
        const auto layer = explain::channelAttention(*model, tests::formulaImage(1, 1, 64, 64).to(at::kFloat), 2).front();
        QCOMPARE(layer.least, 0.0);
        QCOMPARE(layer.most, 1.0);
        QVERIFY(std::abs(layer.mean - at::hardsigmoid(bias).mean().item<double>()) < 1e-6);
    }
};

QTEST_GUILESS_MAIN(QualityTest)
#include "QualityTest.moc"
