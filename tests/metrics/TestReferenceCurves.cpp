// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/Agreement.h"
#include "metrics/Brier.h"
#include "metrics/ClassificationReport.h"
#include "metrics/Conformal.h"
#include "metrics/DecisionCurve.h"
#include "metrics/DeLong.h"
#include "metrics/Logit.h"
#include "metrics/MultiClassAuc.h"
#include "metrics/PrecisionRecall.h"
#include "metrics/Recalibration.h"
#include "metrics/Reference.h"
#include "metrics/Reliability.h"
#include "metrics/Roc.h"
#include "metrics/Temperature.h"

using namespace diascope;
using tests::agree;
using tests::Json;
using tests::near;

namespace {

bool agreeRow(const metrics::ReportRow& ours, const Json& theirs)
{
    return near(ours.precision, theirs["precision"].get<double>()) && near(ours.recall, theirs["recall"].get<double>())
        && near(ours.f1, theirs["f1-score"].get<double>())
        && near(static_cast<double>(ours.support), theirs["support"].get<double>());
}

bool agreeReport(const metrics::ConfusionMatrix& matrix, const Json& theirs)
{
    std::vector<std::string> names;
    for (int c = 0; c < matrix.classes; ++c) {
        names.push_back(std::to_string(c));
    }
    const auto report = metrics::classificationReport(matrix, names);
    bool good = agreeRow(report.macro, theirs["macro avg"]) && agreeRow(report.weighted, theirs["weighted avg"])
        && near(report.accuracy, theirs["accuracy"].get<double>());
    for (const auto& row : report.classes) {
        good = good && agreeRow(row, theirs[row.name]);
    }
    return good;
}

bool agreeErrors(const metrics::Reliability& ours, const Json& theirs)
{
    bool good = agree(ours.expectedError, theirs["ece"]) && agree(ours.largestError, theirs["mce"]);
    if (theirs.contains("bins")) {
        good = good && ours.table.size() == theirs["bins"].size();
        for (std::size_t k = 0; good && k < ours.table.size(); ++k) {
            const auto& bin = ours.table[k];
            const Json& row = theirs["bins"][k];
            good = row["bin"] == bin.bin && row["count"] == bin.count
                && near(bin.meanProbability, row["mean_confidence"].get<double>())
                && agree(bin.observed.value, row["observed"]);
        }
    }
    return good;
}

bool agreeTemperature(const metrics::TemperatureFit& fit, const Json& theirs)
{
    if (!theirs.contains("T")) {
        return !fit.temperature && !fit.temperature.reason.empty();
    }
    return fit.temperature && near(*fit.temperature.value / theirs["T"].get<double>(), 1.0, 1e-6)
        && agree(fit.lossBefore, theirs["nll_before"]) && agree(fit.lossAfter, theirs["nll_after"]);
}

bool agreeConformal(
    const std::vector<int>& labels, const std::vector<double>& probabilities, int classes, const Json& theirs)
{
    const auto columns = static_cast<std::size_t>(classes);
    for (const auto score : {metrics::ConformalScore::Lac, metrics::ConformalScore::Aps}) {
        for (const double alpha : {0.1, 0.2}) {
            const Json& expected
                = theirs[std::string(metrics::name(score)) + (alpha == 0.1 ? " alpha=0.1" : " alpha=0.2")];
            const auto quantile = metrics::calibrateConformal(labels, probabilities, classes, score, alpha);
            if (expected["k"] != quantile.rank || !agree(quantile.quantile, expected["q"])
                || quantile.quantile.has_value() != quantile.reason.empty()) {
                return false;
            }
            const auto seen = metrics::conformalCoverage(labels, probabilities, classes, quantile);
            if (!quantile.quantile) {
                if (seen.meanSize != classes || *seen.coverage.value != 1.0) {
                    return false;
                }
                continue;
            }
            bool good = agree(seen.coverage.value, expected["coverage"]) && agree(seen.meanSize, expected["mean_size"])
                && expected["empty"] == seen.empty;
            const Json& sets = expected["sets_of_first_12"];
            for (std::size_t i = 0; i < sets.size(); ++i) {
                good = good
                    && metrics::predictionSet(std::span(probabilities).subspan(i * columns, columns), quantile)
                        == sets[i].get<std::vector<int>>();
            }
            if (!good) {
                return false;
            }
        }
    }
    return true;
}

} // namespace

