// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/PlanArgument.h"

#include "app/Versions.h"

#include "base/AtomicFile.h"
#include "pipeline/OldConfigs.h"

namespace diascope::cli {

namespace {

pipeline::Plan planNamed(const std::string& nameOrFile)
{
    if (std::filesystem::is_regular_file(nameOrFile)) {
        return pipeline::planFromYaml(base::readFile(nameOrFile, 1u << 20), nameOrFile);
    }
    std::vector<std::string> names;
    for (const auto& recipe : recipes()) {
        if (recipe.name == nameOrFile) {
            return recipe.plan;
        }
        names.push_back(recipe.name);
    }
    const auto near = base::nearestMatch(nameOrFile, names);
    throw base::Error(base::ErrorCode::Plan, nameOrFile, "is neither a plan file nor a recipe",
                      near.empty() ? "`diascope-cli recipes` lists the recipes." : "Did you mean " + near + "?");
}

pipeline::Plan planOfOldConfigs(const Session& session, const PlanArguments& arguments)
{
    const bool neuroflux = !arguments.datasetConfig.empty() || !arguments.modelConfig.empty();
    const auto& first = neuroflux ? arguments.datasetConfig : arguments.config;
    const auto& second = neuroflux ? arguments.modelConfig : arguments.params;
    if (first.empty() || second.empty()) {
        throw base::Error(base::ErrorCode::Usage, neuroflux ? "--dataset_config, --model_config" : "--config, --params", "belong together: give both files");
    }
    const pipeline::OldConfig old = neuroflux ? pipeline::readNeurofluxConfigs(first, second, recipes()) : pipeline::readKidneyTemplate(first, second, recipes());
    for (const auto& problem : old.notTaken) {
        session.message(problem.subject + ": " + problem.detail);
    }
    return old.plan;
}

} // namespace

std::vector<pipeline::Recipe> recipes()
{
    return pipeline::loadRecipes(app::modelsFolder() / "recipes");
}

void addPlanOptions(CLI::App& command, PlanArguments& arguments)
{
    command.add_option("--plan", arguments.plan, "Plan file (YAML) or recipe");
    command.add_option("--set", arguments.settings, "key=value, dotted keys of the plan; may be repeated");
    command.add_option("--dataset_config", arguments.datasetConfig, "Neuroflux's dataset_config.json, with --model_config");
    command.add_option("--model_config", arguments.modelConfig, "Neuroflux's model configuration (JSON)");
    command.add_option("--config", arguments.config, "config.yaml of the kidney CT template, with --params");
    command.add_option("--params", arguments.params, "params.yaml of the kidney CT template");
}

pipeline::Plan resolvePlan(const Session& session, const PlanArguments& arguments)
{
    const bool old = !arguments.datasetConfig.empty() || !arguments.modelConfig.empty() || !arguments.config.empty() || !arguments.params.empty();
    if (old == !arguments.plan.empty()) {
        throw base::Error(base::ErrorCode::Usage, "--plan", old ? "stands together with old configuration files: give one of them" : "is missing",
                          "For example --plan renalnet; `diascope-cli recipes` lists the recipes.");
    }
    pipeline::Plan plan = old ? planOfOldConfigs(session, arguments) : planNamed(arguments.plan);
    applySettings(arguments.settings, plan);
    applySession(session, plan);
    return plan;
}

void applySettings(const std::vector<std::string>& settings, pipeline::Plan& plan)
{
    for (const auto& setting : settings) {
        const auto equals = setting.find('=');
        if (equals == std::string::npos) {
            throw base::Error(base::ErrorCode::Usage, "--set " + setting, "is not key=value", "For example --set training.epochs=5");
        }
        pipeline::setKey(plan, setting.substr(0, equals), setting.substr(equals + 1));
    }
}

void applySession(const Session& session, pipeline::Plan& plan)
{
    if (session.threads > 0) {
        plan.threads = session.threads;
    }
    if (session.device != "auto") {
        plan.device = session.device;
    }
}

void requireGoodPlan(const pipeline::Plan& plan, const std::string& subject)
{
    for (const auto& problem : plan.check()) {
        throw base::Error(base::ErrorCode::Plan, subject, problem.subject + ": " + problem.detail);
    }
}

} // namespace diascope::cli
