// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Text.h"
#include "pipeline/BadPlan.h"

#include <QTest>

#include <cmath>
#include <functional>
#include <limits>
#include <set>

using namespace diascope;
using base::Json;
using pipeline::Plan;
using tests::contains;
using tests::goodPlan;
using tests::planWith;
using tests::pointerTo;
using tests::refusalOf;

namespace {

using Keys = std::set<std::string>;

constexpr double kHuge = 1e308;

/// Every key of a plan that holds one value: "training.optimiser.beta1".
std::vector<std::string> plainKeys()
{
    static const Keys kSpecial{"version", "preprocess", "training.augmentation", "training.classWeights"};
    std::vector<std::string> keys;
    const Json leaves = goodPlan().flatten();
    for (const auto& [pointer, value] : leaves.items()) {
        std::string key = pointer.substr(1);
        std::replace(key.begin(), key.end(), '/', '.');
        if (!kSpecial.contains(key)) {
            keys.push_back(key);
        }
    }
    return keys;
}

void addKeyRows(const std::function<bool(const Json&)>& wanted)
{
    QTest::addColumn<std::string>("key");
    const Json plan = goodPlan();
    for (const std::string& key : plainKeys()) {
        if (wanted(plan.at(pointerTo(key)))) {
            QTest::newRow(key.c_str()) << key;
        }
    }
}

/// Fails unless the plan is refused in a few words that name the key.
std::string faultOfRefusal(const Json& json, const std::string& key)
{
    const std::string refusal = refusalOf(json);
    if (!contains(refusal, key)) {
        return key + " is not named: " + (refusal.empty() ? "the plan was taken" : base::shortened(refusal, 300));
    }
    return refusal.size() < 1000 ? std::string()
                                 : key + " is refused with " + std::to_string(refusal.size()) + " bytes";
}

#define VERIFY_REFUSED(json, key)                                                                                      \
    do {                                                                                                               \
        const std::string fault = faultOfRefusal(json, key);                                                           \
        QVERIFY2(fault.empty(), (fault + " with " + base::shortened((json).at(pointerTo(key)).dump())).c_str());       \
    } while (false)

} // namespace

/// safety.md 2.5: every key of a plan with every kind of bad value.
class PlanRangeTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theGoodPlanIsGood();
    void wrongTypesAreNamed_data();
    void wrongTypesAreNamed();
    void unknownAndDoubledKeysAreNamed_data();
    void unknownAndDoubledKeysAreNamed();
    void absentKeysKeepTheirDefaults_data();
    void absentKeysKeepTheirDefaults();
    void numbersOutOfRangeAreNamed_data();
    void numbersOutOfRangeAreNamed();
    void numbersThatAreNoneAreNamed();
    void badTextsAreNamed_data();
    void badTextsAreNamed();
};

void PlanRangeTest::theGoodPlanIsGood()
{
    QCOMPARE(refusalOf(goodPlan()), std::string());
    QVERIFY(plainKeys().size() > 70);
}

void PlanRangeTest::wrongTypesAreNamed_data()
{
    addKeyRows([](const Json&) { return true; });
}

void PlanRangeTest::wrongTypesAreNamed()
{
    QFETCH(std::string, key);
    const Json good = goodPlan().at(pointerTo(key));
    std::vector<Json> wrong{Json::array({1}), Json::object()};
    if (key != "data.fixes") { // no fixes are fixes, too
        wrong.insert(wrong.end(), {Json(), Json::array()});
    }
    if (!good.is_string()) {
        wrong.insert(wrong.end(), {"1", "", "true", "NaN"});
    }
    if (!good.is_boolean()) {
        wrong.insert(wrong.end(), {true, false});
    }
    if (!good.is_number()) {
        wrong.insert(wrong.end(), {0, 1, 1.5});
    }
    if (good.is_number_integer()) {
        wrong.insert(wrong.end(), {1.5, 1.0, 1e300, -1.5});
    }
    for (const Json& value : wrong) {
        const Json json = planWith(key, value);
        const auto error = tests::errorOf([&] { (void)pipeline::planFromJson(json, "plan.yaml"); });
        QVERIFY2(error && error->code() == base::ErrorCode::Plan, (key + " took " + value.dump()).c_str());
        QCOMPARE(error->subject(), std::string("plan.yaml"));
        VERIFY_REFUSED(json, key);
    }
}