/// Curves, agreement, calibration and prediction sets of every reference data set, to the tolerances of its README.
class TestReferenceCurves : public QObject {
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
        const auto sorted = metrics::scoreSteps(labels, scores);
        checkCurves(sorted, expected);
        QVERIFY(agree(metrics::averagePrecision(sorted), expected["average_precision"]));
        QVERIFY(agree(metrics::brierScore(labels, scores), expected["brier"]));
        std::vector<int> predicted;
        std::vector<double> both;
        for (const double score : scores) {
            predicted.push_back(score >= 0.5 ? 1 : 0);
            both.push_back(1.0 - score);
            both.push_back(score);
        }
        checkCrisp(metrics::confusionMatrix(labels, predicted, 2), expected);
        const auto top = metrics::topLabel(labels, scores);
        for (const int bins : {10, 15}) {
            const std::string name = "calibration_" + std::to_string(bins) + "_bins_of_";
            QVERIFY(agreeErrors(metrics::reliability(labels, scores, bins), expected[name + "positive_probability"]));
            QVERIFY(agreeErrors(metrics::reliability(top.right, top.probability, bins), expected[name + "top_label"]));
        }
        checkRecalibration(metrics::recalibration(labels, scores), expected["recalibration"]);
        QVERIFY(agreeTemperature(metrics::fitTemperature(labels, metrics::logitsOf(scores)), expected["temperature"]));
        QVERIFY(agreeConformal(labels, both, 2, expected["conformal"]));
        for (const Json& row : expected["net_benefit"]) {
            const auto point = metrics::decisionCurve(sorted, std::vector<double>{row["t"].get<double>()}).front();
            QVERIFY(agree(point.model, row["model"]) && agree(point.treatAll, row["treat_all"]));
        }
    }

    void multiClass_data() { tests::addReferenceRows(m_json, "multiclass"); }
    void multiClass()
    {
        QFETCH(QString, set);
        const Json& data = m_json.at(set.toStdString());
        const Json& expected = data["expected"];
        const auto labels = data["y"].get<std::vector<int>>();
        const auto probabilities = tests::flat(data["P"]);
        const int classes = expected["classes"].get<int>();
        const auto areas = metrics::multiClassAuc(labels, probabilities, classes);
        QVERIFY(agree(areas.macroOvr, expected["roc_auc_macro_ovr"])
            && agree(areas.weightedOvr, expected["roc_auc_weighted_ovr"]));
        QVERIFY(agree(areas.macroOvo, expected["roc_auc_macro_ovo"])
            && agree(areas.weightedOvo, expected["roc_auc_weighted_ovo"]));
        const auto precisions = metrics::averagePrecisionPerClass(labels, probabilities, classes);
        for (std::size_t c = 0; c < precisions.size(); ++c) {
            QVERIFY(agree(precisions[c], expected["average_precision_per_class"][c]));
            QVERIFY(agree(areas.perClass[c], expected["roc_auc_per_class_ovr"][c]));
        }
        QVERIFY(agree(metrics::brierScore(labels, probabilities, classes), expected["brier_sum_over_classes"]));
        checkCrisp(metrics::confusionMatrix(labels, metrics::argmaxRows(probabilities, classes), classes), expected);
        const auto top = metrics::topLabel(labels, probabilities, classes);
        for (const int bins : {10, 15}) {
            const std::string name = "calibration_" + std::to_string(bins) + "_bins_of_top_label";
            QVERIFY(agreeErrors(metrics::reliability(top.right, top.probability, bins), expected[name]));
        }
        QVERIFY(agreeTemperature(metrics::fitTemperature(labels, metrics::logProbabilities(probabilities), classes),
            expected["temperature"]));
        QVERIFY(agreeConformal(labels, probabilities, classes, expected["conformal"]));
    }

    void pairedAreas()
    {
        for (const Json& pair : m_json.at("delong_paired")) {
            const auto test = metrics::deLongTest(pair["y"].get<std::vector<int>>(),
                pair["score1"].get<std::vector<double>>(), pair["score2"].get<std::vector<double>>());
            const Json& expected = pair["expected"];
            QVERIFY(agree(test.auc1, expected["auc1"]) && agree(test.auc2, expected["auc2"]));
            QVERIFY(agree(test.z, expected["z"]) && agree(test.pValue, expected["p_two_sided"]));
            const std::vector<double> covariance(test.covariance.begin(), test.covariance.end());
            const std::vector<double> theirs = tests::flat(expected["covariance"]);
            for (std::size_t i = 0; i < 4; ++i) {
                QVERIFY(near(covariance[i], theirs[i]));
            }
        }
    }

