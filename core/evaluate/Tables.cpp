// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluate/Tables.h"

#include "base/Csv.h"
#include "base/Text.h"
#include "evaluate/Comparison.h"

namespace diascope::evaluate {

namespace {

using Row = std::vector<std::string>;

class Table {
public:
    Table(std::string name, Row header)
        : m_name(std::move(name))
        , m_text(base::csvRow(header) + "\n")
    {
    }
    void add(const Row& row)
    {
        m_text += base::csvRow(row) + "\n";
        m_empty = false;
    }
    void moveTo(std::vector<ReportFile>& files)
    {
        if (!m_empty) {
            files.push_back({std::move(m_name), std::move(m_text)});
        }
    }

private:
    std::string m_name, m_text;
    bool m_empty = true;
};

void addSet(Table& table, const std::string& part, const FigureSet& set)
{
    for (const NamedEstimate& figure : set.figures) {
        const metrics::Estimate& e = figure.estimate;
        table.add({part, set.name, figure.name, e.value ? base::numberText(*e.value) : "",
            e.interval ? base::numberText(e.interval->low) : "", e.interval ? base::numberText(e.interval->high) : "",
            e.method, std::to_string(e.n), std::to_string(set.patients), e.reason});
    }
}

Table metricsTable(const Evaluation& evaluation)
{
    Table table("metrics.csv", {"part", "of", "figure", "value", "low", "high", "method", "n", "patients", "reason"});
    addSet(table, "all", evaluation.pooled);
    for (const FigureSet& set : evaluation.folds) {
        addSet(table, "fold", set);
    }
    for (const FigureSet& set : evaluation.patientPools) {
        addSet(table, "patient", set);
    }
    for (const Subgroup& subgroup : evaluation.subgroups) {
        for (const FigureSet& set : subgroup.values) {
            addSet(table, subgroup.column, set);
        }
    }
    return table;
}

Table confusionTable(const Evaluation& evaluation)
{
    Row header{"truth"};
    for (const std::string& name : evaluation.classes) {
        header.push_back("predicted " + name);
    }
    Table table("confusion.csv", header);
    for (int truth = 0; truth < evaluation.confusion.classes; ++truth) {
        Row row{evaluation.classes[static_cast<std::size_t>(truth)]};
        for (int predicted = 0; predicted < evaluation.confusion.classes; ++predicted) {
            row.push_back(std::to_string(evaluation.confusion.at(truth, predicted)));
        }
        table.add(row);
    }
    return table;
}

Table classTable(const Evaluation& evaluation)
{
    Table table("report.csv", {"class", "precision", "recall", "f1-score", "support", "undefined because"});
    std::vector<metrics::ReportRow> rows = evaluation.report.classes;
    rows.push_back(evaluation.report.macro);
    rows.push_back(evaluation.report.weighted);
    for (const metrics::ReportRow& row : rows) {
        table.add({row.name, base::numberText(row.precision), base::numberText(row.recall), base::numberText(row.f1),
            std::to_string(row.support), row.undefinedBecause});
    }
    return table;
}

void addCurves(const Evaluation& evaluation, std::vector<ReportFile>& files)
{
    Table roc("roc.csv", {"class", "falsePositiveRate", "truePositiveRate", "threshold"});
    Table pr("pr.csv", {"class", "precision", "recall", "threshold"});
    for (const ClassCurves& curves : evaluation.curves) {
        for (std::size_t i = 0; i < curves.roc.thresholds.size(); ++i) {
            roc.add({curves.className, base::numberText(curves.roc.falsePositiveRate[i]),
                base::numberText(curves.roc.truePositiveRate[i]), base::numberText(curves.roc.thresholds[i])});
        }
        const metrics::PrecisionRecallCurve& points = curves.precisionRecall;
        for (std::size_t i = 0; i < points.precision.size(); ++i) {
            pr.add({curves.className, base::numberText(points.precision[i]), base::numberText(points.recall[i]),
                i < points.thresholds.size() ? base::numberText(points.thresholds[i]) : ""});
        }
    }
    roc.moveTo(files);
    pr.moveTo(files);
}

Table calibrationTable(const Calibration& calibration)
{
    Table table("calibration.csv", {"of", "bins", "bin", "n", "meanProbability", "observed", "low", "high", "method"});
    const auto add = [&](const std::string& of, const metrics::Reliability& reliability) {
        for (const metrics::ReliabilityBin& bin : reliability.table) {
            table.add({of, std::to_string(reliability.bins), std::to_string(bin.bin), std::to_string(bin.count),
                base::numberText(bin.meanProbability), base::numberText(*bin.observed.value),
                base::numberText(bin.observed.interval->low), base::numberText(bin.observed.interval->high),
                bin.observed.method});
        }
    };
    add("positive probability", calibration.positive);
    add("positive probability", calibration.positive15);
    add("top label", calibration.top);
    add("top label", calibration.top15);
    return table;
}

Table floorsTable(const Evaluation& evaluation)
{
    Table table("floors.csv", {"floor", "of", "figure", "value", "low", "high", "method", "n", "reason", "verdict"});
    for (const Baseline& floor : evaluation.floors) {
        const auto add = [&](const char* of, const std::string& figure, const metrics::Estimate& e, const std::string& verdict) {
            table.add({floor.name, of, figure, e.value ? base::numberText(*e.value) : "",
                e.interval ? base::numberText(e.interval->low) : "", e.interval ? base::numberText(e.interval->high) : "",
                e.method, std::to_string(e.n), e.reason, verdict});
        };
        add("floor", "accuracy", floor.accuracy, "");
        add("floor", "balancedAccuracy", floor.balancedAccuracy, "");
        add("floor", "auc", floor.auc, "");
        for (const Baseline::Against& against : floor.against) {
            add("model - floor", against.figure, against.difference, std::string(name(against.verdict)));
        }
    }
    return table;
}

} // namespace

std::vector<ReportFile> tablesOf(const Evaluation& evaluation)
{
    std::vector<ReportFile> files;
    metricsTable(evaluation).moveTo(files);
    confusionTable(evaluation).moveTo(files);
    classTable(evaluation).moveTo(files);
    addCurves(evaluation, files);
    calibrationTable(evaluation.calibration).moveTo(files);
    Table decision("decision.csv", {"threshold", "model", "treatAll", "treatNone"});
    for (const metrics::NetBenefit& point : evaluation.decision) {
        decision.add(
            {base::numberText(point.threshold), base::numberText(point.model), base::numberText(point.treatAll), "0"});
    }
    decision.moveTo(files);
    Table thresholds("thresholds.csv", {"rule", "threshold", "sensitivity", "specificity"});
    for (const Candidate& candidate : evaluation.candidates) {
        thresholds.add({candidate.rule, base::numberText(candidate.point.threshold),
            base::numberText(candidate.point.sensitivity), base::numberText(candidate.point.specificity)});
    }
    thresholds.moveTo(files);
    floorsTable(evaluation).moveTo(files);
    return files;
}

} // namespace diascope::evaluate
