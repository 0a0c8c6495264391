// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Csv.h"
#include "base/Text.h"
#include "base/Yaml.h"
#include "support/ErrorOf.h"

#include <clocale>
#include <cstdio>
#include <locale>
#include <sstream>

using namespace diascope;

namespace {

/// Decimal comma and dots between thousands, as in German, for C++ streams on machines without that locale.
struct GermanNumbers : std::numpunct<char> {
    char do_decimal_point() const override { return ','; }
    char do_thousands_sep() const override { return '.'; }
    std::string do_grouping() const override { return "\3"; }
};

} // namespace

/// Numbers are read and written the same way whatever language the machine speaks.
class TestLocale : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void cleanup()
    {
        std::setlocale(LC_ALL, "C");
        std::locale::global(std::locale::classic());
    }

    void streamsOfGermanNumbers()
    {
        std::locale::global(std::locale(std::locale::classic(), new GermanNumbers)); // owned by the locale
        std::ostringstream stream;
        stream << 1234.5;
        QCOMPARE(stream.str(), std::string("1.234,5")); // the trap is set
        checkNumbers();
    }

    void cLibraryInGerman()
    {
        bool found = false;
        for (const char* name : {"de_DE.UTF-8", "de_DE.utf8", "de_DE", "fr_FR.UTF-8"}) {
            found = found || std::setlocale(LC_ALL, name) != nullptr;
        }
        if (!found) {
            QSKIP("No locale with a decimal comma is installed on this machine.");
        }
        char text[32];
        std::snprintf(text, sizeof text, "%.1f", 0.5);
        QCOMPARE(QByteArray(text), QByteArray("0,5")); // the trap is set
        checkNumbers();
    }

private:
    static void checkNumbers()
    {
        QCOMPARE(base::numberText(1234567.25), std::string("1234567.25"));
        QCOMPARE(base::parseNumber("1234567.25").value(), 1234567.25);
        QVERIFY(!base::parseNumber("0,5"));
        QCOMPARE(base::fixedText(1234.5678, 3), std::string("1234.568"));
        QCOMPARE(base::fixedText(0.125, 2), std::string("0.12")); // to even
        QCOMPARE(base::fixedText(-0.0004, 3), std::string("0.000"));
        QCOMPARE(base::fixedText(-0.5, 3), std::string("-0.500"));
        QCOMPARE(base::fixedText(1e300, 1).size(), std::size_t{303});
        QCOMPARE(base::significantText(0.0123456, 3), std::string("0.0123"));
        QCOMPARE(base::significantText(1.5e8, 3), std::string("1.5e+08"));
        QCOMPARE(base::csvCell(base::numberText(-1234.5)), std::string("-1234.5"));
        const base::Json json = base::parseJson("[1234.5, 1e-3, 1234567]", "x");
        QCOMPARE(json[0].get<double>(), 1234.5);
        QCOMPARE(json[1].get<double>(), 0.001);
        QCOMPARE(json.dump(), std::string("[1234.5,0.001,1234567]"));
        const base::Json yaml = base::parseYaml("a: 1234.5\nb: 1234567\nc: '0,5'\n", "x");
        QCOMPARE(yaml["a"].get<double>(), 1234.5);
        QCOMPARE(base::toYaml(yaml), std::string("a: 1234.5\nb: 1234567\nc: \"0,5\"\n"));
        const auto error = tests::errorOf([] { (void)base::parseYaml("\n\n[1", "x"); });
        QVERIFY(error && QByteArray(error->what()).contains("line"));
    }
};

QTEST_APPLESS_MAIN(TestLocale)
#include "TestLocale.moc"
