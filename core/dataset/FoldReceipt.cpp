// SPDX-License-Identifier: GPL-3.0-or-later
#include "dataset/FoldReceipt.h"

#include <algorithm>
#include <array>

namespace diascope::dataset {

namespace {

using base::ErrorCode;

constexpr std::array<Role, 3> kRoles{Role::Train, Role::Validation, Role::Test};

/// Class counts of one part of one plan.
std::vector<int> classesIn(const Dataset& dataset, const FoldPlan& plan, Role role)
{
    std::vector<int> counts(dataset.classNames.size());
    for (std::size_t i = 0; i < plan.roles.size(); ++i) {
        counts[static_cast<std::size_t>(dataset.samples[i].label)] += plan.roles[i] == role ? 1 : 0;
    }
    return counts;
}

int sumOf(const std::vector<int>& counts)
{
    int sum = 0;
    for (const int count : counts) {
        sum += count;
    }
    return sum;
}

struct Range {
    int least = -1, most = 0;
    void add(int value)
    {
        least = least < 0 ? value : std::min(least, value);
        most = std::max(most, value);
    }
    [[nodiscard]] std::string text() const { return least == most ? std::to_string(most) : std::to_string(least)
        + " to " + std::to_string(most); }
};

std::string nameList(const Dataset& dataset, const std::vector<std::size_t>& classes)
{
    std::string list;
    for (const std::size_t c : classes) {
        list += (list.empty() ? "'" : ", '") + base::visibleText(dataset.classNames[c]) + "'";
    }
    return list;
}

/// What a part's classes make impossible, in words.
void judgePart(const Dataset& dataset, const FoldPlan& plan, Role role, FoldSet& set)
{
    const std::vector<int> counts = classesIn(dataset, plan, role);
    const std::string part(name(role));
    const std::string subject = set.plans.size() == 1 ? "split" : "split, repeat " + std::to_string(plan.repeat)
        + ", fold " + std::to_string(plan.fold);
    if (sumOf(counts) == 0) {
        if (role != Role::Test) {
            throw base::Error(ErrorCode::Plan, subject, "the " + part + " part would be empty",
                "Use fewer folds, or add patients.");
        }
        return;
    }
    std::vector<std::size_t> present, missing;
    for (std::size_t c = 0; c < counts.size(); ++c) {
        (counts[c] > 0 ? present : missing).push_back(c);
    }
    if (present.size() == 1 && counts.size() > 1) {
        set.problems.push_back({ErrorCode::Plan, subject, "the " + part + " part holds one class only, "
            + nameList(dataset, present) + ": " +
                                (role == Role::Train ? "nothing can be learnt from it"
                                    : "the area under the curve and the like are undefined there") +
                                "; use fewer folds, or another seed"});
    } else if (!missing.empty()) {
        set.problems.push_back({ErrorCode::Plan, subject, "the " + part + " part holds no sample of class "
            + nameList(dataset, missing) +
                                (role == Role::Train ? ", which cannot be learnt from it" : "")});
    }
}

std::string sizesText(const Dataset& dataset, const FoldSet& set)
{
    std::string text;
    for (const Role role : kRoles) {
        Range range;
        for (const FoldPlan& plan : set.plans) {
            range.add(sumOf(classesIn(dataset, plan, role)));
        }
        if (range.most > 0) {
            text += (text.empty() ? "" : ", ") + std::string(name(role)) + " " + range.text();
        }
    }
    return text;
}

std::string foldsText(const FoldSet& set, const SplitConfig& config)
{
    if (set.plans.size() == 1) {
        return {};
    }
    const int repeats = set.plans.back().repeat + 1;
    const std::size_t folds = set.plans.size() / static_cast<std::size_t>(repeats);
    return (repeats > 1 ? std::to_string(repeats) + " x " : "") + std::to_string(folds) + " folds"
        + (config.nested ? ", nested" : "") + ", ";
}

} // namespace

void describeFolds(const Dataset& dataset, const SplitConfig& config, bool groupsMatter, FoldSet& set)
{
    for (const FoldPlan& plan : set.plans) {
        for (const Role role : kRoles) {
            judgePart(dataset, plan, role, set);
        }
    }
    set.receipt = std::to_string(dataset.samples.size()) + " samples of " + std::to_string(set.groups) + " groups (by "
        + dataset.groupedBy + "), " +
                  foldsText(set, config) + "split by " + config.kind + (groupsMatter && config.kind != "holdout"
                      ? " in whole groups" : "") + ": " +
                  sizesText(dataset, set) + "; ";
    set.receipt += std::to_string(set.sharedGroups) + " patients";
    set.receipt += dataset.duplicateSets.empty() ? " shared; near-duplicates were not looked for."
                                                 : ", " + std::to_string(set.sharedDuplicates)
                                                     + " near-duplicates shared.";
    if (set.ungrouped) {
        set.receipt += " Groups were ignored, as published.";
    }
}

} // namespace diascope::dataset
