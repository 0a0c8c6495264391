// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluate/Report.h"

#include "evaluate/Comparison.h"
#include "evaluate/Plots.h"
#include "evaluate/Svg.h"
#include "evaluate/Words.h"

namespace diascope::evaluate {

namespace {

constexpr const char* kStyle =
    "body{font-family:sans-serif;max-width:980px;margin:24px auto;padding:0 16px;color:#1b1b1b;line-height:1.4}"
    "table{border-collapse:collapse;margin:8px 0 20px}th,td{border:1px solid #cccccc;padding:3px 8px;text-align:left;font-size:14px}"
    "td.number{text-align:right;font-variant-numeric:tabular-nums}.safety{border:1px solid #b00020;color:#b00020;padding:8px}"
    ".warning{background:#fff4d6;border-left:4px solid #e69f00;padding:6px 10px;margin:6px 0}pre{background:#f5f5f5;padding:10px;overflow-x:auto}"
    ".plots svg{margin:4px}.method{color:#555555;font-size:12px}";

std::string cell(const std::string& text, bool number = false)
{
    return std::string(number ? "<td class=\"number\">" : "<td>") + htmlText(text) + "</td>";
}

std::string heads(const std::vector<std::string>& names)
{
    std::string text = "<tr>";
    for (const std::string& name : names) {
        text += "<th>" + htmlText(name) + "</th>";
    }
    return text + "</tr>";
}

std::string intervalText(const metrics::Estimate& estimate)
{
    return estimate.interval ? shortNumber(estimate.interval->low) + " to " + shortNumber(estimate.interval->high) : "-";
}

std::string figuresTable(const FigureSet& set)
{
    std::string text = "<table>" + heads({"figure", "value", "95 % interval", "n", "method"});
    for (const NamedEstimate& figure : set.figures) {
        const metrics::Estimate& e = figure.estimate;
        text += "<tr>" + cell(figureTitle(figure.name)) + cell(e ? shortNumber(e.value) : "undefined", true) + cell(intervalText(e), true)
              + cell(std::to_string(e.n), true) + "<td class=\"method\">" + htmlText(e ? e.method : e.reason) + "</td></tr>";
    }
    return text + "</table>";
}

/// One row a set: the figures one reads first.
std::string setsTable(const std::string& what, const std::vector<FigureSet>& sets)
{
    const std::vector<std::string> keys = {"auc", "accuracy", "sensitivity", "specificity", "balancedAccuracy"};
    std::vector<std::string> names = {what, "n", "patients"};
    std::vector<std::string> shown;
    for (const std::string& key : keys) {
        if (!sets.empty() && sets.front().find(key) != nullptr) {
            names.push_back(figureTitle(key));
            shown.push_back(key);
        }
    }
    std::string text = "<table>" + heads(names);
    for (const FigureSet& set : sets) {
        text += "<tr>" + cell(set.name) + cell(std::to_string(set.cases), true) + cell(std::to_string(set.patients), true);
        for (const std::string& key : shown) {
            const auto* estimate = set.find(key);
            text += cell(estimate != nullptr ? inWords(*estimate) : "-", true);
        }
        text += "</tr>";
    }
    return text + "</table>";
}

std::string confusionHtml(const Evaluation& evaluation)
{
    std::vector<std::string> names = {"true \\ predicted"};
    names.insert(names.end(), evaluation.classes.begin(), evaluation.classes.end());
    std::string text = "<table>" + heads(names);
    for (int truth = 0; truth < evaluation.confusion.classes; ++truth) {
        text += "<tr>" + cell(evaluation.classes[static_cast<std::size_t>(truth)]);
        for (int predicted = 0; predicted < evaluation.confusion.classes; ++predicted) {
            text += cell(std::to_string(evaluation.confusion.at(truth, predicted)), true);
        }
        text += "</tr>";
    }
    return text + "</table>";
}

std::string thresholdsTable(const Evaluation& evaluation)
{
    if (evaluation.candidates.empty()) {
        return {};
    }
    std::string text = "<h3>Thresholds one might choose</h3>"
                       "<p>Seen on these rows; choose on validation data and report on others.</p><table>"
                     + heads({"rule", "threshold", "sensitivity", "specificity"});
    for (const Candidate& candidate : evaluation.candidates) {
        text += "<tr>" + cell(candidate.rule) + cell(shortNumber(candidate.point.threshold), true)
              + cell(shortNumber(candidate.point.sensitivity), true) + cell(shortNumber(candidate.point.specificity), true) + "</tr>";
    }
    return text + "</table>";
}

std::string crossFittedHtml(const OperatingThreshold& threshold)
{
    std::string text;
    for (const NamedEstimate& figure : threshold.crossFitted) {
        text += "<p>" + htmlText(figureTitle(figure.name) + " " + inWords(figure.estimate) + ", " + figure.estimate.method) + ".</p>";
    }
    return text;
}

std::string calibrationTables(const Evaluation& evaluation)
{
    if (!evaluation.calibration.reason.empty()) {
        return "<p>None: " + htmlText(evaluation.calibration.reason) + ".</p>";
    }
    std::string text = "<table>" + heads({"recalibration", "log loss", "calibration error", "how"});
    for (const RecalibratedFigures& one : evaluation.calibration.recalibrated) {
        text += "<tr>" + cell(one.method) + cell(shortNumber(one.logLoss.value), true)
              + cell(shortNumber(one.calibrationError.value), true) + cell(one.logLoss ? one.note : one.logLoss.reason) + "</tr>";
    }
    text += "</table><h3>Prediction sets</h3><table>"
          + heads({"score", "wanted coverage", "coverage seen", "mean size", "sets of one", "empty", "how"});
    for (const ConformalFigures& one : evaluation.conformal) {
        text += "<tr>" + cell(std::string(metrics::name(one.quantile.score))) + cell(shortNumber(1.0 - one.quantile.alpha), true)
              + cell(inWords(one.seen.coverage), true) + cell(shortNumber(one.seen.meanSize), true)
              + cell(std::to_string(one.seen.singletons), true) + cell(std::to_string(one.seen.empty), true)
              + cell(one.how + (one.quantile.reason.empty() ? "" : "; " + one.quantile.reason)) + "</tr>";
    }
    return text + "</table>";
}

/// The figures of each trivial method, and the model minus the method on the same rows.
std::string floorsHtml(const Evaluation& evaluation)
{
    if (evaluation.floors.empty()) {
        return evaluation.floorsOn.empty() ? "" : "<h3>What trivial methods reach</h3><p>" + htmlText(evaluation.floorsOn) + ".</p>";
    }
    std::string text = "<h3>What trivial methods reach</h3><p>On " + htmlText(evaluation.floorsOn) + ".</p><table>"
                     + heads({"method", "AUC", "accuracy", "balanced accuracy"});
    for (const Baseline& floor : evaluation.floors) {
        text += "<tr>" + cell(floor.name + ": " + floor.method) + cell(inWords(floor.auc), true) + cell(inWords(floor.accuracy), true)
              + cell(inWords(floor.balancedAccuracy), true) + "</tr>";
    }
    text += "</table><p>Model minus method, on the same cases:</p><table>"
          + heads({"method", "figure", "difference", "95 % interval", "n", "verdict", "how"});
    for (const Baseline& floor : evaluation.floors) {
        for (const Baseline::Against& against : floor.against) {
            const metrics::Estimate& e = against.difference;
            text += "<tr>" + cell(floor.name) + cell(figureTitle(against.figure)) + cell(e ? shortNumber(e.value) : "undefined", true)
                  + cell(intervalText(e), true) + cell(std::to_string(e.n), true) + cell(std::string(name(against.verdict)))
                  + "<td class=\"method\">" + htmlText(e ? e.method : e.reason) + "</td></tr>";
        }
    }
    text += "</table>";
    for (const std::string& sentence : evaluation.floorWords) {
        text += "<p>" + htmlText(sentence) + "</p>";
    }
    return text;
}

/// Line by line: line ends are no control characters here.
std::string reportLines(const std::string& report)
{
    std::string lines;
    for (std::size_t begin = 0; begin < report.size();) {
        const std::size_t end = std::min(report.find('\n', begin), report.size());
        lines += htmlText(report.substr(begin, end - begin)) + "\n";
        begin = end + 1;
    }
    return lines;
}

std::string partHtml(const ReportPart& part)
{
    const Evaluation& evaluation = part.evaluation;
    std::string text = "<h2>" + htmlText(part.name) + "</h2><p>" + std::to_string(evaluation.cases) + " cases of "
                     + std::to_string(evaluation.patients)
                     + (evaluation.grouped ? " patients" : " independent units (patients are not known)") + ".</p>";
    for (const std::string& warning : evaluation.warnings) {
        text += "<p class=\"warning\">" + htmlText(warning) + ".</p>";
    }
    text += "<p>" + htmlText(evaluation.threshold.words) + ".</p>" + crossFittedHtml(evaluation.threshold) + figuresTable(evaluation.pooled);
    text += floorsHtml(evaluation);
    text += "<div class=\"plots\">";
    for (const std::string& plot : plotsOf(evaluation)) {
        text += plot;
    }
    text += "</div><h3>Confusion matrix</h3>" + confusionHtml(evaluation) + "<h3>Classification report</h3><pre>"
          + reportLines(evaluation.report.text()) + "</pre>";
    text += thresholdsTable(evaluation) + "<h3>Calibration</h3>" + calibrationTables(evaluation);
    if (!evaluation.patientPools.empty()) {
        text += "<h3>By patient</h3><p>All cases of a patient pooled by the mean or the largest probability.</p>"
              + setsTable("pooling", evaluation.patientPools);
    }
    if (!evaluation.folds.empty()) {
        text += "<h3>By fold</h3>" + setsTable("fold", evaluation.folds);
    }
    for (const Subgroup& subgroup : evaluation.subgroups) {
        text += "<h3>By " + htmlText(subgroup.column) + "</h3>" + setsTable(subgroup.column, subgroup.values);
    }
    return text;
}

} // namespace

std::string reportHtml(const ReportInput& input, const std::vector<ReportFile>& files)
{
    std::string text = "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                       "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
                       "<title>" + htmlText(input.title) + "</title><style>" + kStyle + "</style></head><body>";
    text += "<h1>Evaluation: " + htmlText(input.title) + "</h1><p class=\"safety\">" + htmlText(std::string(kSafetyLine)) + "</p>";
    for (const ReportPart& part : input.parts) {
        text += partHtml(part);
    }
    text += "<h2>Files</h2><ul>";
    for (const ReportFile& file : files) {
        text += "<li><a href=\"" + htmlText(file.name) + "\">" + htmlText(file.name) + "</a></li>";
    }
    return text + "</ul></body></html>\n";
}

} // namespace diascope::evaluate
