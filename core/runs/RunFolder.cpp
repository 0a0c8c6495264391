// SPDX-License-Identifier: GPL-3.0-or-later
#include "runs/RunFolder.h"

#include "base/AtomicFile.h"
#include "base/Clock.h"
#include "base/Json.h"
#include "base/Log.h"
#include "runs/RunLock.h"

#include <algorithm>
#include <random>
#include <system_error>

namespace diascope::runs {

namespace fs = std::filesystem;

namespace {

constexpr int kVersion = 1;
constexpr const char* kMarker = "run.json";
constexpr const char* kEpochs = "epochs.csv";

/// Throws Error{NotFound|Malformed} unless `folder` is a run that this program can read.
void checkMarker(const fs::path& folder)
{
    const fs::path marker = folder / kMarker;
    std::error_code error;
    if (!fs::is_directory(folder, error)) {
        throw base::Error(base::ErrorCode::NotFound, folder.string(), "there is no such run folder");
    }
    if (!fs::exists(marker, error)) {
        throw base::Error(base::ErrorCode::Malformed, folder.string(), "it is not a run folder: it has no run.json",
                          "Choose a folder that a training run has made.");
    }
    const base::Json json = base::parseJson(base::readFile(marker, 1U << 16U), marker.string());
    std::string format;
    int version = 0;
    base::ObjectReader(json, marker.string()).require("format", format).require("version", version);
    if (format != "diascope-run" || version > kVersion || version < 1) {
        throw base::Error(base::ErrorCode::Malformed, folder.string(),
                          "it is a run folder of the kind '" + format + "', version " + std::to_string(version)
                              + "; this program reads 'diascope-run' up to version " + std::to_string(kVersion),
                          "Open it with the version of the program that made it.");
    }
}

void makeEmptyFolder(const fs::path& folder)
{
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) {
        throw base::Error(base::ErrorCode::Unreadable, folder.string(), "the run folder cannot be made: " + error.message());
    }
    const bool empty = fs::is_empty(folder, error);
    if (error) {
        throw base::Error(base::ErrorCode::Unreadable, folder.string(), "the run folder cannot be read: " + error.message());
    }
    if (!empty) {
        const bool run = fs::exists(folder / kMarker, error);
        throw base::Error(base::ErrorCode::Usage, folder.string(),
                          run ? "there is a run in this folder already" : "the folder is not empty and is not a run",
                          "Nothing was changed in it. Resume that run, or choose another folder.");
    }
}

/// Left-over temporary files of the checkpoints, of all folds.
void removeStaleCheckpoints(const fs::path& folder)
{
    base::removeStaleTemporaries(folder);
    std::error_code missing;
    for (fs::directory_iterator entry(folder, missing), end; !missing && entry != end; entry.increment(missing)) {
        if (entry->is_directory(missing)) {
            base::removeStaleTemporaries(entry->path());
        }
    }
}

} // namespace

RunFolder::RunFolder(fs::path folder, std::unique_ptr<RunLock> lock)
    : m_folder(std::move(folder))
    , m_lock(std::move(lock))
{
}

RunFolder::RunFolder(RunFolder&&) noexcept = default;
RunFolder& RunFolder::operator=(RunFolder&&) noexcept = default;
RunFolder::~RunFolder() = default;

RunFolder RunFolder::create(const fs::path& folder)
{
    makeEmptyFolder(folder);
    RunFolder run(folder, std::make_unique<RunLock>(folder / "lock"));
    const base::Json marker = {{"format", "diascope-run"}, {"version", kVersion}, {"created", base::utcNow()}};
    run.writeText(kMarker, marker.dump(2) + "\n");
    return run;
}

RunFolder RunFolder::open(const fs::path& folder)
{
    checkMarker(folder);
    RunFolder run(folder, std::make_unique<RunLock>(folder / "lock"));
    base::removeStaleTemporaries(folder);
    removeStaleCheckpoints(folder / "checkpoints");
    if (!run.takenOverFrom().empty()) {
        base::logWarning("The run folder was left locked by " + run.takenOverFrom() + ", which is gone; it is taken over.");
    }
    return run;
}

RunFolder RunFolder::view(const fs::path& folder)
{
    checkMarker(folder);
    return {folder, nullptr};
}

