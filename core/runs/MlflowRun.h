// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace diascope::runs {

/// What a new run of an MLflow store is called. Texts are UTF-8.
struct MlflowConfig {
    std::string experiment = "diascope"; ///< Name of the experiment: found in the store, or made.
    std::string runName{};               ///< Shown in the list of runs; empty = the run's identification.
    std::string sourceName = "diascope"; ///< The program or recipe that made it.
    std::string user{};                  ///< Empty by default: nobody's login name is written unasked.
};

/// How a run ended, with MLflow's own numbers (service.proto, RunStatus).
enum class MlflowStatus { Running = 1, Finished = 3, Failed = 4, Killed = 5 };

/// One run of an MLflow file store ("mlruns"): `<root>/<experiment>/<run>/` with meta.yaml, params/<key>, metrics/<key>
/// (one line "<milliseconds> <value> <step>" a point), tags/<key> and artifacts/. MLflow 3 calls such a folder
/// outdated: seen with 3.17, it opens one only when the environment says MLFLOW_ALLOW_FILE_STORE=true, or after `mlflow
/// migrate-filestore`. Parameters, tags and points are written without waiting for the disk: there are many, and a run
/// folder has them too. Used on one thread.
class MlflowRun {
public:
    /// A new run in `root` (made when missing, with MLflow's empty experiment "Default"). Throws
    /// Error{DiskFull|Unreadable|Malformed}.
    [[nodiscard]] static MlflowRun start(const std::filesystem::path& root, const MlflowConfig& config);
    /// An earlier run, to go on with: its status is "running" again. Throws Error{NotFound} when the store has no such
    /// run.
    [[nodiscard]] static MlflowRun resume(const std::filesystem::path& root, const std::string& runId);

    /// Keys: letters, digits, blanks and _ - . : /, not absolute, without "..", at most 250 bytes; else Error{Usage}.
    /// See mlflowKey(). A parameter is written once: the same value again is well, another one is Error{Mismatch}.
    /// Values over 6000 bytes are cut.
    void setParameter(const std::string& key, const std::string& value);
    void setTag(const std::string& key, const std::string& value);
    /// One point at the present time; NaN and infinities are legal. An epoch done again after a resume stands twice:
    /// MLflow shows the later one.
    void addMetric(const std::string& key, double value, std::int64_t step);
    void addMetric(const std::string& key, double value, std::int64_t step, std::int64_t milliseconds);
    /// Puts `file` under artifacts/ by its own name: as a second name of the same content where the file system can,
    /// else as a copy.
    void addArtifact(const std::filesystem::path& file);
    /// Writes status and end time; the run can still be resumed later.
    void finish(MlflowStatus status);

    [[nodiscard]] const std::string& runId() const { return m_runId; } ///< 32 hexadecimal digits.
    [[nodiscard]] const std::string& experimentId() const { return m_experimentId; }
    [[nodiscard]] const std::filesystem::path& folder() const { return m_folder; }

private:
    MlflowRun(std::filesystem::path folder, std::string experimentId, std::string runId);
    [[nodiscard]] std::filesystem::path entry(const char* kind, const std::string& key) const;
    std::filesystem::path m_folder;
    std::string m_experimentId, m_runId;
};

/// Any text as a legal key: other characters become "_" ("AUC (Zyste)" -> "AUC _Zyste_"); never empty.
[[nodiscard]] std::string mlflowKey(std::string_view text);

} // namespace diascope::runs
