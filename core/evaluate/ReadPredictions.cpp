// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluate/Predictions.h"

#include "base/Json.h"
#include "base/Text.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace diascope::evaluate {

namespace {

using base::Error;
using base::ErrorCode;

constexpr double kSumTolerance = 0.01;
constexpr std::size_t kNamedRows = 5; ///< Of each kind of refusal; the rest is counted.

/// Which column is what; -1: not there.
struct Layout {
    int label = -1, score = -1, sample = -1, group = -1, repeat = -1, fold = -1;
    std::vector<int> probabilities;
    std::vector<std::string> classes;
};

Layout layoutOf(const base::CsvTable& table, const std::string& subject)
{
    Layout layout;
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
        const char* what = layout.probabilities.empty() ? "there is neither a column 'score' nor columns 'p_<class>'" : "there is only one column 'p_<class>'";
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

/// The two classes of a `score`: negative first.
std::vector<std::string> classesOfScore(const std::set<std::string>& labels, const std::string& positive, const std::string& subject)
{
    if (labels.size() > 2) {
        throw Error(ErrorCode::Mismatch, subject, "column 'label' has " + std::to_string(labels.size()) + " classes, and one 'score' serves two",
                    "Give one column 'p_<class>' for each class.");
    }
    const bool numbers = std::all_of(labels.begin(), labels.end(), [](const std::string& label) { return label == "0" || label == "1"; });
    if (positive.empty() && numbers) {
        return {"0", "1"};
    }
    if (positive.empty()) {
        throw Error(ErrorCode::Usage, subject, "the labels are not 0 and 1, so that nobody knows which class the score means", "Name it with --positive.");
    }
    for (const std::string& label : labels) {
        if (label != positive) {
            return {label, positive};
        }
    }
    return {"not " + positive, positive};
}

/// Refusals of rows, by kind: the first few by their number, then how many there are in all.
class Refusals {
public:
    explicit Refusals(std::string subject) : m_subject(std::move(subject)) {}
    void add(int rowNumber, const std::string& why)
    {
        ++m_count;
        auto& rows = m_rows[why];
        rows.push_back(rowNumber);
    }
    [[nodiscard]] std::size_t count() const { return m_count; }
    [[nodiscard]] std::vector<base::Problem> problems() const
    {
        std::vector<base::Problem> list;
        for (const auto& [why, rows] : m_rows) {
            std::string text = std::to_string(rows.size()) + (rows.size() == 1 ? " row left out, " : " rows left out, ") + why + ": row ";
            for (std::size_t i = 0; i < std::min(rows.size(), kNamedRows); ++i) {
                text += (i > 0 ? ", " : "") + std::to_string(rows[i]);
            }
            list.push_back({ErrorCode::Malformed, m_subject, text + (rows.size() > kNamedRows ? ", …" : "")});
        }
        return list;
    }

private:
    std::string m_subject;
    std::map<std::string, std::vector<int>> m_rows;
    std::size_t m_count = 0;
};

class Reader {
public:
    Reader(const base::CsvTable& table, const ReadOptions& options)
        : m_table(table), m_options(options), m_layout(layoutOf(table, options.subject)), m_refusals(options.subject)
    {
    }

    Predictions read()
    {
        if (m_table.rows.empty()) {
            throw Error(ErrorCode::Malformed, m_options.subject, "the table has no rows");
        }
        decideClasses();
        std::vector<std::size_t> kept;
        for (std::size_t row = 0; row < m_table.rows.size(); ++row) {
            if (readRow(row)) {
                kept.push_back(row);
            }
        }
        m_result.problems = m_table.problems;
        const auto problems = m_refusals.problems();
        m_result.problems.insert(m_result.problems.end(), problems.begin(), problems.end());
        m_result.refusedRows = m_refusals.count();
        if (kept.empty()) {
            throw Error(ErrorCode::Malformed, m_options.subject, "no row can be used; " + problems.front().detail,
                        "Probabilities are numbers from 0 to 1 that sum to 1 over the classes of a row.");
        }
        addColumns(kept);
        return std::move(m_result);
    }

private:
    [[nodiscard]] std::string cell(std::size_t row, int column) const
    {
        return column < 0 ? std::string() : std::string(base::trimmed(base::csvPlain(m_table.rows[row][static_cast<std::size_t>(column)])));
    }

    /// A table with semicolons may have decimal commas.
    [[nodiscard]] std::optional<double> number(std::size_t row, int column) const
    {
        std::string text = cell(row, column);
        if (m_table.delimiter == ';') {
            std::replace(text.begin(), text.end(), ',', '.');
        }
        return base::parseNumber(text);
    }

    void decideClasses()
    {
        if (m_layout.score >= 0) {
            std::set<std::string> labels;
            for (std::size_t row = 0; row < m_table.rows.size() && labels.size() < 1000; ++row) {
                if (const std::string label = labelOf(row); !label.empty()) {
                    labels.insert(label);
                }
            }
            m_result.classes = classesOfScore(labels, m_options.positive, m_options.subject);
        } else {
            m_result.classes = m_layout.classes;
        }
        for (std::size_t c = 0; c < m_result.classes.size(); ++c) {
            m_indexOf[m_result.classes[c]] = static_cast<int>(c);
        }
        if (!m_options.positive.empty()) {
            const auto found = m_indexOf.find(m_options.positive);
            if (found == m_indexOf.end() || m_result.classes.size() != 2) {
                throw Error(ErrorCode::Usage, "--positive " + m_options.positive,
                            m_result.classes.size() != 2 ? "a positive class needs two classes" : "there is no such class in " + m_options.subject);
            }
            m_result.positive = found->second;
        }
    }

    /// As written, but 1.0 is 1 where labels are numbers ("1.0" of a spreadsheet).
    [[nodiscard]] std::string labelOf(std::size_t row) const
    {
        std::string label = cell(row, m_layout.label);
        if (m_layout.classes.empty() || std::find(m_layout.classes.begin(), m_layout.classes.end(), label) == m_layout.classes.end()) {
            if (const auto number = base::parseNumber(label); number && *number == std::floor(*number) && std::abs(*number) < 1e9) {
                label = std::to_string(static_cast<long long>(*number));
            }
        }
        return label;
    }

    bool readRow(std::size_t row)
    {
        const int number = m_table.rowNumbers[row];
        const std::string label = labelOf(row);
        if (label.empty()) {
            m_refusals.add(number, "no label");
            return false;
        }
        const auto found = m_indexOf.find(label);
        if (found == m_indexOf.end()) {
            const std::string nearest = base::nearestMatch(label, m_result.classes);
            throw Error(ErrorCode::Mismatch, m_options.subject,
                        "row " + std::to_string(number) + ": label '" + base::shortened(label) + "' has no column 'p_" + base::shortened(label) + "'"
                            + (nearest.empty() ? "" : "; nearest is '" + nearest + "'"),
                        "Every label needs a column with its probability.");
        }
        std::vector<double> values;
        if (const std::string why = m_layout.score >= 0 ? readScore(row, values) : readProbabilities(row, values); !why.empty()) {
            m_refusals.add(number, why);
            return false;
        }
        m_result.labels.push_back(found->second);
        m_result.probabilities.insert(m_result.probabilities.end(), values.begin(), values.end());
        return true;
    }

    std::string readScore(std::size_t row, std::vector<double>& values)
    {
        const auto score = number(row, m_layout.score);
        if (!score) {
            return "the score is not a number";
        }
        values = {1.0 - *score, *score};
        m_result.areProbabilities = m_result.areProbabilities && *score >= 0.0 && *score <= 1.0;
        if (m_result.positive == 0) {
            std::swap(values[0], values[1]);
        }
        return {};
    }

    std::string readProbabilities(std::size_t row, std::vector<double>& values) const
    {
        double sum = 0.0;
        for (const int column : m_layout.probabilities) {
            const auto p = number(row, column);
            if (!p) {
                return "a probability is not a number";
            }
            if (*p < 0.0 || *p > 1.0) {
                return "a probability is outside 0 to 1";
            }
            values.push_back(*p);
            sum += *p;
        }
        return std::abs(sum - 1.0) > kSumTolerance ? "the probabilities do not sum to 1" : std::string();
    }

    [[nodiscard]] std::vector<std::string> texts(const std::vector<std::size_t>& kept, int column) const
    {
        std::vector<std::string> values;
        if (column >= 0) {
            for (const std::size_t row : kept) {
                values.push_back(cell(row, column));
            }
        }
        return values;
    }

    [[nodiscard]] std::vector<int> numbers(const std::vector<std::size_t>& kept, int column) const
    {
        std::vector<int> values;
        for (const std::string& text : texts(kept, column)) {
            const auto number = base::parseNumber(text);
            if (!number || *number < 0.0 || *number > 1e6 || *number != std::floor(*number)) {
                return {}; // another meaning of the column
            }
            values.push_back(static_cast<int>(*number));
        }
        return values;
    }

    void addColumns(const std::vector<std::size_t>& kept)
    {
        m_result.samples = texts(kept, m_layout.sample);
        m_result.groups = texts(kept, m_layout.group);
        m_result.repeats = numbers(kept, m_layout.repeat);
        m_result.folds = numbers(kept, m_layout.fold);
        for (const std::string& name : m_options.subgroups) {
            const int column = m_table.column(name);
            if (column < 0) {
                const std::string nearest = base::nearestMatch(name, m_table.header);
                throw Error(ErrorCode::Usage, m_options.subject, "there is no column '" + name + "'" + (nearest.empty() ? "" : "; nearest is '" + nearest + "'"));
            }
            m_result.columns.push_back({name, subgroupBands(name, texts(kept, column))});
        }
    }

    const base::CsvTable& m_table;
    const ReadOptions& m_options;
    Layout m_layout;
    Refusals m_refusals;
    Predictions m_result;
    std::map<std::string, int> m_indexOf;
};

} // namespace

Predictions predictionsOf(const base::CsvTable& table, const ReadOptions& options)
{
    return Reader(table, options).read();
}

Predictions readPredictions(const std::filesystem::path& file, ReadOptions options)
{
    options.subject = file.string();
    constexpr base::CsvLimits kMillions{std::size_t{1} << 30U, 60'000'000};
    return predictionsOf(base::readCsv(file, kMillions), options);
}

} // namespace diascope::evaluate
