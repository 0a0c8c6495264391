// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/Cli.h"
#include "pipeline/Plan.h"

namespace diascope::cli {

/// How a command line names a plan: a plan file, a recipe, or the configuration files of the systems that Diascope replaces; with settings on top.
struct PlanArguments {
    std::string plan;
    std::vector<std::string> settings;       ///< "key=value", in order.
    std::string datasetConfig, modelConfig;  ///< Neuroflux's two JSON files.
    std::string config, params;              ///< config.yaml and params.yaml of the kidney CT template.
};

void addPlanOptions(CLI::App& command, PlanArguments& arguments);
[[nodiscard]] std::vector<pipeline::Recipe> recipes();
/// Says on standard error what of an old configuration could not be taken over. Throws Error{Plan|Usage}.
[[nodiscard]] pipeline::Plan resolvePlan(const Session& session, const PlanArguments& arguments);
/// Sets "key=value" after "key=value". Throws Error{Plan|Usage}.
void applySettings(const std::vector<std::string>& settings, pipeline::Plan& plan);
/// What --threads and --device of the command line say, over what the plan says.
void applySession(const Session& session, pipeline::Plan& plan);
/// Throws Error{Plan} with the first thing that is wrong with it.
void requireGoodPlan(const pipeline::Plan& plan, const std::string& subject);

} // namespace diascope::cli
