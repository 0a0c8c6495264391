// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Csv.h"

#include "base/AtomicFile.h"
#include "base/Encoding.h"
#include "base/Text.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <set>

namespace diascope::base {

namespace {

constexpr std::size_t kMaxProblems = 1000;

/// One record: cells and what was odd about it.
struct Record {
    std::vector<std::string> cells;
    bool textAfterQuote = false;
    bool closed = true; ///< False: a quote was open at the end of the text.
    [[nodiscard]] bool blank() const { return cells.size() == 1 && trimmed(cells[0]).empty(); }
};

/// Cuts a text into records, one after another.
class RecordReader {
public:
    RecordReader(std::string_view text, char delimiter) : m_text(text), m_delimiter(delimiter) {}
    [[nodiscard]] bool atEnd() const { return m_at >= m_text.size(); }

    Record next()
    {
        Record record;
        record.cells.emplace_back();
        while (m_at < m_text.size()) {
            const char c = m_text[m_at];
            if (c == '\r' || c == '\n') {
                m_at += c == '\r' && m_text.substr(m_at, 2) == "\r\n" ? 2 : 1;
                return record;
            }
            if (c == m_delimiter) {
                ++m_at;
                record.cells.emplace_back();
            } else if (c == '"' && record.cells.back().empty() && atCellStart()) {
                readQuoted(record);
            } else {
                readPlain(record);
            }
        }
        return record;
    }

private:
    [[nodiscard]] bool atCellStart() const
    {
        const char before = m_at == 0 ? '\n' : m_text[m_at - 1];
        return before == m_delimiter || before == '\n' || before == '\r';
    }

    void readPlain(Record& record)
    {
        const std::array<char, 3> stops = {m_delimiter, '\r', '\n'};
        const auto end = std::min(m_text.find_first_of(std::string_view(stops.data(), stops.size()), m_at), m_text.size());
        record.cells.back() += m_text.substr(m_at, end - m_at);
        m_at = end;
    }

    void readQuoted(Record& record)
    {
        ++m_at;
        while (true) {
            const auto quote = m_text.find('"', m_at);
            if (quote == std::string_view::npos) {
                record.closed = false;
                m_at = m_text.size();
                return;
            }
            record.cells.back() += m_text.substr(m_at, quote - m_at);
            m_at = quote + 1;
            if (m_at >= m_text.size() || m_text[m_at] != '"') {
                break;
            }
            record.cells.back() += '"';
            ++m_at;
        }
        if (m_at < m_text.size() && m_text[m_at] != m_delimiter && m_text[m_at] != '\r' && m_text[m_at] != '\n') {
            record.textAfterQuote = true;
            readPlain(record);
        }
    }

    std::string_view m_text;
    char m_delimiter;
    std::size_t m_at = 0;
};

/// The delimiter that cuts the first rows into the same number of cells, more than one; of several the one giving most
/// cells, of those the one that is rarer in ordinary text.
char findDelimiter(std::string_view text)
{
    constexpr int kRows = 20;
    char best = ',';
    double bestScore = 0.0;
    for (const char delimiter : {'\t', ';', ','}) {
        RecordReader reader(text.substr(0, std::size_t{1} << 20U), delimiter);
        std::size_t columns = 0;
        int rows = 0, agreeing = 0;
        while (!reader.atEnd() && rows < kRows) {
            const Record record = reader.next();
            if (record.blank()) {
                continue;
            }
            columns = rows == 0 ? record.cells.size() : columns;
            agreeing += record.cells.size() == columns ? 1 : 0;
            ++rows;
        }
        const double score = columns < 2 ? 0.0 : 1000.0 * agreeing / rows + static_cast<double>(std::min<std::size_t>(columns, 999));
        if (score > bestScore) {
            bestScore = score;
            best = delimiter;
        }
    }
    return best;
}

/// Takes a spreadsheet's first line "sep=;" off the text; '\0' when there is none.
char takeNamedDelimiter(std::string_view& text)
{
    if (text.size() < 6 || asciiLower(text.substr(0, 4)) != "sep=" || (text[5] != '\n' && text[5] != '\r')) {
        return '\0';
    }
    const char delimiter = text[4];
    text.remove_prefix(text.substr(5, 2) == "\r\n" ? 7 : 6);
    return delimiter;
}

/// Puts records together to a table, noting what does not fit.
class TableBuilder {
public:
    TableBuilder(std::string subject, std::size_t mostCells) : m_subject(std::move(subject)), m_mostCells(mostCells) {}

    void add(Record record, int rowNumber)
    {
        if (!record.closed) {
            throw Error(ErrorCode::Malformed, rowSubject(rowNumber), "a quote is opened in this row and never closed",
                        "Close the quote, or double it where it belongs to the text.");
        }
        m_cells += record.cells.size() + 1;
        if (m_cells > m_mostCells) {
            throw Error(ErrorCode::TooLarge, rowSubject(rowNumber), "the table has more than " + std::to_string(m_mostCells) + " rows and cells",
                        "Leave out columns that are not needed, or cut the table into parts.");
        }
        if (record.textAfterQuote) {
            note(rowSubject(rowNumber), "text follows a closing quote; it was joined to the cell");
        }
        if (record.blank()) {
            return;
        }
        if (table.header.empty()) {
            setHeader(std::move(record.cells));
        } else {
            addRow(std::move(record.cells), rowNumber);
        }
    }

