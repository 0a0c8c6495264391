// SPDX-License-Identifier: GPL-3.0-or-later
// Our own loops for the CPU against LibTorch's operators in double precision.
#include "nn/DepthwiseConv.h"
#include "nn/Layers.h"
#include "nn/NormActivation.h"

#include <torch/torch.h>

#include <QtTest>

using namespace diascope;

namespace {

at::Tensor picture(std::vector<std::int64_t> sizes, double mean = 0.0)
{
    at::Tensor x = at::empty(sizes, at::TensorOptions().memory_format(at::MemoryFormat::ChannelsLast));
    const at::NoGradGuard noGrad;
    x.normal_(mean, 1.0);
    return x.requires_grad_(true);
}

double distance(const at::Tensor& single, const at::Tensor& exact)
{
    const at::Tensor difference = single.detach().to(at::kDouble) - exact.detach();
    return (difference.abs().max() / exact.detach().abs().max().clamp_min(1e-12)).item<double>();
}

/// Outcome of one pass forwards and back: y, dx, and the parameters' gradients.
struct Pass {
    at::Tensor y, dx, dWeight, dBias;
};

Pass passOf(const nn::BatchNorm& norm, const at::Tensor& x, nn::Activation activation, const at::Tensor& direction)
{
    const at::Tensor input = x.detach().clone(at::MemoryFormat::Preserve).requires_grad_(true);
    const at::Tensor y = nn::trainNormActivation(norm, input, activation);
    const auto gradients = torch::autograd::grad({y}, {input, norm.weight, norm.bias}, {direction.to(at::kFloat)});
    return {y, gradients[0], gradients[1], gradients[2]};
}

Pass exactPass(const nn::BatchNorm& norm, const at::Tensor& x, nn::Activation activation, const at::Tensor& direction)
{
    const at::Tensor input = x.detach().to(at::kDouble).requires_grad_(true);
    const at::Tensor weight = norm.weight.detach().to(at::kDouble).requires_grad_(true);
    const at::Tensor bias = norm.bias.detach().to(at::kDouble).requires_grad_(true);
    const at::Tensor z = at::batch_norm(input, weight, bias, {}, {}, true, 0.1, norm.epsilon(), false);
    const at::Tensor y = activation == nn::Activation::Relu ? at::relu(z) : activation == nn::Activation::HardSwish ? at::hardswish(z) : z;
    const auto gradients = torch::autograd::grad({y}, {input, weight, bias}, {direction.to(at::kDouble)});
    return {y, gradients[0], gradients[1], gradients[2]};
}

Pass depthwisePass(const nn::Conv2d& conv, const at::Tensor& x, const at::Tensor& direction)
{
    const at::Tensor input = x.detach().clone(at::MemoryFormat::Preserve).requires_grad_(true);
    const at::Tensor y = nn::depthwiseConv(conv, input);
    const auto gradients = torch::autograd::grad({y}, {input, conv.weight}, {direction});
    return {y, gradients[0], gradients[1], {}};
}

} // namespace

class KernelTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() { torch::manual_seed(7); }

    void depthwiseIsTheConvolution_data()
    {
        QTest::addColumn<int>("channels");
        QTest::addColumn<int>("kernel");
        QTest::addColumn<int>("stride");
        QTest::addColumn<int>("height");
        QTest::addColumn<int>("width");
        QTest::addColumn<bool>("same");
        QTest::newRow("16 k3 s2 even, odd pixel behind") << 16 << 3 << 2 << 12 << 14 << true;
        QTest::newRow("72 k3 s2 odd") << 72 << 3 << 2 << 13 << 9 << true;
        QTest::newRow("88 k3 s1") << 88 << 3 << 1 << 10 << 11 << true;
        QTest::newRow("96 k5 s2 even") << 96 << 5 << 2 << 14 << 8 << true;
        QTest::newRow("8 k5 s1, symmetric padding") << 8 << 5 << 1 << 9 << 7 << false;
        QTest::newRow("24 k3 s2, symmetric padding") << 24 << 3 << 2 << 8 << 9 << false;
        QTest::newRow("40 k5 s1 smaller than its kernel") << 40 << 5 << 1 << 2 << 3 << true;
        QTest::newRow("16 k5 s2 one pixel") << 16 << 5 << 2 << 1 << 1 << true;
    }
    void depthwiseIsTheConvolution()
    {
        QFETCH(int, channels);
        QFETCH(int, kernel);
        QFETCH(int, stride);
        QFETCH(bool, same);
        QFETCH(int, height);
        QFETCH(int, width);
        const nn::Conv2d conv(channels, channels,
            {.kernel = kernel, .stride = stride, .padding = same ? 0 : kernel / 2, .groups = channels, .same = same});
        {
            const at::NoGradGuard noGrad;
            conv.weight.normal_();
        }
        const at::Tensor x = picture({3, channels, height, width});
        QVERIFY(nn::hasDepthwiseConv(conv, x));

        const auto rows = nn::samePadding(height, kernel, stride), columns = nn::samePadding(width, kernel, stride);
        const at::Tensor input = x.detach().to(at::kDouble).requires_grad_(true);
        const at::Tensor weight = conv.weight.detach().to(at::kDouble).requires_grad_(true);
        const at::Tensor padded = same ? at::constant_pad_nd(input, {columns.before, columns.after, rows.before, rows.after}) : input;
        const int padding = same ? 0 : kernel / 2;
        const at::Tensor exact = at::conv2d(padded, weight, {}, {stride, stride}, {padding, padding}, {1, 1}, channels);
        const at::Tensor direction = at::randn(exact.sizes());
        const auto gradients = torch::autograd::grad({exact}, {input, weight}, {direction.to(at::kDouble)});

        const Pass pass = depthwisePass(conv, x, direction);
        QCOMPARE(pass.y.sizes(), exact.sizes());
        QVERIFY2(distance(pass.y, exact) < 2e-6, qPrintable(QString::number(distance(pass.y, exact))));
        QVERIFY2(distance(pass.dx, gradients[0]) < 2e-6, qPrintable(QString::number(distance(pass.dx, gradients[0]))));
        QVERIFY2(distance(pass.dWeight, gradients[1]) < 5e-6, qPrintable(QString::number(distance(pass.dWeight, gradients[1]))));
    }

    void depthwiseLeavesOthersAlone_data()
    {
        QTest::addColumn<int>("channels");
        QTest::addColumn<int>("groups");
        QTest::addColumn<int>("kernel");
        QTest::addColumn<bool>("channelsLast");
        QTest::newRow("whole convolution") << 16 << 1 << 3 << true;
        QTest::newRow("groups of two") << 16 << 8 << 3 << true;
        QTest::newRow("12 channels") << 12 << 12 << 3 << true;
        QTest::newRow("kernel of 7") << 16 << 16 << 7 << true;
        QTest::newRow("channels first") << 16 << 16 << 3 << false;
    }
    void depthwiseLeavesOthersAlone()
    {
        QFETCH(int, channels);
        QFETCH(int, groups);
        QFETCH(int, kernel);
        QFETCH(bool, channelsLast);
        const nn::Conv2d conv(channels, channels, {.kernel = kernel, .padding = kernel / 2, .groups = groups});
        const at::Tensor x = picture({2, channels, 9, 9});
        QVERIFY(!nn::hasDepthwiseConv(conv, channelsLast ? x : x.contiguous()));
    }

    void normAndActivationAreOne_data()
    {
        QTest::addColumn<int>("activation");
        QTest::addColumn<int>("channels");
        QTest::addColumn<int>("side");
        QTest::addColumn<double>("mean");
        const auto row = [](const char* name, nn::Activation activation, int channels, int side, double mean) {
            QTest::newRow(name) << static_cast<int>(activation) << channels << side << mean;
        };
        row("none, 16 channels", nn::Activation::None, 16, 30, 0.0);
        row("relu, 72 channels", nn::Activation::Relu, 72, 17, 0.3);
        row("hard swish, 432 channels", nn::Activation::HardSwish, 432, 7, -0.5);
        row("hard swish, 3 channels, many blocks", nn::Activation::HardSwish, 3, 160, 0.0);
        row("relu, one pixel", nn::Activation::Relu, 5, 1, 0.0);
        row("none, far from zero", nn::Activation::None, 24, 20, 500.0);
    }
    void normAndActivationAreOne()
    {
        QFETCH(int, activation);
        QFETCH(int, channels);
        QFETCH(int, side);
        QFETCH(double, mean);
        const nn::BatchNorm norm(channels, 1e-3);
        {
            const at::NoGradGuard noGrad;
            norm.weight.normal_(1.0, 0.5);
            norm.bias.normal_(0.0, 0.5);
        }
        const at::Tensor x = picture({4, channels, side, side}, mean);
        const at::Tensor direction = at::randn(x.sizes());
        QVERIFY(nn::hasTrainNormActivation(x));
        const Pass pass = passOf(norm, x, static_cast<nn::Activation>(activation), direction);
        const Pass exact = exactPass(norm, x, static_cast<nn::Activation>(activation), direction);
        const double tolerance = mean > 100.0 ? 3e-4 : 5e-6; // the numbers themselves have but 24 bits
        QVERIFY2(distance(pass.y, exact.y) < tolerance, qPrintable(QString::number(distance(pass.y, exact.y))));
        QVERIFY2(distance(pass.dx, exact.dx) < 20 * tolerance, qPrintable(QString::number(distance(pass.dx, exact.dx))));
        QVERIFY2(distance(pass.dWeight, exact.dWeight) < 20 * tolerance, qPrintable(QString::number(distance(pass.dWeight, exact.dWeight))));
        QVERIFY2(distance(pass.dBias, exact.dBias) < 20 * tolerance, qPrintable(QString::number(distance(pass.dBias, exact.dBias))));

        const at::Tensor all = x.detach().to(at::kDouble).transpose(0, 1).reshape({channels, -1});
        QVERIFY(at::allclose(norm.runningMean.to(at::kDouble), 0.1 * all.mean(1), 1e-5, 1e-6));
        QVERIFY(at::allclose(norm.runningVar.to(at::kDouble), 0.9 + 0.1 * all.var(1, true), 1e-5));
    }

    /// Each value of the float outcome rounded once: LibTorch's rounding, to the bit.
    void bfloat16IsTheFloatOutcomeRounded()
    {
        const nn::BatchNorm norm(24);
        const at::Tensor x = picture({3, 24, 11, 9}, 0.2).detach().to(at::kBFloat16);
        const at::Tensor direction = at::randn(x.sizes()).to(at::kBFloat16).contiguous(at::MemoryFormat::ChannelsLast);
        const auto run = [&](at::ScalarType type) {
            const at::Tensor input = x.to(type).requires_grad_(true);
            const at::Tensor y = nn::trainNormActivation(norm, input, nn::Activation::HardSwish);
            return std::pair(y, torch::autograd::grad({y}, {input}, {direction.to(type)})[0]);
        };
        const auto [y, dx] = run(at::kBFloat16);
        const auto [exactY, exactDx] = run(at::kFloat);
        QVERIFY(y.scalar_type() == at::kBFloat16);
        QVERIFY(y.equal(exactY.to(at::kBFloat16)));
        QVERIFY(dx.equal(exactDx.to(at::kBFloat16)));
    }

    void nanStaysNan()
    {
        const nn::BatchNorm norm(8);
        for (const auto type : {at::kFloat, at::kBFloat16}) {
            at::Tensor x = picture({2, 8, 4, 4}).detach().to(type);
            x[0][3][1][2] = std::numeric_limits<double>::quiet_NaN();
            for (const auto activation : {nn::Activation::None, nn::Activation::Relu, nn::Activation::HardSwish}) {
                const at::Tensor y = nn::trainNormActivation(norm, x, activation);
                QVERIFY(y.select(1, 3).isnan().all().item<bool>());
                QVERIFY(!y.select(1, 2).isnan().any().item<bool>());
            }
        }
    }

    void threadsDoNotChangeABit()
    {
        const nn::BatchNorm norm(40);
        const nn::Conv2d conv(40, 40, {.kernel = 5, .stride = 2, .groups = 40, .same = true});
        {
            const at::NoGradGuard noGrad;
            conv.weight.normal_();
        }
        const at::Tensor x = picture({5, 40, 33, 31});
        const at::Tensor direction = at::randn(x.sizes()), small = at::randn({5, 40, 17, 16});
        const int before = at::get_num_threads();
        std::vector<Pass> passes;
        for (const int threads : {1, 2, 5}) {
            at::set_num_threads(threads);
            passes.push_back(passOf(norm, x, nn::Activation::HardSwish, direction));
            passes.push_back(depthwisePass(conv, x, small));
        }
        at::set_num_threads(before);
        for (std::size_t i = 2; i < passes.size(); ++i) {
            QVERIFY(passes[i].y.equal(passes[i % 2].y));
            QVERIFY(passes[i].dx.equal(passes[i % 2].dx));
            QVERIFY(passes[i].dWeight.equal(passes[i % 2].dWeight));
        }
    }
};

QTEST_GUILESS_MAIN(KernelTest)
#include "KernelTest.moc"
