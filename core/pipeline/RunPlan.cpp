// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/RunPlan.h"

namespace diascope::pipeline {

namespace {

using base::Error;
using base::ErrorCode;
using base::Json;

void checkSamePlan(const Plan& plan, const runs::RunFolder& folder)
{
    const Plan stored = planFromYaml(folder.readText("plan.yaml"), folder.file("plan.yaml").string());
    if (essenceOf(stored) != essenceOf(plan)) {
        throw Error(ErrorCode::Plan, folder.file("plan.yaml").string(), "the run was started with another plan", "Resume with the run's own plan, or start a new run.");
    }
}

} // namespace

Json essenceOf(Plan plan)
{
    plan.device = "auto";
    plan.threads = 0;
    plan.tracking = {};
    plan.data.storeFolder.clear();
    plan.data.memoryMiB = 0;
    plan.package = {};
    plan.predict = {};
    return toJson(plan);
}

runs::RunFolder openRun(const Plan& plan, const std::filesystem::path& path, bool resume)
{
    if (!resume) {
        return runs::RunFolder::create(path);
    }
    runs::RunFolder folder = runs::RunFolder::open(path);
    if (folder.has("plan.yaml")) { // a disk may have been full before the first file
        checkSamePlan(plan, folder);
    }
    return folder;
}

void writePlan(const Plan& plan, runs::RunFolder& folder)
{
    Plan written = plan;
    if (folder.has("plan.yaml")) {
        written = planFromYaml(folder.readText("plan.yaml"), folder.file("plan.yaml").string());
        if (toJson(written).at("package") == toJson(plan).at("package") && written.predict.ttaViews == plan.predict.ttaViews) {
            return;
        }
        written.package = plan.package;
        written.predict = plan.predict;
    }
    folder.writeText("plan.yaml", toYaml(written));
}

} // namespace diascope::pipeline
