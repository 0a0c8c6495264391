// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/Formula.h"
#include "nn/Parity.h"

using namespace diascope;

namespace {

/// One of the networks on both sizes, in double and in single precision.
const base::Json& golden()
{
    static const base::Json file = tests::parityFile("forward.json");
    return file;
}

struct FeatureMap {
    at::Tensor f;
    const base::Json& expected;
};

void compareMap(const FeatureMap& map)
{
    QCOMPARE(map.f.sizes().vec(), map.expected["shape"].get<std::vector<std::int64_t>>());
    const double mean = map.expected["mean"].get<double>(), deviation = map.expected["std_unbiased"].get<double>();
    QVERIFY(std::abs(map.f.mean().item<double>() - mean) <= 1e-9 * deviation + 1e-12);
    QVERIFY(std::abs(map.f.std().item<double>() / deviation - 1.0) <= 1e-9);
    const at::Tensor first = map.f.flatten().slice(0, 0, 8);
    const double largest = map.f.abs().max().item<double>();
    QVERIFY((first - tests::numbers(map.expected["first8"])).abs().max().item<double>() <= 1e-9 * largest);
}

} // namespace

class ForwardTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theFormulaIsTheReferences()
    {
        // Published with the reference numbers; they hold without them.
        QCOMPARE(base::splitmix64(0), 16294208416658607535ULL);
        QCOMPARE(base::crc32("conv1.weight"), 3410522421U);
        QCOMPARE(tests::unitValues("fc.bias", 4)[1].item<double>(), 0.16923302714756372);
        const at::Tensor image = tests::formulaImage(2, 3, 224, 224);
        QCOMPARE(image[0][0][0][0].item<double>(), -0.002442905244878557);
        QCOMPARE(image[1][2][223][223].item<double>(), 0.03955023420798831);
        QVERIFY(std::abs(image.sum().item<double>() + 3201.8076110788234) < 1e-6);
    }

    void logitsAndMapsAreThoseOfPython_data()
    {
        QTest::addColumn<QString>("network");
        for (const char* name : {"resnet18", "resnet50", "resnet50_neuroflux_head", "vgg16", "vgg16_flatten_dense4", "tf_mobilenetv3_small_075", "renalnet",
                                 "se_resnext50_32x4d_cadene", "seresnext50_32x4d_timm", "neuroflux_cnn32"}) {
            QTest::newRow(name) << name;
        }
    }
    void logitsAndMapsAreThoseOfPython()
    {
        REQUIRE_PARITY(golden());
        QFETCH(QString, network);
        const auto& expected = golden()[network.toStdString()];
        const at::NoGradGuard noGrad;
        const auto model = nn::makeEmptyClassifier(tests::paritySpec(network.toStdString()));
        model->train(false);
        tests::fillByFormula(*model, expected["gain"].get<double>());
        const int channels = expected["channels"].get<int>();
        for (const auto& run : expected["runs"]) {
            const at::Tensor x = tests::formulaImage(2, channels, run["height"].get<int>(), run["width"].get<int>()).to(at::kFloat);
            const double allowed = 10.0 * run["float32"]["max_abs_difference_of_logits"].get<double>();
            const double error = (model->forward(x).to(at::kDouble) - tests::numbers(run["logits"])).abs().max().item<double>();
            QVERIFY2(error <= allowed, qPrintable(QStringLiteral("float32: off by %1, allowed %2").arg(error).arg(allowed)));
        }
        model->toDouble();
        tests::fillByFormula(*model, expected["gain"].get<double>());
        for (const auto& run : expected["runs"]) {
            const at::Tensor x = tests::formulaImage(2, channels, run["height"].get<int>(), run["width"].get<int>());
            const at::Tensor f = model->features(x);
            compareMap({f, run["last_feature_map"]});
            COMPARE_WITHIN(model->head(f), tests::numbers(run["logits"]), 1e-9);
            if (run.contains("attention")) {
                compareMap({*model->attention(f), run["attention"]});
                COMPARE_WITHIN(model->head(f).sigmoid(), tests::numbers(run["probability"]), 1e-9);
            }
        }
    }

    void threeStepsOfTrainingAreThoseOfPython_data()
    {
        QTest::addColumn<QString>("block");
        QTest::addColumn<QString>("network");
        QTest::addColumn<bool>("doubles");
        QTest::addColumn<double>("tolerance");
        QTest::newRow("ResNet50, double") << "resnet50_train_64px" << "resnet50" << true << 1e-8;
        QTest::newRow("ResNet50, small steps, double") << "resnet50_train_64px_lr1e-7" << "resnet50" << true << 1e-10;
        QTest::newRow("ResNet50, small steps, float") << "resnet50_train_64px_lr1e-7" << "resnet50" << false << 5e-3;
        QTest::newRow("RenalNet, double") << "renalnet_train_64px" << "renalnet" << true << 1e-10;
        QTest::newRow("RenalNet, float") << "renalnet_train_64px" << "renalnet" << false << 2e-4;
    }
    void threeStepsOfTrainingAreThoseOfPython()
    {
        REQUIRE_PARITY(golden());
        QFETCH(QString, block);
        QFETCH(QString, network);
        QFETCH(bool, doubles);
        QFETCH(double, tolerance);
        const auto& expected = golden()[block.toStdString()];
        const bool renal = network == "renalnet";
        const std::string name = network.toStdString();
        nn::ModelSpec spec = nn::defaultSpec(name);
        spec.dropout = 0.0;
        const auto model = nn::makeEmptyClassifier(spec);
        if (doubles) {
            model->toDouble();
        }
        tests::fillByFormula(*model, golden()[name]["gain"].get<double>());
        const at::Tensor x = tests::formulaImage(4, spec.inputChannels, 64, 64).to(model->dtype());
        const at::Tensor target = tests::numbers(expected["target"]).to(renal ? model->dtype() : at::kLong);
        const double rate = expected["lr"].get<double>();
        const nn::State parameters = model->parameters();
        std::vector<at::Tensor> momenta(parameters.size());
        std::vector<double> losses;
        for (int step = 0; step < 3; ++step) {
            const at::Tensor logits = model->forward(x);
            const at::Tensor loss = renal ? at::binary_cross_entropy_with_logits(logits, target) : at::cross_entropy_loss(logits, target);
            loss.backward();
            losses.push_back(loss.item<double>());
            if (step == 0) {
                COMPARE_WITHIN(logits, tests::numbers(expected["train_logits_at_step_1"]), tolerance);
                for (const auto& [key, norm] : expected["gradient_l2_at_step_1"].items()) {
                    COMPARE_WITHIN(nn::find(parameters, key)->grad().norm(), tests::numbers(norm), tolerance);
                }
            }
            const at::NoGradGuard noGrad;
            for (std::size_t i = 0; i < parameters.size(); ++i) {
                at::Tensor parameter = parameters[i].second;
                momenta[i] = momenta[i].defined() ? 0.9 * momenta[i] + parameter.grad() : parameter.grad().clone();
                parameter.sub_(momenta[i], rate);
                parameter.mutable_grad().reset();
            }
        }
        COMPARE_WITHIN(at::tensor(losses, at::kDouble), tests::numbers(expected["losses_of_steps_1_2_3"]), tolerance);
        const at::NoGradGuard noGrad;
        {
            const nn::EvalGuard eval(*model);
            COMPARE_WITHIN(model->forward(x), tests::numbers(expected["eval_logits_after_3_steps"]), tolerance);
        }
        COMPARE_WITHIN(model->forward(x), tests::numbers(expected["train_logits_after_3_steps"]), tolerance);
        const nn::State state = model->state();
        const std::string mean = renal ? "sononet.bn1.running_mean" : "bn1.running_mean";
        COMPARE_WITHIN(nn::find(state, mean)->slice(0, 0, 4), tests::numbers(expected["first4_of_" + mean + "_after_4_train_forwards"]), tolerance);
        if (renal) {
            COMPARE_WITHIN(*nn::find(state, "head.4.weight_u"), tests::numbers(expected["head.4.weight_u_after"]), tolerance);
            COMPARE_WITHIN(nn::find(state, "head.4.weight_v")->slice(0, 0, 4), tests::numbers(expected["first4_of_head.4.weight_v_after"]), tolerance);
        }
    }
};

QTEST_GUILESS_MAIN(ForwardTest)
#include "ForwardTest.moc"
