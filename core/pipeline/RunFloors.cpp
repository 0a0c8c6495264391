// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/RunFloors.h"

#include "base/Yaml.h"
#include "dataset/ParallelFor.h"
#include "decode/DecoderPool.h"
#include "pipeline/Stored.h"
#include "runs/RunFolder.h"

#include <algorithm>
#include <optional>

namespace diascope::pipeline {

namespace {

using audit::FloorFeatures;
using audit::FloorSplit;
using dataset::FoldPlan;
using dataset::Role;

/// Samples of some roles that could be read, as rows of the features.
std::vector<std::size_t> rowsOf(const FoldPlan& plan, Role role, const std::vector<std::optional<std::size_t>>& rowOf)
{
    std::vector<std::size_t> rows;
    for (std::size_t i = 0; i < plan.roles.size(); ++i) {
        if (plan.roles[i] == role && rowOf[i]) {
            rows.push_back(*rowOf[i]);
        }
    }
    return rows;
}

/// The part `role` of each fold of the first repeat; a test part is the same for all folds and is judged once.
std::vector<FloorSplit> splitsOf(const std::vector<FoldPlan>& plans, Role role, const std::vector<std::optional<std::size_t>>& rowOf)
{
    std::vector<FloorSplit> splits;
    for (const FoldPlan& plan : plans) {
        FloorSplit split{rowsOf(plan, Role::Train, rowOf), rowsOf(plan, role, rowOf)};
        const bool once = role == Role::Test && !splits.empty();
        if (plan.repeat == plans.front().repeat && !once && !split.training.empty() && !split.heldOut.empty()) {
            splits.push_back(std::move(split));
        }
    }
    return splits;
}

struct Described {
    std::vector<FloorFeatures> features;             ///< Of the samples that could be read.
    std::vector<int> labels;
    std::vector<std::optional<std::size_t>> rowOf;   ///< One a sample of the run.
    std::vector<base::Problem> problems;
};

Described describe(const dataset::Dataset& data, decode::DecoderPool& pool, int threads, const dataset::ProgressFunction& progress, const std::stop_token& stop)
{
    std::vector<std::optional<FloorFeatures>> found(data.samples.size()); // one slot a sample, each written by one thread
    std::vector<std::optional<base::Problem>> refused(data.samples.size());
    const auto take = [&](std::size_t i) {
        try {
            found[i] = audit::floorFeatures(pool.frame(data.samples[i].file, {.frame = data.samples[i].frame}));
        } catch (const base::Error& error) {
            refused[i] = base::toProblem(error);
        }
    };
    dataset::parallelFor({"Describing pictures", found.size(), dataset::decodingThreads(threads, pool.workers())}, take, progress, stop);
    Described described;
    described.rowOf.resize(found.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
        if (refused[i]) {
            described.problems.push_back(std::move(*refused[i]));
            continue;
        }
        described.rowOf[i] = described.features.size();
        described.features.push_back(std::move(*found[i]));
        described.labels.push_back(data.samples[i].label);
    }
    return described;
}

} // namespace

RunFloors floorsOfRun(const std::filesystem::path& run, decode::DecoderPool& pool, int threads, const dataset::ProgressFunction& progress,
                      const std::stop_token& stop)
{
    const runs::RunFolder folder = runs::RunFolder::view(run);
    const Plan plan = planFromYaml(folder.readText("plan.yaml"), folder.file("plan.yaml").string());
    const Experiment experiment = storedExperiment(plan, "cpu", folder);
    const Described described = describe(experiment.data, pool, threads, progress, stop);
    if (described.features.empty()) {
        throw base::Error(base::ErrorCode::NotFound, folder.file("data.csv").string(), "none of its pictures can be read any more",
                          "Put them back where they were, or evaluate without floors.");
    }
    RunFloors floors;
    floors.classes = experiment.data.classNames;
    floors.problems = described.problems;
    const int classes = static_cast<int>(floors.classes.size());
    const audit::FloorConfig config{.threads = threads};
    const auto& plans = experiment.folds.plans;
    const auto compute = [&](Role role) {
        const std::vector<FloorSplit> splits = splitsOf(plans, role, described.rowOf);
        return splits.empty() ? std::vector<audit::Floor>()
                              : audit::computeFloors(described.features, described.labels, classes, splits, config, progress, stop);
    };
    floors.outOfFold = compute(Role::Validation);
    floors.test = compute(Role::Test);
    const auto folds = std::count_if(plans.begin(), plans.end(), [&](const FoldPlan& one) { return one.repeat == plans.front().repeat; });
    floors.on = folds == 1 ? "the same parts" : "the same " + std::to_string(folds) + " folds"
                                                    + (plans.back().repeat > plans.front().repeat ? " (of the first repeat)" : "");
    return floors;
}

void addFloors(evaluate::Evaluation& evaluation, const std::vector<audit::Floor>& floors, const std::string& on)
{
    evaluation.floorsOn = on;
    for (const audit::Floor& floor : floors) {
        const auto n = static_cast<std::int64_t>(floor.rows.size());
        evaluation.floors.push_back({floor.name, floor.method, metrics::withInterval(floor.auc, n, floor.aucInterval, "DeLong, logit scale, 95 %, each case as if independent", "for two classes only"),
                                     metrics::withInterval(floor.accuracy, n, floor.accuracyInterval, "Wilson, 95 %, each case as if independent"),
                                     metrics::withoutInterval(floor.balancedAccuracy, n, "not computed for a floor")});
    }
    if (const metrics::Estimate* const auc = evaluation.pooled.find("auc")) {
        const audit::FloorVerdict verdict = audit::compareWithFloors({{auc->value, auc->reason}, auc->interval}, floors);
        evaluation.floorWords = verdict.sentences;
        if (!verdict.beatsAll) {
            evaluation.warnings.push_back("it is not shown that the network beats every trivial method on the same rows (see the floors)");
        }
        if (verdict.leaking) {
            evaluation.warnings.push_back("a trivial method is so good on these rows that the split must be leaking, or the classes differ in something plain");
        }
    }
}

} // namespace diascope::pipeline
