// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/bench/SearchFunctions.h"
#include "search/Gaussian.h"
#include "search/Space.h"
#include "support/ErrorOf.h"

#include <QTest>

#include <cmath>

using namespace diascope;
using base::Json;
using search::Kind;
using search::Parameter;
using search::Space;

namespace {

Space spaceOf(const std::string& json)
{
    return search::spaceFromJson(base::parseJson(json, "space"), "space");
}

} // namespace

class TestSpace final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void wrongSpacesAreRefused_data();
    void wrongSpacesAreRefused();
    void aSpaceReadsBackFromItsJson();
    void drawsStayOnTheirGrid_data();
    void drawsStayOnTheirGrid();
    void endsAreAsLikelyAsTheRest();
    void conditionsDecideWhatExists();
    void pointsOutsideAreRefused_data();
    void pointsOutsideAreRefused();
    void logNormalCdfAgreesWithTables_data();
    void logNormalCdfAgreesWithTables();
    void logNormalMassHasNoLossInTheTails();
    void truncatedNormalHasItsMean();
};

void TestSpace::wrongSpacesAreRefused_data()
{
    QTest::addColumn<std::string>("json");
    QTest::addColumn<QByteArray>("said");
    const auto row = [](const char* name, const char* json, const char* said) {
        QTest::newRow(name) << std::string(json) << QByteArray(said);
    };
    row("not a list", R"({"name": "x"})", "not a list");
    row("no name", R"([{"name": "", "kind": "float", "low": 0, "high": 1}])", "no name");
    row("twice",
        R"([{"name": "x", "kind": "float", "low": 0, "high": 1}, {"name": "x", "kind": "float", "low": 0, "high": 1}])",
        "twice");
    row("kind", R"([{"name": "x", "kind": "double", "low": 0, "high": 1}])", "none of float");
    row("order", R"([{"name": "x", "kind": "float", "low": 1, "high": 0}])", "not the ends");
    row("log of zero", R"([{"name": "x", "kind": "float", "low": 0, "high": 1, "log": true}])", "no logarithm");
    row("log and step", R"([{"name": "x", "kind": "float", "low": 1, "high": 3, "log": true, "step": 1}])",
        "logarithmic scale and a step");
    row("step beside", R"([{"name": "x", "kind": "float", "low": 0, "high": 1, "step": 0.3}])", "do not meet");
    row("negative step", R"([{"name": "x", "kind": "float", "low": 0, "high": 1, "step": -0.5}])", "not a positive");
    row("half steps of whole numbers", R"([{"name": "x", "kind": "int", "low": 0, "high": 1, "step": 0.5}])",
        "not a whole number");
    row("half ends of whole numbers", R"([{"name": "x", "kind": "int", "low": 0.5, "high": 2}])", "not a whole number");
    row("range and choices", R"([{"name": "x", "kind": "float", "low": 0, "high": 2, "choices": [1]}])",
        "range and choices");
    row("no choices", R"([{"name": "x", "kind": "categorical", "choices": []}])", "no choices");
    row("equal choices", R"([{"name": "x", "kind": "categorical", "choices": [1, 2, 1]}])", "twice");
    row("unknown key", R"([{"name": "x", "kind": "float", "low": 0, "hihg": 1}])", "high");
    row("unknown parent",
        R"([{"name": "kind", "kind": "categorical", "choices": [1]}, )"
        R"({"name": "x", "kind": "int", "low": 0, "high": 1, "when": {"parent": "knd", "values": [1]}}])",
        "Did you mean kind");
    row("later parent",
        R"([{"name": "x", "kind": "int", "low": 0, "high": 1, "when": {"parent": "k", "values": [1]}}, )"
        R"({"name": "k", "kind": "categorical", "choices": [1]}])",
        "no parameter before it");
    row("numeric parent",
        R"([{"name": "k", "kind": "int", "low": 0, "high": 1}, )"
        R"({"name": "x", "kind": "int", "low": 0, "high": 1, "when": {"parent": "k", "values": [1]}}])",
        "has no choices");
    row("value of no choice",
        R"([{"name": "k", "kind": "categorical", "choices": [1]}, )"
        R"({"name": "x", "kind": "int", "low": 0, "high": 1, "when": {"parent": "k", "values": [2]}}])",
        "none of its choices");
}

void TestSpace::wrongSpacesAreRefused()
{
    QFETCH(std::string, json);
    QFETCH(QByteArray, said);
    const auto error = tests::errorOf([&] { (void)spaceOf(json); });
    QVERIFY(error);
    QCOMPARE(tests::codeName(error), QByteArray("plan"));
    QVERIFY2(QByteArray(error->what()).contains(said), error->what());
}

