// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluate/Comparison.h"
#include "evaluate/EvaluationJson.h"
#include "evaluate/PredictionTables.h"
#include "evaluate/Report.h"

#include <QTest>

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace diascope;
using evaluate::Baseline;
using evaluate::Verdict;
using tests::near;

namespace {

/// `patients` patients with `perPatient` pictures, every second one positive, and the score that `score(row, label)` says.
template <typename Score> evaluate::Predictions patientTable(int patients, int perPatient, Score&& score)
{
    std::string text = "sample,group,label,score\n";
    for (int i = 0; i < patients * perPatient; ++i) {
        const int patient = i / perPatient, label = patient % 2;
        text += "s" + std::to_string(i) + ",g" + std::to_string(patient) + "," + std::to_string(label) + ","
            + base::numberText(score(i, label)) + "\n";
    }
    return tests::read(text);
}

evaluate::RivalAnswers rivalOf(const std::string& name, const evaluate::Predictions& predictions)
{
    evaluate::RivalAnswers rival{name, "by hand", {}, {}, {}, {}};
    rival.rows.resize(predictions.cases());
    std::iota(rival.rows.begin(), rival.rows.end(), std::size_t{0});
    return rival;
}

evaluate::RivalAnswers majorityOf(const evaluate::Predictions& predictions)
{
    evaluate::RivalAnswers rival = rivalOf("majority", predictions);
    rival.called.assign(predictions.cases(), 0);
    rival.noScores = "it ranks nothing";
    return rival;
}

const metrics::Estimate& differenceOf(const Baseline& baseline, const std::string& figure)
{
    return std::find_if(baseline.against.begin(), baseline.against.end(), [&](const auto& one) { return one.figure == figure; })
        ->difference;
}

Verdict verdictOn(const Baseline& baseline, const std::string& figure)
{
    return evaluate::verdictOf(differenceOf(baseline, figure));
}

double noisy(int row, int label)
{
    return 0.5 + (label == 1 ? 0.1 : -0.1) + 0.3 * std::sin(row * 12.9898);
}

} // namespace

