// SPDX-License-Identifier: GPL-3.0-or-later
#include "audit/Floors.h"

#include <algorithm>

namespace diascope::audit {

namespace {

using dataset::FoldPlan;
using dataset::Role;

std::vector<std::size_t> rowsOf(
    const FoldPlan& plan, Role role, std::span<const std::optional<std::size_t>> rowOf)
{
    std::vector<std::size_t> rows;
    for (std::size_t i = 0; i < plan.roles.size(); ++i) {
        const std::optional<std::size_t> row = rowOf.empty() ? i : rowOf[i];
        if (plan.roles[i] == role && row) {
            rows.push_back(*row);
        }
    }
    return rows;
}

} // namespace

dataset::Role judgedPart(std::span<const FoldPlan> plans)
{
    const auto tests = [](const FoldPlan& plan) {
        return std::find(plan.roles.begin(), plan.roles.end(), Role::Test) != plan.roles.end();
    };
    return std::any_of(plans.begin(), plans.end(), tests) ? Role::Test : Role::Validation;
}

std::vector<FloorSplit> floorSplits(
    std::span<const FoldPlan> plans, Role heldOut, std::span<const std::optional<std::size_t>> rowOf)
{
    std::vector<FloorSplit> splits;
    for (const FoldPlan& plan : plans) {
        FloorSplit split{rowsOf(plan, Role::Train, rowOf), rowsOf(plan, heldOut, rowOf)};
        const bool again = std::any_of(
            splits.begin(), splits.end(), [&](const FloorSplit& other) { return other.heldOut == split.heldOut; });
        if (plan.repeat == plans.front().repeat && !again && !split.training.empty() && !split.heldOut.empty()) {
            splits.push_back(std::move(split));
        }
    }
    return splits;
}

std::vector<FloorSplit> floorSplits(std::span<const int> folds)
{
    const int count = folds.empty() ? 0 : *std::max_element(folds.begin(), folds.end()) + 1;
    std::vector<FloorSplit> splits;
    for (int fold = 0; fold < count; ++fold) {
        FloorSplit split;
        for (std::size_t i = 0; i < folds.size(); ++i) {
            (folds[i] == fold ? split.heldOut : split.training).push_back(i);
        }
        if (!split.heldOut.empty()) {
            splits.push_back(std::move(split));
        }
    }
    return splits;
}

} // namespace diascope::audit
