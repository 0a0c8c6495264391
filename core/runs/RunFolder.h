// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Csv.h"
#include "runs/CheckpointStore.h"
#include "runs/FoldState.h"

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
///
/// A cross-validation is one run: tables have the columns repeat and fold, checkpoints lie in checkpoints/<repeat>-<fold>/, and folds.json lists the
/// folds that are done. A run of an older version, with one fold, has no folds.json and its checkpoints directly in checkpoints/; it reads
/// as a run whose only fold is 0 of repeat 0.
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

    /// One row of epochs.csv: column and value. The first row decides the columns; a later row with others is Error{Internal}. When a run of
    /// an older version is resumed, its columns and those of the first new row are united once.
    /// After a resume an epoch may stand twice: the later row counts.
    void appendEpochRow(const std::vector<std::pair<std::string, std::string>>& row);
    /// One line of log.txt, with the UTC time before it.
    void appendLog(std::string_view line);

    std::filesystem::path saveCheckpoint(std::span<const std::byte> bytes);
    /// See CheckpointStore::newest(); that it was not the newest is also written to the program's log.
    [[nodiscard]] std::optional<LoadedCheckpoint> newestCheckpoint() const;

    /// The same for one fold.
    std::filesystem::path saveCheckpoint(FoldKey key, std::span<const std::byte> bytes);
    [[nodiscard]] std::optional<LoadedCheckpoint> newestCheckpoint(FoldKey key) const;
    /// checkpoints/<repeat>-<fold>/<name>: what a fold leaves besides checkpoints, its best weights as a rule. writeFoldFile() makes the
    /// folder. Throws as writeText() and readText().
    [[nodiscard]] std::filesystem::path foldFile(FoldKey key, const std::string& name) const;
    void writeFoldFile(FoldKey key, const std::string& name, std::span<const std::byte> bytes);
    [[nodiscard]] bool hasFoldFile(FoldKey key, const std::string& name) const;
    /// Removes the checkpoints of a fold that is done, other files of its folder stay.
    void dropCheckpoints(FoldKey key);

    /// Which folds are done. Nothing was recorded: none is, or for a finished run of an older version its only one.
    /// Throws Error{Mismatch} when the run was started with other numbers.
    [[nodiscard]] FoldState foldState(int repeats, int folds) const;
    void writeFoldState(const FoldState& state);
    /// Of a run to look at, whatever its numbers; nothing when none were recorded.
    [[nodiscard]] std::optional<FoldState> foldState() const;

    /// Puts the rows of one fold into a table (oof.csv) in place of those it had; folds stay in their order. `header` has the columns repeat
    /// and fold. Throws Error{Internal} for rows of another fold, Error{Mismatch} when the table has other columns.
    void replaceFoldRows(const std::string& name, FoldKey key, const std::vector<std::string>& header,
                         const std::vector<std::vector<std::string>>& rows);
    /// The rows of one fold of oof.csv, splits.csv or epochs.csv; a table without these columns belongs to fold 0 of repeat 0.
    [[nodiscard]] base::CsvTable foldRows(const std::string& name, FoldKey key) const;
    /// Where TensorBoard files of a fold belong: the run folder itself for a run with one fold, else events/<repeat>-<fold>/, which TensorBoard
    /// shows as one curve a fold.
    [[nodiscard]] std::filesystem::path eventFolder(FoldKey key, bool onlyFold) const;

private:
    RunFolder(std::filesystem::path folder, std::unique_ptr<RunLock> lock);
    void checkWritable() const;
    void uniteEpochColumns(const std::vector<std::string>& columns);

    std::filesystem::path m_folder;
    std::unique_ptr<RunLock> m_lock; ///< Null when only looked at.
    std::vector<std::string> m_epochColumns; ///< Of the file.
    std::vector<std::string> m_rowColumns;   ///< Of the rows of this process.
};

} // namespace diascope::runs
