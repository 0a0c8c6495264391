// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Json.h"
#include "support/ErrorOf.h"

#include <string>

using namespace diascope;
using base::Json;

namespace {

std::string nested(int depth)
{
    return std::string(static_cast<std::size_t>(depth), '[') + std::string(static_cast<std::size_t>(depth), ']');
}

/// "0": 1, "1": 1, ...
std::string manyKeys(int count)
{
    std::string text;
    for (int i = 0; i < count; ++i) {
        text += (i > 0 ? ",\"" : "\"") + std::to_string(i) + "\": 1";
    }
    return text;
}

} // namespace

class TestJson : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void parsesOrRefuses_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("outcome");
        QTest::addColumn<QByteArray>("mentions");
        const auto row = [](const char* name, const std::string& text, const char* outcome, const char* mentions = "") {
            QTest::newRow(name) << tests::bytes(text) << QByteArray(outcome) << QByteArray(mentions);
        };
        row("plain", R"({"a": [1, 2.5, "x", null, true]})", "none");
        row("byte order mark", "\xEF\xBB\xBF{}", "none");
        row("64 levels", nested(64), "none");
        row("65 levels", nested(65), "too-large", "64 levels");
        row("100000 levels", nested(100000), "too-large", "64 levels");
        row("100000 open brackets", std::string(100000, '['), "too-large");
        row("100000 keys", "{" + manyKeys(100000) + "}", "too-large", "10000 keys");
        row("10000 keys", "{" + manyKeys(10000) + "}", "none");
        row("duplicate key", R"({"a": 1, "b": {"a": 2}, "a": 3})", "malformed", "'a' stands twice");
        row("same key in two objects", R"([{"a": 1}, {"a": 2}])", "none");
        row("duplicate by escape", R"({"a": 1, "\u0061": 2})", "malformed", "'a' stands twice");
        row("comment", "{} // no", "malformed");
        row("trailing comma", "[1,]", "malformed");
        row("NaN", "[NaN]", "malformed");
        row("Infinity", "[-Infinity]", "malformed");
        row("overflow", "[1e999]", "malformed");
        row("lone high surrogate", R"(["\ud800"])", "malformed");
        row("lone low surrogate", R"(["\udc00"])", "malformed");
        row("pair of surrogates", R"(["\ud83d\ude00"])", "none");
        row("invalid UTF-8", "[\"\xC0\x80\"]", "malformed");
        row("empty", "", "malformed");
        row("cut off", R"({"a": )", "malformed");
        row("two documents", "{} {}", "malformed");
        row("single quotes", "{'a': 1}", "malformed");
    }
    void parsesOrRefuses()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, outcome);
        QFETCH(QByteArray, mentions);
        const auto error = tests::errorOf([&] { (void)base::parseJson(text.toStdString(), "file.json"); });
        QCOMPARE(tests::codeName(error), outcome);
        if (error) {
            QCOMPARE(error->subject(), std::string("file.json"));
            QVERIFY2(QByteArray(error->what()).contains(mentions), error->what());
            QVERIFY2(!QByteArray(error->what()).contains("json.exception"), error->what());
        }
    }

    void keepsTheOrderOfKeysAndRefusesSize()
    {
        QCOMPARE(base::parseJson(R"({"z":1,"a":2,"m":3})", "x").dump(), std::string(R"({"z":1,"a":2,"m":3})"));
        QCOMPARE(tests::codeName(tests::errorOf([] { (void)base::parseJson("[1,2,3]", "x", 6); })), "too-large");
    }

    void nearestMatchFindsTheMeantWord_data()
    {
        QTest::addColumn<QString>("word");
        QTest::addColumn<QString>("nearest");
        QTest::newRow("missing letter") << "lerning_rate" << "learning_rate";
        QTest::newRow("swapped letters") << "epohcs" << "epochs";
        QTest::newRow("camel case") << "learningRate" << "learning_rate";
        QTest::newRow("hyphen") << "batch-size" << "batch_size";
        QTest::newRow("nothing near") << "colour" << "";
        QTest::newRow("empty") << "" << "";
        QTest::newRow("very long") << QString(1000000, 'x') << "";
    }
    void nearestMatchFindsTheMeantWord()
    {
        QFETCH(QString, word);
        QFETCH(QString, nearest);
        QCOMPARE(base::nearestMatch(word.toStdString(), {"epochs", "learning_rate", "batch_size", "lr"}), nearest.toStdString());
    }

    void unknownKeyIsNamedWithItsNearest()
    {
        const Json object = {{"epochs", 3}, {"lerning_rate", 0.1}};
        int epochs = 0;
        double rate = 0.5;
        base::ObjectReader reader(object, "plan.yaml", "training");
        reader.read("epochs", epochs).read("learning_rate", rate);
        const auto error = tests::errorOf([&] { reader.finish(); });
        QCOMPARE(tests::codeName(error), "plan");
        QCOMPARE(epochs, 3);
        QCOMPARE(rate, 0.5);
        QVERIFY2(QByteArray(error->what()).contains("training.lerning_rate"), error->what());
        QVERIFY2(QByteArray(error->what()).contains("did you mean learning_rate"), error->what());
    }

    void unknownKeyWithoutNearestListsTheKnown()
    {
        const Json object = {{"colour", 1}};
        base::ObjectReader reader(object, "plan.yaml");
        int epochs = 0;
        reader.read("epochs", epochs);
        const auto error = tests::errorOf([&] { reader.finish(); });
        QVERIFY(error && QByteArray(error->what()).contains("known here: epochs"));
    }

    void missingAndChild()
    {
        const Json object = {{"model", {{"dropout", 0.5}}}};
        base::ObjectReader reader(object, "plan.yaml");
        const Json* model = reader.child("model");
        QVERIFY(model != nullptr);
        reader.finish();
        base::ObjectReader inner(*model, "plan.yaml", reader.pathOf("model"));
        double weight = 0.0;
        const auto error = tests::errorOf([&] { inner.require("weight", weight); });
        QVERIFY(error && QByteArray(error->what()).contains("model.weight is missing"));
        const auto noObject = tests::errorOf([&] { base::ObjectReader(model->at("dropout"), "plan.yaml", "model.dropout"); });
        QVERIFY(noObject && QByteArray(noObject->what()).contains("model.dropout must be a group of keys"));
    }

    void wrongTypesAreRefused_data()
    {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<QByteArray>("json");
        QTest::addColumn<bool>("good");
        const auto row = [](const char* kind, const char* json, bool good) {
            QTest::addRow("%s from %s", kind, json) << QString(kind) << QByteArray(json) << good;
        };
        for (const char* json : {"null", "\"3\"", "true", "3.5", "3.0", "-2147483649", "2147483648", "18446744073709551615", "[3]", "{}"}) {
            row("int", json, false);
        }
        row("int", "-2147483648", true);
        row("int", "2147483647", true);
        row("unsigned64", "18446744073709551615", true);
        row("unsigned64", "-1", false);
        row("double", "3", true);
        row("double", "-1e308", true);
        row("double", "\"1\"", false);
        row("double", "false", false);
        row("double", "null", false);
        row("bool", "true", true);
        row("bool", "1", false);
        row("text", "\"x\"", true);
        row("text", "1", false);
        row("text", "null", false);
        row("list of int", "[1, 2]", true);
        row("list of int", "[1, 2.5]", false);
        row("list of int", "[true]", false);
        row("list of int", "3", false);
    }
    void wrongTypesAreRefused()
    {
        QFETCH(QString, kind);
        QFETCH(QByteArray, json);
        QFETCH(bool, good);
        const Json object = {{"key", Json::parse(json.toStdString())}};
        const auto error = tests::errorOf([&] {
            base::ObjectReader reader(object, "plan.yaml");
            int whole = 0;
            std::uint64_t large = 0;
            double real = 0.0;
            bool truth = false;
            std::string text;
            std::vector<int> list;
            kind == "int"          ? reader.read("key", whole)
            : kind == "unsigned64" ? reader.read("key", large)
            : kind == "double"     ? reader.read("key", real)
            : kind == "bool"       ? reader.read("key", truth)
            : kind == "text"       ? reader.read("key", text)
                                   : reader.read("key", list);
        });
        QCOMPARE(tests::codeName(error), good ? QByteArray("none") : QByteArray("plan"));
        QVERIFY(good || QByteArray(error->what()).contains("key key must be"));
    }

    void nonFiniteNumbersAreRefused()
    {
        const Json object = {{"rate", std::numeric_limits<double>::quiet_NaN()}};
        base::ObjectReader reader(object, "plan.yaml");
        double rate = 1.0;
        QCOMPARE(tests::codeName(tests::errorOf([&] { reader.read("rate", rate); })), "plan");
        QCOMPARE(rate, 1.0);
    }
};

QTEST_APPLESS_MAIN(TestJson)
#include "TestJson.moc"
