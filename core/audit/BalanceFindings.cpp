// SPDX-License-Identifier: GPL-3.0-or-later
#include "audit/Finding.h"

#include <algorithm>
#include <map>
#include <set>

namespace diascope::audit {

namespace {

using dataset::Role;

std::vector<std::set<std::string>> groupsOfClasses(const dataset::Dataset& data)
{
    std::vector<std::set<std::string>> groups(data.classNames.size());
    for (const dataset::Sample& sample : data.samples) {
        groups[static_cast<std::size_t>(sample.label)].insert(sample.group);
    }
    return groups;
}

void classBalance(const dataset::Dataset& data, const FindingLimits& limits, std::vector<Finding>& findings)
{
    if (data.classNames == std::vector<std::string>{"unlabelled"}) {
        return; // read without labels on purpose
    }
    const std::vector<int> counts = data.classCounts();
    if (counts.size() < 2) {
        findings.push_back(
            {"one-class", Severity::Error, "All samples are of one class: there is nothing to tell apart."});
        return;
    }
    const auto [least, most] = std::minmax_element(counts.begin(), counts.end());
    const auto nameAt = [&](auto place) {
        return base::visibleText(data.classNames[static_cast<std::size_t>(place - counts.begin())]);
    };
    if (*most >= limits.imbalance * *least) {
        Finding finding{"class-imbalance", Severity::Note,
            "Class '" + nameAt(most) + "' has " + std::to_string(*most) + " samples, class '" + nameAt(least)
                + "' only " + std::to_string(*least) + ": accuracy alone would say little."};
        finding.proposals.push_back(
            {"Draw classes equally often, in the training part only.", {}, {{"training.balance", "true"}}});
        findings.push_back(std::move(finding));
    }
    const auto groups = groupsOfClasses(data);
    for (std::size_t c = 0; c < counts.size(); ++c) {
        const bool few = static_cast<int>(groups[c].size()) < limits.fewGroups;
        if (counts[c] < limits.smallClass || few) {
            findings.push_back({"small-class", Severity::Warning,
                "Class '" + base::visibleText(data.classNames[c]) + "' has " + std::to_string(counts[c])
                    + " samples of " + std::to_string(groups[c].size()) + (groups[c].size() == 1 ? " group" : " groups")
                    + ": too few for five folds that say anything."});
        }
    }
}

void groupLeaks(const dataset::Dataset& data, std::vector<Finding>& findings)
{
    if (data.givenRoles.empty()) {
        return;
    }
    std::map<std::string, std::map<Role, std::vector<std::size_t>>> parts;
    for (std::size_t i = 0; i < data.samples.size(); ++i) {
        parts[data.samples[i].group][data.givenRoles[i]].push_back(i);
    }
    Finding finding{"group-across-parts", Severity::Error, {}};
    Proposal inTraining{"Leave their samples out of the training part.", {}};
    std::size_t groups = 0;
    for (const auto& [group, roles] : parts) {
        if (roles.size() < 2) {
            continue;
        }
        ++groups;
        for (const auto& [role, members] : roles) {
            for (const std::size_t i : members) {
                if (role == Role::Train) {
                    inTraining.fixes.push_back({data.samples[i].id, "exclude", {}, finding.code});
                } else {
                    finding.samples.push_back({data.samples[i].id,
                        "part " + std::string(dataset::name(role)) + "; others of its group stand elsewhere"});
                }
            }
        }
    }
    if (groups == 0) {
        return;
    }
    finding.sentence = std::to_string(groups) + (groups == 1 ? " group (patient) stands" : " groups (patients) stand")
        + " in more than one part: figures on these parts are too good.";
    finding.proposals
        = {{"Leave their samples out of the validation and test parts.", exclusions(finding.samples, finding.code)}};
    if (!inTraining.fixes.empty()) {
        finding.proposals.push_back(std::move(inTraining));
    }
    findings.push_back(std::move(finding));
}

void unknownGroups(const dataset::Dataset& data, std::vector<Finding>& findings)
{
    if (data.groupedBy != "file") {
        return;
    }
    Finding finding{"no-groups", Severity::Warning,
        "Nobody says which pictures are of one patient: each counts as a patient of its own."};
    const dataset::GroupSuggestion& suggestion = data.report.suggestion;
    if (!suggestion.pattern.empty()) {
        finding.sentence += " The file names look like " + suggestion.reason + ".";
        finding.proposals.push_back({"Take " + std::to_string(suggestion.groups) + " groups from the file names.", {},
            {{"data.groupPattern", suggestion.pattern}}});
    }
    findings.push_back(std::move(finding));
}

} // namespace

std::vector<Finding> balanceFindings(const dataset::Dataset& data, const FindingLimits& limits)
{
    std::vector<Finding> findings;
    groupLeaks(data, findings);
    unknownGroups(data, findings);
    classBalance(data, limits, findings);
    return findings;
}

} // namespace diascope::audit
