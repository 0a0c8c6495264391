// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/Confusion.h"
#include "metrics/DeLong.h"
#include "metrics/LogLoss.h"
#include "metrics/Proportion.h"
#include "metrics/Roc.h"
#include "metrics/Reference.h"

using namespace diascope;
using tests::agree;
using tests::Json;
using tests::near;

namespace {

/// {k, n, value, wilson95} or {value: null}.
bool agreeProportion(std::int64_t k, std::int64_t n, const Json& theirs)
{
    const bool defined = theirs.contains("k");
    return (n > 0) == defined
        && (!defined
            || (theirs["k"] == k && theirs["n"] == n && agree(metrics::proportion(k, n).value, theirs["value"])
                && agree(metrics::wilsonInterval(k, n), theirs["wilson95"])
                && agree(metrics::clopperPearsonInterval(k, n), theirs["clopper_pearson95"])));
}

} // namespace

/// Every data set of the reference numbers that scikit-learn and scipy gave, to 1e-9.
class TestReferenceNumbers : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        m_json = tests::referenceNumbers();
        if (m_json.is_null()) {
            QSKIP("The reference numbers are not on this machine (DIASCOPE_SHARED).");
        }
    }

    void binary_data() { tests::addReferenceRows(m_json, "binary"); }
    void binary()
    {
        QFETCH(QString, set);
        const Json& data = m_json.at(set.toStdString());
        const Json& expected = data["expected"];
        const auto labels = data["y"].get<std::vector<int>>();
        const auto scores = data["p"].get<std::vector<double>>();
        QVERIFY(agree(metrics::rocAuc(labels, scores).value, expected["roc_auc"]));
        QVERIFY(agree(metrics::logLoss(labels, scores).value, expected["log_loss"]));
        const auto counts = metrics::countAtThreshold(labels, scores, expected["threshold"].get<double>());
        QVERIFY(agree(counts.accuracy().value, expected["accuracy"]));
        QVERIFY(agreeProportion(
            counts.truePositives, counts.truePositives + counts.falseNegatives, expected["sensitivity"]));
        QVERIFY(agreeProportion(
            counts.trueNegatives, counts.trueNegatives + counts.falsePositives, expected["specificity"]));
        const auto point = metrics::youdenPoint(labels, scores);
        const Json& youden = expected["youden"];
        QCOMPARE(point.has_value(), youden.contains("threshold"));
        if (point) {
            QVERIFY(agree(point->threshold, youden["threshold"]) && agree(point->sensitivity, youden["sensitivity"]));
            QVERIFY(agree(point->specificity, youden["specificity"]) && agree(point->youdenJ(), youden["J"]));
        }
        const auto deLong = metrics::deLong(labels, scores);
        const Json& theirs = expected["delong"];
        QCOMPARE(deLong.variance.has_value(), theirs.contains("variance"));
        if (deLong.variance) {
            QVERIFY(agree(deLong.auc.value, theirs["auc"]) && agree(deLong.variance, theirs["variance"]));
            QVERIFY(agree(deLong.interval, theirs["ci95_logit"]));
            QCOMPARE(deLong.waldInterval.has_value(), theirs.contains("ci95_wald_unclipped"));
            QVERIFY(!deLong.waldInterval || agree(deLong.waldInterval, theirs["ci95_wald_unclipped"]));
        }
        checkMatrix(labels, scores, expected);
    }

    void multiClass_data() { tests::addReferenceRows(m_json, "multiclass"); }
    void multiClass()
    {
        QFETCH(QString, set);
        const Json& data = m_json.at(set.toStdString());
        const Json& expected = data["expected"];
        const auto labels = data["y"].get<std::vector<int>>();
        const int classes = expected["classes"].get<int>();
        const std::vector<double> probabilities = tests::flat(data["P"]);
        QVERIFY(agree(metrics::macroRocAuc(labels, probabilities, classes).value, expected["roc_auc_macro_ovr"]));
        const auto areas = metrics::rocAucPerClass(labels, probabilities, classes);
        for (std::size_t c = 0; c < areas.size(); ++c) {
            QVERIFY(agree(areas[c].value, expected["roc_auc_per_class_ovr"][c]));
        }
        QVERIFY(agree(metrics::logLoss(labels, probabilities, classes).value, expected["log_loss"]));
        const auto matrix = metrics::confusionMatrix(labels, metrics::argmaxRows(probabilities, classes), classes);
        QVERIFY(agree(matrix.accuracy().value, expected["accuracy"]));
        QVERIFY(agreeProportion(matrix.correct(), matrix.total(), expected["accuracy_ci"]));
        compareCounts(matrix, expected);
    }

    void proportions()
    {
        for (const Json& row : m_json.at("proportions")) {
            QVERIFY(agreeProportion(row["k"].get<int>(), row["n"].get<int>(), row));
        }
    }

private:
    static void checkMatrix(const std::vector<int>& labels, const std::vector<double>& scores, const Json& expected)
    {
        std::vector<int> predicted;
        for (const double score : scores) {
            predicted.push_back(score >= expected["threshold"].get<double>() ? 1 : 0);
        }
        compareCounts(metrics::confusionMatrix(labels, predicted, 2), expected);
    }

    static void compareCounts(const metrics::ConfusionMatrix& matrix, const Json& expected)
    {
        const Json& rows = expected["confusion_rows_true_columns_predicted"];
        for (int truth = 0; truth < matrix.classes; ++truth) {
            for (int predicted = 0; predicted < matrix.classes; ++predicted) {
                QCOMPARE(matrix.at(truth, predicted),
                    rows[static_cast<std::size_t>(truth)][static_cast<std::size_t>(predicted)].get<std::int64_t>());
            }
        }
    }

    Json m_json;
};

QTEST_APPLESS_MAIN(TestReferenceNumbers)
#include "TestReferenceNumbers.moc"
