// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/bench/SearchFunctions.h"
#include "search/Importance.h"
#include "search/Overview.h"

#include <QTest>

#include <cmath>

using namespace diascope;
using base::Json;
using bench::SearchFunction;
using search::Point;
using search::Trial;
using search::TrialState;

namespace {

using Shares = std::vector<std::pair<std::string, double>>;

std::vector<Trial> randomTrials(const SearchFunction& function, int count)
{
    return bench::minimised(function, search::RandomSampler(function.space, 11), count);
}

double shareOf(const search::Importance& importance, const std::string& name)
{
    for (const auto& parameter : importance.parameters) {
        if (parameter.name == name) {
            return parameter.share;
        }
    }
    return -1.0;
}

/// Functions whose variance is known by parameters.
SearchFunction named(const std::string& name)
{
    if (name == "linear") { // variances 9/12 and 1/12 of 10/12
        return {name, bench::searchCube(3, 0.0, 1.0), [](const Point& x) { return 3.0 * *x[0] + *x[1]; }};
    }
    if (name == "product") { // no main effect at all
        return {name, bench::searchCube(2, -1.0, 1.0), [](const Point& x) { return *x[0] * *x[1]; }};
    }
    if (name == "ishigami") { // Ishigami and Homma 1990, a = 7, b = 0.1
        return {name, bench::searchCube(3, -std::numbers::pi, std::numbers::pi), [](const Point& x) {
                    return std::sin(*x[0]) + 7.0 * std::pow(std::sin(*x[1]), 2)
                        + 0.1 * std::pow(*x[2], 4) * std::sin(*x[0]);
                }};
    }
    if (name == "choice") { // values 0, 0, 3 a third each: variance 2; x alone: variance 1/12 * 4 = 1/3
        return {name, search::Space({bench::searchChoice("x0", {"a", "b", "c"}), bench::searchNumber("x1", 0.0, 1.0)}),
            [](const Point& x) { return (*x[0] == 2.0 ? 3.0 : 0.0) + 2.0 * *x[1]; }};
    }
    search::Parameter rate = bench::searchNumber("x0", 1e-5, 1e-1); // "log": linear in the logarithm
    rate.log = true;
    return {name, search::Space({rate, bench::searchNumber("x1", 0.0, 1.0)}),
        [](const Point& x) { return std::log10(*x[0]); }};
}

} // namespace

class TestImportance final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void sharesAreThoseOfTheFunction_data();
    void sharesAreThoseOfTheFunction();
    void hugeValuesChangeNothing();
    void undefinedOnesSayWhy_data();
    void undefinedOnesSayWhy();
    void onlyCompleteTrialsCount();
    void theOverviewHoldsEverything();
};

void TestImportance::sharesAreThoseOfTheFunction_data()
{
    QTest::addColumn<Shares>("shares");
    QTest::addColumn<double>("tolerance");
    QTest::newRow("linear") << Shares{{"x0", 0.9}, {"x1", 0.1}, {"x2", 0.0}} << 0.04;
    QTest::newRow("product") << Shares{{"x0", 0.0}, {"x1", 0.0}} << 0.08;
    // Analytically .3139, .4424, 0; a forest on 500 points does not see all of it. These are Optuna 5.0.0's (its tree
    // decomposition over scikit-learn 1.9.1's forest, 500 random points).
    QTest::newRow("ishigami") << Shares{{"x0", 0.301}, {"x1", 0.318}, {"x2", 0.021}} << 0.05;
    QTest::newRow("choice") << Shares{{"x0", 6.0 / 7.0}, {"x1", 1.0 / 7.0}} << 0.04;
    QTest::newRow("log") << Shares{{"x0", 1.0}, {"x1", 0.0}} << 0.03;
}

void TestImportance::sharesAreThoseOfTheFunction()
{
    QFETCH(Shares, shares);
    QFETCH(double, tolerance);
    const SearchFunction function = named(QTest::currentDataTag());
    const search::Importance importance = search::importanceOf(function.space, randomTrials(function, 500));
    QVERIFY(importance.undefinedBecause.empty());
    QCOMPARE(importance.trials, 500);
    double together = 1.0;
    for (const auto& [name, expected] : shares) {
        const double share = shareOf(importance, name);
        qInfo("%s of %s: %.4f, expected %.4f", name.c_str(), QTest::currentDataTag(), share, expected);
        QVERIFY2(std::abs(share - expected) <= tolerance, (name + ": " + Json(share).dump()).c_str());
        together -= share;
    }
    QVERIFY(std::abs(importance.together - together) < 1e-9);
    for (std::size_t i = 1; i < importance.parameters.size(); ++i) {
        QVERIFY(importance.parameters[i - 1].share >= importance.parameters[i].share);
    }
}

