// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Error.h"
#include "pipeline/Plan.h"
#include "pipeline/Train.h"

#include <QTest>

#include <algorithm>
#include <cstdlib>

using namespace diascope;
using pipeline::Plan;

namespace {

std::string messageOf(const std::function<void()>& action)
{
    try {
        action();
    } catch (const base::Error& error) {
        return std::string(base::name(error.code())) + ": " + error.what();
    }
    return "nothing was thrown";
}

bool contains(const std::string& text, const std::string& part)
{
    return text.find(part) != std::string::npos;
}

/// Every field away from its default.
Plan unusualPlan()
{
    Plan plan;
    plan.recipe = "r";
    plan.data = {"a: b.csv", "images", "i", "l", "", "s", "P([0-9]+)", "f", "ignore", "store"};
    plan.split = {"kfold", 0.1, 0.3, 4, 2, true};
    plan.preprocess = base::Json::array({{{"op", "grey"}}, {{"op", "resize"}, {"width", 64}, {"height", 48}}});
    plan.model = {"resnet50", "w.safetensors", 0.25, "neuroflux", 128};
    Plan::Training& t = plan.training;
    t.epochs = 3;
    t.batchSize = 5;
    t.seed = 18446744073709551615ULL;
    t.learningRate = 1e-7;
    t.backboneLearningRate = 0.0;
    t.weightDecay = 0.125;
    t.loss = "bce";
    t.monitor = "loss";
    t.patience = 0;
    t.augment = t.balance = false;
    t.augmentation = {{"preset", "renalnet"}, {"blur", {{"probability", 0.5}}}};
    t.focal = "renalnet";
    t.classWeights = {1.0, 2.5};
    t.optimiser = {"sgd", 0.8, 0.99, 1e-7, 0.9, true, 0.9, true};
    t.schedule = {"plateau", 3, 0.5, "loss", 4, 1e-3, 1e-6, 5, 0.2, 20.0, 1e3};
    t.mix = {0.5, 0.3, 0.4, 0.9};
    t.trainable = "layer3+";
    t.precision = "auto";
    plan.pretrain = {true, 64, 16, "all", 3};
    plan.predict.ttaViews = "identity,hflip";
    plan.package = {"007", "1.0", "true", "é ü"};
    plan.device = "cuda:1";
    plan.threads = 3;
    return plan;
}

std::filesystem::path recipesFolder()
{
    return std::filesystem::path(std::getenv("DIASCOPE_SOURCE")) / "models" / "recipes";
}

} // namespace

class PlanTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void comesBackFromYaml();
    void keepsDefaultsForAbsentKeys();
    void refusesKeys_data();
    void refusesKeys();
    void setsKeys_data();
    void setsKeys();
    void refusesSettings_data();
    void refusesSettings();
    void checks_data();
    void checks();
    void pretrainingRefusesWhatNeedsLabels_data();
    void pretrainingRefusesWhatNeedsLabels();
    void recipesAreGood();
    void recipesAreThoseOfTheContract();
    void estimatesMemory();
};

void PlanTest::comesBackFromYaml()
{
    for (const Plan& plan : {Plan(), unusualPlan()}) {
        const std::string yaml = pipeline::toYaml(plan);
        const Plan back = pipeline::planFromYaml(yaml, "plan.yaml");
        QCOMPARE(QString::fromStdString(pipeline::toJson(back).dump()), QString::fromStdString(pipeline::toJson(plan).dump()));
        QVERIFY(back == plan);
        QCOMPARE(QString::fromStdString(pipeline::toYaml(back)), QString::fromStdString(yaml));
    }
    QVERIFY(!(Plan() == unusualPlan()));
}

void PlanTest::keepsDefaultsForAbsentKeys()
{
    const Plan plan = pipeline::planFromYaml("training:\n  epochs: 3\n", "p");
    QCOMPARE(plan.training.epochs, 3);
    QCOMPARE(plan.training.batchSize, 32);
    QCOMPARE(plan.model.architecture, std::string("renalnet"));
}

