// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Rng.h"
#include "base/Yaml.h"
#include "support/ErrorOf.h"

#include <cmath>
#include <string>

using namespace diascope;
using base::Json;

namespace {

/// A random document: every kind of value, awkward texts, up to five levels.
Json randomValue(base::Rng& rng, int depth)
{
    static const std::vector<std::string> kTexts = {
        "", " ", "true", "No", "null", "~", "1", "-1.5", "1e3", "0x1F", ".5", ".nan", "- a", "a: b", "a #b", "#", "&a", "*a", "!t", "%x", "@x", "`x",
        "'", "\"", "\\", "\n", "a\nb\n", "\t", "\x7f", "\xC2\x85", "\xE2\x80\xA8", "\xEF\xBB\xBF", "größe", "腎臓", "\xF0\x9F\x98\x80", "a,b", "[x]",
        "{x}", "plain text", "trailing ", "---", "...", "<<", "=", "y", "on", "2026-01-31", "12:30", "/data/images", "a:", ":a", "? x", "|", ">"};
    const auto pick = rng.below(depth > 4 ? 6 : 8);
    switch (pick) {
    case 0:
        return nullptr;
    case 1:
        return rng.chance(0.5);
    case 2:
        return static_cast<std::int64_t>(rng.next64());
    case 3:
        return rng.next64();
    case 4:
        return rng.chance(0.2) ? std::round(rng.uniform(-1000, 1000)) : rng.normal() * std::pow(10.0, rng.uniform(-300, 300));
    case 5:
        return kTexts[rng.below(kTexts.size())];
    default:
        break;
    }
    Json value = pick == 6 ? Json::array() : Json::object();
    const auto count = rng.below(5);
    for (std::uint64_t i = 0; i < count; ++i) {
        if (pick == 6) {
            value.push_back(randomValue(rng, depth + 1));
        } else {
            value[kTexts[rng.below(kTexts.size())]] = randomValue(rng, depth + 1);
        }
    }
    return value;
}

} // namespace

