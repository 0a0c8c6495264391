// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/AtomicFile.h"
#include "base/Yaml.h"
#include "pipeline/SearchSpace.h"
#include "search/Sampler.h"
#include "support/ErrorOf.h"

#include <QTest>

#include <cstdlib>

using namespace diascope;
using base::Json;
using pipeline::Plan;
using pipeline::SearchSpace;
using search::Kind;

namespace {

Plan basePlan()
{
    Plan plan;
    plan.data.source = "x.csv";
    return plan;
}

SearchSpace spaceOf(const std::string& yaml, const Plan& plan = basePlan())
{
    return pipeline::searchSpaceFor(plan, pipeline::searchDocumentFromYaml(yaml, "space.yaml").search, "space.yaml");
}

std::filesystem::path models()
{
    const char* source = std::getenv("DIASCOPE_SOURCE");
    return std::filesystem::path(source == nullptr ? "." : source) / "models";
}

} // namespace

/// Search spaces against plans, without a training.
class SearchSpaceTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void kindsFollowThePlan();
    void valuesGoIntoThePlan();
    void alternativesHaveTheirConditions();
    void wholeSettingsAreChoices();
    void wrongSpacesAreRefused_data();
    void wrongSpacesAreRefused();
    void wrongDocumentsAreRefused_data();
    void wrongDocumentsAreRefused();
    void theSpacesThatShipFitTheirRecipes_data();
    void theSpacesThatShipFitTheirRecipes();
    void channelsAreOfNetworksThatHaveThem();
};

void SearchSpaceTest::kindsFollowThePlan()
{
    const SearchSpace searched = spaceOf("training.epochs: {low: 1, high: 9, step: 2}\n"
                                         "training.learningRate: {low: 1e-5, high: 1e-1, log: true}\n"
                                         "training.augment: {}\n"
                                         "training.optimiser.kind: [adam, sgd]\n"
                                         "model.dropout: [0.1, 0.5]\n");
    const auto& parameters = searched.space.parameters();
    QCOMPARE(parameters.size(), std::size_t(5));
    QVERIFY(parameters[0].kind == Kind::Integer && parameters[0].step == 2.0);
    QVERIFY(parameters[1].kind == Kind::Float && parameters[1].log);
    QVERIFY(parameters[2].kind == Kind::Categorical && parameters[2].choices == (std::vector<Json>{false, true}));
    QVERIFY(parameters[3].kind == Kind::Categorical && parameters[3].choices == (std::vector<Json>{"adam", "sgd"}));
    QVERIFY(parameters[4].kind == Kind::Categorical && parameters[4].choices == (std::vector<Json>{0.1, 0.5}));
}

void SearchSpaceTest::valuesGoIntoThePlan()
{
    const SearchSpace searched
        = spaceOf("search:\n"
                  "  training.batchSize: [8, 16]\n"
                  "  training.learningRate: {low: 1e-4, high: 1e-2, log: true, also: [training.backboneLearningRate]}\n"
                  "  training.schedule.kind: {choices: [step, cosine]}\n");
    const Plan plan = pipeline::planAt(basePlan(), searched, {1.0, 0.0005, 0.0});
    QCOMPARE(plan.training.batchSize, 16);
    QCOMPARE(plan.training.learningRate, 0.0005);
    QCOMPARE(plan.training.backboneLearningRate, 0.0005);
    QCOMPARE(plan.training.schedule.kind, std::string("step"));
    QVERIFY(plan.check().empty());
    Plan rest = plan;
    rest.training = basePlan().training;
    QVERIFY(rest == basePlan()); // nothing else was touched
}

