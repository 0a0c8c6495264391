// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/Search.h"

#include "base/AtomicFile.h"
#include "base/Clock.h"
#include "pipeline/Objective.h"
#include "pipeline/StudyFolder.h"
#include "search/Overview.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace diascope::pipeline {

namespace {

using base::Error;
using base::ErrorCode;
using base::Json;
using search::Trial;
using search::TrialState;

/// Passes a trial's reports on, and ends it when the pruner says so.
class PruningObserver final : public train::TrainingObserver {
public:
    PruningObserver(const Plan& plan, search::Search& search, int trial, SearchObserver& next, std::stop_source& stop)
        : m_plan(plan)
        , m_search(search)
        , m_trial(trial)
        , m_next(next)
        , m_stop(stop)
    {
    }
    void onBatch(const train::BatchProgress& batch) override { m_next.onBatch(batch); }
    void onFolds(const train::FoldsProgress& folds) override { m_next.onFolds(folds); }
    void onMessage(const std::string& text) override { m_next.onMessage(text); }
    void onEpoch(const train::EpochReport& report) override
    {
        m_next.onEpoch(report);
        const auto figure = monitoredFigure(m_plan, report);
        if (report.repeat == 0 && report.fold == 0 && figure && m_search.report(m_trial, report.epoch, *figure)) {
            m_pruned = true;
            m_stop.request_stop();
        }
    }
    [[nodiscard]] bool pruned() const { return m_pruned; }

private:
    const Plan& m_plan;
    search::Search& m_search;
    int m_trial;
    SearchObserver& m_next;
    std::stop_source& m_stop;
    bool m_pruned = false;
};

/// Whether what went wrong would go wrong with any settings: the search waits rather than burn its trials.
bool endsSearch(ErrorCode code)
{
    constexpr std::array kOutside{
        ErrorCode::Stopped, ErrorCode::DiskFull, ErrorCode::Unreadable, ErrorCode::Busy, ErrorCode::Device};
    return std::find(kOutside.begin(), kOutside.end(), code) != kOutside.end();
}

/// One call of search(): trial after trial until the budget is used up.
class Searching {
public:
    struct Surroundings {
        decode::DecoderPool& pool;
        SearchObserver& observer;
        const std::function<void(const base::Progress&)>& progress;
        std::stop_token stop;
    };
    Searching(const Plan& plan, SearchSpace searched, const SearchOptions& options, std::filesystem::path folder,
        search::StudyFile study, const Surroundings& around)
        : m_plan(plan)
        , m_searched(std::move(searched))
        , m_options(options)
        , m_folder(std::move(folder))
        , m_search(std::move(study))
        , m_around(around)
    {
        m_result.study = m_folder;
    }

    SearchResult run()
    {
        try {
            writeSummary(); // a killed process may have left the last trial out
            m_result.state = train::RunState::Finished;
            while (m_search.done() < m_options.trials && !outOfTime() && m_result.state == train::RunState::Finished) {
                if (m_around.stop.stop_requested()) {
                    m_result.state = train::RunState::Stopped;
                    break;
                }
                runTrial(m_search.next());
                writeSummary();
                endIfHopeless();
            }
        } catch (const Error& error) {
            m_result.state = train::RunState::Failed;
            m_result.problems.push_back(base::toProblem(error));
        }
        m_result.overview = search::overviewJson(m_search.study().description(), m_search.trials());
        m_result.bestPlan = m_search.best() == nullptr ? std::filesystem::path() : m_folder / kBestPlan;
        return std::move(m_result);
    }

private:
    [[nodiscard]] bool outOfTime() const
    {
        return m_options.minutes > 0.0 && m_clock.seconds() >= 60.0 * m_options.minutes;
    }

    [[nodiscard]] std::filesystem::path trialFolder(int number) const
    {
        std::array<char, 16> name{};
        std::snprintf(name.data(), name.size(), "%04d", number);
        return m_folder / "trials" / name.data();
    }

    [[nodiscard]] Plan planOf(const Trial& trial) const
    {
        Plan plan = planAt(m_plan, m_searched, trial.point);
        if (plan.data.storeFolder.empty()) { // decoded once for all trials
            plan.data.storeFolder = (m_folder / "store").string();
        }
        return plan;
    }

    void runTrial(const Trial& trial)
    {
        const Json settings = m_searched.space.valuesOf(trial.point);
        m_around.observer.onTrialBegins(trial, settings);
        const base::Stopwatch clock;
        try {
            if (m_search.shouldPrune(trial.number)) { // it died between its last report and its end
                m_search.prune(trial.number, clock.seconds());
            } else {
                trainTrial(trial, clock);
            }
        } catch (const Error& error) {
            if (endsSearch(error.code())) {
                m_search.interrupt(trial.number, clock.seconds());
                throw;
            }
            m_search.fail(trial.number, base::visibleText(error.subject() + ": " + error.detail()), clock.seconds());
        }
        const Trial& ended = m_search.trials()[static_cast<std::size_t>(trial.number)];
        const bool best = m_search.best() == &ended;
        dropWeights(ended);
        m_around.observer.onTrialEnds(ended, settings, best);
    }