class TestYaml : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void scalarsByTheCoreSchema_data()
    {
        QTest::addColumn<QByteArray>("yaml");
        QTest::addColumn<QByteArray>("json");
        const auto row = [](const char* yaml, const char* json) { QTest::newRow(yaml) << QByteArray(yaml) << QByteArray(json); };
        row("null", "null");
        row("~", "null");
        row("", "null");
        row("true", "true");
        row("FALSE", "false");
        row("yes", "\"yes\"");
        row("12", "12");
        row("-12", "-12");
        row("+12", "12");
        row("007", "7");
        row("0x1f", "31");
        row("0o17", "15");
        row("-0x1f", "\"-0x1f\"");
        row("9223372036854775807", "9223372036854775807");
        row("-9223372036854775808", "-9223372036854775808");
        row("18446744073709551615", "18446744073709551615");
        row("18446744073709551616", "18446744073709551616.0");
        row("1.5", "1.5");
        row(".5", "0.5");
        row("5.", "5.0");
        row("1e-3", "0.001");
        row("1e-400", "0.0");
        row("1.2.3", "\"1.2.3\"");
        row("1e", "\"1e\"");
        row("1,5", "\"1,5\"");
        row("'12'", "\"12\"");
        row("\"true\"", "\"true\"");
        row("2026-01-31", "\"2026-01-31\"");
        row("a b", "\"a b\"");
    }
    void scalarsByTheCoreSchema()
    {
        QFETCH(QByteArray, yaml);
        QFETCH(QByteArray, json);
        const Json value = base::parseYaml("key: " + yaml.toStdString() + "\n", "plan.yaml").at("key");
        const Json expected = Json::parse(json.toStdString());
        QCOMPARE(tests::bytes(value.dump()), tests::bytes(expected.dump()));
        QCOMPARE(value.is_number_float(), expected.is_number_float());
    }

    void structures()
    {
        const Json value = base::parseYaml("# a comment\n"
                                           "a:\n  - 1\n  - {x: 2, y: [3, 4]}\n  -\n    - deep\n"
                                           "b: |\n  two\n  lines\n"
                                           "c: >\n  folded\n  text\n",
                                           "plan.yaml");
        QCOMPARE(tests::bytes(value.dump()),
                 QByteArray(R"({"a":[1,{"x":2,"y":[3,4]},["deep"]],"b":"two\nlines\n","c":"folded text\n"})"));
    }

    void refusals_data()
    {
        QTest::addColumn<QByteArray>("yaml");
        QTest::addColumn<QByteArray>("code");
        QTest::addColumn<QByteArray>("mentions");
        const auto row = [](const char* name, const std::string& yaml, const char* mentions, const char* code = "malformed") {
            QTest::newRow(name) << tests::bytes(yaml) << QByteArray(code) << QByteArray(mentions);
        };
        row("duplicate key", "a: 1\nb: 2\na: 3\n", "line 3, column 1: the key 'a' stands twice");
        row("anchor", "a: &x 1\n", "anchors");
        row("anchor on a map", "a: &x\n  b: 1\n", "anchors");
        row("alias", "a: 1\nb: *x\n", "line 2");
        row("tag", "a: !!python/object 1\n", "tags");
        row("tag on a list", "a: !x [1]\n", "tags");
        row("NaN", "a: .nan\n", "not finite");
        row("infinity", "a: -.inf\n", "not finite");
        row("overflow", "a: 1e400\n", "not finite");
        row("list as key", "? [1]\n: 2\n", "a key must be a text");
        row("map as key", "? {a: 1}\n: 2\n", "a key must be a text");
        row("null as key", "~: 2\n", "a key must be a text");
        row("two documents", "a: 1\n---\nb: 2\n", "more than one document");
        row("open list", "a: [1, 2\n", "line");
        row("bad indent", "a: 1\n  b: 2\n", "line");
        row("tab indent", "a:\n\t- 1\n", "line");
        row("NUL", std::string("a: \0b\n", 6), "UTF-8");
        row("Latin-1", "a: \xE4\n", "UTF-8");
        row("65 flow levels", std::string(65, '[') + std::string(65, ']'), "64 levels", "too-large");
        row("100000 open brackets", std::string(100000, '['), "line 1");
        row("100000 keys", [] {
            std::string text;
            for (int i = 0; i < 100000; ++i) {
                text += "k" + std::to_string(i) + ": 1\n";
            }
            return text;
        }(), "10000 keys", "too-large");
        row("100000 dashes", [] {
            std::string text;
            for (int i = 0; i < 100000; ++i) {
                text += "- ";
            }
            return text;
        }(), "64 levels", "too-large");
    }
    void refusals()
    {
        QFETCH(QByteArray, yaml);
        QFETCH(QByteArray, code);
        QFETCH(QByteArray, mentions);
        const auto error = tests::errorOf([&] { (void)base::parseYaml(yaml.toStdString(), "plan.yaml"); });
        QCOMPARE(tests::codeName(error), code);
        QCOMPARE(error->subject(), std::string("plan.yaml"));
        QVERIFY2(QByteArray(error->what()).contains(mentions), error->what());
    }

    void emptyTextIsNull() { QVERIFY(base::parseYaml("# nothing\n", "plan.yaml").is_null()); }

    void writesWhatAPersonWouldWrite()
    {
        const Json value = {{"name", "renal net"},
                            {"mean", {0.485, 0.456}},
                            {"training", {{"epochs", 30}, {"rate", 1.0}, {"classes", Json::array()}, {"on", "on"}}},
                            {"steps", {{{"op", "resize"}, {"size", 224}}, {{"op", "flip"}}}}};
        QCOMPARE(tests::bytes(base::toYaml(value)), QByteArray("name: renal net\n"
                                                               "mean: [0.485, 0.456]\n"
                                                               "training:\n"
                                                               "  epochs: 30\n"
                                                               "  rate: 1.0\n"
                                                               "  classes: []\n"
                                                               "  \"on\": \"on\"\n"
                                                               "steps:\n"
                                                               "  - op: resize\n"
                                                               "    size: 224\n"
                                                               "  - op: flip\n"));
    }

    void roundTripOfRandomDocuments()
    {
        base::Rng rng = base::Rng::stream(11, "yaml");
        for (int i = 0; i < 3000; ++i) {
            const Json value = randomValue(rng, 0);
            const std::string yaml = base::toYaml(value);
            const auto error = tests::errorOf([&] {
                const Json back = base::parseYaml(yaml, "round trip");
                if (back.dump() != value.dump()) {
                    throw base::Error(base::ErrorCode::Mismatch, yaml, back.dump() + " is not " + value.dump());
                }
            });
            QVERIFY2(!error, error ? error->what() : "");
        }
    }

    void unwritableValuesAreRefused()
    {
        QCOMPARE(tests::codeName(tests::errorOf([] { (void)base::toYaml(Json(std::nan(""))); })), "malformed");
        QCOMPARE(tests::codeName(tests::errorOf([] { (void)base::toYaml(Json("\xFF")); })), "malformed");
    }
};

QTEST_APPLESS_MAIN(TestYaml)
#include "TestYaml.moc"
