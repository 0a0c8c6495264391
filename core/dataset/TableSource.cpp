// SPDX-License-Identifier: GPL-3.0-or-later
#include "dataset/Listing.h"

#include "base/Csv.h"
#include "base/Text.h"
#include "dataset/ImageFinder.h"

#include <algorithm>
#include <map>

namespace diascope::dataset {

namespace {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorCode;

std::string inQuotes(const std::string& text)
{
    std::string result = "'";
    result += base::visibleText(text);
    result += '\'';
    return result;
}

/// Turns rows into entries. One object reads one table.
class TableReader {
public:
    TableReader(const Source& source, const base::CsvTable& table, ImageFinder finder)
        : m_source(source), m_table(table), m_columns(findColumns(table.header, source, source.path.string())),
          m_finder(std::move(finder))
    {
        describeColumns();
        m_listing.problems = table.problems;
        if (m_columns.group >= 0) {
            m_listing.groupedBy = "column " + table.header[static_cast<std::size_t>(m_columns.group)];
        }
        m_readsRoles = splitColumnHolds();
        m_readsFolds = foldColumnHolds();
    }

    Listing read()
    {
        for (std::size_t r = 0; r < m_table.rows.size(); ++r) {
            readRow(r);
        }
        dropContradictions();
        return std::move(m_listing);
    }

private:
    [[nodiscard]] std::string cell(std::size_t row, int column) const
    {
        return column < 0 ? std::string() : trimmed(base::csvPlain(m_table.rows[row][static_cast<std::size_t>(column)]));
    }

    [[nodiscard]] std::optional<Role> roleOf(std::size_t row) const
    {
        const std::string text = cell(row, m_columns.split);
        const std::string heading = lowered(m_table.header[static_cast<std::size_t>(m_columns.split)]);
        if (heading.find("train") != std::string::npos && (text == "0" || text == "1")) {
            return text == "1" ? Role::Train : Role::Test;
        }
        return roleFromText(text);
    }

    /// A guessed split column whose cells name no parts is something else; a named one must name parts.
    [[nodiscard]] bool splitColumnHolds() const
    {
        if (m_columns.split < 0 || m_table.rows.empty()) {
            return false;
        }
        for (std::size_t r = 0; r < m_table.rows.size(); ++r) {
            if (!roleOf(r)) {
                if (m_source.splitColumn.empty()) {
                    return false;
                }
                throw Error(ErrorCode::Malformed, where(r), "the split column says " + inQuotes(cell(r, m_columns.split)) +
                            "; expected train, validation or test");
            }
        }
        return true;
    }

    [[nodiscard]] std::optional<int> foldOf(std::size_t row) const
    {
        const auto number = base::parseNumber(cell(row, m_columns.fold));
        constexpr double kMost = 1000.0;
        return number && *number >= 0.0 && *number <= kMost && *number == static_cast<int>(*number) ? std::optional(static_cast<int>(*number)) : std::nullopt;
    }

    /// As for the split column.
    [[nodiscard]] bool foldColumnHolds() const
    {
        for (std::size_t r = 0; m_columns.fold >= 0 && r < m_table.rows.size(); ++r) {
            if (!foldOf(r) && m_source.foldColumn.empty()) {
                return false;
            }
            if (!foldOf(r)) {
                throw Error(ErrorCode::Malformed, where(r), "the fold column says " + inQuotes(cell(r, m_columns.fold)) + "; expected a whole number of 0 to 1000");
            }
        }
        return m_columns.fold >= 0 && !m_table.rows.empty();
    }

    void describeColumns()
    {
        m_listing.report.kind = "table";
        m_listing.report.table = m_source.path.filename().string();
        m_listing.report.delimiter = m_table.delimiter;
        const auto add = [this](const char* role, int column, const std::string& named) {
            if (column >= 0) {
                m_listing.report.columns.push_back({role, m_table.header[static_cast<std::size_t>(column)], named.empty()});
            }
        };
        add("image", m_columns.image, m_source.imageColumn);
        add("label", m_source.ignoreLabels ? -1 : m_columns.label, m_source.labelColumn);
        add("group", m_columns.group, m_source.groupColumn);
        add("split", m_columns.split, m_source.splitColumn);
        add("fold", m_columns.fold, m_source.foldColumn);
    }

    [[nodiscard]] std::string where(std::size_t row) const
    {
        return m_source.path.string() + ", row " + std::to_string(m_table.rowNumbers[row]);
    }