void TestSpace::aSpaceReadsBackFromItsJson()
{
    const Space space = spaceOf(R"([{"name": "opt", "kind": "categorical", "choices": ["sgd", {"a": 1}, true]},
        {"name": "rate", "kind": "float", "low": 1e-5, "high": 0.1, "log": true, "when": {"parent": "opt", "values": ["sgd"]}},
        {"name": "n", "kind": "int", "low": 2, "high": 8, "step": 3}])");
    QVERIFY(search::spaceFromJson(search::toJson(space), "again") == space);
    QVERIFY(search::spaceFromJson(base::parseJson(search::toJson(space).dump(), "text"), "again") == space);
}

void TestSpace::drawsStayOnTheirGrid_data()
{
    QTest::addColumn<std::string>("json");
    QTest::addColumn<std::string>("allowed"); // as JSON; empty: within the range is enough
    const auto row = [](const char* name, const char* json, const char* allowed) {
        QTest::newRow(name) << std::string(json) << std::string(allowed);
    };
    row("float", R"([{"name": "x", "kind": "float", "low": -1, "high": 1}])", "");
    row("float, steps", R"([{"name": "x", "kind": "float", "low": 0.25, "high": 1, "step": 0.25}])",
        "[0.25, 0.5, 0.75, 1.0]");
    row("float, log", R"([{"name": "x", "kind": "float", "low": 1e-5, "high": 0.1, "log": true}])", "");
    row("int", R"([{"name": "x", "kind": "int", "low": -1, "high": 2}])", "[-1, 0, 1, 2]");
    row("int, steps", R"([{"name": "x", "kind": "int", "low": 1, "high": 7, "step": 3}])", "[1, 4, 7]");
    row("int, log", R"([{"name": "x", "kind": "int", "low": 1, "high": 4, "log": true}])", "[1, 2, 3, 4]");
    row("categorical", R"([{"name": "x", "kind": "categorical", "choices": ["a", 2, null]}])", R"(["a", 2, null])");
    row("single", R"([{"name": "x", "kind": "float", "low": 3, "high": 3}])", "[3.0]");
}

void TestSpace::drawsStayOnTheirGrid()
{
    QFETCH(std::string, json);
    QFETCH(std::string, allowed);
    const Space space = spaceOf(json);
    const search::RandomSampler sampler(space, 7);
    std::vector<Json> seen;
    for (int number = 0; number < 300; ++number) {
        const search::Point point = sampler.propose(number, {});
        space.check(point, "the draw");
        const Json value = space.valueOf(0, *point[0]);
        if (std::find(seen.begin(), seen.end(), value) == seen.end()) {
            seen.push_back(value);
        }
    }
    if (allowed.empty()) {
        QCOMPARE(seen.size(), std::size_t(300));
        return;
    }
    const Json grid = base::parseJson(allowed, "grid");
    QCOMPARE(seen.size(), grid.size()); // each of them comes
    for (const Json& value : seen) {
        QVERIFY2(std::find(grid.begin(), grid.end(), value) != grid.end(), value.dump().c_str());
    }
}

void TestSpace::endsAreAsLikelyAsTheRest()
{
    const search::RandomSampler sampler(spaceOf(R"([{"name": "x", "kind": "int", "low": 0, "high": 3}])"), 1);
    std::array<int, 4> counts{};
    constexpr int kDraws = 4000;
    for (int number = 0; number < kDraws; ++number) {
        ++counts[static_cast<std::size_t>(*sampler.propose(number, {})[0])];
    }
    for (const int count : counts) { // 5 standard deviations of a binomial with p = 1/4
        QVERIFY2(std::abs(count - kDraws / 4) < 5.0 * std::sqrt(kDraws * 0.25 * 0.75), std::to_string(count).c_str());
    }
}

void TestSpace::conditionsDecideWhatExists()
{
    const Space space = spaceOf(R"([{"name": "opt", "kind": "categorical", "choices": ["sgd", "adam"]},
        {"name": "x", "kind": "float", "low": 0, "high": 1},
        {"name": "nesterov", "kind": "categorical", "choices": [true, false], "when": {"parent": "opt", "values": ["sgd"]}},
        {"name": "momentum", "kind": "float", "low": 0, "high": 1, "when": {"parent": "nesterov", "values": [true]}},
        {"name": "decay", "kind": "float", "low": 0, "high": 1, "when": {"parent": "opt", "values": ["sgd"]}}])");
    const std::vector<std::vector<std::size_t>> groups{{0, 1}, {2, 4}, {3}};
    QCOMPARE(space.groups(), groups);
    const search::RandomSampler sampler(space, 3);
    int withMomentum = 0;
    for (int number = 0; number < 100; ++number) {
        const search::Point point = sampler.propose(number, {});
        const bool sgd = *point[0] == 0.0;
        QCOMPARE(point[2].has_value(), sgd);
        QCOMPARE(point[4].has_value(), sgd);
        QCOMPARE(point[3].has_value(), sgd && *point[2] == 0.0);
        withMomentum += point[3] ? 1 : 0;
        QCOMPARE(space.valuesOf(point).size(), std::size_t(2 + (sgd ? 2 : 0) + (point[3] ? 1 : 0)));
    }
    QVERIFY(withMomentum > 0);
}

