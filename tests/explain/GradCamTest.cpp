// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Error.h"
#include "explain/GradCam.h"
#include "nn/Formula.h"
#include "nn/Parity.h"

using namespace diascope;
using explain::Method;

namespace {

at::Tensor twoMaps(const std::vector<double>& values)
{
    return at::tensor(values, at::kDouble).reshape({2, 2, 2});
}

/// The activations and gradients of the published example.
const at::Tensor& activations()
{
    static const at::Tensor a = twoMaps({1, 2, 0, 3, 2, 0, 1, 1});
    return a;
}
const at::Tensor& gradients()
{
    static const at::Tensor g = twoMaps({.5, -.2, .1, .4, -.3, .2, .6, -.1});
    return g;
}

std::shared_ptr<nn::Classifier> smallRenalNet()
{
    nn::ModelSpec spec = nn::defaultSpec("renalnet");
    spec.hidden = 8;
    auto model = nn::makeEmptyClassifier(spec);
    tests::fillByFormula(*model, 1.5);
    return model;
}

double largestDifference(const std::vector<float>& a, const at::Tensor& b)
{
    return (at::tensor(a, at::kFloat).to(at::kDouble) - b.flatten()).abs().max().item<double>();
}

} // namespace

class GradCamTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void handMadeMapsComeOut_data()
    {
        QTest::addColumn<QString>("method");
        QTest::addColumn<QList<double>>("expected");
        QTest::newRow("gradcam") << "gradcam" << QList<double>{.5, .5, 0, 1};
        QTest::newRow("gradcam++") << "gradcam++" << QList<double>{.635309, .364691, 0, 1};
        QTest::newRow("xgradcam") << "xgradcam" << QList<double>{.266667, .693333, 0, 1};
        QTest::newRow("hirescam") << "hirescam" << QList<double>{0, 0, .545454, 1};
        QTest::newRow("layercam") << "layercam" << QList<double>{.416667, 0, .5, 1};
    }
    void handMadeMapsComeOut()
    {
        QFETCH(QString, method);
        QFETCH(QList<double>, expected);
        const at::Tensor raw = explain::rawMap(explain::methodNamed(method.toStdString()), activations(), gradients());
        const at::Tensor map = explain::normalisedMap(raw).flatten();
        for (int i = 0; i < 4; ++i) {
            QVERIFY2(std::abs(map[i].item<double>() - expected[i]) < 2e-6, qPrintable(QStringLiteral("%1: %2").arg(i).arg(map[i].item<double>(), 0, 'g', 9)));
        }
    }

    void eigenCamHasItsLargestMagnitudeUp()
    {
        // One channel: the projection is the centred map itself, up to sign; the largest magnitude must be positive.
        const at::Tensor low = at::tensor({0.0, -4.0, 1.0, 1.0}, at::kDouble).reshape({1, 2, 2});
        const at::Tensor raw = explain::rawMap(Method::EigenCam, low, low).flatten();
        COMPARE_WITHIN(raw, at::tensor({-0.5, 3.5, -1.5, -1.5}, at::kDouble), 1e-12);
    }

    void noEvidenceIsSaid()
    {
        const auto model = smallRenalNet();
        model->toDouble();
        const at::Tensor x = tests::formulaImage(1, 1, 64, 64);
        const auto positive = explain::gradCam(*model, x, 1), negative = explain::gradCam(*model, x, 0);
        QCOMPARE(positive.rows * positive.columns, 4);
        for (std::size_t i = 0; i < positive.raw.size(); ++i) {
            QCOMPARE(positive.raw[i], -negative.raw[i]); // Class 0 is the same logit with the other sign.
        }
        for (const auto& map : {positive, negative}) {
            const bool anyPositive = std::any_of(map.raw.begin(), map.raw.end(), [](float v) { return v > 0.0F; });
            QCOMPARE(map.nothingToShow, !anyPositive);
        }
    }

    void oneForwardPassGivesBoth()
    {
        const auto model = smallRenalNet();
        model->train(true);
        const at::Tensor x = tests::formulaImage(1, 1, 64, 64).to(at::kFloat);
        at::Tensor expected;
        {
            const nn::EvalGuard eval(*model);
            const at::NoGradGuard noGrad;
            expected = model->forward(x);
        }
        const nn::State before = nn::deepCopy(model->buffers());
        explain::ForwardWithMap result;
        {
            const c10::InferenceMode inference; // As a prediction thread may have it.
            result = explain::forwardAndExplain(*model, x, Method::GradCam);
        }
        QVERIFY(at::equal(result.logits, expected));
        QVERIFY(!result.logits.requires_grad());
        QCOMPARE(result.classIndex, expected.item<float>() >= 0.0F ? 1 : 0);
        QCOMPARE(result.map.method, std::string("gradcam"));
        QVERIFY(model->isTraining());
        for (std::size_t i = 0; i < before.size(); ++i) {
            QVERIFY(at::equal(model->buffers()[i].second, before[i].second));
        }
        for (const auto& [name, tensor] : model->parameters()) {
            QVERIFY(!tensor.grad().defined());
        }
        const auto again = explain::gradCam(*model, x, result.classIndex);
        QCOMPARE(again.raw, result.map.raw);
    }

    void attentionIsAbsolute()
    {
        const auto model = smallRenalNet();
        const at::Tensor x = tests::formulaImage(1, 1, 64, 96).to(at::kFloat);
        const auto map = explain::attentionMap(*model, x);
        const nn::EvalGuard eval(*model);
        const at::NoGradGuard noGrad;
        const at::Tensor expected = *model->attention(model->features(x));
        QCOMPARE(map.rows, 2);
        QCOMPARE(map.columns, 3);
        QVERIFY(largestDifference(map.values, expected.to(at::kDouble)) == 0.0);
        QCOMPARE(map.raw, map.values);
        QVERIFY(!map.nothingToShow);
    }

    void wrongQuestionsAreRefused()
    {
        const auto model = smallRenalNet();
        const at::Tensor x = at::zeros({1, 1, 64, 64});
        const auto codeOf = [&](const std::function<void()>& work) {
            try {
                work();
            } catch (const base::Error& error) {
                return error.code();
            }
            return base::ErrorCode::Internal;
        };
        QCOMPARE(codeOf([&] { (void)explain::gradCam(*model, x, 2); }), base::ErrorCode::Usage);
        QCOMPARE(codeOf([&] { (void)explain::gradCam(*model, x, -1); }), base::ErrorCode::Usage);
        QCOMPARE(codeOf([&] { (void)explain::gradCam(*model, at::zeros({2, 1, 64, 64}), 0); }), base::ErrorCode::Usage);
        QCOMPARE(codeOf([&] { (void)explain::gradCam(*model, at::zeros({1, 3, 64, 64}), 0); }), base::ErrorCode::Mismatch);
        QCOMPARE(codeOf([] { (void)explain::methodNamed("grad-cam"); }), base::ErrorCode::Usage);
        const auto other = nn::makeEmptyClassifier(nn::defaultSpec("tf_mobilenetv3_small_075"));
        QVERIFY(!explain::isSupported(Method::Attention, *other));
        QVERIFY(explain::isSupported(Method::Attention, *model));
        QCOMPARE(codeOf([&] { (void)explain::attentionMap(*other, at::zeros({1, 3, 64, 64})); }), base::ErrorCode::Usage);
    }

    void methodNamesAreRoundTrips()
    {
        QCOMPARE(explain::methodNames().size(), std::size_t{8});
        for (const auto& name : explain::methodNames()) {
            QCOMPARE(explain::name(explain::methodNamed(name)), name);
        }
    }

    void mapsAreThoseOfThePythonLibrary_data()
    {
        QTest::addColumn<QString>("network");
        QTest::addColumn<bool>("doubles");
        for (const char* network : {"renalnet", "resnet50", "se_resnext50_32x4d_cadene"}) {
            QTest::addRow("%s, double", network) << network << true;
            QTest::addRow("%s, float", network) << network << false;
        }
    }
    void mapsAreThoseOfThePythonLibrary()
    {
        static const auto all = tests::parityFile("cam.json");
        REQUIRE_PARITY(all);
        QFETCH(QString, network);
        QFETCH(bool, doubles);
        const auto& golden = all[network.toStdString()];
        const auto model = nn::makeEmptyClassifier(tests::paritySpec(network.toStdString()));
        if (doubles) {
            model->toDouble();
        }
        tests::fillByFormula(*model, golden["gain"].get<double>());
        model->train(false);
        const at::Tensor images = tests::formulaImage(2, model->spec().inputChannels, 224, 224).to(model->dtype());
        at::Tensor features;
        {
            const at::NoGradGuard noGrad;
            features = model->features(images);
        }
        QVERIFY(golden["rows"].size() >= 20);
        for (const auto& row : golden["rows"]) {
            const Method method = explain::methodNamed(row["method"].get<std::string>());
            const auto image = row["image"].get<std::int64_t>();
            const std::string where = row.dump().substr(0, 60);
            const at::Tensor f = features.slice(0, image, image + 1).clone().requires_grad_(true);
            const at::Tensor logits = model->head(f);
            at::Tensor target = logits[0][0];
            if (logits.size(1) > 1 && !row["class"].is_null()) {
                target = logits[0][row["class"].get<std::int64_t>()];
            } else if (row["class"] == 0) {
                target = -target;
            }
            target.backward();
            const at::Tensor raw = explain::rawMap(method, f.detach()[0], f.grad()[0]);
            const at::Tensor map = explain::normalisedMap(raw);
            const double error = (map - tests::numbers(row["map"])).abs().max().item<double>();
            QVERIFY2(error <= (doubles ? 1e-8 : 2e-4), qPrintable(QString::fromStdString(where) + QStringLiteral(" map off by %1").arg(error)));
            if (doubles) {
                COMPARE_WITHIN(raw, tests::numbers(row["raw"]), 1e-8);
            }
            QCOMPARE(map.max().item<double>() <= 0.0, row["all_zero_after_relu"].get<bool>());
        }
    }

    void theWholePathGivesTheLibrarysMap_data()
    {
        QTest::addColumn<QString>("network");
        QTest::newRow("renalnet") << "renalnet";
        QTest::newRow("resnet50") << "resnet50";
    }
    void theWholePathGivesTheLibrarysMap()
    {
        const auto all = tests::parityFile("cam.json");
        REQUIRE_PARITY(all);
        QFETCH(QString, network);
        const auto& golden = all[network.toStdString()];
        const auto model = nn::makeEmptyClassifier(tests::paritySpec(network.toStdString()));
        tests::fillByFormula(*model, golden["gain"].get<double>());
        const at::Tensor images = tests::formulaImage(2, model->spec().inputChannels, 224, 224).to(at::kFloat);
        for (const auto& row : golden["rows"]) {
            const auto image = row["image"].get<std::int64_t>();
            if (image != 0) {
                continue;
            }
            const auto wanted = row["class"].is_null() ? std::nullopt : std::optional<int>(row["class"].get<int>());
            const auto result = explain::forwardAndExplain(*model, images.slice(0, 0, 1), explain::methodNamed(row["method"].get<std::string>()), wanted);
            QCOMPARE(result.map.rows, 7);
            QCOMPARE(result.map.columns, 7);
            QCOMPARE(result.map.nothingToShow, row["all_zero_after_relu"].get<bool>());
            QVERIFY(largestDifference(result.map.values, tests::numbers(row["map"])) <= 2e-4);
        }
    }
};

QTEST_GUILESS_MAIN(GradCamTest)
#include "GradCamTest.moc"
