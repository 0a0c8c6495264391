// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluate/Evaluation.h"
#include "evaluate/EvaluationJson.h"
#include "evaluate/Figures.h"
#include "evaluate/JoinColumns.h"
#include "evaluate/PredictionTables.h"
#include "support/ErrorOf.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace diascope;
using evaluate::ThresholdSource;
using tests::near;

namespace {

bool mentions(const std::vector<std::string>& warnings, const std::string& words)
{
    return std::any_of(warnings.begin(), warnings.end(),
        [&](const std::string& warning) { return warning.find(words) != std::string::npos; });
}

/// Undefined numbers are null with a reason, everywhere.
bool hasNaN(const base::Json& json)
{
    if (json.is_structured()) {
        return std::any_of(json.begin(), json.end(), hasNaN);
    }
    return json.is_number_float() && !std::isfinite(json.get<double>());
}

} // namespace

class TestEvaluation : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void goldenSet()
    {
        const auto e = evaluate::evaluate(tests::read(tests::goldenTable()), {.threshold = 0.5, .resamples = 200});
        const auto* auc = e.pooled.find("auc");
        QVERIFY(near(*auc->value, 91.0 / 99.0) && auc->interval && auc->method.starts_with("DeLong") && auc->n == 20);
        const auto* sensitivity = e.pooled.find("sensitivity");
        QVERIFY(near(*sensitivity->value, 7.0 / 9.0) && near(sensitivity->interval->low, 0.4525889691069889)
            && sensitivity->n == 9);
        QCOMPARE(e.pooled.find("specificity")->n, 11);
        QVERIFY(near(*e.pooled.find("brier")->value, 0.129875)
            && e.pooled.find("brier")->method.starts_with("BCa bootstrap by case, 200"));
        QVERIFY(near(*e.pooled.find("ece")->value, 0.1225));
        QVERIFY(near(*e.pooled.find("calibrationSlope")->value, 2.29417, 1e-5));
        QCOMPARE(e.confusion.counts, (std::vector<std::int64_t>{9, 2, 2, 7}));
        QVERIFY(e.threshold.source == ThresholdSource::Given && e.threshold.crossFitted.empty());
        QVERIFY(mentions(e.warnings, "n is too small") && mentions(e.warnings, "patients are not known"));
        QVERIFY(!e.decision.empty() && e.candidates.size() == 6 && e.curves.size() == 1 && e.conformal.size() == 2);
        QVERIFY(!hasNaN(evaluate::toJson(e)));
    }

    void aThresholdOfTheSameRowsIsTold()
    {
        const auto p = tests::read(tests::goldenTable());
        const auto here = evaluate::evaluate(p, {.resamples = 0});
        QVERIFY(here.threshold.source == ThresholdSource::SameRows && here.threshold.value == 0.55);
        QVERIFY(mentions(here.warnings, "optimistic") && here.threshold.crossFitted.size() == 2);
        const auto json = evaluate::toJson(here);
        QVERIFY(json["threshold"]["optimistic"] == true && json["threshold"]["source"] == "same-rows");
        QVERIFY(json["metrics"]["brier"]["method"] == "no interval: the bootstrap was switched off");
        const auto stored = evaluate::evaluate(p, {.storedThreshold = 0.4, .resamples = 0});
        QVERIFY(stored.threshold.source == ThresholdSource::Stored && !mentions(stored.warnings, "optimistic"));
        const auto ownRows = evaluate::evaluate(p, {.storedThreshold = 0.4, .storedOnTheseRows = true, .resamples = 0});
        QVERIFY(ownRows.threshold.source == ThresholdSource::SameRows && ownRows.threshold.value == 0.4
            && mentions(ownRows.warnings, "optimistic"));
        const auto byDefault = evaluate::evaluate(p, {.storedThreshold = 0.5, .storedByDefault = true, .resamples = 0});
        QVERIFY(byDefault.threshold.source == ThresholdSource::NoChoice
            && mentions(byDefault.warnings, "could not choose"));
        const auto given = evaluate::evaluate(
            p, {.threshold = 0.7, .storedThreshold = 0.4, .storedOnTheseRows = true, .resamples = 0});
        QVERIFY(given.threshold.source == ThresholdSource::Given && given.threshold.value == 0.7);
    }

    /// Two pictures a patient: the bootstrap draws patients, and patients have figures of their own.
    void patientsAreTheUnit()
    {
        const auto text = tests::goldenTable(",group", [](std::size_t i) { return ",p" + std::to_string(i / 2); });
        const auto e = evaluate::evaluate(tests::read(text), {.threshold = 0.5, .resamples = 300});
        QCOMPARE(e.patients, 10);
        QVERIFY(e.pooled.find("auc")->method.starts_with("BCa bootstrap by patient, 300")
            && e.pooled.find("accuracy")->method.starts_with("BCa"));
        QCOMPARE(e.patientPools.size(), std::size_t{2});
        QVERIFY(e.patientPools[0].name == "mean" && e.patientPools[0].cases == 10 && e.patientPools[1].name == "max");
        QVERIFY(e.patientPools[0].find("auc")->method.starts_with("DeLong")); // one row a patient
        QVERIFY(mentions(e.warnings, "10 patients"));
    }

    void poolingByHand()
    {
        std::vector<std::string> warnings;
        const auto p = tests::read("label,score,group\n0,0.2,a\n0,0.6,a\n0,0.1,b\n1,0.7,b\n1,0.9,\n");
        const auto mean = evaluate::pooledByPatient(p, evaluate::Pooling::Mean, warnings);
        const auto max = evaluate::pooledByPatient(p, evaluate::Pooling::Max, warnings);
        QCOMPARE(mean.labels, (std::vector<int>{0, 1, 1})); // b: one of its cases is positive
        const auto means = mean.positiveScores(), largest = max.positiveScores();
        QVERIFY(near(means[0], 0.4) && near(means[1], 0.4) && near(means[2], 0.9));
        QVERIFY(near(largest[0], 0.6) && near(largest[1], 0.7) && near(max.probabilities[0], 0.4));
        const auto three
            = tests::read("label,p_a,p_b,p_c,group\na,0.6,0.2,0.2,g\na,0.2,0.6,0.2,g\nb,0,1,0,h\nc,0,0,1,h\n");
        const auto pooled = evaluate::pooledByPatient(three, evaluate::Pooling::Max, warnings);
        QVERIFY(pooled.cases() == 1 && near(pooled.probabilities[0], 0.6 / 1.4)
            && near(pooled.probabilities[2], 0.2 / 1.4) && warnings.empty());
        (void)evaluate::pooledByPatient(three, evaluate::Pooling::Mean, warnings);
        QVERIFY(mentions(warnings, "several classes"));
    }

    void threeClassesWithFoldsAndSubgroups()
    {
        const auto p = tests::read(tests::threeClassRun(45, 2), {"", {"sex", "PatientAge"}, {}});
        const auto e = evaluate::evaluate(p, {.resamples = 200});
        QVERIFY(e.grouped && e.patients == 45 && e.cases == 90 && e.folds.size() == 5 && e.curves.size() == 3);
        QVERIFY(e.threshold.source == ThresholdSource::MostProbable && e.decision.empty() && e.candidates.empty());
        QVERIFY(e.pooled.find("auc")->interval && e.pooled.find("auc:stone")->interval
            && e.pooled.find("macroF1")->interval);
        QVERIFY(e.subgroups.size() == 2 && e.subgroups[0].values.size() == 2 && e.subgroups[1].values.size() == 2);
        QCOMPARE(e.conformal.front().how, std::string("each fold judged by the others"));
        QVERIFY(*e.conformal.front().seen.coverage.value > 0.7 && e.conformal.front().seen.coverage.n == 90);
        QCOMPARE(e.calibration.recalibrated.size(), std::size_t{2});
        const auto json = evaluate::toJson(e, 5);
        QVERIFY(!hasNaN(json));
        QVERIFY(json["roc"][0]["thresholds"].size() == 5 && json["roc"][0].contains("thinnedFrom")
            && json["roc"][0]["thresholds"][0] == "inf");
        for (const char* key : {"metrics", "confusion", "report", "roc", "pr", "calibration", "perGroup", "perFold",
                 "conformal", "threshold"}) {
            QVERIFY2(json.contains(key), key);
        }
        QVERIFY(json["perGroup"].contains("sex") && json["perGroup"].contains("patients"));
    }

    void aSubgroupOfAFewIsNamedAndWithheld()
    {
        std::string text = "sample,group,label,score,sex\n";
        for (int i = 0; i < 40; ++i) { // 4 patients of "O" with two pictures each
            const int patient = i / 2;
            text += "s" + std::to_string(i) + ",g" + std::to_string(patient) + "," + std::to_string(patient % 2) + ",0."
                + std::to_string(1 + i * 7 % 9) + "," + (patient < 4 ? "O" : "F") + "\n";
        }
        const auto e = evaluate::evaluate(tests::read(text, {"", {"sex"}, {}}), {.threshold = 0.5, .resamples = 50});
        QCOMPARE(e.subgroups.front().values.size(), std::size_t{2});
        const auto& women = e.subgroups.front().values[0];
        const auto& others = e.subgroups.front().values[1];
        QVERIFY(women.name == "F" && women.patients == 16 && women.find("accuracy")->value.has_value());
        QVERIFY(others.name == "O" && others.cases == 8 && others.patients == 4);
        QCOMPARE(others.figures.size(), women.figures.size());
        for (const auto& figure : others.figures) {
            QVERIFY(!figure.estimate.value && figure.estimate.reason == "too few: 4 patients, at least 10 are asked for");
        }
    }

    /// What nobody asked for must not end an evaluation.
    void anOfferedColumnOfTooManyValuesIsLeftOut()
    {
        std::string text = "sample,label,score\n", headers = "sample,sex,manufacturer\n";
        for (int i = 0; i < 60; ++i) {
            const std::string name = "s" + std::to_string(i);
            text += name + "," + std::to_string(i % 2) + ",0.5\n";
            headers += name + ",F,maker of " + name + "\n";
        }
        auto p = tests::read(text);
        evaluate::joinOfferedColumns(p, base::parseCsv(headers, "headers"), "headers");
        QVERIFY(p.columns.size() == 1 && p.columns[0].name == "sex");
        QVERIFY(p.problems.size() == 1 && p.problems[0].detail.find("60 different values") != std::string::npos);
    }

    /// With repeats every case stands there several times: the case, or its patient, is the unit.
    void repeatsAreNotMoreCases()
    {
        std::string text = "sample,label,score,repeat,fold\n";
        const tests::GoldenSet g20;
        for (int repeat = 0; repeat < 3; ++repeat) {
            for (std::size_t i = 0; i < 20; ++i) {
                text += "s" + std::to_string(i) + "," + std::to_string(g20.labels[i]) + ","
                    + base::numberText(g20.scores[i]) + "," + std::to_string(repeat) + "," + std::to_string(i % 2)
                    + "\n";
            }
        }
        const auto e = evaluate::evaluate(tests::read(text), {.threshold = 0.5, .resamples = 100});
        QVERIFY(e.repeats == 3 && e.cases == 60 && e.patients == 20 && e.folds.size() == 6);
        QVERIFY(e.pooled.find("auc")->method.starts_with("BCa bootstrap by patient"));
    }

    /// Two folds, each perfect, on scales that do not meet: pooled they are worse than either.
    void foldsOnDifferentScales()
    {
        const auto e = evaluate::evaluate(
            tests::read("label,score,fold\n0,0.1,0\n1,0.2,0\n0,0.1,0\n1,0.2,0\n0,0.8,1\n1,0.9,1\n0,0.8,1\n1,0.9,1\n"),
            {.resamples = 0});
        QCOMPARE(*e.pooled.find("aucMeanOfFolds")->value, 1.0);
        QCOMPARE(*e.pooled.find("auc")->value, 0.75);
        QVERIFY(mentions(e.warnings, "different scales"));
    }

    void badInput_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("figure");
        QTest::addColumn<QByteArray>("reason"); // empty: defined
        QTest::addColumn<QByteArray>("warning");
        const auto row = [](const char* name, const char* text, const char* figure, const char* reason,
                             const char* warning) {
            QTest::newRow(name) << QByteArray(text) << QByteArray(figure) << QByteArray(reason) << QByteArray(warning);
        };
        row("n = 1", "label,score\n1,0.8\n", "auc", "no case of class '0'", "'0' has no case");
        row("one class", "label,score\n0,0.8\n0,0.1\n", "sensitivity", "no case of class '1'", "no case");
        row("constant scores", "label,score\n0,0.3\n1,0.3\n1,0.3\n0,0.3\n", "auc", "",
            "all cases have the same scores");
        row("constant scores, slope", "label,score\n0,0.3\n1,0.3\n1,0.3\n0,0.3\n", "calibrationSlope", "constant score",
            "0.5 stands");
        row("nobody is called positive", "label,score\n0,0.3\n1,0.3\n1,0.3\n0,0.3\n", "ppv", "no case was called '1'",
            "");
        row("an absent class", "label,p_a,p_b,p_c\na,0.8,0.1,0.1\nb,0.1,0.8,0.1\na,0.6,0.2,0.2\n", "auc",
            "no case of class 'c'", "'c' has no case");
        row("logits", "label,score\n0,-3\n1,4\n0,-1\n1,0.5\n", "brier", "the scores are not probabilities",
            "not probabilities");
        row("logits, area", "label,score\n0,-3\n1,4\n0,-1\n1,0.5\n", "auc", "", "not probabilities");
        row("ties", "label,score\n0,0.5\n1,0.5\n0,0.4\n1,0.5\n", "auc", "", "n is too small");
    }
    void badInput()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, figure);
        QFETCH(QByteArray, reason);
        QFETCH(QByteArray, warning);
        const auto e = evaluate::evaluate(tests::read(text.toStdString()), {.resamples = 50});
        const auto* estimate = e.pooled.find(figure.toStdString());
        QVERIFY(estimate != nullptr);
        QCOMPARE(QByteArray::fromStdString(estimate->reason), reason);
        QCOMPARE(estimate->value.has_value(), reason.isEmpty());
        QVERIFY(warning.isEmpty() || mentions(e.warnings, warning.toStdString()));
        QVERIFY(!hasNaN(evaluate::toJson(e)));
        QVERIFY(!e.report.text().empty());
    }

    void wrongUse()
    {
        const auto p = tests::read(tests::goldenTable());
        const auto code = [](auto&& action) { return tests::codeName(tests::errorOf(action)); };
        QCOMPARE(code([] { (void)evaluate::evaluate({}); }), "malformed");
        QCOMPARE(code([&] { (void)evaluate::evaluate(p, {.threshold = std::numeric_limits<double>::quiet_NaN()}); }),
            "usage");
        std::stop_source stop;
        stop.request_stop();
        QCOMPARE(code([&] { (void)evaluate::evaluate(p, {.stop = stop.get_token()}); }), "stopped");
    }

    /// All that needs no bootstrap, of a million rows: it ends, and the figures are those of the metrics.
    void aMillionRows()
    {
        evaluate::Predictions p;
        p.classes = {"0", "1"};
        base::Rng rng = base::Rng::stream(1, "million");
        for (int i = 0; i < 1'000'000; ++i) {
            const int label = rng.chance(0.3) ? 1 : 0;
            const double score = 0.5 * rng.uniform() + 0.3 * label;
            p.labels.push_back(label);
            p.probabilities.push_back(1.0 - score);
            p.probabilities.push_back(score);
        }
        const auto e = evaluate::evaluate(p, {.resamples = 0});
        // P(u + 0.3 > v) for u, v uniform on [0, 0.5]: 1 - (0.2 / 0.5)^2 / 2 = 0.92.
        QVERIFY(near(*e.pooled.find("auc")->value, 0.92, 0.002) && e.pooled.find("auc")->interval);
        QVERIFY(!mentions(e.warnings, "too small"));
        QVERIFY(evaluate::toJson(e, 1000)["roc"][0]["thresholds"].size() == 1000);
    }
};

QTEST_APPLESS_MAIN(TestEvaluation)
#include "TestEvaluation.moc"
