// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Error.h"
#include "nn/Layers.h"
#include "nn/Parity.h"

using namespace diascope;

namespace {

at::Tensor doubles(const std::vector<double>& values)
{
    return at::tensor(values, at::kDouble);
}

void makeDouble(const nn::Module& module)
{
    for (const auto& [name, tensor] : module.collect(nn::Module::Part::Both)) {
        if (tensor.is_floating_point()) {
            tensor.set_data(tensor.detach().to(at::kDouble));
        }
    }
}

void assign(const at::Tensor& tensor, const at::Tensor& values)
{
    const at::NoGradGuard noGrad;
    tensor.copy_(values);
}

} // namespace

class LayersTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void samePaddingPutsTheOddPixelBehind_data()
    {
        QTest::addColumn<int>("size");
        QTest::addColumn<int>("kernel");
        QTest::addColumn<int>("stride");
        QTest::addColumn<int>("before");
        QTest::addColumn<int>("after");
        QTest::newRow("224 k3 s2") << 224 << 3 << 2 << 0 << 1;
        QTest::newRow("225 k3 s2") << 225 << 3 << 2 << 1 << 1;
        QTest::newRow("56 k5 s2") << 56 << 5 << 2 << 1 << 2;
        QTest::newRow("14 k5 s1") << 14 << 5 << 1 << 2 << 2;
        QTest::newRow("7 k1 s1") << 7 << 1 << 1 << 0 << 0;
    }
    void samePaddingPutsTheOddPixelBehind()
    {
        QFETCH(int, size);
        QFETCH(int, kernel);
        QFETCH(int, stride);
        const auto padding = nn::samePadding(size, kernel, stride);
        QTEST(static_cast<int>(padding.before), "before");
        QTEST(static_cast<int>(padding.after), "after");
    }

    void sameConvolutionSumsTheWindowBelowRight()
    {
        // All-one 3x3 weights, stride 2, on 0..15 as 4x4: windows start at (0,0), (0,2), (2,0), (2,2); zeros right and below.
        nn::Conv2d conv(1, 1, {.kernel = 3, .stride = 2, .padding = 0, .groups = 1, .bias = false, .same = true});
        assign(conv.weight, at::ones({1, 1, 3, 3}));
        const at::Tensor y = conv.forward(at::arange(16, at::kFloat).reshape({1, 1, 4, 4}));
        QVERIFY(at::equal(y, at::tensor({45.0F, 39.0F, 66.0F, 50.0F}).reshape({1, 1, 2, 2})));
    }

    void batchNormUsesUnbiasedVarianceForItsMemoryOnly()
    {
        nn::BatchNorm norm(1);
        makeDouble(norm);
        const at::Tensor x = doubles({1, 2, 4}).reshape({3, 1});
        COMPARE_WITHIN(norm.forward(x).flatten(), doubles({-1.069041531450298, -0.2672603828625746, 1.3363019143128718}), 1e-12);
        COMPARE_WITHIN(norm.runningMean, doubles({0.23333333333333336}), 1e-12);
        COMPARE_WITHIN(norm.runningVar, doubles({1.1333333333333333}), 1e-12);
        QCOMPARE(norm.batchesTracked.item<std::int64_t>(), std::int64_t{1});
        norm.train(false);
        COMPARE_WITHIN(norm.forward(x).flatten(), (doubles({1, 2, 4}) - 0.23333333333333336) / std::sqrt(1.1333333333333333 + 1e-5), 1e-12);
        QCOMPARE(norm.batchesTracked.item<std::int64_t>(), std::int64_t{1});
    }

    void batchNormRefusesASingleValue()
    {
        nn::BatchNorm norm(4);
        QVERIFY_THROWS_EXCEPTION(base::Error, (void)norm.forward(at::zeros({1, 4})));
        norm.train(false);
        QCOMPARE(norm.forward(at::zeros({1, 4})).numel(), std::int64_t{4});
    }

    void hardSwishIsXTimesHardSigmoid()
    {
        const at::Tensor y = nn::activate(doubles({-4, -3, -1, 0, 1, 3, 5}), nn::Activation::HardSwish);
        COMPARE_WITHIN(y, doubles({0, 0, -1.0 / 3.0, 0, 2.0 / 3.0, 3, 5}), 1e-15);
    }

    void spectralNormOfOneRowIsItsUnitVector()
    {
        nn::SpectralLinear layer(2, 1);
        makeDouble(layer);
        assign(layer.weight, doubles({3, 4}).reshape({1, 2}));
        assign(layer.bias, doubles({0}));
        assign(layer.u, doubles({1}));
        assign(layer.v, doubles({1, 0}));
        COMPARE_WITHIN(layer.forward(doubles({1, 1}).reshape({1, 2})).flatten(), doubles({1.4}), 1e-12); // (3 + 4) / 5 after one iteration
        COMPARE_WITHIN(layer.v, doubles({0.6, 0.8}), 1e-12);
    }

    void spectralNormFollowsPyTorch()
    {
        const auto all = tests::parityFile("optim.json");
        REQUIRE_PARITY(all);
        const auto& golden = all["spectral_norm"];
        nn::SpectralLinear layer(5, 3);
        makeDouble(layer);
        assign(layer.weight, tests::numbers(golden["weight_orig"]));
        assign(layer.bias, tests::numbers(golden["bias"]));
        assign(layer.u, tests::numbers(golden["u0"]));
        assign(layer.v, tests::numbers(golden["v0"]));
        const at::Tensor x = tests::numbers(golden["x"]);
        const auto& first = golden["train_forward_1"];
        const at::Tensor y = layer.forward(x);
        COMPARE_WITHIN(y, tests::numbers(first["y"]), 1e-12);
        COMPARE_WITHIN(layer.u, tests::numbers(first["u"]), 1e-12);
        COMPARE_WITHIN(layer.v, tests::numbers(first["v"]), 1e-12);
        y.square().sum().backward();
        COMPARE_WITHIN(layer.weight.grad(), tests::numbers(first["gradient_of_sum_y2_wrt_weight_orig"]), 1e-12);
        COMPARE_WITHIN(layer.forward(x), tests::numbers(golden["train_forward_2"]["y"]), 1e-12);
        layer.train(false);
        const at::Tensor before = layer.u.clone();
        (void)layer.forward(x);
        QVERIFY(at::equal(layer.u, before));
    }

    void keysComeInPythonsOrder()
    {
        struct Pair : nn::Module {
            Pair()
            {
                add<nn::SpectralLinear>("b", 2, 1);
                add<nn::BatchNorm>("a", 2);
            }
        } pair;
        std::vector<std::string> names;
        for (const auto& [name, tensor] : pair.collect(nn::Module::Part::Both)) {
            names.push_back(name);
        }
        const std::vector<std::string> expected{"b.bias", "b.weight_orig", "b.weight_u", "b.weight_v", "a.weight", "a.bias", "a.running_mean", "a.running_var", "a.num_batches_tracked"};
        QCOMPARE(names, expected);
    }
};

QTEST_GUILESS_MAIN(LayersTest)
#include "LayersTest.moc"
