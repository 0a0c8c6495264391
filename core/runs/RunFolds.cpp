// SPDX-License-Identifier: GPL-3.0-or-later
// The part of RunFolder that knows of cross-validation.
#include "base/AtomicFile.h"
#include "base/Log.h"
#include "base/Text.h"
#include "runs/RunFolder.h"

#include <algorithm>
#include <system_error>

namespace diascope::runs {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorCode;

namespace {

constexpr const char* kFolds = "folds.json";
constexpr const char* kCheckpoints = "checkpoints";

/// Where the fold of a row stands. -1: the table has no such columns.
struct KeyColumns {
    int repeat = -1;
    int fold = -1;
    [[nodiscard]] bool missing() const { return repeat < 0 || fold < 0; }
};

int numberIn(const std::string& cell)
{
    const auto value = base::parseNumber(cell);
    return value && *value >= 0 && *value <= 1e6 ? static_cast<int>(*value) : -1;
}

FoldKey keyOf(const std::vector<std::string>& row, const KeyColumns& columns)
{
    if (columns.missing()) {
        return {};
    }
    return {
        numberIn(row[static_cast<std::size_t>(columns.repeat)]), numberIn(row[static_cast<std::size_t>(columns.fold)])};
}

KeyColumns columnsOf(const base::CsvTable& table)
{
    return {table.column("repeat"), table.column("fold")};
}

void checkRows(const std::string& name, FoldKey key, const base::CsvTable& rows)
{
    const KeyColumns columns = columnsOf(rows);
    const auto isOther = [&](const std::vector<std::string>& row) {
        return row.size() != rows.header.size() || keyOf(row, columns) != key;
    };
    if (columns.missing() || std::any_of(rows.rows.begin(), rows.rows.end(), isOther)) {
        throw Error(
            ErrorCode::Internal, name, "rows of another fold than " + folderName(key) + ", or without repeat and fold");
    }
}

} // namespace

fs::path RunFolder::foldFile(FoldKey key, const std::string& name) const
{
    return m_folder / kCheckpoints / folderName(key) / file(name).filename();
}

fs::path RunFolder::saveCheckpoint(FoldKey key, std::span<const std::byte> bytes)
{
    checkWritable();
    return CheckpointStore(m_folder / kCheckpoints / folderName(key)).save(bytes);
}

std::optional<LoadedCheckpoint> RunFolder::newestCheckpoint(FoldKey key) const
{
    auto loaded = CheckpointStore(m_folder / kCheckpoints / folderName(key)).newest();
    if (!loaded && key == FoldKey{}) {
        return newestCheckpoint(); // of an older version
    }
    if (loaded && !loaded->newest) {
        base::logWarning("Of fold " + folderName(key) + " of this run " + loaded->message);
    }
    return loaded;
}

void RunFolder::writeFoldFile(FoldKey key, const std::string& name, std::span<const std::byte> bytes)
{
    checkWritable();
    const fs::path target = foldFile(key, name);
    std::error_code error;
    fs::create_directories(target.parent_path(), error);
    if (error) {
        throw Error(
            ErrorCode::Unreadable, target.parent_path().string(), "the folder cannot be made: " + error.message());
    }
    base::writeFileAtomically(target, bytes);
}

bool RunFolder::hasFoldFile(FoldKey key, const std::string& name) const
{
    std::error_code error;
    return fs::exists(foldFile(key, name), error);
}

void RunFolder::dropCheckpoints(FoldKey key)
{
    checkWritable();
    std::error_code error;
    const fs::path folder = m_folder / kCheckpoints / folderName(key);
    std::vector<fs::path> old;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
        if (entry->path().extension() == ".checkpoint") {
            old.push_back(entry->path());
        }
    }
    for (const fs::path& path : old) {
        if (!fs::remove(path, error) && error) {
            base::logWarning("An old checkpoint could not be removed: " + error.message());
        }
    }
}

std::optional<FoldState> RunFolder::foldState() const
{
    if (!has(kFolds)) {
        return std::nullopt;
    }
    return FoldState::fromJson(readText(kFolds), file(kFolds).string());
}

FoldState RunFolder::foldState(int repeats, int folds) const
{
    if (auto state = foldState()) {
        if (state->repeats() != repeats || state->folds() != folds) {
            throw Error(ErrorCode::Mismatch, file(kFolds).string(),
                "the run was started with " + std::to_string(state->repeats()) + " x " + std::to_string(state->folds())
                    + " folds, not with " + std::to_string(repeats) + " x " + std::to_string(folds),
                "Resume with the run's own plan, or start a new run.");
        }
        return *state;
    }
    FoldState state(repeats, folds);
    if (repeats == 1 && folds == 1 && has("result.json")) {
        state.record({.key = {}, .outcome = FoldOutcome::Finished, .note = "of an older version"});
    }
    return state;
}

void RunFolder::writeFoldState(const FoldState& state)
{
    writeText(kFolds, state.toJson());
}

void RunFolder::replaceFoldRows(const std::string& name, FoldKey key, const std::vector<std::string>& header,
    const std::vector<std::vector<std::string>>& rows)
{
    base::CsvTable own;
    own.header = header;
    own.rows = rows;
    checkRows(name, key, own);
    std::vector<std::vector<std::string>> all;
    if (has(name)) {
        base::CsvTable table = readTable(name);
        if (table.header != header) {
            throw Error(ErrorCode::Mismatch, file(name).string(),
                "the table has other columns than the rows of fold " + folderName(key),
                "Resume with the version of the program that started the run, or start a new run.");
        }
        all = std::move(table.rows);
    }
    const KeyColumns columns = columnsOf(own);
    std::erase_if(all, [&](const std::vector<std::string>& row) { return keyOf(row, columns) == key; });
    const auto place = std::find_if(
        all.begin(), all.end(), [&](const std::vector<std::string>& row) { return keyOf(row, columns) > key; });
    all.insert(place, rows.begin(), rows.end());
    writeTable(name, header, all);
}

base::CsvTable RunFolder::foldRows(const std::string& name, FoldKey key) const
{
    base::CsvTable table = readTable(name);
    const KeyColumns columns = columnsOf(table);
    std::vector<std::vector<std::string>> kept;
    std::vector<int> numbers;
    for (std::size_t i = 0; i < table.rows.size(); ++i) {
        if (keyOf(table.rows[i], columns) == key) {
            kept.push_back(std::move(table.rows[i]));
            numbers.push_back(table.rowNumbers[i]);
        }
    }
    table.rows = std::move(kept);
    table.rowNumbers = std::move(numbers);
    return table;
}

fs::path RunFolder::eventFolder(FoldKey key, bool onlyFold) const
{
    return onlyFold ? m_folder : m_folder / "events" / folderName(key);
}

void RunFolder::uniteEpochColumns(const std::vector<std::string>& columns)
{
    constexpr const char* kEpochs = "epochs.csv";
    base::CsvTable table = readTable(kEpochs);
    m_epochColumns = table.header;
    m_rowColumns = columns;
    for (const std::string& column : columns) {
        if (std::find(table.header.begin(), table.header.end(), column) == table.header.end()) {
            m_epochColumns.push_back(column);
        }
    }
    if (m_epochColumns != table.header) {
        for (auto& row : table.rows) {
            row.resize(m_epochColumns.size());
        }
        writeTable(kEpochs, m_epochColumns, table.rows);
    }
}

} // namespace diascope::runs
