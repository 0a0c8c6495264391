// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/AtomicFile.h"
#include "base/Text.h"
#include "base/Yaml.h"
#include "pipeline/Search.h"
#include "pipeline/TinyRuns.h"
#include "runs/RunFolder.h"
#include "support/ErrorOf.h"

#include <QTest>

#include <cmath>

using namespace diascope;
using base::Json;
using pipeline::SearchOptions;
using pipeline::SearchResult;
using search::Trial;
using search::TrialState;
using train::RunState;

namespace fs = std::filesystem;

namespace diascope::tests {

class Watching final : public pipeline::SearchObserver {
public:
    void onTrialBegins(const Trial& trial, const Json&) override { begun.push_back(trial.number); }
    void onTrialEnds(const Trial& trial, const Json&, bool best) override { ended.emplace_back(trial.number, best); }
    void onBatch(const train::BatchProgress&) override { }
    void onMessage(const std::string& text) override { messages.push_back(text); }
    void onEpoch(const train::EpochReport&) override
    {
        if (++epochs == stopAfterEpochs) {
            stop.request_stop();
        }
    }
    std::vector<int> begun;
    std::vector<std::string> messages;
    std::vector<std::pair<int, bool>> ended;
    int epochs = 0, stopAfterEpochs = -1;
    std::stop_source stop;
};

} // namespace diascope::tests

namespace {

const char* const kSpace
    = "training.learningRate: {low: 1e-4, high: 1e-2, log: true, also: [training.backboneLearningRate]}\n"
      "training.batchSize: [8, 16]\n"
      "model.dropout: {low: 0.0, high: 0.5}\n";

SearchOptions optionsOf(int trials, bool resume = false)
{
    SearchOptions options;
    options.trials = trials;
    options.resume = resume;
    return options;
}

/// What must not depend on interruptions.
Json essence(const Json& overview)
{
    Json list = Json::array();
    for (const Json& trial : overview.at("trials")) {
        list.push_back(
            {trial.at("number"), trial.at("state"), trial.at("value"), trial.at("settings"), trial.at("reports")});
    }
    return list;
}

int filesIn(const fs::path& folder, const std::string& extension)
{
    int count = 0;
    for (const auto& entry : fs::directory_iterator(folder)) {
        count += entry.path().extension() == extension ? 1 : 0;
    }
    return count;
}

} // namespace

/// Searches whose trials train in a second.
class SearchRunTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void trialsAreRunsAndTheBestPlanIsAPlan();
    void aStoppedSearchGoesOnAsIfNothingHappened();
    void frozenBackbonesSeeEachPictureOnce();
    void foldsAreAveraged();
    void worseTrialsArePruned();
    void settingsThatDoNotGoTogetherFailAlone();
    void aSearchThatCannotWorkEnds();
    void noMinutesNoTrial();
    void otherFoldersAndPlansAreRefused();

private:
    SearchResult search(const fs::path& study, const SearchOptions& options, const pipeline::Plan& plan,
        const std::string& space = kSpace)
    {
        return pipeline::search(
            plan, base::parseYaml(space, "space"), study, options, m_pool, m_watching, {}, m_watching.stop.get_token());
    }

    tests::TinyFiles m_files;
    decode::DecoderPool m_pool{decode::PoolConfig{}};
    fs::path m_table;
    tests::Watching m_watching;
    SearchResult m_whole; ///< Four trials, never disturbed.
};

void SearchRunTest::initTestCase()
{
    m_table = tests::writeTable(m_files, 16);
}