/// A model against another method on the same cases: the interval of the difference decides.
class TestComparison : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void identicalAnswersDifferByNothing()
    {
        const auto p = patientTable(30, 2, noisy);
        auto rival = rivalOf("twin", p);
        for (std::size_t i = 0; i < p.cases(); ++i) {
            rival.called.push_back(p.probabilities[2 * i + 1] >= 0.5 ? 1 : 0);
        }
        rival.scores = p.probabilities;
        const Baseline baseline = evaluate::comparedWith(rival, p, 0.5, {.resamples = 300});
        for (const char* figure : {"accuracy", "balancedAccuracy", "auc"}) {
            const auto& difference = differenceOf(baseline, figure);
            QCOMPARE(*difference.value, 0.0);
            QVERIFY(difference.interval && difference.interval->low == 0.0 && difference.interval->high == 0.0);
            QCOMPARE(difference.n, std::int64_t{60});
            QVERIFY(verdictOn(baseline, figure) == Verdict::CannotBeTold);
        }
        QVERIFY2(baseline.sentence.find("cannot be told from it in AUC (0.000, 95 % 0.000 to 0.000)") != std::string::npos,
            baseline.sentence.c_str());
    }

    void alwaysRightBeatsTheMajority()
    {
        const auto p = patientTable(30, 2, [](int, int label) { return label == 1 ? 0.9 : 0.1; });
        const Baseline baseline = evaluate::comparedWith(majorityOf(p), p, 0.5, {.resamples = 300});
        QCOMPARE(*differenceOf(baseline, "accuracy").value, 0.5);
        QCOMPARE(*differenceOf(baseline, "balancedAccuracy").value, 0.5);
        QVERIFY(verdictOn(baseline, "accuracy") == Verdict::Beats && verdictOn(baseline, "balancedAccuracy") == Verdict::Beats);
        QVERIFY(differenceOf(baseline, "balancedAccuracy").method.find("every resample gives this value") != std::string::npos);
        const auto& area = differenceOf(baseline, "auc"); // the majority ranks nothing
        QVERIFY(!area.value && area.reason == "it ranks nothing" && verdictOn(baseline, "auc") == Verdict::NoInterval);
        QVERIFY(baseline.accuracy.interval.has_value());
    }

    void alwaysWrongDoesNotBeatIt()
    {
        const auto p = patientTable(40, 1, [](int row, int label) { return (label == 1) == (row % 8 < 2) ? 0.9 : 0.1; });
        const Baseline baseline = evaluate::comparedWith(majorityOf(p), p, 0.5, {.resamples = 300});
        QVERIFY(*differenceOf(baseline, "accuracy").value < 0.0);
        QVERIFY(verdictOn(baseline, "accuracy") == Verdict::DoesNotBeat);
        QVERIFY2(baseline.sentence.find("does not beat it in accuracy (-") != std::string::npos, baseline.sentence.c_str());
    }

    /// Two methods whose own intervals overlap widely, and yet one is better on the very same cases, patient for patient.
    void thePairDecidesAndNotTheOverlap()
    {
        const auto p = patientTable(60, 1, noisy);
        auto rival = rivalOf("a little worse", p);
        for (std::size_t i = 0; i < p.cases(); ++i) {
            const bool right = (p.probabilities[2 * i + 1] >= 0.5) == (p.labels[i] == 1);
            const bool spoilt = right && i % 6 == 0;
            const int called = right && !spoilt ? p.labels[i] : 1 - p.labels[i];
            rival.called.push_back(called);
        }
        rival.noScores = "none";
        const Baseline baseline = evaluate::comparedWith(rival, p, 0.5, {.resamples = 1000});
        const auto evaluation = evaluate::evaluate(p, {.threshold = 0.5, .resamples = 300});
        const auto* own = evaluation.pooled.find("accuracy");
        QVERIFY(own->interval->low < baseline.accuracy.interval->high); // overlap
        QVERIFY(verdictOn(baseline, "accuracy") == Verdict::Beats);
        QVERIFY(differenceOf(baseline, "accuracy").method.starts_with("paired BCa bootstrap by case, 1000 resamples"));
    }

    void tooFewGiveAReason_data()
    {
        QTest::addColumn<int>("patients");
        QTest::addColumn<int>("resamples");
        QTest::addColumn<QByteArray>("accuracy"); // part of the method
        QTest::addColumn<QByteArray>("balanced");
        QTest::newRow("few patients, many pictures") << 8 << 200 << QByteArray("only 8 patients, at least 10")
                                                     << QByteArray("only 8 patients, at least 10");
        QTest::newRow("no bootstrap") << 30 << 0 << QByteArray("switched off") << QByteArray("switched off");
    }
    void tooFewGiveAReason()
    {
        QFETCH(int, patients);
        QFETCH(int, resamples);
        QFETCH(QByteArray, accuracy);
        QFETCH(QByteArray, balanced);
        const auto p = patientTable(patients, 6, noisy);
        const Baseline baseline = evaluate::comparedWith(majorityOf(p), p, 0.5, {.resamples = resamples});
        for (const auto& [figure, words] : {std::pair("accuracy", accuracy), std::pair("balancedAccuracy", balanced)}) {
            const auto& difference = differenceOf(baseline, figure);
            QVERIFY(difference.value && !difference.interval);
            QVERIFY2(difference.method.find(words.toStdString()) != std::string::npos, difference.method.c_str());
            QVERIFY(verdictOn(baseline, figure) == Verdict::NoInterval);
        }
        QVERIFY(baseline.sentence.find("is not compared with it in accuracy") != std::string::npos);
    }

    void aRareClassHasNoBalancedDifference()
    {
        const auto p = patientTable(30, 1, noisy);
        std::vector<std::size_t> rows;
        int positives = 0;
        for (std::size_t i = 0; i < p.cases(); ++i) {
            if (p.labels[i] == 0 || ++positives <= 3) {
                rows.push_back(i);
            }
        }
        const auto part = p.rows(rows);
        const Baseline baseline = evaluate::comparedWith(majorityOf(part), part, 0.5, {.resamples = 200});
        QVERIFY(differenceOf(baseline, "accuracy").interval.has_value());
        const auto& difference = differenceOf(baseline, "balancedAccuracy");
        QVERIFY(!difference.interval && difference.method.find("only 3 patients of class '1'") != std::string::npos);
    }

    void severalClasses()
    {
        const auto p = tests::read(tests::threeClassRun(45, 2));
        const Baseline baseline = evaluate::comparedWith(majorityOf(p), p, 0.5, {.resamples = 200});
        QVERIFY(verdictOn(baseline, "accuracy") == Verdict::Beats);
        QCOMPARE(differenceOf(baseline, "accuracy").n, std::int64_t{90});
        QVERIFY(std::abs(*baseline.accuracy.value - 1.0 / 3.0) < 1e-12);
    }

    void refusesAnswersThatDoNotFit()
    {
        const auto p = patientTable(12, 1, noisy);
        auto twice = majorityOf(p);
        twice.rows[1] = 0;
        QVERIFY_THROWS_EXCEPTION(base::Error, (void)evaluate::comparedWith(twice, p, 0.5, {}));
        auto outside = majorityOf(p);
        outside.rows[0] = 99;
        QVERIFY_THROWS_EXCEPTION(base::Error, (void)evaluate::comparedWith(outside, p, 0.5, {}));
    }

    void standsInJsonTablesAndPage()
    {
        const auto p = patientTable(30, 2, noisy);
        auto evaluation = evaluate::evaluate(p, {.threshold = 0.5, .resamples = 100});
        evaluation.floorsOn = "these rows";
        evaluate::addBaselines(evaluation, {evaluate::comparedWith(majorityOf(p), p, 0.5, {.resamples = 100})});
        const auto json = evaluate::toJson(evaluation)["floors"];
        const auto& method = json["methods"][0];
        QVERIFY(json["on"] == "these rows" && method["modelMinusMethod"].size() == 3 && method["sentence"].is_string());
        QVERIFY(method["modelMinusMethod"][0]["figure"] == "accuracy"
            && method["modelMinusMethod"][0]["difference"]["low"].is_number());
        std::string table, page;
        for (const auto& file : evaluate::reportFiles({"test", {{"predictions", evaluation}}, nullptr})) {
            table += file.name == "floors.csv" ? file.text : "";
            page += file.name == "index.html" ? file.text : "";
        }
        QVERIFY(table.find("majority,model - floor,accuracy,") != std::string::npos);
        QVERIFY(page.find("Model minus method, on the same cases") != std::string::npos
            && page.find("paired BCa bootstrap by patient") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(TestComparison)
#include "TestComparison.moc"
