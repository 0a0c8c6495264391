// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Error.h"
#include "nn/Device.h"
#include "nn/Formula.h"
#include "nn/Parity.h"

using namespace diascope;

namespace {

/// Runs `work` and gives the error it threw.
template <typename Work> base::Error errorOf(Work&& work)
{
    try {
        work();
    } catch (const base::Error& error) {
        return error;
    }
    return {base::ErrorCode::Internal, "nothing was thrown", ""};
}

/// Batch norms as after training: nothing is 0 or 1.
void normsByFormula(nn::Classifier& model)
{
    const at::NoGradGuard noGrad;
    for (const auto& [name, tensor] : model.state()) {
        if (tensor.dim() == 1 && tensor.is_floating_point()) {
            tensor.copy_(tests::formulaTensor(name, tensor.sizes(), 1.0));
        }
    }
}

nn::ModelSpec tinySpec()
{
    nn::ModelSpec spec = nn::defaultSpec("renalnet");
    spec.hidden = 4;
    return spec;
}

} // namespace

class RegistryTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void countsAreThePublishedOnes_data()
    {
        QTest::addColumn<QString>("network");
        QTest::addColumn<qlonglong>("parameters");
        QTest::newRow("RenalNet") << "renalnet" << 800314LL;
        QTest::newRow("ResNet18") << "resnet18" << 11689512LL;
        QTest::newRow("ResNet34") << "resnet34" << 21797672LL;
        QTest::newRow("ResNet50") << "resnet50" << 25557032LL;
        QTest::newRow("Neuroflux head") << "resnet50_neuroflux_head" << 24560709LL;
        QTest::newRow("MobileNetV3") << "tf_mobilenetv3_small_075" << 2041872LL;
        QTest::newRow("SE-ResNeXt50, Cadene") << "se_resnext50_32x4d_cadene" << 27559896LL;
        QTest::newRow("SE-ResNeXt50, timm") << "seresnext50_32x4d_timm" << 27559896LL;
        QTest::newRow("VGG16") << "vgg16" << 138357544LL;
        QTest::newRow("VGG16, one dense layer") << "vgg16_flatten_dense4" << 14815044LL;
        QTest::newRow("Neuroflux CNN 16") << "neuroflux_cnn16" << 6521509LL;
        QTest::newRow("Neuroflux CNN 32") << "neuroflux_cnn32" << 13235013LL;
        QTest::newRow("Neuroflux CNN 64") << "neuroflux_cnn64" << 27242629LL;
    }
    void countsAreThePublishedOnes()
    {
        QFETCH(QString, network);
        const auto model = nn::makeEmptyClassifier(tests::paritySpec(network.toStdString()));
        QTEST(static_cast<qlonglong>(model->parameterCount()), "parameters");
        QCOMPARE(model->backboneParameters().size() + model->headParameters().size(), model->parameters().size());
        QVERIFY(!model->headParameters().empty());
        QVERIFY(!model->backboneParameters().empty());
    }

    void keysAndShapesAreThoseOfPython_data()
    {
        QTest::addColumn<QString>("network");
        for (const char* name : {"resnet18", "resnet50", "resnet50_neuroflux_head", "vgg16", "vgg16_flatten_dense4", "tf_mobilenetv3_small_075", "renalnet",
                                 "se_resnext50_32x4d_cadene", "seresnext50_32x4d_timm", "neuroflux_cnn16", "neuroflux_cnn32", "neuroflux_cnn64"}) {
            QTest::newRow(name) << name;
        }
    }
    void keysAndShapesAreThoseOfPython()
    {
        static const auto all = tests::parityFile("models.json");
        REQUIRE_PARITY(all);
        QFETCH(QString, network);
        const auto& golden = all[network.toStdString()];
        const auto model = nn::makeEmptyClassifier(tests::paritySpec(network.toStdString()));
        const nn::State state = model->state();
        QCOMPARE(state.size(), golden["keys"].size());
        std::int64_t buffers = 0;
        for (std::size_t i = 0; i < state.size(); ++i) {
            const auto& row = golden["keys"][i];
            QCOMPARE(QString::fromStdString(state[i].first), QString::fromStdString(row[0].get<std::string>()));
            QCOMPARE(state[i].second.sizes().vec(), row[1].get<std::vector<std::int64_t>>());
            const bool parameter = nn::find(model->parameters(), state[i].first) != nullptr;
            QCOMPARE(parameter, row[2].get<std::string>() == "parameter");
            buffers += parameter ? 0 : state[i].second.numel();
        }
        QCOMPARE(model->parameterCount(), golden["parameters"].get<std::int64_t>());
        QCOMPARE(buffers, golden["buffers"].get<std::int64_t>());
    }

    void weightsFollowTheSeedAlone()
    {
        const at::Tensor before = at::globalContext().defaultGenerator(at::kCPU).get_state().clone();
        const auto a = nn::makeClassifier(tinySpec(), 7), b = nn::makeClassifier(tinySpec(), 7), c = nn::makeClassifier(tinySpec(), 8);
        QVERIFY(at::equal(before, at::globalContext().defaultGenerator(at::kCPU).get_state()));
        QCOMPARE(a->state().size(), std::size_t{253});
        bool differs = false;
        for (std::size_t i = 0; i < a->state().size(); ++i) {
            QVERIFY(at::equal(a->state()[i].second, b->state()[i].second));
            differs = differs || !at::equal(a->state()[i].second, c->state()[i].second);
            QVERIFY(at::isfinite(a->state()[i].second).all().item<bool>());
        }
        QVERIFY(differs);
        QVERIFY(a->isTraining());
    }

    void firstWeightsHaveThePythonLibrarysSpread_data()
    {
        QTest::addColumn<QString>("network");
        QTest::addColumn<QString>("key");
        QTest::addColumn<double>("deviation");
        QTest::newRow("he, fan out") << "resnet18" << "layer4.1.conv2.weight" << std::sqrt(2.0 / (512 * 9));
        QTest::newRow("linear") << "resnet18" << "fc.weight" << 1.0 / std::sqrt(512.0 * 3.0);
        QTest::newRow("depthwise, per group") << "renalnet" << "sononet.blocks.4.2.conv_dw.weight" << std::sqrt(2.0 / 25);
        QTest::newRow("attention") << "renalnet" << "attention.0.weight" << 1.0 / std::sqrt(432 * 9 * 3.0);
        QTest::newRow("Neuroflux fc1") << "neuroflux_cnn16" << "fc1.weight" << 1.0 / std::sqrt(25088 * 3.0);
    }
    void firstWeightsHaveThePythonLibrarysSpread()
    {
        QFETCH(QString, network);
        QFETCH(QString, key);
        QFETCH(double, deviation);
        const auto model = nn::makeClassifier(tests::paritySpec(network.toStdString()), 1);
        const nn::State state = model->state();
        const at::Tensor* weight = nn::find(state, key.toStdString());
        QVERIFY(weight != nullptr);
        const double found = weight->std().item<double>();
        QVERIFY2(std::abs(found / deviation - 1.0) < 0.05, qPrintable(QStringLiteral("%1, expected %2").arg(found).arg(deviation)));
    }

    void aCloneIsEqualAndIndependent()
    {
        const auto model = nn::makeClassifier(tinySpec(), 3);
        model->toDouble();
        model->train(false);
        model->parameters()[0].second.set_requires_grad(false);
        const auto copy = model->clone();
        QVERIFY(!copy->isTraining());
        QCOMPARE(copy->dtype(), at::kDouble);
        QVERIFY(!copy->parameters()[0].second.requires_grad());
        QVERIFY(copy->parameters()[1].second.requires_grad());
        const at::NoGradGuard noGrad;
        const at::Tensor x = tests::formulaImage(2, 1, 64, 64);
        const at::Tensor before = model->forward(x);
        QVERIFY(at::equal(copy->forward(x), before));
        for (const auto& [name, tensor] : copy->parameters()) {
            tensor.mul_(2.0);
        }
        QVERIFY(at::equal(model->forward(x), before));
        QVERIFY(!at::equal(copy->forward(x), before));
    }

    void anyChannelsAndClassesTrainAndAnswer_data()
    {
        QTest::addColumn<QString>("network");
        QTest::addColumn<int>("channels");
        QTest::addColumn<int>("outputs");
        for (const char* network : {"renalnet", "tf_mobilenetv3_small_075", "resnet18", "resnet34", "resnet50_neuroflux_head", "se_resnext50_32x4d_cadene",
                                    "seresnext50_32x4d_timm", "vgg16_flatten_dense4", "neuroflux_cnn16"}) {
            for (const auto& [channels, outputs] : {std::pair(1, 1), std::pair(3, 5), std::pair(4, 2)}) {
                QTest::addRow("%s, %d channels, %d outputs", network, channels, outputs) << network << channels << outputs;
            }
        }
    }
    void anyChannelsAndClassesTrainAndAnswer()
    {
        QFETCH(QString, network);
        QFETCH(int, channels);
        QFETCH(int, outputs);
        nn::ModelSpec spec = tests::paritySpec(network.toStdString());
        spec.inputChannels = channels;
        spec.outputs = outputs;
        const auto model = nn::makeClassifier(spec, 1);
        const int side = nn::fixedInputSize(spec) > 0 ? nn::fixedInputSize(spec) : 64;
        const at::Tensor x = tests::formulaImage(2, channels, side, side).to(at::kFloat);
        const at::Tensor logits = model->forward(x);
        QCOMPARE(logits.sizes().vec(), (std::vector<std::int64_t>{2, outputs}));
        logits.square().sum().backward();
        for (const auto& [name, parameter] : model->parameters()) {
            QVERIFY2(parameter.grad().defined() && at::isfinite(parameter.grad()).all().item<bool>(), name.c_str());
        }
        const nn::EvalGuard eval(*model);
        const at::NoGradGuard noGrad;
        const at::Tensor one = model->forward(x.slice(0, 0, 1));
        QCOMPARE(one.sizes().vec(), (std::vector<std::int64_t>{1, outputs}));
        QVERIFY(at::isfinite(one).all().item<bool>());
    }

    void aFrozenNetworkAnswersTheSame_data()
    {
        QTest::addColumn<QString>("network");
        QTest::addColumn<bool>("doubles");
        for (const char* network : {"renalnet", "tf_mobilenetv3_small_075", "resnet18", "resnet50", "se_resnext50_32x4d_cadene", "seresnext50_32x4d_timm",
                                    "vgg16_flatten_dense4", "neuroflux_cnn16"}) {
            QTest::addRow("%s", network) << network << false;
        }
        QTest::newRow("renalnet, double") << "renalnet" << true;
    }
    void aFrozenNetworkAnswersTheSame()
    {
        QFETCH(QString, network);
        QFETCH(bool, doubles);
        const auto model = nn::makeClassifier(tests::paritySpec(network.toStdString()), 3);
        normsByFormula(*model);
        if (doubles) {
            model->toDouble();
        }
        const nn::EvalGuard eval(*model);
        const at::NoGradGuard noGrad;
        const int fixed = nn::fixedInputSize(model->spec()), channels = model->spec().inputChannels;
        std::vector<at::Tensor> inputs, before;
        for (const auto& [n, h, w] : {std::tuple(1, 224, 224), std::tuple(2, 96, 65)}) {
            inputs.push_back(tests::formulaImage(n, channels, fixed > 0 ? fixed : h, fixed > 0 ? fixed : w).to(model->dtype()));
            before.push_back(model->forward(inputs.back()));
        }
        const nn::State state = nn::deepCopy(model->state());
        model->freeze();
        const double tolerance = doubles ? 1e-12 : 1e-5;
        for (int round = 0; round < 2; ++round) {
            for (std::size_t i = 0; i < inputs.size(); ++i) {
                COMPARE_WITHIN(model->forward(inputs[i]), before[i], tolerance);
            }
        }
        COMPARE_WITHIN(model->clone()->forward(inputs[0]), before[0], tolerance);
        for (std::size_t i = 0; i < state.size(); ++i) {
            QVERIFY(at::equal(model->state()[i].second, state[i].second));
        }
        model->freeze(false);
        QVERIFY(at::equal(model->forward(inputs[0]), before[0]));
    }

    void aFrozenNetworkTakesNewWeightsAndTrains()
    {
        const auto model = nn::makeClassifier(tinySpec(), 3), other = nn::makeClassifier(tinySpec(), 4);
        model->train(false);
        other->train(false);
        model->freeze();
        const at::Tensor x = tests::formulaImage(2, 1, 64, 64).to(at::kFloat);
        {
            const at::NoGradGuard noGrad;
            (void)model->forward(x);
            nn::loadState(*model, other->state());
            COMPARE_WITHIN(model->forward(x), other->forward(x), 1e-5);
        }
        // With gradients on, the layers themselves run: what a class activation map needs from the head, and more.
        const at::Tensor leaf = x.clone().requires_grad_(true);
        model->forward(leaf).sum().backward();
        QVERIFY(leaf.grad().abs().max().item<double>() > 0.0);
        QVERIFY(model->isFrozen());
        model->train(true);
        QVERIFY(!model->isFrozen());
        model->forward(x).sum().backward();
        QVERIFY(model->parameters()[0].second.grad().defined());
    }

    void channelsLastAgrees()
    {
        const auto model = nn::makeClassifier(tinySpec(), 3);
        model->toDouble();
        const nn::EvalGuard eval(*model);
        const at::NoGradGuard noGrad;
        const at::Tensor x = tests::formulaImage(2, 1, 96, 64);
        const at::Tensor before = model->forward(x);
        model->toChannelsLast();
        COMPARE_WITHIN(model->forward(x.contiguous(at::MemoryFormat::ChannelsLast)), before, 1e-12);
    }

    void tensorsStayTheSameHandlesWhenCast()
    {
        const auto model = nn::makeClassifier(tinySpec(), 3);
        const at::Tensor held = model->parameters()[0].second;
        model->toDouble();
        QCOMPARE(held.scalar_type(), at::kDouble);
        QVERIFY(held.is_leaf() && held.requires_grad());
    }

    void evalGuardRestoresTheMode()
    {
        const auto model = nn::makeClassifier(tinySpec());
        {
            const nn::EvalGuard guard(*model);
            QVERIFY(!model->isTraining());
        }
        QVERIFY(model->isTraining());
    }

    void onlyRenalNetHasAttention()
    {
        const auto model = nn::makeClassifier(tinySpec(), 3);
        const nn::EvalGuard eval(*model);
        const at::NoGradGuard noGrad;
        const at::Tensor f = model->features(at::zeros({1, 1, 64, 96}));
        QCOMPARE(f.sizes().vec(), (std::vector<std::int64_t>{1, 432, 2, 3}));
        const auto attention = model->attention(f);
        QVERIFY(attention.has_value());
        QCOMPARE(attention->sizes().vec(), (std::vector<std::int64_t>{1, 1, 2, 3}));
        for (const auto& info : nn::architectures()) {
            QCOMPARE(info.hasAttention, info.name == "renalnet");
        }
    }

    void loadingIsAllOrNothing()
    {
        const auto model = nn::makeClassifier(tinySpec(), 3), other = nn::makeClassifier(tinySpec(), 4);
        const nn::State before = nn::deepCopy(model->state());
        nn::State bad = nn::deepCopy(other->state());
        bad[5].first = "surprise";
        bad[7].second = at::zeros({3});
        const auto error = errorOf([&] { nn::loadState(*model, bad, "some.safetensors"); });
        QCOMPARE(error.code(), base::ErrorCode::Mismatch);
        const std::string text = error.what();
        for (const std::string& part : {std::string("some.safetensors"), "missing '" + before[5].first + "'", std::string("unexpected 'surprise'"),
                                        "'" + before[7].first + "' has shape [3]"}) {
            QVERIFY2(text.find(part) != std::string::npos, text.c_str());
        }
        for (std::size_t i = 0; i < before.size(); ++i) {
            QVERIFY(at::equal(model->state()[i].second, before[i].second));
        }
        nn::State reversed = nn::deepCopy(other->state());
        std::reverse(reversed.begin(), reversed.end());
        nn::loadState(*model, reversed);
        for (std::size_t i = 0; i < before.size(); ++i) {
            QVERIFY(at::equal(model->state()[i].second, other->state()[i].second));
        }
    }

    void weightsThatAreNotFiniteAreNamed()
    {
        const nn::State state{{"good", at::ones({2})}, {"bad", at::full({2}, std::nan(""))}, {"count", at::zeros({}, at::kLong)}};
        QCOMPARE(nn::nonFiniteTensors(state), std::vector<std::string>{"bad"});
    }

    void badSpecsAreRefusedByName_data()
    {
        QTest::addColumn<QString>("json");
        QTest::addColumn<QString>("named");
        QTest::newRow("unknown architecture") << R"({"architecture":"resnet55"})" << "resnet50";
        QTest::newRow("unknown key") << R"({"architecture":"resnet50","outptus":3})" << "outputs";
        QTest::newRow("unknown option") << R"({"architecture":"resnet50","options":{"layout":"timm"}})" << "layout";
        QTest::newRow("value of an option") << R"({"architecture":"vgg16","options":{"head":"dense"}})" << "flatten-dense";
        QTest::newRow("range of an option") << R"({"architecture":"neuroflux_cnn","options":{"conv_channels":0}})" << "conv_channels";
        QTest::newRow("outputs") << R"({"architecture":"resnet50","outputs":0})" << "outputs";
        QTest::newRow("dropout") << R"({"architecture":"renalnet","dropout":1.0})" << "dropout";
        QTest::newRow("hidden") << R"({"architecture":"renalnet","hidden":2147483647})" << "hidden";
        QTest::newRow("no architecture") << R"({"outputs":2})" << "architecture";
    }
    void badSpecsAreRefusedByName()
    {
        QFETCH(QString, json);
        QFETCH(QString, named);
        const auto error = errorOf([&] { (void)nn::modelSpecFromJson(base::parseJson(json.toStdString(), "spec"), "spec"); });
        QCOMPARE(error.code(), base::ErrorCode::Plan);
        QVERIFY2(QString::fromUtf8(error.what()).contains(named), error.what());
    }

    void specsSurviveJson()
    {
        for (const auto& info : nn::architectures()) {
            nn::ModelSpec spec = info.defaults;
            spec.outputs = 3;
            for (const auto& option : info.options) {
                spec.options[option.name] = option.choices.empty() ? base::Json(option.maximum) : base::Json(option.choices.back());
            }
            QVERIFY(nn::modelSpecFromJson(nn::toJson(spec), "spec") == spec);
        }
    }

    void inputsThatDoNotFitAreRefused_data()
    {
        QTest::addColumn<QString>("architecture");
        QTest::addColumn<int>("channels");
        QTest::addColumn<int>("rows");
        QTest::addColumn<int>("columns");
        QTest::newRow("channels") << "renalnet" << 3 << 64 << 64;
        QTest::newRow("too small") << "renalnet" << 1 << 31 << 64;
        QTest::newRow("bound to 224") << "neuroflux_cnn" << 3 << 192 << 256;
    }
    void inputsThatDoNotFitAreRefused()
    {
        QFETCH(QString, architecture);
        QFETCH(int, channels);
        QFETCH(int, rows);
        QFETCH(int, columns);
        const auto model = nn::makeEmptyClassifier(nn::defaultSpec(architecture.toStdString()));
        const auto error = errorOf([&] { (void)model->forward(at::zeros({1, channels, rows, columns})); });
        QCOMPARE(error.code(), base::ErrorCode::Mismatch);
        const auto type = errorOf([&] { (void)model->forward(at::zeros({1, model->spec().inputChannels, 224, 224}, at::kDouble)); });
        QCOMPARE(type.code(), base::ErrorCode::Mismatch);
    }

    void foreignErrorsComeWithoutABacktrace()
    {
        const auto model = nn::makeEmptyClassifier(tinySpec());
        const auto error = errorOf([&] { (void)model->head(at::zeros({1, 5, 2, 2})); });
        QCOMPARE(error.code(), base::ErrorCode::Internal);
        QVERIFY(!error.detail().empty());
        QVERIFY2(error.detail().find("frame #0") == std::string::npos, error.what());
    }

    void theProcessorIsAlwaysThere()
    {
        nn::loadAccelerator();
        QCOMPARE(nn::resolveDevice("cpu").name, std::string("cpu"));
        const auto chosen = nn::resolveDevice("auto");
        QVERIFY(!chosen.reason.empty());
        if (chosen.name == "cpu") {
            const auto error = errorOf([] { (void)nn::resolveDevice("cuda"); });
            QCOMPARE(error.code(), base::ErrorCode::Device);
            QVERIFY(error.remedyText().find("--device auto") != std::string::npos);
        } else {
            QCOMPARE(nn::resolveDevice("cuda").name, std::string("cuda:0"));
        }
        QCOMPARE(errorOf([] { (void)nn::resolveDevice("cuda:999"); }).code(), base::ErrorCode::Device);
    }

    void otherWordsForDevicesAreRefused_data()
    {
        QTest::addColumn<QString>("word");
        for (const char* word : {"", "gpu", "cuda:", "cuda:-1", "cuda:x", "cuda:0x", "CPU", "cuda:99999999999"}) {
            QTest::addRow("'%s'", word) << word;
        }
    }
    void otherWordsForDevicesAreRefused()
    {
        QFETCH(QString, word);
        QCOMPARE(errorOf([&] { (void)nn::resolveDevice(word.toStdString()); }).code(), base::ErrorCode::Usage);
    }
};

QTEST_GUILESS_MAIN(RegistryTest)
#include "RegistryTest.moc"