void SearchRunTest::trialsAreRunsAndTheBestPlanIsAPlan()
{
    const fs::path study = m_files.root() / "whole";
    m_whole = search(study, optionsOf(4), tests::planFor(m_table, 2));
    QVERIFY2(
        m_whole.state == RunState::Finished, m_whole.problems.empty() ? "" : m_whole.problems.back().detail.c_str());
    QCOMPARE(m_watching.begun, (std::vector<int>{0, 1, 2, 3}));
    QCOMPARE(m_watching.ended.size(), std::size_t(4));
    QVERIFY(m_watching.ended.front().second); // the first one is the best so far
    const Json& best = m_whole.overview.at("best");
    const int number = best.at("number").get<int>();
    double bestAuc = 0.0;
    for (const Json& trial : m_whole.overview.at("trials")) {
        QVERIFY(trial.at("state") == "complete");
        double highest = 0.0;
        for (const Json& report : trial.at("reports")) {
            highest = std::max(highest, report.at(1).get<double>());
        }
        QCOMPARE(trial.at("value").get<double>(), highest); // the epoch that is kept is the best one
        bestAuc = std::max(bestAuc, highest);
        const fs::path folder = study / "trials" / ("000" + std::to_string(trial.at("number").get<int>()));
        const auto plan = pipeline::planFromYaml(base::readFile(folder / "plan.yaml"), "plan");
        QCOMPARE(plan.training.learningRate, trial.at("settings").at("training.learningRate").get<double>());
        QCOMPARE(plan.training.backboneLearningRate, plan.training.learningRate);
        QCOMPARE(fs::exists(folder / "package.safetensors"), trial.at("number") == number); // only the best one's
        QVERIFY(fs::exists(folder / "result.json"));
    }
    QCOMPARE(best.at("value").get<double>(), bestAuc);
    QCOMPARE(filesIn(study / "store", ".pixels"), 1); // decoded once
    QVERIFY(base::parseJson(base::readFile(study / "search.json"), "search.json") == m_whole.overview);

    const auto plan = pipeline::planFromYaml(base::readFile(m_whole.bestPlan), "best.yaml");
    QVERIFY(plan.data.storeFolder.empty()); // as the user's plan has it
    tests::Watcher watcher;
    const auto run = pipeline::train(plan, m_files.root() / "best", m_pool, watcher, {}, {});
    QVERIFY2(run.state == RunState::Finished, tests::lastProblem(run).c_str());
    const Json again = base::parseJson(
        base::readFile(study / "trials" / ("000" + std::to_string(number)) / "result.json"), "result.json");
    QVERIFY(run.result.at("metrics") == again.at("metrics")); // bit by bit the trial itself
}

void SearchRunTest::aStoppedSearchGoesOnAsIfNothingHappened()
{
    if (m_whole.state != RunState::Finished) {
        QSKIP("the search that this one is compared with is not there");
    }
    const fs::path study = m_files.root() / "stopped";
    const auto plan = tests::planFor(m_table, 2);
    int calls = 0;
    for (const int after : {1, 2, 3, -1}) { // within trials and at their end
        m_watching.stop = std::stop_source();
        m_watching.epochs = 0;
        m_watching.stopAfterEpochs = after;
        const SearchResult result = search(study, optionsOf(4, calls > 0), plan);
        ++calls;
        QVERIFY(result.state == (after < 0 ? RunState::Finished : RunState::Stopped));
        if (after < 0) {
            QCOMPARE(QString::fromStdString(essence(result.overview).dump(1)),
                QString::fromStdString(essence(m_whole.overview).dump(1)));
        }
    }
    m_watching.stopAfterEpochs = -1;
}

