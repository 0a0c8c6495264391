// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluate/PredictionColumns.h"

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

class Reader {
public:
    Reader(const base::CsvTable& table, const ReadOptions& options)
        : m_table(table)
        , m_options(options)
        , m_layout(predictionColumns(table, options.subject))
        , m_refusals(options.subject)
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
        return column < 0
            ? std::string()
            : std::string(base::trimmed(base::csvPlain(m_table.rows[row][static_cast<std::size_t>(column)])));
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
                    m_result.classes.size() != 2 ? "a positive class needs two classes"
                                                 : "there is no such class in " + m_options.subject);
            }
            m_result.positive = found->second;
        }
    }

    /// As written, but 1.0 is 1 where labels are numbers ("1.0" of a spreadsheet).
    [[nodiscard]] std::string labelOf(std::size_t row) const
    {
        std::string label = cell(row, m_layout.label);
        if (m_layout.classes.empty()
            || std::find(m_layout.classes.begin(), m_layout.classes.end(), label) == m_layout.classes.end()) {
            if (const auto number = base::parseNumber(label);
                number && *number == std::floor(*number) && std::abs(*number) < 1e9) {
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
                "row " + std::to_string(number) + ": label '" + base::shortened(label) + "' has no column 'p_"
                    + base::shortened(label) + "'" + (nearest.empty() ? "" : "; nearest is '" + nearest + "'"),
                "Every label needs a column with its probability.");
        }
        std::vector<double> values;
        if (const std::string why = m_layout.score >= 0 ? readScore(row, values) : readProbabilities(row, values);
            !why.empty()) {
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
                throw Error(ErrorCode::Usage, m_options.subject,
                    "there is no column '" + name + "'" + (nearest.empty() ? "" : "; nearest is '" + nearest + "'"));
            }
            m_result.columns.push_back({name, subgroupBands(name, texts(kept, column))});
        }
    }

    const base::CsvTable& m_table;
    const ReadOptions& m_options;
    PredictionColumns m_layout;
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
