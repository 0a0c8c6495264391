// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluate/JoinColumns.h"

#include "base/Json.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

namespace diascope::evaluate {

namespace {

/// The ways in which a cell may name a sample.
std::vector<std::string> namesOf(const std::string& cell)
{
    const std::filesystem::path path(cell);
    return {cell, path.filename().string(), path.stem().string(), (path.parent_path() / path.stem()).string()};
}

/// Row of the table for each sample named in `column`.
std::map<std::string, std::size_t> rowsBySample(
    const base::CsvTable& table, std::size_t column, const std::set<std::string>& samples)
{
    std::map<std::string, std::size_t> rows;
    for (std::size_t row = 0; row < table.rows.size(); ++row) {
        for (const std::string& name : namesOf(base::csvPlain(table.rows[row][column]))) {
            if (samples.contains(name)) {
                rows.try_emplace(name, row);
                break;
            }
        }
    }
    return rows;
}

std::map<std::string, std::size_t> keyRows(
    const base::CsvTable& table, const std::set<std::string>& samples, const std::string& subject)
{
    if (const int sample = table.column("sample"); sample >= 0) {
        return rowsBySample(table, static_cast<std::size_t>(sample), samples);
    }
    for (std::size_t column = 0; column < table.header.size(); ++column) {
        auto rows = rowsBySample(table, column, samples);
        if (!rows.empty()) {
            return rows;
        }
    }
    throw base::Error(base::ErrorCode::Mismatch, subject, "no column names the samples of the predictions",
        "Give it a column 'sample'.");
}

} // namespace

void joinColumns(Predictions& predictions, const base::CsvTable& table, const std::vector<std::string>& columns,
    const std::string& subject)
{
    const std::set<std::string> samples(predictions.samples.begin(), predictions.samples.end());
    const auto rows = keyRows(table, samples, subject);
    for (const std::string& name : columns) {
        const int column = table.column(name);
        if (column < 0) {
            const std::string nearest = base::nearestMatch(name, table.header);
            throw base::Error(base::ErrorCode::Usage, subject,
                "there is no column '" + name + "'" + (nearest.empty() ? "" : "; nearest is '" + nearest + "'"));
        }
        std::vector<std::string> values;
        for (const std::string& sample : predictions.samples) {
            const auto found = rows.find(sample);
            values.push_back(found == rows.end()
                    ? std::string()
                    : base::csvPlain(table.rows[found->second][static_cast<std::size_t>(column)]));
        }
        predictions.columns.push_back({name, subgroupBands(name, values)});
    }
}

void joinOfferedColumns(Predictions& predictions, const base::CsvTable& table, const std::string& subject)
{
    for (const std::string& name : table.header) {
        try {
            if (name != "sample") {
                joinColumns(predictions, table, {name}, subject);
            }
        } catch (const base::Error& error) {
            if (error.code() != base::ErrorCode::Usage) {
                throw;
            }
            predictions.problems.push_back(base::toProblem(error));
        }
    }
}

} // namespace diascope::evaluate
