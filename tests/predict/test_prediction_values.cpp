// SPDX-License-Identifier: GPL-3.0-or-later
#include "predict/Calibration.h"
#include "predict/PredictionJson.h"

#include <QtTest>

#include <cmath>

using namespace diascope;
using namespace diascope::predict;

namespace {

nn::PackageManifest binary(double threshold = 0.5, double temperature = 1.0)
{
    nn::PackageManifest m;
    m.name = "test";
    m.classes = {"normal", "renal_failure"};
    m.output = "sigmoid";
    m.positiveClass = "renal_failure";
    m.threshold = threshold;
    if (temperature != 1.0) {
        m.calibration = {"temperature", temperature};
    }
    return m;
}

nn::PackageManifest four(const std::string& positive = {}, double threshold = 0.5)
{
    nn::PackageManifest m;
    m.name = "test";
    m.classes = {"Cyst", "Normal", "Stone", "Tumor"};
    m.output = "softmax";
    m.positiveClass = positive;
    m.threshold = threshold;
    return m;
}

} // namespace

class TestPredictionValues : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void sigmoidGivesBothClasses_data();
    void sigmoidGivesBothClasses();
    void softmaxIsThatOfItsDefinition();
    void outputsThatDoNotFitAreRefused();
    void verdictAtTheThreshold_data();
    void verdictAtTheThreshold();
    void logitsOfBothClassesHaveOppositeSigns();
    void calibrationIsDescribed();
    void predictionJsonHasTheContractsKeys();
    void explanationJsonHasTheContractsKeys();
    void refusalNamesTheReason();
};

void TestPredictionValues::sigmoidGivesBothClasses_data()
{
    QTest::addColumn<double>("logit");
    QTest::addColumn<double>("temperature");
    QTest::addColumn<double>("positive");
    QTest::newRow("zero") << 0.0 << 1.0 << 0.5;
    QTest::newRow("ln 3") << std::log(3.0) << 1.0 << 0.75;
    QTest::newRow("ln 9 at T = 2") << std::log(9.0) << 2.0 << 0.75;
    QTest::newRow("far negative") << -800.0 << 1.0 << 0.0;
    QTest::newRow("far positive") << 800.0 << 1.0 << 1.0;
}

void TestPredictionValues::sigmoidGivesBothClasses()
{
    QFETCH(double, logit);
    QFETCH(double, temperature);
    QFETCH(double, positive);
    const auto p = probabilities(binary(0.5, temperature), {logit});
    QCOMPARE(p.size(), std::size_t{2});
    QVERIFY(std::abs(p[1] - positive) < 1e-12);
    QVERIFY(std::abs(p[0] + p[1] - 1.0) < 1e-12);
    nn::PackageManifest turned = binary(0.5, temperature);
    turned.positiveClass = "normal"; // The logit speaks for the class that is named, not for a position.
    QVERIFY(std::abs(probabilities(turned, {logit})[0] - positive) < 1e-12);
}

void TestPredictionValues::softmaxIsThatOfItsDefinition()
{
    const auto p = probabilities(four(), {std::log(1.0), std::log(2.0), std::log(3.0), std::log(4.0)});
    for (std::size_t i = 0; i < 4; ++i) {
        QVERIFY(std::abs(p[i] - 0.1 * static_cast<double>(i + 1)) < 1e-12);
    }
    nn::PackageManifest warm = four();
    warm.calibration = {"temperature", 2.0};
    const auto q = probabilities(warm, {0.0, 0.0, 0.0, 2.0 * std::log(3.0)});
    QVERIFY(std::abs(q[3] - 0.5) < 1e-12);
    const auto large = probabilities(four(), {1000.0, 0.0, 0.0, 0.0});
    QCOMPARE(large[0], 1.0);
}

void TestPredictionValues::outputsThatDoNotFitAreRefused()
{
    QVERIFY_THROWS_EXCEPTION(base::Error, static_cast<void>(probabilities(four(), {1.0, 2.0})));
    QVERIFY_THROWS_EXCEPTION(base::Error, static_cast<void>(probabilities(binary(), {1.0, 2.0})));
    nn::PackageManifest strange = binary();
    strange.positiveClass = "other";
    QVERIFY_THROWS_EXCEPTION(base::Error, static_cast<void>(probabilities(strange, {1.0})));
}

void TestPredictionValues::verdictAtTheThreshold_data()
{
    QTest::addColumn<double>("threshold");
    QTest::addColumn<double>("positive");
    QTest::addColumn<QString>("expected");
    QTest::newRow("exactly at it") << 0.3 << 0.3 << "renal_failure";
    QTest::newRow("one step below") << 0.3 << std::nextafter(0.3, 0.0) << "normal";
    QTest::newRow("one step above") << 0.3 << std::nextafter(0.3, 1.0) << "renal_failure";
    QTest::newRow("most probable, yet below the operating point") << 0.8 << 0.7 << "normal";
    QTest::newRow("less probable, yet above the operating point") << 0.2 << 0.25 << "renal_failure";
    QTest::newRow("threshold 0") << 0.0 << 0.0 << "renal_failure";
    QTest::newRow("threshold 1") << 1.0 << 1.0 << "renal_failure";
}