    void refuse(ErrorCode code, std::size_t row, const std::string& detail) { m_listing.problems.push_back({code, where(row), detail}); }

    void readRow(std::size_t row)
    {
        Entry entry;
        entry.id = cell(row, m_columns.image);
        entry.label = cell(row, m_columns.label);
        const std::string shown = inQuotes(entry.id);
        if (isMissingValue(entry.id)) {
            return refuse(ErrorCode::Malformed, row, "there is no image name; the row is left out");
        }
        if (m_source.ignoreLabels) {
            entry.label = "unlabelled";
        } else if (isMissingValue(entry.label)) {
            return refuse(ErrorCode::Malformed, row, "the image " + shown + " has no label; it is left out");
        }
        const ImageFinder::Found found = m_finder.find(entry.id);
        if (found.files.empty()) {
            return refuse(ErrorCode::NotFound, row, "the image " + shown + " " + found.reason + "; it is left out. Check data.imageFolder");
        }
        if (m_columns.group >= 0) {
            entry.group = cell(row, m_columns.group);
            if (isMissingValue(entry.group)) {
                entry.group.clear();
                refuse(ErrorCode::Malformed, row, "the image " + shown + " has no group; it is taken as a group of its own");
            }
        }
        if (m_readsRoles) {
            entry.role = roleOf(row);
        }
        if (m_readsFolds) {
            entry.fold = foldOf(row);
        }
        if (found.byPatient) { // the run folder keeps names and groups; it must not keep the identifier itself
            const std::string pseudonym = patientPseudonym(entry.id);
            entry.group = entry.group == entry.id ? pseudonym : entry.group;
            entry.id = pseudonym;
        }
        for (const fs::path& file : found.files) {
            Entry one = entry;
            one.file = file;
            one.id += found.byPatient || found.files.size() > 1 ? "/" + file.filename().string() : std::string();
            m_rowOf.push_back(row);
            m_listing.entries.push_back(std::move(one));
        }
    }

    /// An image that is listed twice counts once; one with two labels or two parts counts not at all.
    void dropContradictions()
    {
        std::map<fs::path, std::vector<std::size_t>> byFile;
        for (std::size_t i = 0; i < m_listing.entries.size(); ++i) {
            byFile[m_listing.entries[i].file].push_back(i);
        }
        std::vector<bool> dropped(m_listing.entries.size());
        for (const auto& [file, rows] : byFile) {
            const Entry& first = m_listing.entries[rows.front()];
            const bool agree = std::all_of(rows.begin(), rows.end(), [&](std::size_t i) {
                return m_listing.entries[i].label == first.label && m_listing.entries[i].role == first.role && m_listing.entries[i].group == first.group &&
                       m_listing.entries[i].fold == first.fold;
            });
            for (std::size_t k = 0; rows.size() > 1 && k < rows.size(); ++k) {
                dropped[rows[k]] = !agree || k > 0;
                if (dropped[rows[k]]) {
                    refuse(ErrorCode::Malformed, m_rowOf[rows[k]], agree ? "the image is listed before; this row is left out"
                           : "the image is listed " + std::to_string(rows.size()) + " times with different labels, groups or parts; all of them are left out");
                }
            }
        }
        std::vector<Entry> kept;
        for (std::size_t i = 0; i < dropped.size(); ++i) {
            if (!dropped[i]) {
                kept.push_back(std::move(m_listing.entries[i]));
            }
        }
        m_listing.entries = std::move(kept);
    }

    const Source& m_source;
    const base::CsvTable& m_table;
    Columns m_columns;
    ImageFinder m_finder;
    Listing m_listing;
    std::vector<std::size_t> m_rowOf; ///< Table row of each entry.
    bool m_readsRoles = false, m_readsFolds = false;
};

} // namespace

Listing listTable(const Source& source, decode::DecoderPool& pool, const std::stop_token& stop)
{
    const base::CsvTable table = base::readCsv(source.path);
    return TableReader(source, table, ImageFinder(source, pool, stop)).read();
}

std::span<const std::string> pictureEndings()
{
    static const std::vector<std::string> endings{".jpg", ".png", ".jpeg", ".dcm", ".tif", ".tiff", ".bmp", ".JPG", ".PNG", ".JPEG", ".DCM", ".TIF"};
    return endings;
}

} // namespace diascope::dataset