    void note(std::string subject, std::string detail)
    {
        if (++m_noted <= kMaxProblems) {
            table.problems.push_back({ErrorCode::Malformed, std::move(subject), std::move(detail)});
        }
    }

    CsvTable finish()
    {
        if (table.header.empty()) {
            throw Error(ErrorCode::Malformed, m_subject, "the table is empty: not even a header row was found");
        }
        if (m_noted > kMaxProblems) {
            table.problems.push_back(
                {ErrorCode::Malformed, m_subject, "and " + std::to_string(m_noted - kMaxProblems) + " more problems"});
        }
        return std::move(table);
    }

    CsvTable table;

private:
    [[nodiscard]] std::string rowSubject(int rowNumber) const { return m_subject + ", row " + std::to_string(rowNumber); }

    void setHeader(std::vector<std::string> cells)
    {
        std::set<std::string> seen;
        for (auto& cell : cells) {
            cell = std::string(trimmed(cell));
            if (!cell.empty() && !seen.insert(cell).second) {
                note(m_subject, "the column name '" + shortened(cell) + "' stands twice; the first is used");
            }
        }
        table.header = std::move(cells);
    }

    void addRow(std::vector<std::string> cells, int rowNumber)
    {
        const std::size_t columns = table.header.size();
        const std::string counts
            = "it has " + std::to_string(cells.size()) + " cells, the header has " + std::to_string(columns);
        while (cells.size() > columns && cells.back().empty()) {
            cells.pop_back();
        }
        if (cells.size() > columns) {
            note(rowSubject(rowNumber), counts + "; the row was left out");
            return;
        }
        if (cells.size() < columns) {
            note(rowSubject(rowNumber), counts + "; the missing ones are taken as empty");
            cells.resize(columns);
        }
        if (cells == table.header) {
            note(rowSubject(rowNumber), "it repeats the header; the row was left out");
            return;
        }
        table.rows.push_back(std::move(cells));
        table.rowNumbers.push_back(rowNumber);
    }

    std::string m_subject;
    std::size_t m_mostCells, m_cells = 0, m_noted = 0;
};

/// A number as this program writes it.
bool isNumber(std::string_view text)
{
    return parseNumber(text) || text == "-nan" || text == "-inf";
}

/// A text whose start a spreadsheet takes for a formula.
bool startsLikeFormula(std::string_view text)
{
    return !text.empty() && std::string_view("=+-@\t\r\n").find(text.front()) != std::string_view::npos;
}

/// Apostrophes and then a formula start: what csvCell() makes, or would make once more.
bool looksProtected(std::string_view text)
{
    const auto first = text.find_first_not_of('\'');
    return first != 0 && first != std::string_view::npos && startsLikeFormula(text.substr(first));
}

} // namespace

int CsvTable::column(std::string_view name) const
{
    for (std::size_t i = 0; i < header.size(); ++i) {
        if (header[i] == name) {
            return static_cast<int>(i);
        }
    }
    const std::string wanted = asciiLower(name);
    for (std::size_t i = 0; i < header.size(); ++i) {
        if (asciiLower(header[i]) == wanted) {
            return static_cast<int>(i);
        }
    }
    return -1;
}

CsvTable readCsv(const std::filesystem::path& file, const CsvLimits& limits)
{
    return parseCsv(readFile(file, limits.bytes), file.string(), limits);
}

CsvTable parseCsv(std::string_view bytes, const std::string& subject, const CsvLimits& limits)
{
    if (bytes.size() > limits.bytes) {
        throw Error(ErrorCode::TooLarge, subject, "it is larger than the limit of " + std::to_string(limits.bytes) + " bytes");
    }
    const DecodedText decoded = decodeText(bytes);
    if (decoded.text.find('\0') != std::string::npos) {
        throw Error(ErrorCode::Malformed, subject, "it holds NUL bytes: this is not a text table");
    }
    std::string_view text = decoded.text;
    TableBuilder builder(subject, limits.cells);
    if (decoded.encoding == "Windows-1252") {
        builder.note(subject, "it is not UTF-8; it was read as Windows-1252 (Latin-1)");
    }
    const char named = takeNamedDelimiter(text);
    builder.table.delimiter = named != '\0' ? named : findDelimiter(text);
    RecordReader reader(text, builder.table.delimiter);
    for (int row = named != '\0' ? 2 : 1; !reader.atEnd(); ++row) {
        builder.add(reader.next(), row);
    }
    return builder.finish();
}

std::string csvCell(std::string_view text)
{
    std::string cell(text);
    if ((startsLikeFormula(text) && !isNumber(text)) || looksProtected(text)) {
        cell.insert(cell.begin(), '\'');
    }
    const bool blankEnds = trimmed(cell).size() != cell.size();
    if (!blankEnds && cell.size() == text.size() && cell.find_first_of(",;\t\"\r\n") == std::string::npos) {
        return cell;
    }
    std::string quoted = "\"";
    for (const char c : cell) {
        quoted += c == '"' ? "\"\"" : std::string(1, c);
    }
    return quoted + "\"";
}

std::string csvRow(const std::vector<std::string>& cells)
{
    std::string row;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        if (i > 0) {
            row += ',';
        }
        row += csvCell(cells[i]);
    }
    return row;
}

std::string csvPlain(std::string_view cell)
{
    return std::string(looksProtected(cell) ? cell.substr(1) : cell);
}

} // namespace diascope::base
