// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/PlanArgument.h"

#include "base/AtomicFile.h"
#include "pipeline/Split.h"

namespace diascope::cli {

namespace {

struct SplitArguments {
    PlanArguments plan;
    std::string out = "splits.csv";
};

int split(Session& session, const SplitArguments& arguments)
{
    const pipeline::Plan plan = resolvePlan(session, arguments.plan);
    requireGoodPlan(plan, arguments.plan.plan);
    const pipeline::SplitOutcome outcome = pipeline::split(
        plan, session.pool(), [&](const base::Progress& step) { session.progress(step); }, session.stopToken());
    base::writeFileAtomically(arguments.out, outcome.csv);
    for (const auto& problem : outcome.problems) {
        session.message(problem.subject + ": " + problem.detail);
    }
    session.result({{"splits", arguments.out},
                    {"samples", outcome.samples},
                    {"groups", outcome.groups},
                    {"trainings", outcome.trainings},
                    {"sharedGroups", outcome.sharedGroups},
                    {"sharedNearDuplicates", outcome.sharedDuplicates},
                    {"receipt", outcome.receipt},
                    {"notes", outcome.notes}});
    return outcome.problems.empty() ? kDone : kRefused;
}

} // namespace

void addSplit(CLI::App& app, const ActionSink& sink)
{
    auto arguments = std::make_shared<SplitArguments>();
    auto* command = app.add_subcommand("split", "Who trains, who validates, who tests: splits.csv and the leakage receipt");
    addPlanOptions(*command, arguments->plan);
    command->add_option("--out", arguments->out, "File to write")->capture_default_str();
    sink(command, [arguments](Session& session) { return split(session, *arguments); });
}

} // namespace diascope::cli
