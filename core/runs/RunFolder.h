// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Csv.h"
#include "runs/CheckpointStore.h"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace diascope::runs {

class RunLock;

/// The folder of one run: the interface between engine, window, command line and cluster. Holds run.json (kind and version of the
/// folder), plan.yaml, environment.json, splits.csv, epochs.csv, oof.csv, result.json, checkpoints/, package.safetensors, log.txt.
/// All files are written atomically; epochs.csv and log.txt only grow. Used on one thread.
class RunFolder {
public:
    /// A new run in `folder`, which must be missing or empty; parents are made. Locked until destroyed.
    /// Throws Error{Usage} when something is there already (it is left untouched), Error{Unreadable|DiskFull}.
    [[nodiscard]] static RunFolder create(const std::filesystem::path& folder);
    /// An existing run, to go on with. Locked until destroyed; left-over temporary files are removed.
    /// Throws Error{NotFound}, Error{Malformed} (not a run, or of a newer version), Error{Busy} saying who holds it.
    [[nodiscard]] static RunFolder open(const std::filesystem::path& folder);
    /// An existing run to look at, also while another process works on it. No lock; writing is Error{Internal}.
    [[nodiscard]] static RunFolder view(const std::filesystem::path& folder);
    /// A name for a new run: UTC time and a random part, "20260131-120000-3f9a".
    [[nodiscard]] static std::string makeId();

    RunFolder(RunFolder&&) noexcept;
    RunFolder& operator=(RunFolder&&) noexcept;
    ~RunFolder();

    [[nodiscard]] const std::filesystem::path& path() const { return m_folder; }
    [[nodiscard]] std::filesystem::path file(const std::string& name) const;
    [[nodiscard]] std::filesystem::path packageFile() const { return m_folder / "package.safetensors"; }
    /// The dead process whose lock was taken over, in words; empty when there was none.
    [[nodiscard]] std::string takenOverFrom() const;

    /// `name` is a file name without folders. Throws as writeFileAtomically() and readFile().
    void writeText(const std::string& name, std::string_view text);
    [[nodiscard]] std::string readText(const std::string& name) const;
    [[nodiscard]] bool has(const std::string& name) const;
    /// A table as CSV, cells protected (base/Csv.h).
    void writeTable(const std::string& name, const std::vector<std::string>& header,
                    const std::vector<std::vector<std::string>>& rows);
    /// Reads a table back, protection taken off.
    [[nodiscard]] base::CsvTable readTable(const std::string& name) const;

    /// One row of epochs.csv: column and value. The first row decides the columns; a later row with others is Error{Internal}.
    /// After a resume an epoch may stand twice: the later row counts.
    void appendEpochRow(const std::vector<std::pair<std::string, std::string>>& row);
    /// One line of log.txt, with the UTC time before it.
    void appendLog(std::string_view line);

    std::filesystem::path saveCheckpoint(std::span<const std::byte> bytes);
    /// See CheckpointStore::newest(); that it was not the newest is also written to the program's log.
    [[nodiscard]] std::optional<LoadedCheckpoint> newestCheckpoint() const;

private:
    RunFolder(std::filesystem::path folder, std::unique_ptr<RunLock> lock);
    void checkWritable() const;

    std::filesystem::path m_folder;
    std::unique_ptr<RunLock> m_lock; ///< Null when only looked at.
    std::vector<std::string> m_epochColumns;
};

} // namespace diascope::runs
