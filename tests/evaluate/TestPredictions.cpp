// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluate/JoinColumns.h"
#include "evaluate/Predictions.h"
#include "evaluate/PredictionTables.h"
#include "support/ErrorOf.h"

using namespace diascope;

/// Tables of any model's predictions, good and bad.
class TestPredictions : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void scoreAndProbabilities()
    {
        const auto score = tests::read("label,score,group\n1,0.8,a\n0,0.3,b\n1.0,0.6,a\n");
        QCOMPARE(score.classes, (std::vector<std::string>{"0", "1"}));
        QCOMPARE(score.binaryLabels(), (std::vector<int>{1, 0, 1}));
        QCOMPARE(score.positiveScores(), (std::vector<double>{0.8, 0.3, 0.6}));
        QCOMPARE(score.groups, (std::vector<std::string>{"a", "b", "a"}));
        const auto three = tests::read("Label;p_a;p_b;p_c\nb;0,2;0,5;0,3\n");
        QVERIFY(three.classCount() == 3 && three.labels.front() == 1 && three.probabilities[2] == 0.3);
        const auto both = tests::read("label,score,p_no,p_yes\nno,7,0.6,0.4\n");
        QVERIFY(both.areProbabilities && both.positive == 1 && both.classes[1] == "yes");
    }

    void thePositiveClassIsNamed()
    {
        const auto first = tests::read("label,p_sick,p_well\nsick,0.7,0.3\nwell,0.2,0.8\n", {"sick", {}, {}});
        QCOMPARE(first.positive, 0);
        QCOMPARE(first.positiveScores(), (std::vector<double>{0.7, 0.2}));
        const auto score = tests::read("label,score\nsick,0.7\nwell,0.2\n", {"sick", {}, {}});
        QCOMPARE(score.classes, (std::vector<std::string>{"well", "sick"}));
        QCOMPARE(score.positiveScores(), (std::vector<double>{0.7, 0.2}));
        const auto zero = tests::read("label,score\n0,0.7\n1,0.2\n", {"0", {}, {}});
        QCOMPARE(zero.positiveScores(), (std::vector<double>{0.7, 0.2}));
        QCOMPARE(zero.binaryLabels(), (std::vector<int>{1, 0}));
        QCOMPARE(tests::read("label,score\nsick,0.7\n", {"sick", {}, {}}).classes.front(), std::string("not sick"));
    }

    void scoresOutsideZeroToOne()
    {
        const auto logits = tests::read("label,score\n1,3.5\n0,-2\n");
        QVERIFY(!logits.areProbabilities);
        QCOMPARE(logits.positiveScores(), (std::vector<double>{3.5, -2.0}));
    }

    void refused_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("positive");
        QTest::addColumn<QByteArray>("code");
        QTest::addColumn<QByteArray>("words");
        const auto row = [](const char* name, const char* text, const char* positive, const char* code,
                             const char* words) {
            QTest::newRow(name) << QByteArray(text) << QByteArray(positive) << QByteArray(code) << QByteArray(words);
        };
        row("no label", "truth,score\n1,0.5\n", "", "malformed", "no column 'label'");
        row("no score", "label,probability\n1,0.5\n", "", "malformed", "neither a column 'score'");
        row("one p_ column", "label,p_a\na,1\n", "", "malformed", "only one column");
        row("p_ twice", "label,p_a,p_a\na,1,0\n", "", "malformed", "have one name");
        row("header only", "label,score\n", "", "malformed", "no rows");
        row("a class column is missing", "label,p_a,p_b\na,0.5,0.5\ncyst,0.5,0.5\n", "", "mismatch",
            "row 3: label 'cyst' has no column 'p_cyst'");
        row("three labels for one score", "label,score\na,0.5\nb,0.5\nc,0.5\n", "a", "mismatch", "has 3 classes");
        row("whose score", "label,score\nsick,0.5\nwell,0.5\n", "", "usage", "nobody knows");
        row("no such positive", "label,score\n1,0.5\n0,0.5\n", "2", "usage", "");
        row("positive of three", "label,p_a,p_b,p_c\na,1,0,0\n", "a", "usage", "needs two classes");
        row("logits as p_", "label,p_a,p_b\na,3.1,-2\n", "", "malformed", "outside 0 to 1");
        row("sums", "label,p_a,p_b\na,0.9,0.9\nb,0.2,0.2\n", "", "malformed", "do not sum to 1");
        row("only NaN", "label,score\n1,NaN\n0,inf\n", "", "malformed", "not a number");
    }
    void refused()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, positive);
        QFETCH(QByteArray, code);
        QFETCH(QByteArray, words);
        const auto error = tests::errorOf([&] {
            (void)tests::read(text.toStdString(), {positive.toStdString(), {}, {}});
        });
        QCOMPARE(tests::codeName(error), code);
        QVERIFY2(QByteArray(error->what()).contains(words), error->what());
    }

    void badRowsAreLeftOutAndTold()
    {
        const auto p
            = tests::read("label,p_a,p_b\na,0.9,0.1\n,0.5,0.5\nb,x,0.5\nb,0.5,\nb,1.5,-0.5\nb,0.2,0.2\nb,0.3,0.7\n");
        QCOMPARE(p.cases(), std::size_t{2});
        QCOMPARE(p.refusedRows, std::size_t{5});
        QString words;
        for (const auto& problem : p.problems) {
            words += QString::fromStdString(problem.subject + ": " + problem.detail) + QLatin1Char('\n');
        }
        QVERIFY2(words.contains(QStringLiteral("table: 1 row left out, no label: row 3")), qPrintable(words));
        QVERIFY2(words.contains(QStringLiteral("2 rows left out, a probability is not a number: row 4, 5")),
            qPrintable(words));
        QVERIFY(words.contains(QStringLiteral("outside 0 to 1: row 6"))
            && words.contains(QStringLiteral("do not sum to 1: row 7")));
    }

    void repeatAndFoldOnlyWhereTheyAreNumbers()
    {
        const auto p = tests::read("label,score,repeat,fold\n1,0.5,0,2\n0,0.4,1,first\n");
        QCOMPARE(p.repeats, (std::vector<int>{0, 1}));
        QVERIFY(p.folds.empty());
    }

    void subgroups_data()
    {
        QTest::addColumn<QString>("column");
        QTest::addColumn<QStringList>("values");
        QTest::addColumn<QStringList>("bands");
        QTest::newRow("sex") << "PatientSex" << QStringList{"F", "M", ""} << QStringList{"F", "M", "(unknown)"};
        QTest::newRow("ages") << "Age" << QStringList{"0", "17.9", "18", "64", "65", "95", "", "-3"}
                              << QStringList{
                                     "0-17", "0-17", "18-39", "40-64", "65-79", "80+", "(unknown)", "(unknown)"};
        QTest::newRow("DICOM ages") << "PatientAge" << QStringList{"045Y", "018M", "010W", "003D", "100Y"}
                                    << QStringList{"40-64", "0-17", "0-17", "0-17", "80+"};
        QTest::newRow("few numbers") << "scanner" << QStringList{"1", "2", "1"} << QStringList{"1", "2", "1"};
        QStringList numbers, quarters;
        for (int i = 0; i < 17; ++i) {
            numbers << QString::number(i);
            quarters << (i < 4 ? "0 to 4" : i < 8 ? "4 to 8" : i < 12 ? "8 to 12" : "12 to 16");
        }
        QTest::newRow("many numbers") << "thickness" << numbers << quarters;
        QTest::newRow("not an age") << "age" << QStringList{"old", "young"} << QStringList{"old", "young"};
    }
    void subgroups()
    {
        QFETCH(QString, column);
        QFETCH(QStringList, values);
        QFETCH(QStringList, bands);
        std::vector<std::string> texts;
        for (const QString& value : values) {
            texts.push_back(value.toStdString());
        }
        QStringList ours;
        for (const std::string& band : evaluate::subgroupBands(column.toStdString(), texts)) {
            ours << QString::fromStdString(band);
        }
        QCOMPARE(ours, bands);
    }

    void namesAreNoSubgroup()
    {
        std::vector<std::string> names;
        for (int i = 0; i < 60; ++i) {
            names.push_back("name " + std::to_string(i));
        }
        QCOMPARE(tests::codeName(tests::errorOf([&] { (void)evaluate::subgroupBands("name", names); })), "usage");
        const auto error = tests::errorOf([] { (void)tests::read("label,score,sex\n1,0.5,F\n", {"", {"sexx"}, {}}); });
        QVERIFY(error && QByteArray(error->what()).contains("nearest is 'sex'"));
    }

    void columnsOfAnotherTable()
    {
        auto p = tests::read("sample,label,score\nimg1,1,0.5\nimg2,0,0.4\nimg3,0,0.4\n");
        evaluate::joinColumns(
            p, base::parseCsv("file,sex\nfolder/img2.png,M\nfolder/img1.png,F\n", "other"), {"sex"}, "other");
        QCOMPARE(p.columns.front().values, (std::vector<std::string>{"F", "M", "(unknown)"}));
        const auto none = tests::errorOf(
            [&] { evaluate::joinColumns(p, base::parseCsv("file,sex\nx,M\n", "other"), {"sex"}, "other"); });
        QCOMPARE(tests::codeName(none), "mismatch");
        const auto column = tests::errorOf(
            [&] { evaluate::joinColumns(p, base::parseCsv("sample,sex\nimg1,M\n", "other"), {"age"}, "other"); });
        QCOMPARE(tests::codeName(column), "usage");
    }
};

QTEST_APPLESS_MAIN(TestPredictions)
#include "TestPredictions.moc"
