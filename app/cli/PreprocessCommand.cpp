// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/PlanArgument.h"

#include "pipeline/Preprocess.h"

namespace diascope::cli {

namespace {

struct PreprocessArguments {
    PlanArguments plan;
    std::string data;
    std::string out;
    bool balance = false;
};

int preprocess(Session& session, const PreprocessArguments& arguments)
{
    pipeline::Plan plan = resolvePlan(session, arguments.plan);
    if (!arguments.data.empty()) {
        plan.data.source = arguments.data;
    }
    requireGoodPlan(plan, arguments.plan.plan);
    const pipeline::PreprocessOutcome outcome = pipeline::preprocess(
        plan, {arguments.out, arguments.balance}, session.pool(),
        [&](const base::Progress& step) { session.progress(step); }, session.stopToken());
    for (const auto& note : outcome.notes) {
        session.message(note);
    }
    base::Json problems = base::Json::array();
    for (const auto& problem : outcome.problems) {
        session.message(problem.subject + ": " + problem.detail);
        problems.push_back({{"code", std::string(base::name(problem.code))}, {"subject", problem.subject},
            {"detail", problem.detail}});
    }
    base::Json classes = base::Json::object();
    for (const auto& entry : outcome.classes) {
        classes[entry.name] = {{"pictures", entry.pictures}, {"copies", entry.copies}};
    }
    const std::filesystem::path folder(arguments.out);
    session.result({{"out", arguments.out}, {"samples", outcome.samples}, {"pictures", outcome.pictures},
        {"copies", outcome.copies}, {"classes", std::move(classes)}, {"labels", (folder / "labels.csv").string()},
        {"splits", arguments.balance ? base::Json((folder / "splits.csv").string()) : base::Json()},
        {"receipt", outcome.receipt}, {"notes", outcome.notes}, {"problems", std::move(problems)}});
    return outcome.problems.empty() ? kDone : kRefused;
}

} // namespace

void addPreprocess(CLI::App& app, const ActionSink& sink)
{
    auto arguments = std::make_shared<PreprocessArguments>();
    auto* command = app.add_subcommand(
        "preprocess", "Writes every picture after the plan's preprocessing as PNG, for other tools");
    addPlanOptions(*command, arguments->plan);
    command->add_option("--data", arguments->data,
        "CSV, folder of class folders or DICOM folder with a label table; empty = the plan's");
    command->add_option("--out", arguments->out, "Folder to write; must be new or empty")->required();
    command->add_flag("--balance", arguments->balance,
        "Also changed copies of the training part's rarer classes, until all are equal");
    sink(command, [arguments](Session& session) { return preprocess(session, *arguments); });
}

} // namespace diascope::cli