void SearchSpaceTest::alternativesHaveTheirConditions()
{
    const SearchSpace searched
        = spaceOf("training.optimiser.kind: [adam, sgd, rmsprop]\n"
                  "training.learningRate:\n"
                  "  - {low: 1e-5, high: 1e-3, log: true, when: {training.optimiser.kind: [adam, rmsprop]}}\n"
                  "  - {low: 1e-3, high: 1e-1, log: true, when: {training.optimiser.kind: sgd}}\n");
    QCOMPARE(searched.space.parameters()[1].name, std::string("training.learningRate#1"));
    QCOMPARE(searched.keys[2], std::vector<std::string>{"training.learningRate"});
    const search::RandomSampler sampler(searched.space, 1);
    for (int number = 0; number < 50; ++number) {
        const Plan plan = pipeline::planAt(basePlan(), searched, sampler.propose(number, {}));
        const bool sgd = plan.training.optimiser.kind == "sgd";
        QVERIFY(plan.training.learningRate >= (sgd ? 1e-3 : 1e-5) && plan.training.learningRate <= (sgd ? 1e-1 : 1e-3));
    }
}

void SearchSpaceTest::wholeSettingsAreChoices()
{
    const SearchSpace searched = spaceOf("training.augmentation: {choices: [{preset: renalnet}, {preset: none}]}\n");
    const Plan plan = pipeline::planAt(basePlan(), searched, {1.0});
    QVERIFY(plan.training.augmentation == (Json{{"preset", "none"}}));
}

void SearchSpaceTest::wrongSpacesAreRefused_data()
{
    QTest::addColumn<std::string>("yaml");
    QTest::addColumn<QByteArray>("said");
    const auto row = [](const char* name, const char* yaml, const char* said) {
        QTest::newRow(name) << std::string(yaml) << QByteArray(said);
    };
    row("nothing", "search: {}", "searches nothing");
    row("misspelt", "training.lerningRate: {low: 1e-5, high: 1e-3}", "did you mean 'training.learningRate'?");
    row("a section", "training: {low: 1, high: 2}", "no such key");
    row("data", "data.groupColumn: [a, b]", "compared by");
    row("split", "split.folds: {low: 2, high: 5}", "compared by");
    row("seed", "training.seed: {low: 1, high: 50}", "compared by");
    row("monitor", "training.monitor: [auc, loss]", "compared by");
    row("device", "device: [cpu, cuda]", "nothing about what is learned");
    row("package", "package.name: [a, b]", "nothing about what is learned");
    row("no number", "training.optimiser.kind: {low: 1, high: 2}", "give choices");
    row("half", "training.batchSize: {low: 8.5, high: 16}", "not a whole number");
    row("order", "model.dropout: {low: 0.7, high: 0.3}", "not the ends");
    row("log of zero", "training.weightDecay: {low: 0, high: 0.1, log: true}", "no logarithm");
    row("above the plan's range", "model.dropout: {low: 0.3, high: 1.0}", "model.dropout: 1.0 is refused by the plan");
    row("below the plan's range", "training.batchSize: {low: 1, high: 64}",
        "training.batchSize: 1 is refused by the plan");
    row("a choice that the plan refuses", "training.optimiser.kind: [adam, lion]", "\"lion\" is refused by the plan");
    row("a choice of another type", "training.batchSize: [16, many]", "cannot be set");
    row("no choices", "training.batchSize: []", "no choices");
    row("twice", "training.batchSize: [16, 16]", "twice");
    row("unknown word", "model.dropout: {low: 0.1, hihg: 0.3}", "high");
    row("no end", "model.dropout: {low: 0.1}", "high");
    row("a text as an end", "model.dropout: {low: 0.1, high: much}", "high");
    row("not a number", "model.dropout: {low: 0.1, high: .nan}", "not finite");
    row("unknown parent", "training.learningRate: {low: 1e-4, high: 1e-3, when: {training.optimiser.knd: adam}}",
        "no parameter before it");
    row("two parents", "training.learningRate: {low: 1e-4, high: 1e-3, when: {a: 1, b: 2}}", "one key");
    row("also, misspelt", "training.learningRate: {low: 1e-4, high: 1e-3, also: [training.backbonLearningRate]}",
        "did you mean 'training.backboneLearningRate'?");
    row("also, another type", "training.learningRate: {low: 1e-4, high: 1e-3, also: [training.epochs]}",
        "another type");
    row("also, forbidden", "training.epochs: {low: 1, high: 3, also: [split.folds]}", "compared by");
    row("head that the network has not", "model.head: [neuroflux]", "refused by the plan");
    row("a word alone", "training.epochs: 5", "training.epochs");
}

