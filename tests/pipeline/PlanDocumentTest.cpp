// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Text.h"
#include "pipeline/BadPlan.h"

#include <QTest>

#include <locale>

using namespace diascope;
using base::Json;
using pipeline::Plan;
using tests::contains;
using tests::planWith;
using tests::pointerTo;
using tests::refusalOf;

namespace {

/// Germany's commas and dots, on machines without that locale too.
struct GermanNumbers : std::numpunct<char> {
    char do_decimal_point() const override { return ','; }
    char do_thousands_sep() const override { return '.'; }
    std::string do_grouping() const override { return "\3"; }
};

} // namespace

/// safety.md 2.5: what is nested in a plan, and the text that it is read from.
class PlanDocumentTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void augmentationIsChecked_data();
    void augmentationIsChecked();
    void stepsAreChecked_data();
    void stepsAreChecked();
    void versions_data();
    void versions();
    void documents_data();
    void documents();
    void germanCommasChangeNothing();
};

void PlanDocumentTest::augmentationIsChecked_data()
{
    QTest::addColumn<std::string>("key");
    for (const char* key : {"mirror", "upsideDown", "affine.probability", "affine.rotateDegrees", "affine.shearDegrees",
             "affine.scaleLow", "affine.scaleHigh", "affine.shift", "elastic.probability", "elastic.alpha",
             "elastic.sigma", "blur.probability", "blur.smallest", "blur.largest", "tone.probability", "tone.contrast",
             "tone.brightness", "holes.probability", "holes.count", "holes.height", "holes.width", "holes.fill"}) {
        QTest::newRow(key) << std::string(key);
    }
}

void PlanDocumentTest::augmentationIsChecked()
{
    QFETCH(std::string, key);
    std::vector<Json> bad{-1, 1e308, std::int64_t{1} << 31, nullptr, "0.5", Json::array(), true};
    if (contains(key, "robability") || key == "mirror" || key == "upsideDown") {
        bad.emplace_back(1.1);
    }
    for (const Json& value : bad) {
        Json augmentation = Json::object();
        augmentation[pointerTo(key)] = value;
        const std::string refusal = refusalOf(planWith("training.augmentation", augmentation));
        QVERIFY2(contains(refusal, "training.augmentation") && contains(refusal, key),
            (value.dump() + ": " + refusal).c_str());
    }
    Json misspelt = Json::object();
    misspelt[pointerTo(key + "s")] = 1;
    QVERIFY2(
        contains(refusalOf(planWith("training.augmentation", misspelt)), key.substr(key.find('.') + 1)), key.c_str());
}

void PlanDocumentTest::stepsAreChecked_data()
{
    QTest::addColumn<QByteArray>("step"); // ? stands for the bad value
    QTest::addColumn<std::string>("key");
    const auto row = [](const char* step, const char* key) {
        QTest::newRow(qPrintable(QString("%1 %2").arg(QString(step).section('"', 3, 3), key)))
            << QByteArray(step) << std::string(key);
    };
    row(R"({"op":"resize","width":?,"height":8})", "width");
    row(R"({"op":"resize","width":8,"height":?})", "height");
    row(R"({"op":"resize","width":8,"height":8,"antialias":?})", "antialias");
    row(R"({"op":"resize","width":8,"height":8,"filter":?})", "filter");
    row(R"({"op":"resizeShorter","size":?})", "size");
    row(R"({"op":"centreCrop","width":?,"height":8})", "width");
    row(R"({"op":"centreCrop","width":8,"height":?})", "height");
    row(R"({"op":"fit","width":8,"height":?})", "height");
    row(R"({"op":"fit","width":8,"height":8,"fill":?})", "fill");
    row(R"({"op":"window","mode":"fixed","centre":0,"width":?})", "width");
    row(R"({"op":"window","mode":?})", "mode");
    row(R"({"op":"normalise","mean":[0],"std":[?]})", "std");
    row(R"({"op":"normalise","mean":?,"std":[1]})", "mean");
    row(R"({"op":?})", "op");
}

void PlanDocumentTest::stepsAreChecked()
{
    QFETCH(QByteArray, step);
    QFETCH(std::string, key);
    const QByteArray yards = "\"" + QByteArray(1 << 20, 'x') + "\"";
    for (const QByteArray& value : {QByteArray("-1"), QByteArray("null"), QByteArray("\"\""), QByteArray("{}"),
             QByteArray("-1e308"), QByteArray("[[]]"), yards}) {
        const Json bad = base::parseJson(QByteArray(step).replace("?", value).toStdString(), "step");
        Json steps
            = Json::array({{{"op", "window"}}, {{"op", "grey"}}, {{"op", "resize"}, {"width", 224}, {"height", 224}}});
        const std::string op = bad["op"].is_string() ? bad["op"].get<std::string>() : std::string();
        steps.insert(op == "window" ? steps.erase(steps.begin())
                : op == "normalise" ? steps.end()
                                    : steps.begin() + 2,
            bad);
        const std::string refusal = refusalOf(planWith("preprocess", steps));
        QVERIFY2(contains(refusal, "preprocess[") && contains(refusal, key),
            (base::shortened(bad.dump()) + ": " + refusal).c_str());
        QVERIFY2(refusal.size() < 1000, key.c_str());
    }
    Json endless = Json::array({{{"op", "grey"}}});
    for (int i = 0; i < 100000; ++i) {
        endless.push_back({{"op", "resize"}, {"width", 16384}, {"height", 16384}});
    }
    QVERIFY2(contains(refusalOf(planWith("preprocess", endless)), "steps"), "100,000 steps");
}

