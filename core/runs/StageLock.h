// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace diascope::runs {

/// The stages of a run, in their order: "data", "store", "split", "train", "evaluate", "package".
[[nodiscard]] const std::vector<std::string>& stageNames();

/// A value that a stage depends on, besides files.
struct StageParameter {
    std::string file; ///< Where a person would change it: "plan.yaml".
    std::string key;  ///< Dotted: "training.epochs".
    std::string json; ///< The value as JSON text: "30", "\"adamw\"", "[224,224]".
};

/// What a stage reads and makes. Paths are relative to the folder of dvc.lock, or absolute; files and folders alike.
struct Stage {
    std::string name{};    ///< Letters, digits, _ and - (a name of dvc.yaml).
    std::string command{}; ///< What a person would type to do it alone; a change of it counts as a change.
    std::vector<std::string> inputs{};
    std::vector<StageParameter> parameters{};
    std::vector<std::string> outputs{};
};

/// Whether a stage must run, and why.
struct StageDecision {
    bool upToDate = false;
    std::string sentence; ///< For the log: "Stage 'store' is skipped: 2 inputs and 3 parameters have not changed, 1
                          ///< output is intact."
    std::vector<std::string> reasons; ///< What has changed, one clause each; empty when up to date.
};

/// The file dvc.lock, schema '2.0', as DVC 3 reads and writes it: of each stage its command, the MD5 of each input and
/// output, and its parameters. Answers whether a stage can be skipped, and records what was done. Written atomically
/// after each stage; stages of other names are left as they are. Used on one thread; who holds the run folder holds its
/// dvc.lock.
class StageLock {
public:
    /// Reads the file when it is there. A damaged one is kept beside as `<file>.damaged`, and every stage runs: see
    /// warning(). Throws Error{Unreadable}.
    explicit StageLock(std::filesystem::path file);
    ~StageLock();
    StageLock(const StageLock&) = delete;
    StageLock& operator=(const StageLock&) = delete;

    /// Hashes inputs (and, when nothing else has changed, outputs) and compares with the record. The inputs' hashes are
    /// remembered for after(): a file that is changed while the stage runs is seen the next time. Throws
    /// Error{NotFound} for a missing input, Error{Plan} for a parameter that is not JSON, Error{Unreadable|Stopped}.
    [[nodiscard]] StageDecision before(const Stage& stage, const std::stop_token& stop = {});
    /// Hashes the outputs and records the stage. Throws Error{Internal} when before() was not called for it,
    /// Error{NotFound} for an output that the stage did not make, Error{DiskFull|Unreadable|Stopped}.
    void after(const Stage& stage, const std::stop_token& stop = {});
    /// before(), `say` its sentence, then `work` and after() unless it is up to date. Returns whether `work` was done.
    bool perform(const Stage& stage, const std::function<void(const std::string&)>& say,
        const std::function<void()>& work, const std::stop_token& stop = {});

    /// Whether a stage of this name was ever recorded.
    [[nodiscard]] bool has(const std::string& stage) const;
    /// Of the outputs that were recorded for the stage those that have changed or are gone; empty without a record.
    [[nodiscard]] std::vector<std::string> changedOutputs(const std::string& stage, const std::stop_token& stop = {}) const;

    /// What was wrong with the file that was found; empty when nothing was.
    [[nodiscard]] const std::string& warning() const { return m_warning; }

private:
    struct Document;
    [[nodiscard]] std::filesystem::path located(const std::string& path) const;
    std::filesystem::path m_file;
    std::unique_ptr<Document> m_document;
    std::string m_warning;
};

} // namespace diascope::runs
