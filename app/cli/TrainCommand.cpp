// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/PlanArgument.h"

#include "base/AtomicFile.h"
#include "base/Clock.h"
#include "pipeline/Plan.h"
#include "pipeline/RunProgress.h"
#include "pipeline/Train.h"
#include "train/Pause.h"

#include <iostream>

namespace diascope::cli {

namespace {

struct TrainArguments {
    PlanArguments plan;
    std::string run;
    bool resume = false;
};

base::Json toJson(const train::PartFigures& figures)
{
    base::Json json{{"loss", figures.loss}};
    json["auc"] = figures.auc ? base::Json(*figures.auc) : base::Json();
    json["balancedAccuracy"] = figures.balancedAccuracy ? base::Json(*figures.balancedAccuracy) : base::Json();
    json["accuracy"] = figures.accuracy ? base::Json(*figures.accuracy) : base::Json();
    json["samples"] = figures.samples;
    return json;
}

/// One line per epoch on standard output, progress on standard error.
class LineObserver final : public train::TrainingObserver {
public:
    explicit LineObserver(Session& session) : m_session(session) {}
    void onBatch(const train::BatchProgress& batch) override { m_session.progress(m_progress.take(batch, m_clock.seconds())); }
    void onFolds(const train::FoldsProgress& folds) override
    {
        if (folds.fold < 0) { // the first begins now
            m_clock.restart();
        }
        m_progress.take(folds);
    }
    void onEpoch(const train::EpochReport& report) override
    {
        m_session.result({{"repeat", report.repeat},
                          {"fold", report.fold},
                          {"epoch", report.epoch},
                          {"train", toJson(report.train)},
                          {"validation", report.spread ? base::Json() : toJson(report.validation)},
                          {"spread", report.spread ? base::Json(*report.spread) : base::Json()},
                          {"lr", report.learningRates},
                          {"imagesPerSecond", report.imagesPerSecond},
                          {"idlePercent", report.idlePercent},
                          {"seconds", report.seconds},
                          {"best", report.best}});
    }
    void onMessage(const std::string& text) override { m_session.message(text); }

private:
    Session& m_session;
    pipeline::RunProgress m_progress;
    base::Stopwatch m_clock;
};

int train(Session& session, const TrainArguments& arguments)
{
    const std::filesystem::path folder(arguments.run);
    const bool stored = arguments.plan.plan.empty() && arguments.resume;
    pipeline::Plan plan = stored ? pipeline::planFromYaml(base::readFile(folder / "plan.yaml", 1u << 20), (folder / "plan.yaml").string())
                                 : resolvePlan(session, arguments.plan);
    if (stored) { // what may change afterwards: package.*, predict.*
        applySettings(arguments.plan.settings, plan);
    }
    applySession(session, plan);
    requireGoodPlan(plan, arguments.plan.plan);
    LineObserver observer(session);
    train::PauseGate gate;
    const PauseSignal signal([&] {
        session.message(gate.toggle() ? "paused before the next batch; SIGUSR1 again goes on, SIGINT stops" : "going on");
    });
    auto result = pipeline::train(
        plan, folder, session.pool(), observer, [&](const base::Progress& step) { session.progress(step); }, session.stopToken(),
        arguments.resume, &gate);
    if (result.state == train::RunState::Failed && !result.problems.empty()) {
        session.failure(result.problems.back().subject + ": " + result.problems.back().detail);
        result.problems.pop_back();
    }
    for (const auto& problem : result.problems) {
        session.message(problem.subject + ": " + problem.detail);
    }
    if (result.state == train::RunState::Failed && !result.resumable) {
        return kRefused;
    }
    if (result.state != train::RunState::Finished) {
        session.message("stopped; go on with: diascope-cli train --run " + arguments.run + " --resume");
        return kStopped;
    }
    session.result({{"result", result.result}});
    return result.problems.empty() ? kDone : kRefused;
}

} // namespace

void addRecipes(CLI::App& app, const ActionSink& sink)
{
    auto* list = app.add_subcommand("recipes", "Lists the recipes");
    sink(list, [](Session& session) {
        for (const auto& recipe : recipes()) {
            session.result({{"name", recipe.name}, {"title", recipe.title}, {"summary", recipe.summary}});
        }
        return static_cast<int>(kDone);
    });
    auto arguments = std::make_shared<PlanArguments>();
    auto* config = app.add_subcommand("config", "Prints a whole plan as YAML, from a recipe, a plan file or old configuration files");
    config->add_option("recipe", arguments->plan, "Recipe or plan file");
    addPlanOptions(*config, *arguments);
    sink(config, [arguments](Session& session) {
        std::cout << pipeline::toYaml(resolvePlan(session, *arguments)) << std::flush;
        return static_cast<int>(kDone);
    });
}

void addTrain(CLI::App& app, const ActionSink& sink)
{
    auto arguments = std::make_shared<TrainArguments>();
    auto* command = app.add_subcommand("train", "Trains by a plan or recipe into a run folder; with the recipe pretrain on pictures without labels");
    addPlanOptions(*command, arguments->plan);
    command->add_option("--run", arguments->run, "Run folder")->required();
    command->add_flag("--resume", arguments->resume, "Go on where a stopped run ended");
    command->footer("SIGINT and SIGTERM stop and keep everything; SIGUSR1 pauses, and goes on when it comes again. A full disk pauses until there is room.");
    sink(command, [arguments](Session& session) { return train(session, *arguments); });
}

} // namespace diascope::cli