void TestPredictionValues::verdictAtTheThreshold()
{
    QFETCH(double, threshold);
    QFETCH(double, positive);
    QFETCH(QString, expected);
    QCOMPARE(verdict(binary(threshold), {1.0 - positive, positive}), expected.toStdString());
    // Several classes: without a positive class the most probable, with one the threshold decides on that class.
    QCOMPARE(verdict(four(), {0.1, 0.2, 0.4, 0.3}), std::string("Stone"));
    QCOMPARE(verdict(four("Tumor", 0.25), {0.1, 0.2, 0.4, 0.3}), std::string("Tumor"));
    QCOMPARE(verdict(four("Tumor", 0.35), {0.1, 0.2, 0.4, 0.3}), std::string("Stone"));
}

void TestPredictionValues::logitsOfBothClassesHaveOppositeSigns()
{
    QCOMPARE(logitsByClass(binary(), {1.5}), (std::vector<double>{-1.5, 1.5}));
    QCOMPARE(logitsByClass(four(), {1.0, 2.0, 3.0, 4.0}), (std::vector<double>{1.0, 2.0, 3.0, 4.0}));
}

void TestPredictionValues::calibrationIsDescribed()
{
    QCOMPARE(describe({"none", 1.0}), std::string("none"));
    QCOMPARE(describe({"temperature", 1.8}), std::string("temperature T=1.8"));
}

void TestPredictionValues::predictionJsonHasTheContractsKeys()
{
    Prediction p;
    p.source = {"a.dcm", 3, "1.2.3", "ff"};
    p.package = {"renal", "2", "abc", "demo", true, "temperature T=1.8"};
    p.classes = {{"normal", 0.25, -1.0}, {"renal_failure", 0.75, 1.0}};
    p.verdict = "renal_failure";
    p.threshold = 0.4;
    p.folds = {{0.2, 0.8}, {0.3, 0.7}};
    const base::Json json = toJson(p);
    std::vector<std::string> keys;
    for (const auto& [key, value] : json.items()) {
        keys.push_back(key);
    }
    QCOMPARE(keys, (std::vector<std::string>{"input", "frame", "sopInstanceUid", "classes", "verdict", "threshold", "predictionSet", "setCoverage",
                                             "outOfDistribution", "similarCases", "folds", "package"}));
    QCOMPARE(json["classes"][1]["probability"].get<double>(), 0.75);
    QCOMPARE(json["folds"][1][0].get<double>(), 0.3);
    QCOMPARE(json["package"].dump(), std::string(R"({"name":"renal","version":"2","sha256":"abc"})"));
    QVERIFY(json["outOfDistribution"].is_null());
    p.outOfDistribution = OutOfDistribution{4.5, true, {"not grey"}};
    QCOMPARE(toJson(p)["outOfDistribution"].dump(), std::string(R"({"score":4.5,"flag":true,"reasons":["not grey"]})"));
}

void TestPredictionValues::explanationJsonHasTheContractsKeys()
{
    Explanation e;
    e.source.input = "a.png";
    e.map.rows = 2;
    e.map.columns = 2;
    e.map.raw = {0.0F, 1.0F, 4.0F, -1.0F};
    e.map.values = {0.0F, 0.25F, 1.0F, 0.0F};
    e.map.method = "gradcam";
    e.map.className = "normal";
    const base::Json json = toJson(e, "o.png", "m.npy");
    QCOMPARE(json["grid"].dump(), std::string("[2,2]"));
    QCOMPARE(json["class"].get<std::string>(), std::string("normal"));
    QCOMPARE(json["quality"]["areaAboveHalf"].get<double>(), 0.25);
    QCOMPARE(json["quality"]["peak"].get<double>(), 4.0);
    QCOMPARE(json["overlay"].get<std::string>(), std::string("o.png"));
    QVERIFY(!toJson(e, "", "m.npy").contains("overlay"));
}

void TestPredictionValues::refusalNamesTheReason()
{
    const base::Json json = refusalJson("x.dcm", base::Error(base::ErrorCode::Malformed, "x.dcm", "cut off"));
    QCOMPARE(json["input"].get<std::string>(), std::string("x.dcm"));
    QCOMPARE(json["error"]["code"].get<std::string>(), std::string("malformed"));
    QVERIFY(json["error"]["message"].get<std::string>().find("cut off") != std::string::npos);
}

QTEST_GUILESS_MAIN(TestPredictionValues)
#include "test_prediction_values.moc"
