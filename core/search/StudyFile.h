// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "search/Database.h"
#include "search/MedianPruner.h"
#include "search/Trial.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace diascope::search {

/// Everything that decides which trials a study proposes and what their values mean; fixed when it begins.
struct StudyDescription {
    Space space;
    Direction direction = Direction::Maximise;
    std::string objective;       ///< What the value is, for people: "validation auc".
    std::string sampler = "tpe"; ///< A name of samplerNames().
    std::uint64_t seed = 0;
    MedianPruner pruner;
    base::Json subject; ///< What is searched over: the plan, as far as it decides about results.
};
[[nodiscard]] base::Json toJson(const StudyDescription& description);
/// Throws Error{Plan|Malformed} naming `subject`.
[[nodiscard]] StudyDescription descriptionFromJson(const base::Json& json, const std::string& subject);

/// A study in one SQLite file (version 1; tables study, trial, setting, report; application id "DSTU"). One process
/// writes; each change is one transaction, on the disk when the call returns, so that a killed process leaves a whole
/// file. Used on one thread.
///
/// A trial that was running when its process died is Interrupted when the file is opened again, and is run again with
/// its number and settings; the third time it counts as failed, so that a trial which kills its process cannot hold the
/// search for ever.
class StudyFile {
public:
    static constexpr int kVersion = 1;
    static constexpr int kMostDeaths = 3;

    /// Writes a new file. Throws Error{Usage} when something is there, else as writeFileAtomically().
    [[nodiscard]] static StudyFile create(const std::filesystem::path& file, const StudyDescription& description);
    /// To go on with. Throws Error{NotFound|Unreadable|Busy}, Error{Malformed} for a file that is damaged, of another
    /// program or holds what no study can hold, Error{Unsupported} for one of a newer version.
    [[nodiscard]] static StudyFile open(const std::filesystem::path& file);
    /// The same, when requireSame(wanted) holds; else nothing in it is changed.
    [[nodiscard]] static StudyFile resume(const std::filesystem::path& file, const StudyDescription& wanted);
    /// What the study of a file is about; nothing in it is changed. Throws as open().
    [[nodiscard]] static StudyDescription describe(const std::filesystem::path& file);
    /// To look at, also while another process works on it; writing is Error{Unreadable}. Running trials stay so.
    [[nodiscard]] static StudyFile view(const std::filesystem::path& file);

    /// Throws Error{Mismatch} naming what differs when the study was begun with another space, plan, seed or sampler.
    void requireSame(const StudyDescription& wanted) const;

    [[nodiscard]] const StudyDescription& description() const { return m_description; }
    /// By number.
    [[nodiscard]] const std::vector<Trial>& trials() const { return m_trials; }
    [[nodiscard]] const std::filesystem::path& file() const { return m_database.file(); }

    /// A new trial, running. Throws Error{Malformed} for a point outside the space.
    const Trial& add(const Point& point);
    /// An interrupted trial goes on.
    void restart(int number);
    /// Adds the report, or replaces that of the same step: a resumed run may come by once more.
    void report(int number, int step, double value);
    /// How a running trial ended. `value` for Complete only.
    void finish(int number, TrialState state, std::optional<double> value, const std::string& note, double seconds);

private:
    StudyFile(const std::filesystem::path& file, Database::Access access);
    void checkKind();
    void readDescription();
    void readTrials();
    void readSettings();
    void readReports();
    void takeUpInterrupted();
    Trial& trial(int number);

    Database m_database;
    StudyDescription m_description;
    std::vector<Trial> m_trials;
};

} // namespace diascope::search