void SearchSpaceTest::wrongSpacesAreRefused()
{
    QFETCH(std::string, yaml);
    QFETCH(QByteArray, said);
    const auto error = tests::errorOf([&] { (void)spaceOf(yaml); });
    QVERIFY(error);
    QVERIFY2(error->code() == base::ErrorCode::Plan || error->code() == base::ErrorCode::Malformed, error->what());
    QVERIFY2(
        QByteArray(error->what()).contains(said) && QByteArray(error->what()).contains("space.yaml"), error->what());
}

void SearchSpaceTest::wrongDocumentsAreRefused_data()
{
    QTest::addColumn<std::string>("yaml");
    QTest::newRow("empty") << std::string("");
    QTest::newRow("a list") << std::string("[1, 2]");
    QTest::newRow("a word") << std::string("search");
    QTest::newRow("not YAML") << std::string("search: {");
    QTest::newRow("unknown key") << std::string("search: {model.dropout: [0.1]}\nspaces: 1");
    QTest::newRow("negative trials") << std::string("search: {model.dropout: [0.1]}\ntrials: -1");
    QTest::newRow("a list as search") << std::string("search: [model.dropout]");
    QTest::newRow("key twice") << std::string("model.dropout: [0.1]\nmodel.dropout: [0.2]");
}

void SearchSpaceTest::wrongDocumentsAreRefused()
{
    QFETCH(std::string, yaml);
    const auto error = tests::errorOf([&] { (void)spaceOf(yaml); });
    QVERIFY(error);
    QVERIFY2(QByteArray(error->what()).contains("space.yaml"), error->what());
}

void SearchSpaceTest::theSpacesThatShipFitTheirRecipes_data()
{
    QTest::addColumn<std::string>("file");
    for (const auto& entry : std::filesystem::directory_iterator(models() / "search")) {
        QTest::newRow(entry.path().stem().c_str()) << entry.path().string();
    }
}

void SearchSpaceTest::theSpacesThatShipFitTheirRecipes()
{
    QFETCH(std::string, file);
    const auto document = pipeline::searchDocumentFromYaml(base::readFile(file), file);
    QVERIFY(!document.title.empty() && !document.summary.empty());
    QCOMPARE(document.trials, 50); // Neuroflux's budget: 50 trials, 3600 s
    QCOMPARE(document.minutes, 60.0);
    QCOMPARE(std::filesystem::path(file).stem().string(), document.plan);
    for (auto& recipe : pipeline::loadRecipes(models() / "recipes")) {
        if (recipe.name != document.plan) {
            continue;
        }
        recipe.plan.data.source = "x.csv";
        const SearchSpace searched = pipeline::searchSpaceFor(recipe.plan, document.search, file);
        QCOMPARE(searched.space.size(), std::size_t(8));
        const search::RandomSampler sampler(searched.space, 2);
        for (int number = 0; number < 5; ++number) {
            const Plan plan = pipeline::planAt(recipe.plan, searched, sampler.propose(number, {}));
            QVERIFY(plan.check().empty());
            QCOMPARE(plan.training.learningRate, plan.training.backboneLearningRate);
        }
        return;
    }
    QFAIL("there is no such recipe");
}

void SearchSpaceTest::channelsAreOfNetworksThatHaveThem()
{
    Plan plan = basePlan();
    plan.model.channels = 16;
    QVERIFY(!plan.check().empty());
    QCOMPARE(plan.check().front().subject, std::string("model.channels"));
    plan.model.architecture = "neuroflux_cnn";
    QVERIFY(plan.check().empty());
    QCOMPARE(pipeline::planFromYaml(pipeline::toYaml(plan), "again").model.channels, 16);
}

QTEST_GUILESS_MAIN(SearchSpaceTest)
#include "SearchSpaceTest.moc"