private:
    static void checkCurves(const metrics::ScoreSteps& sorted, const Json& expected)
    {
        const auto all = metrics::rocCurve(sorted, metrics::RocPoints::All), corners = metrics::rocCurve(sorted);
        const auto pr = metrics::precisionRecallCurve(sorted);
        if (!expected.contains("roc")) {
            QVERIFY(expected["roc_auc"].is_number() || (!all.reason.empty() && all.thresholds.empty()));
            return;
        }
        QVERIFY(agree(all.falsePositiveRate, expected["roc"]["fpr"])
            && agree(all.truePositiveRate, expected["roc"]["tpr"]));
        QVERIFY(agree(all.thresholds, expected["roc"]["thresholds"]));
        const Json& dropped = expected["roc_drop_intermediate"];
        QVERIFY(agree(corners.falsePositiveRate, dropped["fpr"]) && agree(corners.truePositiveRate, dropped["tpr"]));
        QVERIFY(agree(corners.thresholds, dropped["thresholds"]));
        QVERIFY(agree(pr.precision, expected["pr"]["precision"]) && agree(pr.recall, expected["pr"]["recall"]));
        QVERIFY(agree(pr.thresholds, expected["pr"]["thresholds"]));
    }

    static void checkCrisp(const metrics::ConfusionMatrix& matrix, const Json& expected)
    {
        QVERIFY(agreeReport(matrix, expected["report_zero_division_0"]));
        QVERIFY(agree(metrics::balancedAccuracy(matrix), expected["balanced_accuracy"]));
        QVERIFY(agree(metrics::matthewsCorrelation(matrix), expected["mcc"]));
        QVERIFY(agree(metrics::cohenKappa(matrix), expected["kappa"]));
        QVERIFY(agree(metrics::cohenKappa(matrix, metrics::KappaWeights::Quadratic), expected["kappa_quadratic"]));
    }

    static void checkRecalibration(const metrics::Recalibration& ours, const Json& theirs)
    {
        constexpr double kTolerance = 1e-8; // of the README
        const Json none;
        QVERIFY(agree(ours.slope, theirs.contains("slope") ? theirs["slope"] : none, kTolerance));
        QVERIFY(agree(ours.intercept, theirs.contains("intercept") ? theirs["intercept"] : none, kTolerance));
        QVERIFY(agree(ours.interceptAtSlope1,
            theirs.contains("intercept_at_slope_1") ? theirs["intercept_at_slope_1"] : none, kTolerance));
    }

    Json m_json;
};

QTEST_APPLESS_MAIN(TestReferenceCurves)
#include "TestReferenceCurves.moc"
