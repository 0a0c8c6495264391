// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Error.h"
#include "nn/ExportWeights.h"
#include "nn/Formula.h"
#include "nn/ImportWeights.h"
#include "nn/Parity.h"
#include "nn/Safetensors.h"
#include "nn/WeightNames.h"
#include "nn/WeightShapes.h"

#include <QTemporaryDir>

using namespace diascope;

namespace {

nn::WeightFile fileOf(nn::State tensors)
{
    nn::WeightFile file;
    file.tensors = std::move(tensors);
    return file;
}

nn::ImportOptions withHead(nn::HeadRule rule)
{
    nn::ImportOptions options;
    options.head = rule;
    return options;
}

nn::ModelSpec tinyRenalNet()
{
    nn::ModelSpec spec = nn::defaultSpec("renalnet");
    spec.hidden = 4;
    return spec;
}

nn::ModelSpec specWith(const std::string& architecture, const std::string& option, const base::Json& value)
{
    nn::ModelSpec spec = nn::defaultSpec(architecture);
    if (!option.empty()) {
        spec.options[option] = value;
    }
    return spec;
}

std::size_t countersOf(const nn::State& state)
{
    return static_cast<std::size_t>(std::count_if(state.begin(), state.end(), [](const auto& entry) { return entry.first.ends_with("num_batches_tracked"); }));
}

/// All of `wanted` in `given`, bit for bit.
bool sameValues(const nn::State& wanted, const nn::State& given)
{
    return wanted.size() == given.size() && std::all_of(wanted.begin(), wanted.end(), [&](const auto& entry) {
        const at::Tensor* found = nn::find(given, entry.first);
        return found != nullptr && at::equal(*found, entry.second);
    });
}

/// Keras' names and order for a VGG16 of ours with one dense layer: kernels rows, columns, in, out; the map flattened rows, columns, channels.
nn::State asKeras(const nn::State& state)
{
    const std::map<std::string, std::string> layers{{"features.0", "block1_conv1"},  {"features.2", "block1_conv2"},  {"features.5", "block2_conv1"},  {"features.7", "block2_conv2"},
                                                    {"features.10", "block3_conv1"}, {"features.12", "block3_conv2"}, {"features.14", "block3_conv3"}, {"features.17", "block4_conv1"},
                                                    {"features.19", "block4_conv2"}, {"features.21", "block4_conv3"}, {"features.24", "block5_conv1"}, {"features.26", "block5_conv2"},
                                                    {"features.28", "block5_conv3"}, {"fc", "dense_1"}};
    nn::State keras;
    for (const auto& [name, tensor] : state) {
        const std::string layer = layers.at(nn::names::layerOf(name));
        if (tensor.dim() == 4) {
            keras.emplace_back(layer + "/kernel:0", tensor.permute({2, 3, 1, 0}).contiguous());
        } else if (tensor.dim() == 2) {
            const at::Tensor dense = at::empty({tensor.size(1), tensor.size(0)});
            for (std::int64_t row = 0; row < 7; ++row) { // Element by element, so that it does not share the rule under test.
                for (std::int64_t column = 0; column < 7; ++column) {
                    for (std::int64_t channel = 0; channel < 512; ++channel) {
                        dense[(row * 7 + column) * 512 + channel].copy_(tensor.select(1, channel * 49 + row * 7 + column));
                    }
                }
            }
            keras.emplace_back(layer + "/kernel:0", dense);
        } else {
            keras.emplace_back(layer + "/bias:0", tensor);
        }
    }
    return keras;
}

} // namespace

class ImportWeightsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void namesOfOtherLibrariesAreKnown_data()
    {
        QTest::addColumn<QString>("architecture");
        QTest::addColumn<QString>("option");
        QTest::addColumn<QString>("value");
        QTest::addColumn<QString>("theirs");
        QTest::addColumn<QString>("ours");
        const auto row = [](const char* name, const char* architecture, const char* option, const char* value, const char* theirs, const char* ours) {
            QTest::newRow(name) << architecture << option << value << theirs << ours;
        };
        row("Cadene to timm, stem", "se_resnext50_32x4d", "layout", "timm", "layer0.conv1.weight", "conv1.weight");
        row("Cadene to timm, excitation", "se_resnext50_32x4d", "layout", "timm", "layer1.0.se_module.fc1.weight", "layer1.0.se.fc1.weight");
        row("Cadene to timm, output", "se_resnext50_32x4d", "layout", "timm", "last_linear.bias", "fc.bias");
        row("timm to Cadene, stem", "se_resnext50_32x4d", "layout", "cadene", "bn1.running_mean", "layer0.bn1.running_mean");
        row("timm to Cadene, excitation", "se_resnext50_32x4d", "layout", "cadene", "layer4.2.se.fc2.bias", "layer4.2.se_module.fc2.bias");
        row("timm to Cadene, block", "se_resnext50_32x4d", "layout", "cadene", "layer1.0.bn1.weight", "layer1.0.bn1.weight");
        row("timm to Cadene, output", "se_resnext50_32x4d", "layout", "cadene", "fc.weight", "last_linear.weight");
        row("timm trunk to RenalNet", "renalnet", "", "", "blocks.0.0.conv_dw.weight", "sononet.blocks.0.0.conv_dw.weight");
        row("timm stem to RenalNet", "renalnet", "", "", "conv_stem.weight", "sononet.conv_stem.weight");
        row("new spectral norm", "renalnet", "", "", "head.4.parametrizations.weight.original", "head.4.weight_orig");
        row("new spectral norm, u", "renalnet", "", "", "head.4.parametrizations.weight.0._u", "head.4.weight_u");
        row("new spectral norm, v", "renalnet", "", "", "head.4.parametrizations.weight.0._v", "head.4.weight_v");
        row("RenalNet to timm trunk", "tf_mobilenetv3_small_075", "", "", "sononet.bn1.bias", "bn1.bias");
        row("timm VGG, first", "vgg16", "head", "torchvision", "pre_logits.fc1.weight", "classifier.0.weight");
        row("timm VGG, second", "vgg16", "head", "torchvision", "pre_logits.fc2.bias", "classifier.3.bias");
        row("timm VGG, output", "vgg16", "head", "torchvision", "head.fc.weight", "classifier.6.weight");
        row("Keras VGG, first", "vgg16", "head", "torchvision", "block1_conv1/block1_conv1/kernel:0", "features.0.weight");
        row("Keras VGG, last", "vgg16", "head", "torchvision", "block5_conv3/bias:0", "features.28.bias");
        row("Keras VGG, middle", "vgg16", "head", "torchvision", "vgg16/block3_conv2.kernel", "features.12.weight");
        row("Keras VGG, dense", "vgg16", "head", "torchvision", "predictions/kernel:0", "classifier.6.weight");
        row("Keras VGG, one dense layer", "vgg16", "head", "flatten-dense", "dense/bias:0", "fc.bias");
    }
    void namesOfOtherLibrariesAreKnown()
    {
        QFETCH(QString, architecture);
        QFETCH(QString, option);
        QFETCH(QString, value);
        QFETCH(QString, theirs);
        const auto ours = nn::names::ours(specWith(architecture.toStdString(), option.toStdString(), value.toStdString()), theirs.toStdString());
        QVERIFY(ours.has_value());
        QTEST(QString::fromStdString(*ours), "ours");
    }

    void allKeysOfCadeneAndTimmFitEachOther()
    {
        static const auto all = tests::parityFile("models.json");
        REQUIRE_PARITY(all);
        const auto& cadene = all["se_resnext50_32x4d_cadene"]["keys"];
        const auto& timm = all["seresnext50_32x4d_timm"]["keys"];
        QCOMPARE(cadene.size(), std::size_t{384});
        QCOMPARE(timm.size(), std::size_t{384});
        for (std::size_t i = 0; i < cadene.size(); ++i) {
            QCOMPARE(*nn::names::ours(tests::paritySpec("seresnext50_32x4d_timm"), cadene[i][0].get<std::string>()), timm[i][0].get<std::string>());
            QCOMPARE(*nn::names::ours(tests::paritySpec("se_resnext50_32x4d_cadene"), timm[i][0].get<std::string>()), cadene[i][0].get<std::string>());
        }
    }

    void numbersAreTurnedAsTheOtherLibraryOrdersThem()
    {
        const at::Tensor kernel = at::arange(2 * 3 * 4 * 5, at::kFloat).reshape({2, 3, 4, 5}); // rows, columns, in, out
        const at::Tensor conv = nn::fittedTensor(kernel, at::empty({5, 4, 2, 3}), {.keras = true, .flattened = {}});
        QCOMPARE(conv[4][3][1][2].item<float>(), kernel[1][2][3][4].item<float>());
        const at::Tensor dense = at::arange(12 * 2, at::kFloat).reshape({12, 2}); // (row, column, channel) flattened, out
        const at::Tensor flat = nn::fittedTensor(dense, at::empty({2, 12}), {.keras = true, .flattened = std::array<std::int64_t, 3>{3, 2, 2}});
        QCOMPARE(flat[1][2 * 4 + 1 * 2 + 0].item<float>(), dense[(1 * 2 + 0) * 3 + 2][1].item<float>()); // channel 2, row 1, column 0
        QVERIFY(at::equal(nn::fittedTensor(dense, at::empty({2, 12}), {.keras = true, .flattened = {}}), dense.t()));
        const at::Tensor asConvolution = at::arange(24, at::kFloat).reshape({2, 3, 2, 2});
        QVERIFY(at::equal(nn::fittedTensor(asConvolution, at::empty({2, 12}), {}), asConvolution.reshape({2, 12})));
        QVERIFY(!nn::fittedTensor(asConvolution, at::empty({3, 8}), {}).defined());
        QVERIFY(!nn::fittedTensor(at::zeros({2}, at::kLong), at::empty({2}), {}).defined());
    }

    void theFirstConvolutionFitsAnyChannels_data()
    {
        QTest::addColumn<int>("given");
        QTest::addColumn<int>("wanted");
        QTest::newRow("three to one") << 3 << 1;
        QTest::newRow("three to two") << 3 << 2;
        QTest::newRow("three to five") << 3 << 5;
        QTest::newRow("one to three") << 1 << 3;
        QTest::newRow("four to one") << 4 << 1;
    }
    void theFirstConvolutionFitsAnyChannels()
    {
        QFETCH(int, given);
        QFETCH(int, wanted);
        const at::Tensor weight = tests::unitValues("stem", 2 * given * 9).reshape({2, given, 3, 3}).to(at::kFloat);
        const at::Tensor target = at::empty({2, wanted, 3, 3});
        QVERIFY(!nn::fittedTensor(weight, target, {}).defined()); // Only the first convolution may.
        const at::Tensor fitted = nn::fittedTensor(weight, target, {.stem = true, .flattened = {}});
        const at::Tensor expected = wanted == 1 ? weight.sum(1, true) : weight.index_select(1, at::arange(wanted, at::kLong).remainder(given)) * (double(given) / wanted);
        COMPARE_WITHIN(fitted, expected, 1e-6);
        QVERIFY(at::equal(nn::fittedTensor(weight, weight, {.stem = true, .bgr = true, .flattened = {}}), given == 3 ? weight.flip(1) : weight));
    }

    void aWholeRenalNetComesOutAsInPython()
    {
        const auto path = tests::sharedData("parity/weights/renalnet_formula.pth");
        static const auto golden = tests::parityFile("forward.json");
        REQUIRE_PARITY(golden);
        QCOMPARE(nn::specOfWeights(nn::defaultSpec("renalnet"), nn::readWeights(path)), nn::defaultSpec("renalnet"));
        const auto model = nn::makeEmptyClassifier(nn::defaultSpec("renalnet"));
        const nn::ImportReport report = nn::importWeights(*model, path);
        QCOMPARE(report.matched, std::size_t{253});
        QVERIFY(report.renamed.empty() && report.missing.empty() && report.unexpected.empty());
        model->train(false);
        const at::NoGradGuard noGrad;
        for (const auto& run : golden["renalnet"]["runs"]) {
            const at::Tensor x = tests::formulaImage(2, 1, run["height"].get<int>(), run["width"].get<int>()).to(at::kFloat);
            const double error = (model->forward(x).to(at::kDouble) - tests::numbers(run["logits"])).abs().max().item<double>();
            QVERIFY2(error <= 10.0 * run["float32"]["max_abs_difference_of_logits"].get<double>(), qPrintable(QString::number(error)));
        }
    }

    void aTrunkOfTimmsGoesIntoRenalNet()
    {
        const auto timm = nn::makeClassifier(nn::defaultSpec("tf_mobilenetv3_small_075"), 5);
        const nn::WeightFile file = fileOf(nn::deepCopy(timm->state()));
        const nn::ModelSpec spec = nn::specOfWeights(tinyRenalNet(), file);
        QCOMPARE(spec.inputChannels, 1);
        const auto strict = nn::matchWeights(spec, file);
        QVERIFY(!strict.report.accepted());
        QVERIFY(strict.report.missing.front().starts_with("attention.0."));
        const QTemporaryDir folder;
        const std::string path = folder.filePath("timm.safetensors").toStdString();
        base::writeFileAtomically(path, nn::serialiseSafetensors(file.tensors));
        const auto model = nn::makeClassifier(spec, 6);
        const at::Tensor headBefore = nn::find(model->state(), "head.0.weight")->detach().clone();
        QVERIFY_EXCEPTION_THROWN(nn::importWeights(*model, path), base::Error);
        const nn::ImportReport report = nn::importWeights(*model, path, withHead(nn::HeadRule::Auto));
        QCOMPARE(report.matched, std::size_t{240});
        QCOMPARE(report.renamed.size(), std::size_t{240});
        QCOMPARE(report.unexpected, (std::vector<std::string>{"classifier.bias", "classifier.weight", "conv_head.bias", "conv_head.weight"}));
        QVERIFY(at::equal(*nn::find(model->state(), "head.0.weight"), headBefore));
        // The sum over three channels answers to grey as the three do to grey repeated.
        const nn::EvalGuard eval(*model), evalTimm(*timm);
        const at::NoGradGuard noGrad;
        const at::Tensor grey = tests::formulaImage(1, 1, 64, 64).to(at::kFloat);
        COMPARE_WITHIN(model->features(grey), timm->features(grey.repeat({1, 3, 1, 1})), 1e-5);
    }

    void otherClassCountsMustBeAskedFor_data()
    {
        QTest::addColumn<int>("rule");
        QTest::addColumn<bool>("accepted");
        QTest::newRow("from the file") << int(nn::HeadRule::FromFile) << false;
        QTest::newRow("where it fits") << int(nn::HeadRule::Auto) << true;
        QTest::newRow("fresh") << int(nn::HeadRule::Fresh) << true;
    }
    void otherClassCountsMustBeAskedFor()
    {
        QFETCH(int, rule);
        nn::ModelSpec five = tinyRenalNet();
        five.outputs = 5;
        const auto given = nn::makeClassifier(five, 1);
        const auto result = nn::matchWeights(tinyRenalNet(), fileOf(nn::deepCopy(given->state())), withHead(static_cast<nn::HeadRule>(rule)));
        QTEST(result.report.accepted(), "accepted");
        const bool fresh = rule == int(nn::HeadRule::Fresh);
        // Of the head, layers 0 and 1 and the attention fit; a layer comes whole or not at all.
        const std::vector<std::string> output{"head.4.bias", "head.4.weight_orig", "head.4.weight_u", "head.4.weight_v"};
        if (fresh) {
            QVERIFY(result.report.missing.size() > output.size());
            QVERIFY(nn::find(result.state, "attention.0.weight") == nullptr);
        } else if (rule == int(nn::HeadRule::Auto)) {
            QCOMPARE(result.report.missing, output);
            QVERIFY(nn::find(result.state, "attention.0.weight") != nullptr);
        }
        QCOMPARE(nn::specOfWeights(tinyRenalNet(), fileOf(given->state())).outputs, 5);
    }

    void nothingIsLeftOutUnsaid_data()
    {
        QTest::addColumn<QString>("remove");
        QTest::addColumn<QString>("add");
        QTest::addColumn<QString>("ignore");
        QTest::addColumn<QString>("refusal");
        QTest::newRow("a tensor of the trunk is missing") << "sononet.blocks.2.0.conv_dw.weight" << "" << "" << "missing 'sononet.blocks.2.0.conv_dw.weight'";
        QTest::newRow("a tensor of the head is missing") << "head.0.bias" << "" << "" << "missing 'head.0.bias'";
        QTest::newRow("a tensor that no one knows") << "" << "surprise.weight" << "" << "unexpected 'surprise.weight'";
        QTest::newRow("named as not wanted") << "" << "surprise.weight" << "surprise." << "";
        QTest::newRow("two of one tensor") << "" << "head.4.parametrizations.weight.original" << "" << "the same tensor";
        QTest::newRow("counters of batches may be missing") << "sononet.bn1.num_batches_tracked" << "" << "" << "";
    }
    void nothingIsLeftOutUnsaid()
    {
        QFETCH(QString, remove);
        QFETCH(QString, add);
        QFETCH(QString, ignore);
        QFETCH(QString, refusal);
        nn::State state = nn::deepCopy(nn::makeClassifier(tinyRenalNet(), 2)->state());
        std::erase_if(state, [&](const auto& entry) { return entry.first == remove.toStdString(); });
        if (!add.isEmpty()) {
            state.emplace_back(add.toStdString(), at::zeros({1, 4}));
        }
        nn::ImportOptions options;
        if (!ignore.isEmpty()) {
            options.ignore = {ignore.toStdString()};
        }
        const auto result = nn::matchWeights(tinyRenalNet(), fileOf(state), options);
        QCOMPARE(result.report.accepted(), refusal.isEmpty());
        if (!refusal.isEmpty()) {
            QVERIFY2(result.report.refusals[0].find(refusal.toStdString()) != std::string::npos, result.report.refusals[0].c_str());
        }
    }

    void aRefusedFileLeavesTheNetworkAsItWas()
    {
        const QTemporaryDir folder;
        const std::string path = folder.filePath("wrong.safetensors").toStdString();
        base::writeFileAtomically(path, nn::serialiseSafetensors({{"conv_stem.weight", at::ones({16, 3, 3, 3})}, {"surprise", at::ones({1})}}));
        const auto model = nn::makeClassifier(tinyRenalNet(), 2);
        const nn::State before = nn::deepCopy(model->state());
        try {
            nn::importWeights(*model, path, withHead(nn::HeadRule::Auto));
            QFAIL("it was taken");
        } catch (const base::Error& error) {
            QCOMPARE(error.code(), base::ErrorCode::Mismatch);
            QVERIFY2(std::string(error.what()).find("wrong.safetensors") != std::string::npos, error.what());
            QVERIFY2(std::string(error.what()).find("surprise") != std::string::npos, error.what());
        }
        QVERIFY(sameValues(before, model->state()));
    }

    void wrappersPrecisionAndOldFilesAreTaken()
    {
        const auto network = nn::makeClassifier(tinyRenalNet(), 2);
        nn::State state;
        for (const auto& [name, tensor] : network->state()) {
            if (!name.ends_with("num_batches_tracked")) {
                state.emplace_back("model." + name, tensor.detach().to(at::kDouble));
            }
        }
        const auto result = nn::matchWeights(tinyRenalNet(), fileOf(state));
        QVERIFY2(result.report.accepted(), result.report.accepted() ? "" : result.report.refusals[0].c_str());
        QCOMPARE(result.report.matched, state.size());
        QCOMPARE(result.state.size(), state.size() + countersOf(network->state()));
        QVERIFY(sameValues(nn::deepCopy(network->state()), result.state));
        QCOMPARE(result.report.notes.size(), std::size_t{3}); // the prefix, the counters, the precision
    }

    void kerasOrderIsTurnedRound()
    {
        const nn::ModelSpec spec = tests::paritySpec("vgg16_flatten_dense4");
        const auto network = nn::makeClassifier(spec, 3);
        nn::State keras = asKeras(nn::deepCopy(network->state()));
        nn::ModelSpec found = nn::specOfWeights(nn::defaultSpec("vgg16"), fileOf(keras));
        QCOMPARE(found, spec);
        const auto result = nn::matchWeights(spec, fileOf(keras));
        QVERIFY(result.report.accepted());
        QCOMPARE(result.report.renamed.size(), keras.size());
        QVERIFY(sameValues(nn::deepCopy(network->state()), result.state));
        // The same numbers under our names are known by their shapes.
        for (std::size_t i = 0; i < keras.size(); ++i) {
            keras[i].first = network->state()[i].first;
        }
        QVERIFY(sameValues(nn::deepCopy(network->state()), nn::matchWeights(spec, fileOf(keras)).state));
    }

    void theFileTellsTheNetwork_data()
    {
        QTest::addColumn<QString>("architecture");
        QTest::addColumn<QString>("option");
        QTest::addColumn<QString>("value");
        QTest::addColumn<int>("channels");
        QTest::addColumn<int>("outputs");
        QTest::newRow("RenalNet, other sizes") << "renalnet" << "" << "" << 3 << 2;
        QTest::newRow("ResNet18, grey") << "resnet18" << "" << "" << 1 << 4;
        QTest::newRow("ResNet18, Neuroflux' head") << "resnet18" << "head" << "neuroflux" << 3 << 5;
        QTest::newRow("MobileNetV3") << "tf_mobilenetv3_small_075" << "" << "" << 2 << 3;
        QTest::newRow("SE-ResNeXt50 of timm") << "se_resnext50_32x4d" << "layout" << "timm" << 1 << 6;
        QTest::newRow("Neuroflux CNN") << "neuroflux_cnn" << "conv_channels" << "4" << 1 << 3;
    }
    void theFileTellsTheNetwork()
    {
        QFETCH(QString, architecture);
        QFETCH(QString, option);
        QFETCH(QString, value);
        QFETCH(int, channels);
        QFETCH(int, outputs);
        bool number = false;
        const int whole = value.toInt(&number);
        nn::ModelSpec spec = specWith(architecture.toStdString(), option.toStdString(), number ? base::Json(whole) : base::Json(value.toStdString()));
        spec.inputChannels = channels;
        spec.outputs = outputs;
        const nn::WeightFile file = fileOf(nn::makeEmptyClassifier(spec)->state());
        const nn::ModelSpec found = nn::specOfWeights(nn::defaultSpec(architecture.toStdString()), file);
        QVERIFY2(found == spec, nn::toJson(found).dump().c_str());
        const auto result = nn::matchWeights(found, file);
        QVERIFY(result.report.accepted());
        QCOMPARE(result.state.size(), file.tensors.size());
    }

    void anExportedPackageComesBackTheSame()
    {
        nn::PackageFile package;
        package.manifest.modelSpec = tinyRenalNet();
        package.manifest.classes = {"no", "yes"};
        package.members = {nn::deepCopy(nn::makeClassifier(tinyRenalNet(), 8)->state()), nn::deepCopy(nn::makeClassifier(tinyRenalNet(), 9)->state())};
        const nn::WeightFile file = nn::parseWeights(nn::serialiseMember(package, 1), "exported");
        QCOMPARE(file.metadata.at("format"), std::string("pt"));
        QCOMPARE(file.metadata.at("diascope.classes"), std::string("[\"no\",\"yes\"]"));
        const auto result = nn::matchWeights(tinyRenalNet(), file);
        QVERIFY(result.report.accepted() && result.report.renamed.empty());
        QVERIFY(sameValues(package.members[1], result.state));
        QVERIFY_EXCEPTION_THROWN((void)nn::serialiseMember(package, 2), base::Error);
    }
};

QTEST_GUILESS_MAIN(ImportWeightsTest)
#include "ImportWeightsTest.moc"
