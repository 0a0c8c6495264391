// SPDX-License-Identifier: GPL-3.0-or-later
// Configuration files of other programs, with the values that these publish.
#include "base/AtomicFile.h"
#include "pipeline/OldConfigs.h"
#include "support/ErrorOf.h"

#include <QTemporaryDir>

using namespace diascope;
using pipeline::OldConfig;
namespace fs = std::filesystem;

namespace {

constexpr const char* kDataset
    = "{\"data_dir\": \"data\", \"image_size\": [224, 224], \"train_val_test_split\": [0.7, 0.15, 0.15],"
      " \"num_workers\": 4, \"random_seed\": 42, \"class_names\": [\"PTE\", \"LO\", \"EO\", \"IPTE\", \"IO\"]}";
constexpr const char* kResNet
    = "{\"model_name\": \"resnet50\", \"learning_rate\": 1e-3, \"weight_decay\": 1e-4, \"num_epochs\": 50,"
      " \"model_save_path\": \"saved_models/resnet50_model.pth\", \"batch_size\": 16, \"lr_factor\": 0.5,"
      " \"lr_patience\": 3, \"hyperparams\": {\"hidden_size\": 512, \"dropout_rate\": 0.6}}";
constexpr const char* kCnn
    = "{\"model_name\": \"neuroflux\", \"learning_rate\": 1e-4, \"weight_decay\": 1e-4, \"num_epochs\": 100,"
      " \"model_save_path\": \"saved_models/neuroflux_model.pth\", \"batch_size\": 16, \"lr_factor\": 0.5,"
      " \"lr_patience\": 5, \"hyperparams\": {\"conv_channels\": 64, \"dropout_rate\": 0.5}}";
/// The older form (configs/vgg16_config.json).
constexpr const char* kVgg
    = "{\"model_name\": \"vgg16\", \"num_classes\": 5, \"learning_rate\": 0.001, \"num_epochs\": 25, \"optimizer\": "
      "\"AdamW\","
      " \"loss_function\": \"CrossEntropyLoss\", \"pretrained\": true, \"freeze_feature_extractor\": true,"
      " \"fine_tune_at_epoch\": 10, \"model_save_path\": \"x.pth\", \"early_stopping_patience\": 6}";
constexpr const char* kConfig
    = "artifacts_root: artifacts\ndata_ingestion:\n  root_dir: artifacts/data_ingestion\n  source_URL: "
      "https://example.org/data.zip\n"
      "  local_data_file: artifacts/data_ingestion/data.zip\n  unzip_dir: "
      "artifacts/data_ingestion\nprepare_base_model:\n"
      "  root_dir: artifacts/prepare_base_model\n  base_model_path: artifacts/prepare_base_model/base_model.h5\n"
      "  updated_base_model_path: artifacts/prepare_base_model/base_model_updated.h5\ntraining:\n"
      "  root_dir: artifacts/training\n  trained_model_path: artifacts/training/model.h5\n";
constexpr const char* kParams = "AUGMENTATION: True\nIMAGE_SIZE: [224, 224, 3] # as per VGG 16 model\nBATCH_SIZE: "
                                "16\nINCLUDE_TOP: False\nEPOCHS: 2\n"
                                "CLASSES: 2\nWEIGHTS: imagenet\nLEARNING_RATE: 0.01\n";

std::string replaced(const char* text, const char* what, const char* with)
{
    std::string changed = text;
    const auto at = changed.find(what);
    return at == std::string::npos ? std::string("the text to replace is missing")
                                   : changed.replace(at, std::string(what).size(), with);
}

/// What is said about a key; empty when nothing is.
std::string saidOf(const OldConfig& old, const std::string& key)
{
    std::string text;
    for (const base::Problem& problem : old.notTaken) {
        text += problem.subject == key ? problem.detail : std::string();
    }
    return text;
}

QString keys(const OldConfig& old)
{
    QStringList list;
    for (const base::Problem& problem : old.notTaken) {
        list << QString::fromStdString(problem.subject);
    }
    return list.join(' ');
}

base::Json resizeOf(const pipeline::Plan& plan)
{
    for (const base::Json& step : plan.preprocess) {
        if (step["op"] == base::Json("resize")) {
            return step;
        }
    }
    return nullptr;
}

} // namespace

class OldConfigsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        m_recipes = pipeline::loadRecipes(
            fs::path(qEnvironmentVariable("DIASCOPE_SOURCE", ".").toStdString()) / "models" / "recipes");
        QVERIFY(!m_recipes.empty());
    }

    void neurofluxResNet()
    {
        const OldConfig old = neuroflux(kDataset, kResNet);
        const pipeline::Plan& plan = old.plan;
        QCOMPARE(plan.recipe, std::string("neuroflux-resnet50"));
        QCOMPARE(plan.data.source, std::string("data"));
        QCOMPARE(plan.split.validationFraction, 0.15);
        QCOMPARE(plan.split.testFraction, 0.15);
        QCOMPARE(plan.training.seed, std::uint64_t{42});
        QCOMPARE(plan.model.architecture, std::string("resnet50"));
        QCOMPARE(plan.model.hidden, 512);
        QCOMPARE(plan.model.dropout, 0.6);
        QCOMPARE(plan.training.learningRate, 1e-3);
        QCOMPARE(plan.training.weightDecay, 1e-4);
        QCOMPARE(plan.training.epochs, 50);
        QCOMPARE(plan.training.batchSize, 16);
        QVERIFY(resizeOf(plan)["width"] == base::Json(224));
        QCOMPARE(keys(old), QString("num_workers class_names model_save_path"));
        QCOMPARE(plan.training.schedule.kind, std::string("plateau"));
        QCOMPARE(plan.training.schedule.factor, 0.5);
        QCOMPARE(plan.training.schedule.patience, 3);
        QCOMPARE(plan.training.optimiser.kind, std::string("adam"));
        QCOMPARE(plan.training.trainable, std::string("layer3+"));
        QVERIFY(plan.check().empty());
    }

    void neurofluxOwnNetwork()
    {
        const OldConfig old = neuroflux(kDataset, kCnn);
        QCOMPARE(old.plan.recipe, std::string("neuroflux-cnn"));
        QCOMPARE(old.plan.model.architecture, std::string("neuroflux_cnn"));
        QCOMPARE(old.plan.model.dropout, 0.5);
        QCOMPARE(old.plan.training.learningRate, 1e-4); // of the file, not of the README
        QCOMPARE(old.plan.training.epochs, 100);
        QVERIFY(saidOf(old, "hyperparams.conv_channels").find("32 channels") != std::string::npos);
        QCOMPARE(old.plan.training.schedule.patience, 5);
        QVERIFY(old.plan.check().empty());
    }

    void neurofluxOlderForm()
    {
        const OldConfig old = neuroflux(kDataset, kVgg);
        QCOMPARE(old.plan.model.architecture, std::string("vgg16"));
        QCOMPARE(old.plan.model.head, std::string());
        QCOMPARE(old.plan.training.patience, 6);
        QCOMPARE(old.plan.training.loss, std::string("cross-entropy"));
        QCOMPARE(old.plan.training.learningRate, 0.001);
        QCOMPARE(old.plan.training.freezeEpochs, 10);
        QCOMPARE(old.plan.training.trainable, std::string("all")); // once it is thawed
        QVERIFY(saidOf(old, "pretrained").find("model.weights") != std::string::npos);
        QCOMPARE(old.plan.training.optimiser.kind, std::string("adamw"));
        QVERIFY(old.plan.check().empty());
    }

    void neurofluxSizeIsRowsThenColumns()
    {
        const OldConfig old = neuroflux(replaced(kDataset, "[224, 224]", "[256, 320]"), kResNet);
        QVERIFY(resizeOf(old.plan)["height"] == base::Json(256));
        QVERIFY(resizeOf(old.plan)["width"] == base::Json(320));
    }

    void neurofluxFilesThatAreRefused_data()
    {
        QTest::addColumn<QByteArray>("dataset");
        QTest::addColumn<QByteArray>("model");
        QTest::addColumn<QByteArray>("code");
        QTest::addColumn<QByteArray>("says");
        const auto data
            = [](const char* what, const char* with) { return tests::bytes(replaced(kDataset, what, with)); };
        const auto model
            = [](const char* what, const char* with) { return tests::bytes(replaced(kResNet, what, with)); };
        const QByteArray goodData(kDataset), goodModel(kResNet), plan("plan");
        QTest::newRow("unknown key") << goodData << model("learning_rate", "lerning_rate") << plan
                                     << QByteArray("unknown key lerning_rate; did you mean learning_rate?");
        QTest::newRow("unknown key inside")
            << goodData << model("dropout_rate", "dropout") << plan << QByteArray("hyperparams.dropout");
        QTest::newRow("unknown key of the data")
            << data("random_seed", "seed_random") << goodModel << plan << QByteArray("seed_random");
        QTest::newRow("files exchanged") << goodModel << goodData << plan << QByteArray("model_name");
        QTest::newRow("network it has not")
            << goodData << model("resnet50", "densenet121") << plan << QByteArray("'densenet121' is not one of");
        QTest::newRow("misspelt network")
            << goodData << model("resnet50", "resnet5O") << plan << QByteArray("did you mean 'resnet50'?");
        QTest::newRow("shares over 1") << data("0.7", "0.8") << goodModel << plan << QByteArray("add up to 1");
        QTest::newRow("two shares") << data("[0.7, 0.15, 0.15]", "[0.7, 0.3]") << goodModel << plan
                                    << QByteArray("three shares");
        QTest::newRow("negative share") << data("[0.7, 0.15, 0.15]", "[1.2, -0.4, 0.2]") << goodModel << plan
                                        << QByteArray("three shares");
        QTest::newRow("wrong type") << goodData << model("50,", "\"fifty\",") << plan << QByteArray("num_epochs");
        QTest::newRow("no folder") << data("data_dir", "num_worker") << goodModel << plan << QByteArray("data_dir");
        QTest::newRow("size of one number")
            << data("[224, 224]", "[224]") << goodModel << plan << QByteArray("image_size must name rows");
        QTest::newRow("torn") << QByteArray("{\"data_dir\": ") << goodModel << QByteArray("malformed")
                              << QByteArray("dataset_config.json");
        QTest::newRow("a list") << QByteArray("[1]") << goodModel << plan << QByteArray("group of keys");
    }
    void neurofluxFilesThatAreRefused()
    {
        QFETCH(QByteArray, dataset);
        QFETCH(QByteArray, model);
        QFETCH(QByteArray, code);
        QFETCH(QByteArray, says);
        const auto error = tests::errorOf([&] { (void)neuroflux(dataset.toStdString(), model.toStdString()); });
        QCOMPARE(tests::codeName(error), code);
        QVERIFY2(QByteArray(error->what()).contains(says), error->what());
    }

    void kidneyTemplate()
    {
        const OldConfig old = kidney(kConfig, kParams);
        const pipeline::Plan& plan = old.plan;
        QCOMPARE(plan.recipe, std::string("kidney-ct-vgg16"));
        QCOMPARE(plan.data.source, std::string("artifacts/data_ingestion"));
        QCOMPARE(plan.training.epochs, 2);
        QCOMPARE(plan.training.batchSize, 16);
        QCOMPARE(plan.training.learningRate, 0.01);
        QCOMPARE(plan.training.backboneLearningRate, 0.0);
        QCOMPARE(plan.training.augment, true);
        QCOMPARE(plan.model.architecture, std::string("vgg16"));
        QCOMPARE(plan.model.head, std::string("flatten-dense"));
        QVERIFY(saidOf(old, "WEIGHTS").starts_with("'imagenet' cannot be fetched"));
        QVERIFY(saidOf(old, "CLASSES").find("counted in the data") != std::string::npos);
        QCOMPARE(plan.training.optimiser.kind, std::string("sgd"));
        QVERIFY(!saidOf(old, "prepare_base_model.base_model_path").empty()
            && !saidOf(old, "data_ingestion.source_URL").empty());
        QVERIFY(!saidOf(old, "artifacts_root").empty() && !saidOf(old, "training.trained_model_path").empty());
        QVERIFY(plan.check().empty());
    }

    void kidneyValues_data()
    {
        QTest::addColumn<QByteArray>("params");
        QTest::addColumn<QByteArray>("key");
        QTest::addColumn<QByteArray>("value");
        const auto row = [](const char* what, const char* with) { return tests::bytes(replaced(kParams, what, with)); };
        QTest::newRow("no augmentation") << row("AUGMENTATION: True", "AUGMENTATION: False") << QByteArray("augment")
                                         << QByteArray("false");
        QTest::newRow("with its top") << row("INCLUDE_TOP: False", "INCLUDE_TOP: True") << QByteArray("head")
                                      << QByteArray("\"\"");
        QTest::newRow("weights of ours") << row("imagenet", "vgg16.safetensors") << QByteArray("weights")
                                         << QByteArray("\"vgg16.safetensors\"");
        QTest::newRow("from scratch") << row("imagenet", "null") << QByteArray("weights") << QByteArray("\"\"");
    }
    void kidneyValues()
    {
        QFETCH(QByteArray, params);
        QFETCH(QByteArray, key);
        QFETCH(QByteArray, value);
        const OldConfig old = kidney(kConfig, params.toStdString());
        const base::Json json = pipeline::toJson(old.plan);
        const std::string name = key.toStdString();
        const base::Json found = json["training"].contains(name) ? json["training"][name] : json["model"][name];
        QCOMPARE(tests::bytes(found.dump()), value);
        QCOMPARE(saidOf(old, "WEIGHTS").empty(), key == "weights");
    }

    void kidneyFilesThatAreRefused_data()
    {
        QTest::addColumn<QByteArray>("config");
        QTest::addColumn<QByteArray>("params");
        QTest::addColumn<QByteArray>("says");
        const QByteArray goodConfig(kConfig), goodParams(kParams);
        QTest::newRow("unknown parameter") << goodConfig << tests::bytes(replaced(kParams, "EPOCHS", "EPOCH"))
                                           << QByteArray("unknown key EPOCH; did you mean EPOCHS?");
        QTest::newRow("unknown path") << tests::bytes(replaced(kConfig, "unzip_dir:", "unzip_dirs:")) << goodParams
                                      << QByteArray("unzip_dir");
        QTest::newRow("unknown section") << goodConfig + "evaluation: {}\n" << goodParams << QByteArray("evaluation");
        QTest::newRow("one channel") << goodConfig << tests::bytes(replaced(kParams, "224, 3]", "224, 1]"))
                                     << QByteArray("VGG16 takes three channels");
        QTest::newRow("wrong type") << goodConfig << tests::bytes(replaced(kParams, "0.01", "fast"))
                                    << QByteArray("LEARNING_RATE");
        QTest::newRow("not a group") << goodConfig << QByteArray("EPOCHS\n") << QByteArray("group of keys");
    }
    void kidneyFilesThatAreRefused()
    {
        QFETCH(QByteArray, config);
        QFETCH(QByteArray, params);
        QFETCH(QByteArray, says);
        const auto error = tests::errorOf([&] { (void)kidney(config.toStdString(), params.toStdString()); });
        QCOMPARE(tests::codeName(error), QByteArray("plan"));
        QVERIFY2(QByteArray(error->what()).contains(says), error->what());
    }

    void dataAreFoundBesideTheFiles()
    {
        const QTemporaryDir dir;
        const fs::path root = dir.path().toStdString();
        fs::create_directories(root / "data" / "EO");
        fs::create_directories(root / "artifacts" / "data_ingestion" / "kidney-ct-scan-image" / "Normal");
        fs::create_directories(root / "configs");
        const auto write
            = [&](const char* name, const char* text) { base::writeFileAtomically(root / "configs" / name, text); };
        write("dataset_config.json", kDataset);
        write("resnet50_config.json", kResNet);
        write("config.yaml", kConfig);
        write("params.yaml", kParams);
        const OldConfig brain = pipeline::readNeurofluxConfigs(
            root / "configs" / "dataset_config.json", root / "configs" / "resnet50_config.json", m_recipes);
        QCOMPARE(fs::path(brain.plan.data.source), root / "data");
        const OldConfig ct = pipeline::readKidneyTemplate(
            root / "configs" / "config.yaml", root / "configs" / "params.yaml", m_recipes);
        QCOMPARE(fs::path(ct.plan.data.source), root / "artifacts" / "data_ingestion" / "kidney-ct-scan-image");
        const auto missing
            = tests::errorOf([&] { (void)pipeline::readKidneyTemplate(root / "none", root / "none", m_recipes); });
        QCOMPARE(tests::codeName(missing), QByteArray("not-found"));
        const auto bare = tests::errorOf([&] {
            (void)pipeline::planFromNeuroflux({kDataset, "a"}, {kResNet, "b"}, {});
        });
        QCOMPARE(tests::codeName(bare), QByteArray("not-found"));
    }

private:
    OldConfig neuroflux(const std::string& dataset, const std::string& model) const
    {
        return pipeline::planFromNeuroflux({dataset, "dataset_config.json"}, {model, "model_config.json"}, m_recipes);
    }
    OldConfig kidney(const std::string& config, const std::string& params) const
    {
        return pipeline::planFromKidneyTemplate({config, "config.yaml"}, {params, "params.yaml"}, m_recipes);
    }
    std::vector<pipeline::Recipe> m_recipes;
};

QTEST_APPLESS_MAIN(OldConfigsTest)
#include "OldConfigsTest.moc"