void TestImportance::hugeValuesChangeNothing()
{
    const SearchFunction function = named("linear");
    std::vector<Trial> trials = randomTrials(function, 60);
    for (Trial& trial : trials) {
        trial.value = *trial.value - 2.0;
    }
    const Json plain = search::toJson(search::importanceOf(function.space, trials));
    for (Trial& trial : trials) {
        trial.value = std::ldexp(*trial.value, 1022); // exact; their range is no finite number
    }
    QVERIFY(search::toJson(search::importanceOf(function.space, trials)) == plain);
}

void TestImportance::undefinedOnesSayWhy_data()
{
    QTest::addColumn<int>("trials");
    QTest::addColumn<std::string>("why");
    QTest::newRow("none") << 0 << std::string("fewer than 4 trials are complete");
    QTest::newRow("three") << 3 << std::string("fewer than 4 trials are complete");
    QTest::newRow("constant") << 20 << std::string("all trials have the same value");
}

void TestImportance::undefinedOnesSayWhy()
{
    QFETCH(int, trials);
    QFETCH(std::string, why);
    const SearchFunction flat{"flat", bench::searchCube(2, 0.0, 1.0), [](const Point&) { return 0.5; }};
    const auto importance = search::importanceOf(flat.space, randomTrials(flat, trials));
    QCOMPARE(importance.undefinedBecause, why);
    QVERIFY(importance.parameters.empty());
    QCOMPARE(search::toJson(importance).at("undefined").get<std::string>(), why);
}

void TestImportance::onlyCompleteTrialsCount()
{
    const SearchFunction function = named("linear");
    std::vector<Trial> trials = randomTrials(function, 30);
    const Json before = search::toJson(search::importanceOf(function.space, trials));
    for (const TrialState state : {TrialState::Pruned, TrialState::Failed, TrialState::Interrupted}) {
        trials.push_back(trials.front());
        trials.back().state = state;
        trials.back().value.reset();
    }
    QVERIFY(search::toJson(search::importanceOf(function.space, trials)) == before);
}

void TestImportance::theOverviewHoldsEverything()
{
    const SearchFunction function = bench::searchFunctions()[2];
    std::vector<Trial> trials = randomTrials(function, 6);
    for (std::size_t i = 0; i < trials.size(); ++i) {
        trials[i].value = std::vector<double>{5, 3, 4, 2, 9, 1}[i];
    }
    trials[5].state = TrialState::Pruned;
    trials[5].value.reset();
    trials[5].reports = {{0, 7.5}, {1, 6.5}};
    search::StudyDescription description;
    description.space = function.space;
    description.direction = search::Direction::Minimise;
    description.objective = "validation loss";
    const Json json = search::overviewJson(description, trials);
    QCOMPARE(json.at("best").at("number").get<int>(), 3);
    QCOMPARE(json.at("counts").at("pruned").get<int>(), 1);
    std::vector<double> curve;
    for (const Json& point : json.at("bestSoFar")) {
        curve.push_back(point.at("best").get<double>());
    }
    QCOMPARE(curve, (std::vector<double>{5, 3, 3, 2, 2, 2}));
    QVERIFY(json.at("bestSoFar")[5].at("value").is_null());
    const Json& axes = json.at("parallel").at("axes");
    QCOMPARE(axes.size(), std::size_t(5));
    QVERIFY(axes[0].at("log") == true);
    QVERIFY(axes[1].at("labels") == Json::array({"sgd", "adam", "adamw", "rmsprop"}));
    QVERIFY(axes[1].at("high") == 3.0);
    QCOMPARE(json.at("parallel").at("lines").size(), std::size_t(6));
    QVERIFY(json.at("parallel").at("lines")[5].at("complete") == false);
    QVERIFY(json.at("trials")[5].at("reports") == Json::array({Json::array({0, 7.5}), Json::array({1, 6.5})}));
    QVERIFY(json.at("trials")[0].at("settings").at("optimizer").is_string());
    QVERIFY(json.at("trials")[0].at("settings").at("hidden").is_number_integer());
    QCOMPARE(json.at("importance").at("parameters").size(), std::size_t(5));
    QVERIFY(search::overviewJson(description, {}).at("best").is_null());
}

QTEST_GUILESS_MAIN(TestImportance)
#include "TestImportance.moc"