    void trainTrial(const Trial& trial, const base::Stopwatch& clock)
    {
        const Plan plan = planOf(trial);
        const std::filesystem::path folder = trialFolder(trial.number);
        std::stop_source stop;
        const std::stop_callback forward(m_around.stop, [&stop] { stop.request_stop(); });
        PruningObserver observer(plan, m_search, trial.number, m_around.observer, stop);
        const RunResult run
            = train(plan, folder, m_around.pool, observer, m_around.progress, stop.get_token(), canGoOn(folder));
        if (observer.pruned()) {
            m_search.prune(trial.number, clock.seconds());
        } else if (run.state == train::RunState::Finished) {
            m_search.complete(trial.number, objectiveOf(plan, folder), clock.seconds());
        } else if (run.state == train::RunState::Stopped) {
            m_search.interrupt(trial.number, clock.seconds());
            m_result.state = train::RunState::Stopped;
        } else {
            const base::Problem& problem = run.problems.back(); // the reason is the last
            throw Error(problem.code, problem.subject, problem.detail);
        }
    }

    /// A run that died before it was one is begun anew.
    [[nodiscard]] static bool canGoOn(const std::filesystem::path& folder)
    {
        std::error_code failure;
        if (std::filesystem::exists(folder / "run.json", failure)) {
            return true;
        }
        std::filesystem::remove_all(folder, failure);
        return false;
    }

    /// Checkpoints and packages are what fills a disk: the best trial's stay.
    void dropWeights(const Trial& ended)
    {
        if (m_options.keepAll || ended.state == TrialState::Interrupted) {
            return;
        }
        const Trial* const best = m_search.best();
        for (const int number : {m_weightsOf, ended.number}) {
            if (number >= 0 && (best == nullptr || number != best->number)) {
                std::error_code failure;
                std::filesystem::remove_all(trialFolder(number) / "checkpoints", failure);
                std::filesystem::remove(trialFolder(number) / "package.safetensors", failure);
            }
        }
        m_weightsOf = best == nullptr ? -1 : best->number;
    }

    void writeSummary()
    {
        if (const Trial* const best = m_search.best()) {
            m_weightsOf = m_weightsOf < 0 ? best->number : m_weightsOf;
            const std::string text = toYaml(planAt(m_plan, m_searched, best->point));
            base::writeFileAtomically(m_folder / kBestPlan, text);
        }
        const Json overview = search::overviewJson(m_search.study().description(), m_search.trials());
        base::writeFileAtomically(m_folder / kStudyOverview, overview.dump(2) + "\n");
    }

    void endIfHopeless()
    {
        constexpr std::size_t kTries = 3;
        const auto& trials = m_search.trials();
        const bool all = std::all_of(
            trials.begin(), trials.end(), [](const Trial& trial) { return trial.state == TrialState::Failed; });
        if (all && trials.size() >= kTries) {
            throw Error(ErrorCode::Plan, m_folder.string(),
                "all " + std::to_string(trials.size()) + " trials failed; the last one: " + trials.back().note,
                "Train the plan once by itself, mend what it says, and start a new search.");
        }
    }

    const Plan& m_plan;
    SearchSpace m_searched;
    SearchOptions m_options;
    std::filesystem::path m_folder;
    search::Search m_search;
    Surroundings m_around;
    SearchResult m_result;
    base::Stopwatch m_clock;
    int m_weightsOf = -1; ///< The trial whose weights are there.
};

} // namespace

SearchResult search(const Plan& plan, const Json& space, const std::filesystem::path& study,
    const SearchOptions& options, decode::DecoderPool& pool, SearchObserver& observer,
    const std::function<void(const base::Progress&)>& progress, std::stop_token stop)
{
    for (const base::Problem& problem : plan.check()) {
        throw Error(ErrorCode::Plan, problem.subject, problem.detail);
    }
    if (plan.pretrain.enabled) {
        throw Error(ErrorCode::Plan, "pretrain.enabled", "a search compares trainings with labels", "Set it to false.");
    }
    if (options.trials < 1) {
        throw Error(ErrorCode::Usage, "trials", "must be 1 or more");
    }
    SearchSpace searched = searchSpaceFor(plan, space, "search");
    OpenStudy opened = openStudy(study, plan, searched.space, space, options);
    if (!opened.lock->takenOver().empty()) {
        observer.onMessage("Goes on after " + opened.lock->takenOver() + ".");
    }
    return Searching(
        plan, std::move(searched), options, study, std::move(opened.file), {pool, observer, progress, std::move(stop)})
        .run();
}

} // namespace diascope::pipeline