void PlanTest::refusesKeys_data()
{
    QTest::addColumn<QByteArray>("yaml");
    QTest::addColumn<QByteArray>("says");
    QTest::newRow("misspelt") << QByteArray("training: {lerningRate: 0.1}") << QByteArray("learningRate");
    QTest::newRow("misspelt, whole path") << QByteArray("training: {epoch: 1}") << QByteArray("training.epoch");
    QTest::newRow("unknown section") << QByteArray("trainig: {}") << QByteArray("training");
    QTest::newRow("wrong type") << QByteArray("training: {epochs: many}") << QByteArray("training.epochs");
    QTest::newRow("half an epoch") << QByteArray("training: {epochs: 1.5}") << QByteArray("training.epochs");
    QTest::newRow("too large") << QByteArray("training: {epochs: 99999999999}") << QByteArray("training.epochs");
    QTest::newRow("twice") << QByteArray("threads: 1\nthreads: 2") << QByteArray("threads");
    QTest::newRow("null") << QByteArray("device: null") << QByteArray("device");
    QTest::newRow("not a list") << QByteArray("preprocess: {op: grey}") << QByteArray("preprocess");
    QTest::newRow("newer version") << QByteArray("version: 2") << QByteArray("version");
    QTest::newRow("not a table") << QByteArray("- 1") << QByteArray("plan.yaml");
}

void PlanTest::refusesKeys()
{
    QFETCH(QByteArray, yaml);
    QFETCH(QByteArray, says);
    const std::string message = messageOf([&] { (void)pipeline::planFromYaml(yaml.toStdString(), "plan.yaml"); });
    QVERIFY2(contains(message, says.toStdString()) && contains(message, "plan.yaml"), message.c_str());
}

void PlanTest::setsKeys_data()
{
    QTest::addColumn<std::string>("key");
    QTest::addColumn<std::string>("value");
    QTest::addColumn<std::string>("json");
    QTest::newRow("number") << std::string("training.epochs") << std::string("5") << std::string("5");
    QTest::newRow("fraction") << std::string("training.learningRate") << std::string("1e-3") << std::string("0.001");
    QTest::newRow("yes") << std::string("training.augment") << std::string("false") << std::string("false");
    QTest::newRow("text stays text") << std::string("package.version") << std::string("007") << std::string("\"007\"");
    QTest::newRow("empty text") << std::string("data.groupColumn") << std::string() << std::string("\"\"");
    QTest::newRow("top level") << std::string("threads") << std::string("2") << std::string("2");
    QTest::newRow("large seed") << std::string("training.seed") << std::string("18446744073709551615") << std::string("18446744073709551615");
    QTest::newRow("graph") << std::string("preprocess") << std::string(R"([{"op":"grey"}])") << std::string(R"([{"op":"grey"}])");
}

void PlanTest::setsKeys()
{
    QFETCH(std::string, key);
    QFETCH(std::string, value);
    QFETCH(std::string, json);
    Plan plan;
    pipeline::setKey(plan, key, value);
    std::string pointer = "/" + key;
    std::replace(pointer.begin(), pointer.end(), '.', '/');
    QCOMPARE(pipeline::toJson(plan).at(base::Json::json_pointer(pointer)).dump(), json);
}

void PlanTest::refusesSettings_data()
{
    QTest::addColumn<std::string>("key");
    QTest::addColumn<std::string>("value");
    QTest::addColumn<std::string>("says");
    QTest::newRow("misspelt") << std::string("training.epocs") << std::string("5") << std::string("did you mean 'training.epochs'");
    QTest::newRow("section") << std::string("training") << std::string("5") << std::string("unknown key 'training'");
    QTest::newRow("wrong type") << std::string("training.epochs") << std::string("x") << std::string("training.epochs");
    QTest::newRow("bad graph") << std::string("preprocess") << std::string("[") << std::string("preprocess");
    QTest::newRow("nothing") << std::string() << std::string("5") << std::string("unknown key");
}

void PlanTest::refusesSettings()
{
    QFETCH(std::string, key);
    QFETCH(std::string, value);
    QFETCH(std::string, says);
    Plan plan;
    const std::string message = messageOf([&] { pipeline::setKey(plan, key, value); });
    QVERIFY2(contains(message, says), message.c_str());
    QVERIFY(plan == Plan());
}

void PlanTest::checks_data()
{
    QTest::addColumn<std::string>("key");
    QTest::addColumn<std::string>("value");
    const auto row = [](const char* key, const char* value) { QTest::newRow(key) << std::string(key) << std::string(value); };
    row("training.epochs", "0");
    row("training.batchSize", "1");
    row("training.learningRate", "-0.1");
    row("training.weightDecay", "-1");
    row("training.patience", "-1");
    row("training.loss", "focal");
    row("training.monitor", "acuracy");
    row("training.focal", "focal");
    row("training.optimiser.kind", "lion");
    row("training.schedule.kind", "poly");
    row("training.augmentation", R"({"preset": "renalnett"})");
    row("training.augmentation", R"({"blurr": {}})");
    row("training.emaDecay", "1.5");
    row("predict.ttaViews", "sideways");
    row("split.kind", "k-fold");
    row("split.validationFraction", "1.1");
    row("split.testFraction", "0.9");
    row("split.folds", "5");
    row("model.architecture", "renalnett");
    row("model.dropout", "1.0");
    row("model.head", "flat");
    row("preprocess", R"([{"op":"grey"}])");
    row("device", "gpu");
    row("threads", "-1");
    row("data.groupPattern", "P([");
    row("package.name", "");
    row("pretrain.pictures", "some");
    row("pretrain.projection", "4");
    row("pretrain.leaveOutFold", "-2");
}

