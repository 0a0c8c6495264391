// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "pipeline/SearchSpace.h"
#include "pipeline/Train.h"
#include "search/Search.h"

#include <optional>
#include <string_view>

namespace diascope::pipeline {

/// How a search is done. What decides about its trials (sampler, seed, pruner) is fixed when the study begins.
struct SearchOptions {
    int trials = 50;      ///< Of the whole study, those of earlier calls included; >= 1.
    double minutes = 0.0; ///< No trial begins later than this after the call; 0 = no limit.
    std::optional<std::string>
        sampler; ///< A name of search::samplerNames(); nothing: as the study began, at first "tpe".
    std::optional<std::uint64_t> seed;          ///< The same; at first the plan's.
    std::optional<search::MedianPruner> pruner; ///< The same; at first with its defaults.
    bool resume = false;
    bool keepAll = false; ///< Keep checkpoints and packages of trials that are not the best, too.
};

/// What a search says on the way; epochs, batches and messages are those of the trial at work. Called on the engine's
/// thread.
class SearchObserver : public train::TrainingObserver {
public:
    virtual void onTrialBegins(const search::Trial& trial, const base::Json& settings) = 0;
    /// `best`: it is the best one so far.
    virtual void onTrialEnds(const search::Trial& trial, const base::Json& settings, bool best) = 0;
};

/// How it ended. Finished: the trials or the minutes are used up. Stopped: on request. Failed: for the reason that is
/// the last of `problems`; the study is whole in each case and can be gone on with.
struct SearchResult {
    train::RunState state = train::RunState::Failed;
    std::filesystem::path study;    ///< The folder.
    base::Json overview;            ///< search::overviewJson().
    std::filesystem::path bestPlan; ///< best.yaml; empty while no trial is complete.
    std::vector<base::Problem> problems;
};

/// The files of a study's folder.
inline constexpr std::string_view kStudyFile = "study.sqlite", kStudyPlan = "plan.yaml", kStudySpace = "space.yaml",
                                  kBestPlan = "best.yaml", kStudyOverview = "search.json";

/// The one sentence "search": trains the plan again and again with other values of the searched options, and keeps
/// count. The folder `study` (made when missing; must be empty unless `resume`) holds study.sqlite (search::StudyFile),
/// plan.yaml and space.yaml (what is searched), best.yaml (the plan with the best settings, for train()), search.json
/// (the overview), store/ (decoded pixels, shared by the trials unless the plan names a folder) and trials/0000, … (run
/// folders).
///
/// The value of a trial is its plan's training.monitor on the validation part at the epoch whose weights are kept, mean
/// over the folds. It was looked at to choose epoch and settings: as an estimate it is optimistic. The pruner sees the
/// first fold of the first repeat, epoch by epoch. A trial whose training fails (a loss that is no number, too little
/// memory, settings that do not go together) counts as failed, and the search goes on; when the first three all fail it
/// ends. A trial that was stopped or whose process died goes on from its checkpoint. Of trials that are not the best,
/// checkpoints and package are removed.
///
/// Same plan, space, seed, data, threads and build: the same trials, interrupted or not. Called on the engine's thread.
/// Throws Error{Plan|Usage|NotFound|Busy|Mismatch|Malformed|Unreadable} before the first trial; afterwards what went
/// wrong is in the result.
[[nodiscard]] SearchResult search(const Plan& plan, const base::Json& space, const std::filesystem::path& study,
    const SearchOptions& options, decode::DecoderPool& pool, SearchObserver& observer,
    const std::function<void(const base::Progress&)>& progress, std::stop_token stop);

/// What train() calls the figure that trials are compared by, in words: "validation auc"; and whether more is better.
[[nodiscard]] std::string objectiveName(const Plan& plan);
[[nodiscard]] search::Direction objectiveDirection(const Plan& plan);

} // namespace diascope::pipeline