void PlanRangeTest::unknownAndDoubledKeysAreNamed_data()
{
    addKeyRows([](const Json&) { return true; });
}

void PlanRangeTest::unknownAndDoubledKeysAreNamed()
{
    QFETCH(std::string, key);
    const std::size_t dot = key.rfind('.');
    const std::string section = dot == std::string::npos ? std::string() : key.substr(0, dot),
                      word = key.substr(dot + 1);
    Json json = goodPlan();
    const std::string misspelt = word + "x";
    (section.empty() ? json : json[pointerTo(section)])[misspelt] = 1;
    const auto unknown = tests::errorOf([&] { (void)pipeline::planFromJson(json, "plan.yaml"); });
    QVERIFY(unknown && unknown->code() == base::ErrorCode::Plan);
    QVERIFY2(contains(unknown->what(), key + "x") && contains(unknown->what(), "did you mean " + word + "?"),
        unknown->what());

    const std::string value = goodPlan().at(pointerTo(key)).dump();
    std::string yaml = "{" + word + ": " + value + ", " + word + ": " + value + "}";
    for (std::string path = section; !path.empty();) {
        const std::size_t last = path.rfind('.');
        yaml = "{" + path.substr(last + 1) + ": " + yaml + "}";
        path = last == std::string::npos ? std::string() : path.substr(0, last);
    }
    const auto twice = tests::errorOf([&] { (void)pipeline::planFromYaml(yaml, "plan.yaml"); });
    QVERIFY2(twice && contains(twice->what(), "'" + word + "' stands twice"), yaml.c_str());
}

void PlanRangeTest::absentKeysKeepTheirDefaults_data()
{
    addKeyRows([](const Json&) { return true; });
}

void PlanRangeTest::absentKeysKeepTheirDefaults()
{
    QFETCH(std::string, key);
    Json json = goodPlan();
    const std::size_t dot = key.rfind('.');
    (dot == std::string::npos ? json : json[pointerTo(key.substr(0, dot))]).erase(key.substr(dot + 1));
    const Plan plan = pipeline::planFromJson(json, "plan.yaml");
    QCOMPARE(pipeline::toJson(plan).at(pointerTo(key)).dump(), pipeline::toJson(Plan()).at(pointerTo(key)).dump());
}

void PlanRangeTest::numbersOutOfRangeAreNamed_data()
{
    addKeyRows([](const Json& value) { return value.is_number(); });
}

void PlanRangeTest::numbersOutOfRangeAreNamed()
{
    QFETCH(std::string, key);
    static const Keys kZeroIsGood{"split.testFraction", "model.dropout", "model.hidden", "model.channels", "training.seed",
        "training.backboneLearningRate", "training.weightDecay", "training.focalAlpha", "training.focalGamma",
        "training.labelSmoothing", "training.patience", "data.memoryMiB", "training.freezeEpochs", "training.clipNorm",
        "training.microBatch", "training.emaDecay", "training.checkpointBatches", "training.foldsAtOnce",
        "training.optimiser.beta1", "training.optimiser.beta2", "training.optimiser.momentum",
        "training.optimiser.smoothing", "training.schedule.patience", "training.schedule.threshold",
        "training.schedule.smallest", "training.schedule.periodEpochs", "training.schedule.warmup",
        "training.mix.mixupProbability", "training.mix.cutmixProbability", "pretrain.leaveOutFold", "threads"};
    // Of the standard focal loss: no weights. Of pre-training: no fold is left out.
    static const Keys kNegativeIsGood{"training.focalAlpha", "pretrain.leaveOutFold"};
    const bool whole = goodPlan().at(pointerTo(key)).is_number_integer();
    std::vector<Json> bad{-1, std::int64_t{1} << 31, std::uint64_t{1} << 63, std::numeric_limits<std::int64_t>::min(),
        2147483647, -2147483648LL};
    if (!whole) {
        bad.insert(bad.end(), {kHuge, -kHuge, 1e16, -1e-9});
    }
    if (!kZeroIsGood.contains(key)) {
        bad.emplace_back(0);
    }
    for (const Json& value : bad) {
        const bool negative = value.is_number_float()
            ? value.get<double>() < 0.0
            : value.is_number_integer() && !value.is_number_unsigned() && value.get<std::int64_t>() < 0;
        const bool fitsSeed = key == "training.seed" && (value == std::int64_t{1} << 31 || value == 2147483647);
        if ((negative && kNegativeIsGood.contains(key) && value.get<double>() > -1e6) || fitsSeed) {
            continue;
        }
        VERIFY_REFUSED(planWith(key, value), key);
    }
    if (kZeroIsGood.contains(key)) {
        QCOMPARE(refusalOf(planWith(key, whole ? Json(0) : Json(0.0))), std::string());
    }
}

