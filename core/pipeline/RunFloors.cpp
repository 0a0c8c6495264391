// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/RunFloors.h"

#include "audit/FloorPictures.h"
#include "decode/DecoderPool.h"
#include "pipeline/Stored.h"
#include "runs/RunFolder.h"

#include <algorithm>

namespace diascope::pipeline {

namespace {

using dataset::FoldPlan;
using dataset::Role;

std::string foldsInWords(const std::vector<FoldPlan>& plans)
{
    const auto folds = std::count_if(plans.begin(), plans.end(), [&](const FoldPlan& one) { return one.repeat == plans.front().repeat; });
    if (folds == 1) {
        return "the same parts";
    }
    return "the same " + std::to_string(folds) + " folds" + (plans.back().repeat > plans.front().repeat ? " (of the first repeat)" : "");
}

} // namespace

RunFloors floorsOfRun(const std::filesystem::path& run, decode::DecoderPool& pool, int threads, const dataset::ProgressFunction& progress,
                      const std::stop_token& stop)
{
    const runs::RunFolder folder = runs::RunFolder::view(run);
    const Plan plan = planFromYaml(folder.readText("plan.yaml"), folder.file("plan.yaml").string());
    const Experiment experiment = storedExperiment(plan, "cpu", folder);
    const dataset::Dataset& data = experiment.data;
    const audit::DescribedPictures described = audit::describePictures(data, pool, {.threads = threads}, progress, stop);
    if (described.features.empty()) {
        throw base::Error(base::ErrorCode::NotFound, folder.file("data.csv").string(), "none of its pictures can be read any more",
                          "Put them back where they were, or evaluate without floors.");
    }
    const auto compute = [&](Role role) {
        Floors floors{{}, {}, foldsInWords(experiment.folds.plans), described.problems};
        std::transform(described.samples.begin(), described.samples.end(), std::back_inserter(floors.samples),
                       [&](std::size_t i) { return data.samples[i].id; });
        const std::vector<audit::FloorSplit> splits = audit::floorSplits(experiment.folds.plans, role, described.rowOf);
        if (splits.empty()) {
            floors.on = "none: the run has no such part, or none of its pictures can be read";
            return floors;
        }
        const int classes = static_cast<int>(data.classNames.size());
        floors.methods = audit::computeFloors(described.features, described.labels, classes, splits, {.threads = threads}, progress, stop);
        return floors;
    };
    return {compute(Role::Validation), compute(Role::Test)};
}

} // namespace diascope::pipeline
