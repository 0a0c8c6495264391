// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/Versions.h"
#include "app/cli/Cli.h"

#include "base/AtomicFile.h"
#include "pipeline/Plan.h"
#include "pipeline/Train.h"

#include <iostream>

namespace diascope::cli {

namespace {

struct TrainArguments {
    std::string plan, run;
    std::vector<std::string> settings;
    bool resume = false;
};

std::vector<pipeline::Recipe> recipes() { return pipeline::loadRecipes(app::modelsFolder() / "recipes"); }

/// A plan file, or a recipe by its name, with the settings applied in order.
pipeline::Plan resolvePlan(const std::string& nameOrFile, const std::vector<std::string>& settings)
{
    pipeline::Plan plan;
    if (std::filesystem::is_regular_file(nameOrFile)) {
        plan = pipeline::planFromYaml(base::readFile(nameOrFile, 1u << 20), nameOrFile);
    } else {
        std::vector<std::string> names;
        bool found = false;
        for (const auto& recipe : recipes()) {
            names.push_back(recipe.name);
            if (recipe.name == nameOrFile) {
                plan = recipe.plan;
                found = true;
            }
        }
        if (!found) {
            const auto near = base::nearestMatch(nameOrFile, names);
            throw base::Error(base::ErrorCode::Plan, nameOrFile, "is neither a plan file nor a recipe",
                              near.empty() ? "`diascope-cli recipes` lists the recipes." : "Did you mean " + near + "?");
        }
    }
    for (const auto& setting : settings) {
        const auto equals = setting.find('=');
        if (equals == std::string::npos) {
            throw base::Error(base::ErrorCode::Usage, "--set " + setting, "is not key=value", "For example --set training.epochs=5");
        }
        pipeline::setKey(plan, setting.substr(0, equals), setting.substr(equals + 1));
    }
    return plan;
}

base::Json toJson(const train::PartFigures& figures)
{
    base::Json json{{"loss", figures.loss}};
    json["auc"] = figures.auc ? base::Json(*figures.auc) : base::Json();
    json["accuracy"] = figures.accuracy ? base::Json(*figures.accuracy) : base::Json();
    json["samples"] = figures.samples;
    return json;
}

/// One line per epoch on standard output, progress on standard error.
class LineObserver final : public train::TrainingObserver {
public:
    explicit LineObserver(Session& session) : m_session(session) {}
    void onBatch(const train::BatchProgress& batch) override
    {
        m_session.progress({.stage = "epoch " + std::to_string(batch.epoch + 1) + "/" + std::to_string(batch.epochs),
                            .done = batch.batch,
                            .total = batch.batches,
                            .secondsLeft = batch.secondsLeft});
    }
    void onEpoch(const train::EpochReport& report) override
    {
        m_session.result({{"repeat", report.repeat},
                          {"fold", report.fold},
                          {"epoch", report.epoch},
                          {"train", toJson(report.train)},
                          {"validation", toJson(report.validation)},
                          {"lr", report.learningRates},
                          {"imagesPerSecond", report.imagesPerSecond},
                          {"idlePercent", report.idlePercent},
                          {"seconds", report.seconds},
                          {"best", report.best}});
    }
    void onMessage(const std::string& text) override { m_session.message(text); }

private:
    Session& m_session;
};

int train(Session& session, const TrainArguments& arguments)
{
    const std::filesystem::path folder(arguments.run);
    pipeline::Plan plan = arguments.plan.empty() && arguments.resume
                              ? pipeline::planFromYaml(base::readFile(folder / "plan.yaml", 1u << 20), (folder / "plan.yaml").string())
                              : resolvePlan(arguments.plan, arguments.settings);
    if (session.threads > 0) {
        plan.threads = session.threads;
    }
    if (session.device != "auto") {
        plan.device = session.device;
    }
    for (const auto& problem : plan.check()) {
        throw base::Error(base::ErrorCode::Plan, arguments.plan, problem.subject + ": " + problem.detail);
    }
    LineObserver observer(session);
    const auto result = pipeline::train(
        plan, folder, session.pool(), observer, [&](const base::Progress& step) { session.progress(step); }, session.stopToken(),
        arguments.resume);
    for (const auto& problem : result.problems) {
        session.message(problem.subject + ": " + problem.detail);
    }
    if (result.state == train::RunState::Failed && !result.resumable) {
        return kRefused; // The reason was the last of the problems.
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
    auto arguments = std::make_shared<TrainArguments>();
    auto* config = app.add_subcommand("config", "Prints a whole plan as YAML");
    config->add_option("recipe", arguments->plan, "Recipe or plan file")->required();
    config->add_option("--set", arguments->settings, "key=value, dotted keys; may be repeated");
    sink(config, [arguments](Session&) {
        std::cout << pipeline::toYaml(resolvePlan(arguments->plan, arguments->settings)) << std::flush;
        return static_cast<int>(kDone);
    });
}

void addTrain(CLI::App& app, const ActionSink& sink)
{
    auto arguments = std::make_shared<TrainArguments>();
    auto* command = app.add_subcommand("train", "Trains by a plan or recipe into a run folder");
    command->add_option("--plan", arguments->plan, "Plan file or recipe name");
    command->add_option("--set", arguments->settings, "key=value, dotted keys; may be repeated");
    command->add_option("--run", arguments->run, "Run folder")->required();
    command->add_flag("--resume", arguments->resume, "Go on where a stopped run ended");
    sink(command, [arguments](Session& session) {
        if (arguments->plan.empty() && !arguments->resume) {
            throw base::Error(base::ErrorCode::Usage, "train", "neither --plan nor --resume was given", "`diascope-cli recipes` lists the recipes.");
        }
        return train(session, *arguments);
    });
}

} // namespace diascope::cli