std::string RunFolder::makeId()
{
    std::string id = base::utcNow(); // 2026-01-31T12:00:00Z
    std::erase_if(id, [](char c) { return c == '-' || c == ':' || c == 'Z'; });
    std::replace(id.begin(), id.end(), 'T', '-');
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::random_device random;
    id += '-';
    for (int i = 0; i < 4; ++i) {
        id += kDigits[random() % kDigits.size()];
    }
    return id;
}

fs::path RunFolder::file(const std::string& name) const
{
    if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos) {
        throw base::Error(base::ErrorCode::Internal, name, "this is not a file name of a run folder");
    }
    return m_folder / name;
}

std::string RunFolder::takenOverFrom() const
{
    return m_lock ? m_lock->takenOver() : std::string();
}

void RunFolder::checkWritable() const
{
    if (!m_lock) {
        throw base::Error(base::ErrorCode::Internal, m_folder.string(), "the run folder was opened to look at only");
    }
}

void RunFolder::writeText(const std::string& name, std::string_view text)
{
    checkWritable();
    base::writeFileAtomically(file(name), text);
}

std::string RunFolder::readText(const std::string& name) const
{
    return base::readFile(file(name));
}

bool RunFolder::has(const std::string& name) const
{
    std::error_code error;
    return fs::exists(file(name), error);
}

void RunFolder::writeTable(const std::string& name, const std::vector<std::string>& header,
                           const std::vector<std::vector<std::string>>& rows)
{
    std::string text = base::csvRow(header) + "\n";
    for (const auto& row : rows) {
        if (row.size() != header.size()) {
            throw base::Error(base::ErrorCode::Internal, name, "a row has not as many cells as the header");
        }
        text += base::csvRow(row);
        text += '\n';
    }
    writeText(name, text);
}

base::CsvTable RunFolder::readTable(const std::string& name) const
{
    constexpr base::CsvLimits kOurOwn{std::size_t{1} << 31U, std::size_t{1} << 27U};
    base::CsvTable table = base::readCsv(file(name), kOurOwn);
    for (auto& cell : table.header) {
        cell = base::csvPlain(cell);
    }
    for (auto& row : table.rows) {
        for (auto& cell : row) {
            cell = base::csvPlain(cell);
        }
    }
    return table;
}

void RunFolder::appendEpochRow(const std::vector<std::pair<std::string, std::string>>& row)
{
    checkWritable();
    std::vector<std::string> columns, values;
    for (const auto& [column, value] : row) {
        columns.push_back(column);
        values.push_back(value);
    }
    if (m_epochColumns.empty() && has(kEpochs)) {
        uniteEpochColumns(columns);
    }
    if (m_epochColumns.empty()) { // header and first row come into being together, so that no torn header can exist
        writeText(kEpochs, base::csvRow(columns) + "\n" + base::csvRow(values) + "\n");
        m_epochColumns = columns;
        m_rowColumns = columns;
        return;
    }
    if (columns != m_rowColumns) {
        throw base::Error(base::ErrorCode::Internal, (m_folder / kEpochs).string(), "a row has other columns than the file");
    }
    std::vector<std::string> cells;
    for (const std::string& column : m_epochColumns) {
        const auto at = std::find(columns.begin(), columns.end(), column);
        cells.push_back(at == columns.end() ? std::string() : values[static_cast<std::size_t>(at - columns.begin())]);
    }
    base::appendLine(m_folder / kEpochs, base::csvRow(cells));
}

void RunFolder::appendLog(std::string_view line)
{
    checkWritable();
    base::appendLine(m_folder / "log.txt", base::utcNow() + " " + base::visibleText(line));
}

fs::path RunFolder::saveCheckpoint(std::span<const std::byte> bytes)
{
    checkWritable();
    return CheckpointStore(m_folder / "checkpoints").save(bytes);
}

std::optional<LoadedCheckpoint> RunFolder::newestCheckpoint() const
{
    auto loaded = CheckpointStore(m_folder / "checkpoints").newest();
    if (loaded && !loaded->newest) {
        base::logWarning("Of this run " + loaded->message);
    }
    return loaded;
}

} // namespace diascope::runs