void SearchRunTest::frozenBackbonesSeeEachPictureOnce()
{
    auto plan = tests::planFor(m_table, 2);
    plan.training.trainable = "head";
    plan.training.augment = false;
    const char* const space = "training.learningRate: {low: 1e-4, high: 1e-2, log: true}\nmodel.dropout: {low: 0.0, high: 0.5}\n";
    const fs::path study = m_files.root() / "frozen";
    m_watching.messages.clear();
    const SearchResult cached = search(study, optionsOf(3), plan, space);
    QVERIFY(cached.state == RunState::Finished);
    std::vector<std::string> said;
    for (const std::string& message : m_watching.messages) {
        if (message.find("features of") != std::string::npos) {
            said.push_back(message);
        }
    }
    const std::vector<std::string> expected{"The backbone is frozen: features of 24 pictures, 24 computed now, 0 found.",
        "The backbone is frozen: features of 8 pictures, 8 computed now, 0 found."};
    QCOMPARE(said.size(), std::size_t(6)); // two parts, three trials
    for (std::size_t i = 0; i < said.size(); ++i) {
        const std::string count = i % 2 == 0 ? "24" : "8";
        const std::string wanted = i < 2 ? expected[i] : "The backbone is frozen: features of " + count + " pictures, 0 computed now, " + count + " found.";
        QVERIFY2(said[i] == wanted, said[i].c_str());
    }
    QCOMPARE(filesIn(study / "store" / "features", ".features"), 1);
    const auto plain = pipeline::planFromYaml(base::readFile(cached.bestPlan), "best.yaml");
    tests::Watcher watcher;
    const auto run = pipeline::train(plain, m_files.root() / "frozen best", m_pool, watcher, {}, {});
    QVERIFY2(run.state == RunState::Finished, tests::lastProblem(run).c_str());
    const std::string number = "000" + std::to_string(cached.overview.at("best").at("number").get<int>());
    const Json trial = base::parseJson(base::readFile(study / "trials" / number / "result.json"), "result.json");
    QVERIFY(run.result.at("metrics") == trial.at("metrics"));
    plan.training.augment = true;
    m_watching.messages.clear();
    QVERIFY(search(m_files.root() / "moving", optionsOf(1), plan, space).state == RunState::Finished);
    QVERIFY(std::any_of(m_watching.messages.begin(), m_watching.messages.end(),
        [](const std::string& message) { return message.find("because augmentation changes the pictures") != std::string::npos; }));
    QVERIFY(!fs::exists(m_files.root() / "moving" / "store" / "features"));
}

void SearchRunTest::foldsAreAveraged()
{
    auto plan = tests::crossPlan(m_table, 1);
    plan.split.repeats = 1;
    plan.training.monitor = "loss";
    const fs::path study = m_files.root() / "folds";
    const SearchResult result = search(study, optionsOf(1), plan, "model.dropout: {low: 0.1, high: 0.4}");
    QVERIFY2(result.state == RunState::Finished, result.problems.empty() ? "" : result.problems.back().detail.c_str());
    QVERIFY(result.overview.at("direction") == "minimise");
    const auto table = runs::RunFolder::view(study / "trials" / "0000").readTable("epochs.csv");
    const auto column = static_cast<std::size_t>(
        std::find(table.header.begin(), table.header.end(), "validationLoss") - table.header.begin());
    double sum = 0.0;
    for (const auto& row : table.rows) {
        sum += *base::parseNumber(row.at(column));
    }
    QCOMPARE(table.rows.size(), std::size_t(3));
    QVERIFY(result.overview.at("best").is_object());
    QVERIFY(std::abs(result.overview.at("best").at("value").get<double>() - sum / 3.0) < 1e-12);
    QCOMPARE(
        result.overview.at("trials")[0].at("reports").size(), std::size_t(1)); // the pruner sees the first fold only
}

void SearchRunTest::worseTrialsArePruned()
{
    auto plan = tests::planFor(m_table, 4);
    plan.training.monitor = "loss"; // no ties
    SearchOptions options = optionsOf(8);
    options.sampler = "random";
    options.pruner = search::MedianPruner{.enabled = true, .startTrials = 1, .warmupSteps = 1};
    const SearchResult result = search(m_files.root() / "pruned", options, plan,
        "training.learningRate: {choices: [1e-8, 0.003], also: [training.backboneLearningRate]}");
    QVERIFY2(result.state == RunState::Finished, result.problems.empty() ? "" : result.problems.back().detail.c_str());
    int pruned = 0;
    for (const Json& trial : result.overview.at("trials")) {
        if (trial.at("state") == "pruned") {
            ++pruned;
            QVERIFY(trial.at("value").is_null());
            const auto steps = trial.at("reports").size();
            QVERIFY(steps >= 2 && steps <= 4); // after the warm-up
            QVERIFY(trial.at("note").get<std::string>().find("median") != std::string::npos);
        }
    }
    QVERIFY2(pruned > 0 && pruned < 8, std::to_string(pruned).c_str());
}

