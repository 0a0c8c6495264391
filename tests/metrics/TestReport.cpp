// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/Agreement.h"
#include "metrics/Brier.h"
#include "metrics/ClassificationReport.h"
#include "metrics/DeLong.h"
#include "metrics/GoldenSet.h"
#include "metrics/MultiClassAuc.h"
#include "metrics/Proportion.h"
#include "support/ErrorOf.h"

#include <limits>
#include <vector>

using namespace diascope;
using tests::near;

class TestReport : public QObject {
    Q_OBJECT

private Q_SLOTS:
    /// What scikit-learn prints for the golden set at 0.5.
    void layoutOfScikitLearn()
    {
        const metrics::ConfusionMatrix matrix{2, {9, 2, 2, 7}};
        const auto report = metrics::classificationReport(matrix, {"Normal", "RenalFailure"});
        const char* expected = "              precision    recall  f1-score   support\n"
                               "\n"
                               "      Normal       0.82      0.82      0.82        11\n"
                               "RenalFailure       0.78      0.78      0.78         9\n"
                               "\n"
                               "    accuracy                           0.80        20\n"
                               "   macro avg       0.80      0.80      0.80        20\n"
                               "weighted avg       0.80      0.80      0.80        20\n";
        QCOMPARE(QString::fromStdString(report.text()), QString::fromLatin1(expected));
        QVERIFY(QString::fromStdString(report.text(4)).contains(QStringLiteral("0.8182")));
    }

    /// Columns stay in line under names of more bytes than letters.
    void namesAreCountedInLetters()
    {
        const auto text = QString::fromStdString(
            metrics::classificationReport({2, {1, 0, 0, 1}}, {"gesund", "Nierenschädigung"}).text());
        const QStringList lines = text.split(QLatin1Char('\n'));
        QCOMPARE(lines[2].size(), lines[3].size());
        QCOMPARE(lines[3].indexOf(QStringLiteral("1.00")), lines[2].indexOf(QStringLiteral("1.00")));
    }

    void rowsSayWhatIsUndefined()
    {
        const auto report = metrics::classificationReport({3, {0, 2, 0, 0, 3, 0, 0, 0, 0}}, {"a", "b", "c"});
        QCOMPARE(report.classes[0].undefinedBecause, std::string("never predicted"));
        QCOMPARE(report.classes[1].undefinedBecause, std::string());
        QCOMPARE(report.classes[2].undefinedBecause, std::string("no cases, never predicted"));
        const auto onlyCalled = metrics::classificationReport({2, {1, 1, 0, 0}}, {"a", "b"});
        QCOMPARE(onlyCalled.classes[1].undefinedBecause, std::string("no cases"));
        QCOMPARE(tests::codeName(tests::errorOf([] {
            (void)metrics::classificationReport({2, {0, 0, 0, 0}}, {"a", "b"});
        })),
            "internal");
        QCOMPARE(tests::codeName(tests::errorOf([] {
            (void)metrics::classificationReport({2, {1, 0, 0, 0}}, {"a"});
        })),
            "internal");
    }

    /// Fleiss and Cohen 1973's weights: by hand on a 3 x 3 table.
    void kappaWithWeights()
    {
        const metrics::ConfusionMatrix matrix{3, {4, 1, 0, 1, 3, 1, 0, 2, 3}};
        QVERIFY(near(*metrics::cohenKappa(matrix).value, 1.0 - 5.0 / (2.0 / 3.0 * 15.0)));
        QVERIFY(near(*metrics::cohenKappa(matrix, metrics::KappaWeights::Linear).value, 1.0 - 5.0 / 13.0));
        const metrics::ConfusionMatrix empty{2, {0, 0, 0, 0}};
        QCOMPARE(metrics::cohenKappa(empty).reason, std::string("no cases"));
        QCOMPARE(metrics::balancedAccuracy(empty).reason, std::string("no cases"));
        QCOMPARE(metrics::matthewsCorrelation(empty).reason, std::string("no cases"));
    }

    void brierUndefinedAndWrongUse()
    {
        QCOMPARE(metrics::brierScore({}, {}).reason, std::string("no cases"));
        const double nan = std::numeric_limits<double>::quiet_NaN();
        QCOMPARE(metrics::brierScore(std::vector<int>{1}, std::vector<double>{nan}).reason,
            std::string("a probability is not a number"));
        QVERIFY(near(*metrics::brierScore(std::vector<int>{0}, std::vector<double>{1.0}).value, 1.0));
        QVERIFY(near(*metrics::brierScore(std::vector<int>{0}, std::vector<double>{0.0, 1.0}, 2).value, 2.0));
        const auto code = [](auto&& action) { return tests::codeName(tests::errorOf(action)); };
        QCOMPARE(code([] { (void)metrics::brierScore(std::vector<int>{0, 1}, std::vector<double>{1.0}); }), "internal");
        QCOMPARE(code([] { (void)metrics::brierScore(std::vector<int>{2}, std::vector<double>{1.0}); }), "internal");
        QCOMPARE(code([] { (void)metrics::brierScore(std::vector<int>{0}, std::vector<double>{1.0}, 1); }), "internal");
        QCOMPARE(
            code([] { (void)metrics::multiClassAuc(std::vector<int>{0}, std::vector<double>{1.0}, 2); }), "internal");
    }

    void pairedTestUndefined_data()
    {
        QTest::addColumn<QList<int>>("labels");
        QTest::addColumn<QList<double>>("second");
        QTest::addColumn<QString>("reason");
        QTest::newRow("one class") << QList{1, 1} << QList{.1, .2} << "one class only";
        QTest::newRow("NaN in the second")
            << QList{0, 1} << QList{.1, std::numeric_limits<double>::quiet_NaN()} << "a score is not a number";
        QTest::newRow("too few") << QList{0, 1} << QList{.1, .2} << "the variance needs two cases of each class";
        QTest::newRow("the same") << QList{0, 1, 0, 1} << QList{.1, .9, .3, .2}
                                  << "the variance of the difference is 0";
    }
    void pairedTestUndefined()
    {
        QFETCH(QList<int>, labels);
        QFETCH(QList<double>, second);
        QFETCH(QString, reason);
        QList<double> first = {.1, .9, .3, .2};
        first.resize(labels.size());
        const auto test = metrics::deLongTest(labels, first, second);
        QVERIFY(!test.z && !test.pValue && !test.difference);
        QCOMPARE(QString::fromStdString(test.z.reason), reason);
    }

    /// A figure that leaves carries value, interval, method and n, or says why not.
    void estimatesAreWhole()
    {
        const auto good = metrics::proportionEstimate(7, 9);
        QVERIFY(good && good.interval && good.method == "Wilson, 95 %" && good.n == 9 && good.reason.empty());
        const auto none = metrics::proportionEstimate(0, 0);
        QVERIFY(!none && !none.interval && none.method == "no interval: no cases" && none.reason == "no cases");
        QVERIFY(!metrics::clopperPearsonInterval(0, 0));
    }
};

QTEST_APPLESS_MAIN(TestReport)
#include "TestReport.moc"