void PlanDocumentTest::versions_data()
{
    QTest::addColumn<QByteArray>("yaml");
    QTest::addColumn<bool>("good");
    const auto row = [](const char* yaml, bool good) { QTest::newRow(yaml) << QByteArray(yaml) << good; };
    row("version: 1\n", true);
    row("{}\n", true); // what people write by hand has none
    row("version: 2\n", false);
    row("version: 0\n", false);
    row("version: -1\n", false);
    row("version: 1.0\n", false);
    row("version: \"1\"\n", false);
    row("version: null\n", false);
    row("version: 99999999999999999999\n", false);
}

void PlanDocumentTest::versions()
{
    QFETCH(QByteArray, yaml);
    QFETCH(bool, good);
    const auto error = tests::errorOf([&] { (void)pipeline::planFromYaml(yaml.toStdString(), "plan.yaml"); });
    QCOMPARE(!error, good);
    QVERIFY(!error || (error->code() == base::ErrorCode::Plan && contains(error->what(), "version")));
}

void PlanDocumentTest::documents_data()
{
    QTest::addColumn<QByteArray>("yaml");
    QTest::addColumn<QString>("says"); // empty: it is read, with 3 epochs
    const auto row = [](const char* name, const QByteArray& yaml, const char* says) {
        QTest::newRow(name) << yaml << QString(says);
    };
    row("byte order mark", "\xEF\xBB\xBFtraining: {epochs: 3}\n", "");
    row("CRLF and comments", "# a plan\r\ntraining: # here\r\n  epochs: 3\r\n", "");
    row("JSON is YAML", R"({"training": {"epochs": 3}})", "");
    row("comma at the end", "training: {epochs: 3,}\n", "");
    row("tab", "training:\n\tepochs: 3\n", "plan.yaml");
    row("deep", "training: " + QByteArray(100000, '['), "plan.yaml");
    row("deep and closed", "training: " + QByteArray(100000, '[') + QByteArray(100000, ']'), "64 levels");
    row("lone surrogate", "package: {name: \"\\ud800\"}\n", "plan.yaml");
    row("surrogate in UTF-8", "package: {name: \"\xED\xA0\x80\"}\n", "UTF-8");
    row("UTF-16", QByteArray("\xFF\xFEt\0r\0a\0", 8), "UTF-8");
    row("17 MB", QByteArray(17 << 20, '#'), "limit");
    row("a key of 1 MB", QByteArray(1 << 20, 'k') + ": 1\n", "not valid YAML");
    row(
        "100,000 keys",
        [] {
            QByteArray text;
            for (int i = 0; i < 100000; ++i) {
                text += "k" + QByteArray::number(i) + ": 1\n";
            }
            return text;
        }(),
        "10000 keys");
}

void PlanDocumentTest::documents()
{
    QFETCH(QByteArray, yaml);
    QFETCH(QString, says);
    Plan plan;
    const auto error = tests::errorOf([&] { plan = pipeline::planFromYaml(yaml.toStdString(), "plan.yaml"); });
    QCOMPARE(!error, says.isEmpty());
    if (error) {
        QVERIFY2(contains(error->what(), says.toStdString()) && std::string(error->what()).size() < 1000,
            base::shortened(error->what(), 300).c_str());
    } else {
        QCOMPARE(plan.training.epochs, 3);
    }
}

void PlanDocumentTest::germanCommasChangeNothing()
{
    Plan plan;
    plan.data.source = "x.csv";
    plan.training.learningRate = 1234.5678e-6;
    plan.training.epochs = 12345;
    plan.data.groupPattern = "^(P[0-9]+)_";
    const std::string plain = pipeline::toYaml(plan);
    const std::locale before
        = std::locale::global(std::locale(std::locale::classic(), new GermanNumbers)); // owned by the locale
    const std::string german = pipeline::toYaml(plan);
    const Plan back = pipeline::planFromYaml(german, "plan.yaml");
    const std::size_t problems = back.check().size();
    std::locale::global(before);
    QCOMPARE(german, plain);
    QVERIFY(back == plan);
    QCOMPARE(problems, std::size_t{0});
}

QTEST_GUILESS_MAIN(PlanDocumentTest)
#include "PlanDocumentTest.moc"
