// SPDX-License-Identifier: GPL-3.0-or-later
#include "dataset/FoldPlan.h"

#include "base/Csv.h"
#include "base/Json.h"
#include "base/Text.h"
#include "dataset/FoldPlanner.h"
#include "dataset/FoldReceipt.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace diascope::dataset {

namespace {

using base::Error;
using base::ErrorCode;

constexpr std::array<SplitKind, 12> kKinds{{
    {"holdout", "whole groups held out, classes as even as groups allow", false, false},
    {"random", "train_test_split; whole groups where there are groups", false, false},
    {"stratified", "train_test_split with stratify; whole groups where there are groups", false, false},
    {"kfold", "KFold with shuffling; whole groups where there are groups", true, false},
    {"stratified-kfold", "StratifiedKFold with shuffling; whole groups where there are groups", true, false},
    {"group-kfold", "whole groups, classes as even as groups allow (StratifiedGroupKFold)", true, false},
    {"predefined", "the parts or folds that a column of the source names", false, false},
    {"random-as-published", "train_test_split of single images, groups ignored", false, true},
    {"stratified-as-published", "stratified train_test_split of single images, groups ignored", false, true},
    {"kfold-as-published", "KFold of single images, groups ignored", true, true},
    {"stratified-kfold-as-published", "StratifiedKFold of single images, groups ignored", true, true},
    {"predefined-as-published", "the parts or folds of the source, even if they share patients", false, true},
}};

const SplitKind& kindOf(const std::string& name)
{
    std::vector<std::string> names;
    for (const SplitKind& kind : kKinds) {
        if (kind.name == name) {
            return kind;
        }
        names.emplace_back(kind.name);
    }
    const std::string near = base::nearestMatch(name, names);
    throw Error(ErrorCode::Plan, "split.kind", "there is no kind '" + base::visibleText(name) + "'"
        + (near.empty() ? "" : "; did you mean '" + near + "'?"));
}

} // namespace

std::span<const SplitKind> splitKinds()
{
    return kKinds;
}

FoldSet makeFolds(const Dataset& dataset, const SplitConfig& config)
{
    const SplitKind& kind = kindOf(config.kind);
    PlannedFolds planned = planFolds(dataset, config, kind);
    FoldSet set;
    set.plans = std::move(planned.plans);
    set.ungrouped = kind.ungrouped;
    set.groups = planned.groups;
    for (const FoldPlan& plan : set.plans) {
        set.sharedGroups = std::max(set.sharedGroups, countSharedGroups(dataset.samples, plan.roles));
        set.sharedDuplicates = std::max(set.sharedDuplicates, countSharedDuplicates(dataset, plan.roles));
    }
    describeFolds(dataset, config, planned.wholeGroups, set);
    if (!kind.ungrouped && (set.sharedGroups > 0 || set.sharedDuplicates > 0)) {
        throw Error(ErrorCode::Plan, "split", set.receipt + " The figures would be too good",
            "Correct the parts, let the program split, or choose " +
                    std::string(kind.name) + "-as-published and say so.");
    }
    return set;
}

void setPercentages(SplitConfig& config, std::string_view text)
{
    std::vector<double> parts;
    std::string_view rest = text;
    while (true) {
        const std::size_t slash = rest.find('/');
        parts.push_back(base::parseNumber(base::trimmed(rest.substr(0, slash))).value_or(-1.0));
        if (slash == std::string_view::npos) {
            break;
        }
        rest.remove_prefix(slash + 1);
    }
    const bool inRange = std::all_of(parts.begin(), parts.end(), [](double p) { return p >= 0.0 && p <= 100.0; });
    if (parts.size() != 3 || !inRange || parts[0] <= 0.0 || parts[1] <= 0.0
        || std::abs(parts[0] + parts[1] + parts[2] - 100.0) > 1e-9) {
        throw Error(ErrorCode::Plan, "split", "'" + base::visibleText(text)
            + "' is not three percentages that make 100, such as 70/15/15");
    }
    config.validationFraction = parts[1] / 100.0;
    config.testFraction = parts[2] / 100.0;
}

std::string splitsCsv(const Dataset& dataset, const FoldSet& folds)
{
    std::string text = "sample,group,label,repeat,fold,role\n";
    for (const FoldPlan& plan : folds.plans) {
        const std::string middle = "," + std::to_string(plan.repeat) + "," + std::to_string(plan.fold) + ",";
        for (std::size_t i = 0; i < dataset.samples.size(); ++i) {
            const Sample& sample = dataset.samples[i];
            text += base::csvRow({sample.id, sample.group, dataset.classNames[static_cast<std::size_t>(sample.label)]})
                + middle;
            text += std::string(name(plan.roles[i])) + "\n";
        }
    }
    return text;
}

} // namespace diascope::dataset
