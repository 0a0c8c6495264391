// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluate/PredictionColumns.h"

#include "base/Text.h"

#include <algorithm>

namespace diascope::evaluate {

namespace {

using base::Error;
using base::ErrorCode;

constexpr std::size_t kNamedRows = 5; ///< Of each kind of refusal; the rest is counted.

} // namespace

PredictionColumns predictionColumns(const base::CsvTable& table, const std::string& subject)
{
    PredictionColumns layout;
    layout.label = table.column("label");
    layout.score = table.column("score");
    layout.sample = table.column("sample");
    layout.group = table.column("group");
    layout.repeat = table.column("repeat");
    layout.fold = table.column("fold");
    for (std::size_t c = 0; c < table.header.size(); ++c) {
        const std::string name = base::csvPlain(table.header[c]);
        if (name.size() > 2 && base::asciiLower(name.substr(0, 2)) == "p_") {
            layout.probabilities.push_back(static_cast<int>(c));
            layout.classes.push_back(name.substr(2));
        }
    }
    const char* remedy = "Write columns 'label' and either 'score' or one 'p_<class>' for each class.";
    if (layout.label < 0) {
        throw Error(ErrorCode::Malformed, subject, "there is no column 'label'", remedy);
    }
    if (layout.score < 0 && layout.probabilities.size() < 2) {
        const char* what = layout.probabilities.empty() ? "there is neither a column 'score' nor columns 'p_<class>'"
                                                        : "there is only one column 'p_<class>'";
        throw Error(ErrorCode::Malformed, subject, what, remedy);
    }
    if (layout.probabilities.size() >= 2) {
        layout.score = -1; // probabilities say more
    }
    if (std::set<std::string>(layout.classes.begin(), layout.classes.end()).size() != layout.classes.size()) {
        throw Error(ErrorCode::Malformed, subject, "two columns 'p_<class>' have one name", remedy);
    }
    return layout;
}

std::vector<std::string> classesOfScore(
    const std::set<std::string>& labels, const std::string& positive, const std::string& subject)
{
    if (labels.size() > 2) {
        throw Error(ErrorCode::Mismatch, subject,
            "column 'label' has " + std::to_string(labels.size()) + " classes, and one 'score' serves two",
            "Give one column 'p_<class>' for each class.");
    }
    const bool numbers = std::all_of(
        labels.begin(), labels.end(), [](const std::string& label) { return label == "0" || label == "1"; });
    if (positive.empty() && numbers) {
        return {"0", "1"};
    }
    if (positive.empty()) {
        throw Error(ErrorCode::Usage, subject,
            "the labels are not 0 and 1, so that nobody knows which class the score means", "Name it with --positive.");
    }
    if (labels.size() == 2 && !labels.contains(positive)) {
        throw Error(ErrorCode::Usage, "--positive " + positive, "there is no such class in " + subject);
    }
    for (const std::string& label : labels) {
        if (label != positive) {
            return {label, positive};
        }
    }
    return {"not " + positive, positive};
}

void Refusals::add(int rowNumber, const std::string& why)
{
    ++m_count;
    m_rows[why].push_back(rowNumber);
}

std::vector<base::Problem> Refusals::problems() const
{
    std::vector<base::Problem> list;
    for (const auto& [why, rows] : m_rows) {
        std::string text = std::to_string(rows.size()) + (rows.size() == 1 ? " row left out, " : " rows left out, ")
            + why + ": row ";
        for (std::size_t i = 0; i < std::min(rows.size(), kNamedRows); ++i) {
            text += (i > 0 ? ", " : "") + std::to_string(rows[i]);
        }
        list.push_back({ErrorCode::Malformed, m_subject, text + (rows.size() > kNamedRows ? ", …" : "")});
    }
    return list;
}

} // namespace diascope::evaluate