void SearchRunTest::settingsThatDoNotGoTogetherFailAlone()
{
    auto plan = tests::planFor(m_table, 1);
    plan.training.optimiser.kind = "sgd";
    plan.training.optimiser.momentum = 0.9;
    SearchOptions options = optionsOf(8);
    options.sampler = "random";
    const SearchResult result = search(m_files.root() / "together", options, plan,
        "training.optimiser.momentum: [0.0, 0.9]\ntraining.optimiser.nesterov: {}\n");
    QVERIFY2(result.state == RunState::Finished, result.problems.empty() ? "" : result.problems.back().detail.c_str());
    int failed = 0;
    for (const Json& trial : result.overview.at("trials")) {
        const Json& settings = trial.at("settings");
        const bool wrong
            = settings.at("training.optimiser.momentum") == 0.0 && settings.at("training.optimiser.nesterov") == true;
        QVERIFY(trial.at("state") == (wrong ? "failed" : "complete"));
        QVERIFY(wrong == !trial.at("note").get<std::string>().empty());
        failed += wrong ? 1 : 0;
    }
    QVERIFY2(failed > 0, "no such pair was drawn");
}

void SearchRunTest::aSearchThatCannotWorkEnds()
{
    const SearchResult result
        = search(m_files.root() / "hopeless", optionsOf(50), tests::planFor(m_files.root() / "gone.csv", 1));
    QVERIFY(result.state == RunState::Failed);
    QCOMPARE(result.overview.at("trials").size(), std::size_t(3));
    QVERIFY2(result.problems.back().detail.find("all 3 trials failed") != std::string::npos
            && result.problems.back().detail.find("gone.csv") != std::string::npos,
        result.problems.back().detail.c_str());
    QVERIFY(result.overview.at("best").is_null() && result.bestPlan.empty());
}

void SearchRunTest::noMinutesNoTrial()
{
    SearchOptions options = optionsOf(50);
    options.minutes = 1e-9;
    const SearchResult result = search(m_files.root() / "late", options, tests::planFor(m_table, 1));
    QVERIFY(result.state == RunState::Finished);
    QVERIFY(result.overview.at("trials").empty());
}

void SearchRunTest::otherFoldersAndPlansAreRefused()
{
    const fs::path study = m_files.root() / "refusing";
    const auto plan = tests::planFor(m_table, 1);
    QVERIFY(search(study, optionsOf(1), plan).state == RunState::Finished);
    const auto codeOf = [&](const fs::path& folder, const SearchOptions& options, const pipeline::Plan& with,
                            const std::string& space = kSpace) {
        return tests::codeName(tests::errorOf([&] { (void)search(folder, options, with, space); }));
    };
    QCOMPARE(codeOf(study, optionsOf(2), plan), QByteArray("usage"));                     // there is one
    QCOMPARE(codeOf(m_files.root() / "images", optionsOf(2), plan), QByteArray("usage")); // a folder of others
    QCOMPARE(codeOf(m_files.root() / "nowhere", optionsOf(2, true), plan), QByteArray("not-found"));
    auto other = plan;
    other.training.weightDecay = 0.5;
    QCOMPARE(codeOf(study, optionsOf(2, true), other), QByteArray("mismatch"));
    QCOMPARE(codeOf(study, optionsOf(2, true), plan, "model.dropout: [0.1, 0.2]"), QByteArray("mismatch"));
    SearchOptions seeded = optionsOf(2, true);
    seeded.seed = 999;
    QCOMPARE(codeOf(study, seeded, plan), QByteArray("mismatch"));
    other = plan;
    other.threads = 2; // decides nothing
    QVERIFY(search(study, optionsOf(2, true), other).state == RunState::Finished);
    std::string bytes = base::readFile(study / "study.sqlite");
    std::fill(bytes.begin() + 100, bytes.begin() + 4096, '\x7F');
    fs::remove(study / "study.sqlite");
    base::writeFileAtomically(study / "study.sqlite", bytes);
    QCOMPARE(codeOf(study, optionsOf(3, true), plan), QByteArray("malformed"));
    QVERIFY(base::readFile(study / "study.sqlite") == bytes);
}

QTEST_GUILESS_MAIN(SearchRunTest)
#include "SearchRunTest.moc"
