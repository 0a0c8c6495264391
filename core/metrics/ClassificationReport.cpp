// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/ClassificationReport.h"

#include "base/Error.h"
#include "base/Text.h"

#include <algorithm>

namespace diascope::metrics {

namespace {

double ratio(double part, double whole)
{
    return whole > 0.0 ? part / whole : 0.0;
}

ReportRow rowOf(const ConfusionMatrix& matrix, int c, const std::string& name)
{
    std::int64_t truth = 0, predicted = 0;
    for (int other = 0; other < matrix.classes; ++other) {
        truth += matrix.at(c, other);
        predicted += matrix.at(other, c);
    }
    const auto hits = static_cast<double>(matrix.at(c, c));
    ReportRow row{name, ratio(hits, static_cast<double>(predicted)), ratio(hits, static_cast<double>(truth)),
        ratio(2.0 * hits, static_cast<double>(truth + predicted)), truth, {}};
    row.undefinedBecause = truth == 0 ? "no cases" : "";
    if (predicted == 0) {
        row.undefinedBecause += truth == 0 ? ", never predicted" : "never predicted";
    }
    return row;
}

void addWeighted(ReportRow& sum, const ReportRow& row, double weight)
{
    sum.precision += weight * row.precision;
    sum.recall += weight * row.recall;
    sum.f1 += weight * row.f1;
}

/// Characters as a reader counts them, not bytes.
std::size_t lengthOf(std::string_view text)
{
    std::size_t characters = 0;
    while (!text.empty()) {
        (void)base::takeUtf8(text);
        ++characters;
    }
    return characters;
}

std::string rightAligned(const std::string& text, std::size_t width)
{
    const std::size_t length = lengthOf(text);
    return (length < width ? std::string(width - length, ' ') : std::string()) + text;
}

constexpr std::size_t kColumn = 9;

std::string lineOf(const ReportRow& row, std::size_t width, int digits)
{
    std::string line = rightAligned(row.name, width) + " ";
    for (const double value : {row.precision, row.recall, row.f1}) {
        line += " " + rightAligned(base::fixedText(value, digits), kColumn);
    }
    return line + " " + rightAligned(std::to_string(row.support), kColumn) + "\n";
}

} // namespace

ClassificationReport classificationReport(const ConfusionMatrix& matrix, const std::vector<std::string>& names)
{
    const std::int64_t total = matrix.total();
    if (names.size() != static_cast<std::size_t>(matrix.classes) || total == 0) {
        throw base::Error(base::ErrorCode::Internal, "metrics", "a report needs cases and one name a class");
    }
    ClassificationReport report;
    report.macro.name = "macro avg";
    report.weighted.name = "weighted avg";
    for (int c = 0; c < matrix.classes; ++c) {
        report.classes.push_back(rowOf(matrix, c, names[static_cast<std::size_t>(c)]));
        const ReportRow& row = report.classes.back();
        addWeighted(report.macro, row, 1.0 / matrix.classes);
        addWeighted(report.weighted, row, static_cast<double>(row.support) / static_cast<double>(total));
    }
    report.macro.support = report.weighted.support = total;
    report.accuracy = static_cast<double>(matrix.correct()) / static_cast<double>(total);
    return report;
}

std::string ClassificationReport::text(int digits) const
{
    std::size_t width = std::max(lengthOf(weighted.name), static_cast<std::size_t>(std::max(digits, 0)));
    for (const ReportRow& row : classes) {
        width = std::max(width, lengthOf(row.name));
    }
    std::string text = std::string(width, ' ') + " ";
    for (const char* head : {"precision", "recall", "f1-score", "support"}) {
        text += " " + rightAligned(head, kColumn);
    }
    text += "\n\n";
    for (const ReportRow& row : classes) {
        text += lineOf(row, width, digits);
    }
    const std::string blank(kColumn + 1, ' ');
    text += "\n" + rightAligned("accuracy", width) + " " + blank + blank + " "
        + rightAligned(base::fixedText(accuracy, digits), kColumn) + " " + rightAligned(std::to_string(macro.support), kColumn)
        + "\n";
    return text + lineOf(macro, width, digits) + lineOf(weighted, width, digits);
}

} // namespace diascope::metrics
