// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/SubgroupColumns.h"

#include "evaluate/JoinColumns.h"

#include <algorithm>
#include <optional>

namespace diascope::cli {

namespace {

std::optional<base::CsvTable> tableAt(const std::string& path)
{
    std::error_code ignored;
    const bool isTable = !path.empty() && std::filesystem::is_regular_file(path, ignored);
    return isTable ? std::optional(base::readCsv(path)) : std::nullopt;
}

bool isThere(const evaluate::Predictions& predictions, const std::string& name)
{
    return std::any_of(predictions.columns.begin(), predictions.columns.end(),
                       [&](const evaluate::Predictions::Column& column) { return column.name == name; });
}

} // namespace

void addSubgroups(evaluate::Predictions& predictions, const SubgroupSource& source)
{
    if (source.columns.empty()) {
        return;
    }
    const std::string& path = source.named.empty() ? source.other : source.named;
    const std::optional<base::CsvTable> table = tableAt(path);
    for (const std::string& name : source.columns) {
        const bool known = isThere(predictions, name);
        if (known && (!table || table->column(name) < 0)) {
            continue;
        }
        if (!table) {
            throw base::Error(base::ErrorCode::Usage, "--subgroup " + name, "no table is known that has this column, and no DICOM header says it",
                              "Name a table with a column 'sample' in --subgroup-table.");
        }
        std::erase_if(predictions.columns, [&](const evaluate::Predictions::Column& column) { return column.name == name; });
        evaluate::joinColumns(predictions, *table, {name}, path);
    }
}

} // namespace diascope::cli