void TestSpace::pointsOutsideAreRefused_data()
{
    QTest::addColumn<search::Point>("point");
    QTest::newRow("too few") << search::Point{0.0};
    QTest::newRow("no such choice") << search::Point{2.0, std::nullopt};
    QTest::newRow("half a choice") << search::Point{0.5, std::nullopt};
    QTest::newRow("missing") << search::Point{0.0, std::nullopt};
    QTest::newRow("does not exist") << search::Point{1.0, 4.0};
    QTest::newRow("above") << search::Point{0.0, 10.0};
    QTest::newRow("beside the step") << search::Point{0.0, 5.0};
    QTest::newRow("no number") << search::Point{0.0, std::nan("")};
    QTest::newRow("no choice at all") << search::Point{std::nullopt, std::nullopt};
}

void TestSpace::pointsOutsideAreRefused()
{
    QFETCH(search::Point, point);
    const Space space = spaceOf(R"([{"name": "k", "kind": "categorical", "choices": ["a", "b"]},
        {"name": "n", "kind": "int", "low": 1, "high": 7, "step": 3, "when": {"parent": "k", "values": ["a"]}}])");
    space.check({0.0, 4.0}, "good");
    space.check({1.0, std::nullopt}, "good");
    QCOMPARE(tests::codeName(tests::errorOf([&] { space.check(point, "study.sqlite"); })), QByteArray("malformed"));
}

void TestSpace::logNormalCdfAgreesWithTables_data()
{
    QTest::addColumn<double>("x");
    QTest::addColumn<double>("expected");
    // scipy.special.log_ndtr
    QTest::newRow("0") << 0.0 << -0.6931471805599453;
    QTest::newRow("1.96") << 1.96 << -0.025315649164282163;
    QTest::newRow("-1") << -1.0 << -1.8410216450092636;
    QTest::newRow("-10") << -10.0 << -53.23128515051247;
    QTest::newRow("-29") << -29.0 << -424.7874199097302;
    QTest::newRow("-40") << -40.0 << -804.6084420137538;
    QTest::newRow("-1000") << -1000.0 << -500007.82669481175;
}

void TestSpace::logNormalCdfAgreesWithTables()
{
    QFETCH(double, x);
    QFETCH(double, expected);
    const double value = search::logNormalCdf(x);
    QVERIFY2(std::abs(value - expected) <= 1e-12 * std::max(1.0, std::abs(expected)), base::Json(value).dump().c_str());
}

void TestSpace::logNormalMassHasNoLossInTheTails()
{
    QVERIFY(std::abs(search::logNormalMass(-1.0, 1.0) - std::log(0.6826894921370859)) < 1e-14);
    for (const double x : {0.5, 3.0, 12.0, 60.0}) { // both tails alike
        QCOMPARE(search::logNormalMass(x, x + 0.25), search::logNormalMass(-x - 0.25, -x));
        QVERIFY(std::isfinite(search::logNormalMass(x, x + 0.25)));
    }
    // So far out the mass of [x, x + 1] is that of [x, infinity) but for a factor 1 - exp(-40).
    QVERIFY(std::abs(search::logNormalMass(40.0, 41.0) - search::logNormalCdf(-40.0)) < 1e-12 * 804.0);
}

void TestSpace::truncatedNormalHasItsMean()
{
    // Normal(0, 1) cut to [0, 1]: mean (phi(0) - phi(1)) / (Phi(1) - Phi(0)) = 0.4598622...
    base::Rng rng = base::Rng::stream(5, "test");
    double sum = 0.0;
    constexpr int kDraws = 20000;
    for (int i = 0; i < kDraws; ++i) {
        const double x = search::truncatedNormal(0.0, 1.0, 0.0, 1.0, rng);
        QVERIFY(x >= 0.0 && x <= 1.0);
        sum += x;
    }
    QVERIFY2(std::abs(sum / kDraws - 0.4598622) < 0.01, std::to_string(sum / kDraws).c_str());
}

QTEST_GUILESS_MAIN(TestSpace)
#include "TestSpace.moc"
