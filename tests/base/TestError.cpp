// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Clock.h"
#include "base/Error.h"
#include "base/Text.h"
#include "support/ErrorOf.h"

#include <QRegularExpression>
#include <set>
#include <string>

using namespace diascope;
using base::ErrorCode;

class TestError : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyCodeHasItsNameAndRemedy()
    {
        std::set<std::string_view> names;
        for (int i = 0; i <= static_cast<int>(ErrorCode::Internal); ++i) {
            const auto code = static_cast<ErrorCode>(i);
            QVERIFY(!base::remedy(code).empty());
            const QString name = QString::fromUtf8(base::name(code).data(), static_cast<qsizetype>(base::name(code).size()));
            QVERIFY2(QRegularExpression("^[a-z]+(-[a-z]+)*$").match(name).hasMatch(), qPrintable(name));
            names.insert(base::name(code));
        }
        QCOMPARE(names.size(), static_cast<std::size_t>(ErrorCode::Internal) + 1);
        QCOMPARE(base::name(ErrorCode::OutOfMemory), std::string_view("out-of-memory"));
    }

    void whatNamesSubjectDetailAndRemedyOnOneLine()
    {
        const base::Error error(ErrorCode::Malformed, "a\nb.dcm", "ends early", "Fetch it again.");
        QCOMPARE(QByteArray(error.what()), QByteArray("a\\nb.dcm: ends early (Fetch it again.)"));
        QCOMPARE(error.subject(), std::string("a\nb.dcm"));
        const base::Problem problem = base::toProblem(error);
        QCOMPARE(problem.detail, std::string("ends early (Fetch it again.)"));
        QVERIFY(problem.code == ErrorCode::Malformed);
        const base::Error general(ErrorCode::Busy, "run", "held");
        QCOMPARE(general.remedyText(), std::string(base::remedy(ErrorCode::Busy)));
    }

    void visibleTextShowsWhatHides_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("shown");
        QTest::newRow("plain") << QByteArray("Größe 5 µm, 腎") << QByteArray("Größe 5 µm, 腎");
        QTest::newRow("controls") << QByteArray("a\tb\r\n\x1b[31m", 10) << QByteArray("a\\tb\\r\\n\\x1b[31m");
        QTest::newRow("NUL and DEL") << QByteArray("\0\x7f", 2) << QByteArray("\\x00\\x7f");
        QTest::newRow("C1") << QByteArray("\xC2\x85") << QByteArray("\\x85");
        QTest::newRow("right-to-left override") << QByteArray("a\xE2\x80\xAE" "b") << QByteArray("a\\u202eb");
        QTest::newRow("isolate") << QByteArray("\xE2\x81\xA6") << QByteArray("\\u2066");
        QTest::newRow("overlong") << QByteArray("\xC0\x80") << QByteArray("\\xc0\\x80");
        QTest::newRow("surrogate") << QByteArray("\xED\xA0\x80") << QByteArray("\\xed\\xa0\\x80");
        QTest::newRow("torn") << QByteArray("ab\xE8\x85") << QByteArray("ab\\xe8\\x85");
        QTest::newRow("beyond Unicode") << QByteArray("\xF4\x90\x80\x80") << QByteArray("\\xf4\\x90\\x80\\x80");
    }
    void visibleTextShowsWhatHides()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, shown);
        QCOMPARE(tests::bytes(base::visibleText(text.toStdString())), shown);
    }

    void utcNowIsIso8601()
    {
        const QString now = QString::fromStdString(base::utcNow());
        QVERIFY2(QRegularExpression("^20\\d\\d-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ$").match(now).hasMatch(), qPrintable(now));
    }

    void numbersReadAndWriteBack_data()
    {
        QTest::addColumn<double>("number");
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("tenth") << 0.1 << QByteArray("0.1");
        QTest::newRow("third") << 1.0 / 3.0 << QByteArray("0.3333333333333333");
        QTest::newRow("small") << 1e-5 << QByteArray("1e-05");
        QTest::newRow("negative") << -3.25 << QByteArray("-3.25");
        QTest::newRow("largest") << 1.7976931348623157e308 << QByteArray("1.7976931348623157e+308");
    }
    void numbersReadAndWriteBack()
    {
        QFETCH(double, number);
        QFETCH(QByteArray, text);
        QCOMPARE(tests::bytes(base::numberText(number)), text);
        QCOMPARE(base::parseNumber(text.toStdString()).value(), number);
    }

    void notNumbers()
    {
        for (const char* text : {"", " 1", "1 ", "1,5", "nan", "inf", "1e999", "0x10", "+-1", "--1", "1.2.3", "\xC2\xBD"}) {
            QVERIFY2(!base::parseNumber(text), text);
        }
        QCOMPARE(base::parseNumber("+1.5").value(), 1.5);
    }

    void shortenedCutsBetweenCharacters()
    {
        QCOMPARE(base::shortened("abcdef", 6), std::string("abcdef"));
        QCOMPARE(base::shortened("ab\xC3\xBC" "ef", 3), std::string("ab..."));
        QCOMPARE(base::trimmed(" \t a b \r\n"), std::string_view("a b"));
        QCOMPARE(base::trimmed(" \t"), std::string_view());
    }
};

QTEST_APPLESS_MAIN(TestError)
#include "TestError.moc"
