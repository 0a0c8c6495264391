// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/Versions.h"
#include "app/cli/PlanArgument.h"

#include "base/AtomicFile.h"
#include "base/Clock.h"
#include "base/Yaml.h"
#include "pipeline/RunProgress.h"
#include "pipeline/Search.h"

#include <optional>

namespace diascope::cli {

namespace {

struct SearchArguments {
    PlanArguments plan;
    std::string study, space, sampler;
    int trials = 0;
    std::optional<double> minutes;
    std::optional<std::uint64_t> seed;
    std::optional<int> warmupEpochs;
    bool resume = false, noPruning = false, keepAll = false;
};

/// What is searched: the plan, the section `search`, and the budget that its document names.
struct Searched {
    pipeline::Plan plan;
    pipeline::SearchDocument document;
};

/// One line per trial on standard output, progress on standard error.
class TrialLines final : public pipeline::SearchObserver {
public:
    TrialLines(Session& session, int trials)
        : m_session(session)
        , m_trials(trials)
    {
    }
    void onTrialBegins(const search::Trial& trial, const base::Json& settings) override
    {
        m_progress = {};
        m_stage = "trial " + std::to_string(trial.number + 1) + "/" + std::to_string(m_trials) + ", ";
        m_session.message("trial " + std::to_string(trial.number) + (trial.reports.empty() ? "" : " goes on") + ": "
            + settings.dump());
    }
    void onTrialEnds(const search::Trial& trial, const base::Json& settings, bool best) override
    {
        m_session.result({{"trial", trial.number}, {"state", search::name(trial.state)},
            {"value", trial.value ? base::Json(*trial.value) : base::Json()}, {"settings", settings},
            {"epochs", trial.reports.empty() ? 0 : trial.reports.back().first + 1}, {"seconds", trial.seconds},
            {"best", best}, {"note", trial.note}});
    }
    void onBatch(const train::BatchProgress& batch) override { show(m_progress.take(batch, m_clock.seconds())); }
    void onFolds(const train::FoldsProgress& folds) override
    {
        if (folds.fold < 0) {
            m_clock.restart();
        }
        m_progress.take(folds);
    }
    void onEpoch(const train::EpochReport&) override { }
    void onMessage(const std::string& text) override { m_session.message(text); }
    void show(base::Progress step)
    {
        step.stage.insert(0, m_stage);
        m_session.progress(step);
    }

private:
    Session& m_session;
    int m_trials;
    std::string m_stage;
    pipeline::RunProgress m_progress;
    base::Stopwatch m_clock;
};

std::filesystem::path spacesFolder()
{
    return app::modelsFolder() / "search";
}

pipeline::SearchDocument readSpace(const std::filesystem::path& file)
{
    constexpr std::size_t kLargest = 1u << 20;
    return pipeline::searchDocumentFromYaml(base::readFile(file, kLargest), file.string());
}

/// A file, or the name of one that ships with the program.
pipeline::SearchDocument spaceNamed(const std::string& nameOrFile)
{
    if (std::filesystem::is_regular_file(nameOrFile)) {
        return readSpace(nameOrFile);
    }
    std::vector<std::string> names;
    std::error_code failure;
    for (const auto& entry : std::filesystem::directory_iterator(spacesFolder(), failure)) {
        if (entry.path().extension() == ".yaml" && entry.path().stem() == nameOrFile) {
            return readSpace(entry.path());
        }
        names.push_back(entry.path().stem().string());
    }
    const std::string near = base::nearestMatch(nameOrFile, names);
    throw base::Error(base::ErrorCode::Plan, nameOrFile,
        "is neither a file nor a search space that ships with the program",
        near.empty() ? "Name a YAML file with --space." : "Did you mean " + near + "?");
}

/// A plan file may carry its search space as a section `search`, which train() would refuse.
Searched planWithSection(const Session& session, const PlanArguments& arguments)
{
    constexpr std::size_t kLargest = 1u << 20;
    Searched searched;
    base::Json json = std::filesystem::is_regular_file(arguments.plan)
        ? base::parseYaml(base::readFile(arguments.plan, kLargest), arguments.plan)
        : base::Json();
    if (!json.is_object() || !json.contains("search")) {
        searched.plan = resolvePlan(session, arguments);
        return searched;
    }
    searched.document.search = json.at("search");
    json.erase("search");
    searched.plan = pipeline::planFromJson(json, arguments.plan);
    applySettings(arguments.settings, searched.plan);
    applySession(session, searched.plan);
    return searched;
}

Searched whatIsSearched(const Session& session, const SearchArguments& arguments)
{
    const std::filesystem::path study(arguments.study);
    PlanArguments plan = arguments.plan;
    const bool stored = arguments.resume && plan.plan.empty() && plan.datasetConfig.empty() && plan.config.empty();
    if (stored) {
        plan.plan = (study / pipeline::kStudyPlan).string();
        if (!std::filesystem::exists(study / pipeline::kStudyFile)) {
            throw base::Error(base::ErrorCode::NotFound, arguments.study,
                "there is no study in this folder to go on with", "Start one without --resume, in a new folder.");
        }
    }
    Searched searched = planWithSection(session, plan);
    if (!arguments.space.empty()) {
        searched.document = spaceNamed(arguments.space);
    } else if (arguments.resume) {
        searched.document = readSpace(study / pipeline::kStudySpace);
    } else if (searched.document.search.is_null()
        && std::filesystem::exists(spacesFolder() / (searched.plan.recipe + ".yaml"))) {
        searched.document = readSpace(spacesFolder() / (searched.plan.recipe + ".yaml"));
    }
    if (searched.document.search.is_null()) {
        throw base::Error(base::ErrorCode::Usage, "--space", "is missing, and the plan has no section `search`",
            "Name a YAML file with ranges and choices, for example: {training.learningRate: {low: 1e-5, high: 1e-2, "
            "log: true}}");
    }
    return searched;
}

pipeline::SearchOptions optionsOf(const SearchArguments& arguments, const pipeline::SearchDocument& document)
{
    pipeline::SearchOptions options;
    options.trials = arguments.trials > 0 ? arguments.trials : document.trials > 0 ? document.trials : options.trials;
    options.minutes = arguments.minutes.value_or(document.minutes);
    if (!arguments.sampler.empty()) {
        options.sampler = arguments.sampler;
    }
    options.seed = arguments.seed;
    if (arguments.noPruning || arguments.warmupEpochs) {
        options.pruner
            = search::MedianPruner{.enabled = !arguments.noPruning, .warmupSteps = arguments.warmupEpochs.value_or(0)};
    }
    options.resume = arguments.resume;
    options.keepAll = arguments.keepAll;
    return options;
}

int reported(Session& session, const pipeline::SearchResult& result, const std::string& study)
{
    for (const auto& problem : result.problems) {
        session.failure(problem.subject + ": " + problem.detail);
    }
    const base::Json& best = result.overview.at("best");
    base::Json line{{"best", base::Json()}, {"objective", result.overview.at("objective")},
        {"counts", result.overview.at("counts")}, {"study", study}};
    if (!best.is_null()) {
        line["best"] = {{"trial", best.at("number")}, {"value", best.at("value")}, {"settings", best.at("settings")},
            {"plan", result.bestPlan.string()}};
    }
    session.result(line);
    if (result.state == train::RunState::Finished) {
        return best.is_null() ? kRefused : kDone;
    }
    session.message("stopped; go on with: diascope-cli search --study " + study + " --resume");
    return kStopped;
}

int searchPlans(Session& session, const SearchArguments& arguments)
{
    const Searched searched = whatIsSearched(session, arguments);
    requireGoodPlan(searched.plan, arguments.plan.plan);
    const pipeline::SearchOptions options = optionsOf(arguments, searched.document);
    TrialLines lines(session, options.trials);
    const auto result = pipeline::search(
        searched.plan, searched.document.search, arguments.study, options, session.pool(), lines,
        [&](const base::Progress& step) { lines.show(step); }, session.stopToken());
    return reported(session, result, arguments.study);
}

} // namespace

void addSearch(CLI::App& app, const ActionSink& sink)
{
    auto arguments = std::make_shared<SearchArguments>();
    auto* command = app.add_subcommand(
        "search", "Trains a plan again and again with other settings and keeps the best: hyper-parameter search");
    addPlanOptions(*command, arguments->plan);
    command->add_option("--study", arguments->study, "Folder of the study")->required();
    command
        ->add_option("--trials", arguments->trials, "Trials of the whole study; else as the search space says, or 50")
        ->check(CLI::Range(1, 1'000'000));
    command
        ->add_option("--minutes", arguments->minutes,
            "No trial begins later than this; 0 = no limit; else as the search space says")
        ->check(CLI::NonNegativeNumber);
    command->add_option("--space", arguments->space,
        "Search space (YAML file, or one that ships: neuroflux-resnet50, neuroflux-cnn); else the plan's section "
        "`search`");
    command->add_option("--sampler", arguments->sampler, "tpe or random; at first tpe")
        ->check(CLI::IsMember(search::samplerNames()));
    command->add_option("--seed", arguments->seed, "Of the proposals; at first the plan's");
    command->add_option("--warmup-epochs", arguments->warmupEpochs, "Epochs before a trial may be pruned")
        ->check(CLI::Range(0, 1'000'000));
    command->add_flag("--no-pruning", arguments->noPruning, "Train every trial to its end");
    command->add_flag(
        "--keep-all", arguments->keepAll, "Keep checkpoints and packages of trials that are not the best, too");
    command->add_flag(
        "--resume", arguments->resume, "Go on where a stopped search ended; plan and space are those of the study");
    command->footer("SIGINT and SIGTERM stop and keep everything. DIR/best.yaml is a plan: diascope-cli train --plan "
                    "DIR/best.yaml --run NEW");
    sink(command, [arguments](Session& session) { return searchPlans(session, *arguments); });
}

} // namespace diascope::cli