void PlanTest::pretrainingRefusesWhatNeedsLabels_data()
{
    QTest::addColumn<std::string>("key");
    QTest::addColumn<std::string>("value");
    const auto row = [](const char* key, const char* value) { QTest::newRow(key) << std::string(key) << std::string(value); };
    row("training.mix.mixupProbability", "0.5");
    row("training.emaDecay", "0.9");
    row("training.microBatch", "4");
    row("training.freezeEpochs", "1");
    row("training.trainable", "head");
    row("training.augment", "false");
    row("training.schedule.kind", "plateau");
    row("training.precision", "float16");
    row("training.backboneLearningRate", "0");
}

void PlanTest::pretrainingRefusesWhatNeedsLabels()
{
    QFETCH(std::string, key);
    QFETCH(std::string, value);
    Plan plan;
    plan.data.source = "x.csv";
    pipeline::setKey(plan, key, value);
    QVERIFY(plan.check().empty()); // of a training with labels nothing is wrong
    pipeline::setKey(plan, "pretrain.enabled", "true");
    const auto problems = plan.check();
    QCOMPARE(problems.size(), std::size_t{1});
    QVERIFY2(contains(key, problems[0].subject) && contains(problems[0].detail, "pretrain.enabled"), problems[0].detail.c_str());
}

void PlanTest::checks()
{
    QFETCH(std::string, key);
    QFETCH(std::string, value);
    Plan plan;
    plan.data.source = "x.csv";
    QCOMPARE(plan.check().size(), std::size_t{0});
    pipeline::setKey(plan, key, value);
    const auto problems = plan.check();
    QVERIFY(!problems.empty());
    QVERIFY2(contains(problems[0].subject, key.substr(0, key.find('.'))), problems[0].subject.c_str());
}

void PlanTest::recipesAreGood()
{
    const auto recipes = pipeline::loadRecipes(recipesFolder());
    QVERIFY(recipes.size() >= 7);
    for (const auto& recipe : recipes) {
        QVERIFY(!recipe.title.empty() && recipe.summary.size() > 80);
        QCOMPARE(recipe.plan.recipe, recipe.name);
        Plan plan = recipe.plan;
        QCOMPARE(plan.check().size(), std::size_t{1}); // the data source is the user's
        pipeline::setKey(plan, "data.source", "x");
        const auto problems = plan.check();
        QVERIFY2(problems.empty(), problems.empty() ? "" : (recipe.name + ": " + problems[0].subject + " " + problems[0].detail).c_str());
        QVERIFY(pipeline::planFromYaml(pipeline::toYaml(plan), "p") == plan);
    }
    QVERIFY(contains(messageOf([] { (void)pipeline::loadRecipes("nowhere"); }), "not-found"));
}

void PlanTest::recipesAreThoseOfTheContract()
{
    std::vector<std::string> names;
    for (const auto& recipe : pipeline::loadRecipes(recipesFolder())) {
        names.push_back(recipe.name);
    }
    for (const char* name : {"renalnet", "kidney-ct-vgg16", "kidney-ct-resnet50", "neuroflux-resnet50", "neuroflux-cnn", "senet-planes", "pretrain"}) {
        QVERIFY2(std::find(names.begin(), names.end(), name) != names.end(), name);
    }
}

void PlanTest::estimatesMemory()
{
    Plan plan;
    const auto small = pipeline::estimateMemory(plan, 100);
    QCOMPARE(small.pixelBytes, std::uint64_t{100u * 224u * 224u});
    QVERIFY(small.totalBytes > small.pixelBytes + small.trainingBytes);
    plan.model.architecture = "resnet50";
    QVERIFY(pipeline::estimateMemory(plan, 100).trainingBytes > 4 * small.trainingBytes);
    plan.model.architecture = "nothing";
    QVERIFY(contains(messageOf([&] { (void)pipeline::estimateMemory(plan, 1); }), "plan"));
}

QTEST_GUILESS_MAIN(PlanTest)
#include "PlanTest.moc"