void PlanRangeTest::numbersThatAreNoneAreNamed()
{
    for (const char* word : {".nan", ".inf", "-.inf", "1e400", "-1e400"}) {
        const auto error = tests::errorOf([&] {
            (void)pipeline::planFromYaml(std::string("training:\n  learningRate: ") + word + "\n", "plan.yaml");
        });
        QVERIFY2(error && contains(error->what(), "not finite") && contains(error->what(), "line 2"), word);
    }
    Plan plan; // set by a program, not by a file
    plan.data.source = "x.csv";
    plan.training.learningRate = plan.model.dropout = plan.split.validationFraction = plan.training.emaDecay
        = std::nan("");
    Keys named;
    for (const base::Problem& problem : plan.check()) {
        named.insert(problem.subject);
    }
    for (const char* key : {"training.learningRate", "model.dropout", "split.validationFraction"}) {
        QVERIFY2(named.contains(key), key);
    }
    for (const Json& weights : {Json::array({1, -1}), Json::array({0, 1}), Json::array({1, kHuge}),
             Json::array({"1", 1}), Json::array({nullptr, 1}), Json(1)}) {
        Json json = goodPlan();
        json["training"]["loss"] = "cross-entropy";
        json["training"]["classWeights"] = weights;
        VERIFY_REFUSED(json, "training.classWeights");
    }
}

void PlanRangeTest::badTextsAreNamed_data()
{
    addKeyRows([](const Json& value) { return value.is_string(); });
}

void PlanRangeTest::badTextsAreNamed()
{
    QFETCH(std::string, key);
    static const Keys kMayBeEmpty{"recipe", "data.imageFolder", "data.imageColumn", "data.labelColumn",
        "data.groupColumn", "data.splitColumn", "data.foldColumn", "data.groupPattern", "data.storeFolder",
        "tracking.mlflow", "model.weights", "model.head", "package.intendedUse", "package.trainedOn"};
    std::vector<std::string> bad{std::string(1 << 20, 'x'), std::string(1000000, '('), std::string("a\0b", 3),
        "a\x1b[31mb", "a\x7F", "M\xFCller", "\xED\xA0\x80"};
    if (!kMayBeEmpty.contains(key)) {
        bad.emplace_back();
    }
    static const Keys kAnyWord{"recipe", "data.source", "data.imageFolder", "data.imageColumn", "data.labelColumn",
        "data.groupColumn", "data.splitColumn", "data.foldColumn", "data.groupPattern", "data.storeFolder",
        "tracking.mlflow", "tracking.experiment", "model.weights", "package.name", "package.version",
        "package.intendedUse", "package.trainedOn"};
    if (!kAnyWord.contains(key)) {
        bad.insert(bad.end(), {"nonsense", " ", "=1+1", std::string(4000, 'y')});
    }
    for (const std::string& value : bad) {
        const std::string fault
            = faultOfRefusal(planWith(key, value), key == "model.head" && value.size() <= 4096 ? "head" : key);
        QVERIFY2(fault.empty(), (fault + " with " + base::shortened(base::visibleText(value))).c_str());
    }
    if (kMayBeEmpty.contains(key)) {
        QCOMPARE(refusalOf(planWith(key, "")), std::string());
    }
}

QTEST_GUILESS_MAIN(PlanRangeTest)
#include "PlanRangeTest.moc"
