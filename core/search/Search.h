// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "search/Sampler.h"
#include "search/StudyFile.h"

#include <memory>
#include <optional>
#include <string>

namespace diascope::search {

/// Asks and tells: which settings to try next, and what came of them. All that it knows is in the study file, so that a
/// search that was stopped or killed between or within trials goes on with the trials that an undisturbed one would
/// have had. Used on one thread.
class Search {
public:
    explicit Search(StudyFile study);

    /// The trial to run now, already written down as running: the first interrupted one, else a new one.
    [[nodiscard]] Trial next();
    /// What the pruner says about a trial's reports so far. To be asked also before an interrupted trial goes on, which
    /// may have died between its last report and its end.
    [[nodiscard]] bool shouldPrune(int number) const;
    /// A report on the way; true: end the trial now.
    [[nodiscard]] bool report(int number, int step, double value);

    void complete(int number, double value, double seconds);
    void prune(int number, double seconds);
    /// `why` for people.
    void fail(int number, const std::string& why, double seconds);
    /// Stopped on request; it runs again.
    void interrupt(int number, double seconds);

    [[nodiscard]] const StudyFile& study() const { return m_study; }
    [[nodiscard]] const std::vector<Trial>& trials() const { return m_study.trials(); }
    /// Null when no trial is complete.
    [[nodiscard]] const Trial* best() const { return bestOf(trials(), m_study.description().direction); }
    /// Trials that will not run again.
    [[nodiscard]] int done() const;

private:
    StudyFile m_study;
    std::unique_ptr<Sampler> m_sampler;
};

} // namespace diascope::search
