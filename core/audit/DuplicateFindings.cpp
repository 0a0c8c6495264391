// SPDX-License-Identifier: GPL-3.0-or-later
#include "audit/Finding.h"

#include <algorithm>
#include <map>

namespace diascope::audit {

namespace {

using dataset::Likeness;
using dataset::Role;

/// The samples that show one picture.
struct PictureSet {
    std::vector<std::size_t> members;
    Likeness likeness = Likeness::Exact; ///< The least alike of its pairs.
};

std::vector<PictureSet> setsOf(const dataset::Duplicates& duplicates)
{
    std::map<int, PictureSet> sets;
    for (std::size_t i = 0; i < duplicates.sets.size(); ++i) {
        if (duplicates.sets[i] >= 0) {
            sets[duplicates.sets[i]].members.push_back(i);
        }
    }
    for (const dataset::DuplicatePair& pair : duplicates.pairs) {
        Likeness& likeness = sets[duplicates.sets[pair.first]].likeness;
        likeness = std::max(likeness, pair.likeness);
    }
    std::vector<PictureSet> result;
    for (auto& [number, set] : sets) {
        result.push_back(std::move(set));
    }
    return result;
}

const char* codeOf(Likeness likeness)
{
    switch (likeness) {
    case Likeness::Exact:
        return "exact-duplicates";
    case Likeness::Near:
        return "near-duplicates";
    case Likeness::Mirrored:
        return "mirrored-duplicates";
    }
    return "exact-duplicates";
}

const std::string& labelOf(const dataset::Dataset& data, std::size_t sample)
{
    return data.classNames[static_cast<std::size_t>(data.samples[sample].label)];
}

std::vector<Finding::Subject> subjectsOf(const dataset::Dataset& data, const PictureSet& set)
{
    std::vector<Finding::Subject> subjects;
    for (const std::size_t i : set.members) {
        const std::string part
            = data.givenRoles.empty() ? "" : ", part " + std::string(dataset::name(data.givenRoles[i]));
        subjects.push_back({data.samples[i].id, "label " + base::visibleText(labelOf(data, i)) + part});
    }
    return subjects;
}

/// "cyst (3), stone (1)", the most frequent first.
std::vector<std::pair<std::string, int>> labelCounts(const dataset::Dataset& data, const PictureSet& set)
{
    std::map<std::string, int> counts;
    for (const std::size_t i : set.members) {
        ++counts[labelOf(data, i)];
    }
    std::vector<std::pair<std::string, int>> sorted(counts.begin(), counts.end());
    std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
    return sorted;
}

Finding contradiction(
    const dataset::Dataset& data, const PictureSet& set, const std::vector<std::pair<std::string, int>>& labels)
{
    std::string list;
    for (const auto& [label, count] : labels) {
        list += (list.empty() ? "" : ", ") + base::visibleText(label) + " (" + std::to_string(count) + ")";
    }
    Finding finding{"contradicting-labels", Severity::Error,
        std::to_string(set.members.size()) + " samples show the same picture under different labels: " + list + ".",
        subjectsOf(data, set)};
    finding.proposals.push_back({"Leave all of them out.", exclusions(finding.samples, "contradicting-labels")});
    if (labels[0].second > labels[1].second) {
        Proposal relabel{"Give all of them the label of most, '" + base::visibleText(labels[0].first) + "'.", {}};
        for (const std::size_t i : set.members) {
            if (labelOf(data, i) != labels[0].first) {
                relabel.fixes.push_back({data.samples[i].id, "relabel", labels[0].first, "contradicting-labels"});
            }
        }
        finding.proposals.push_back(std::move(relabel));
    }
    return finding;
}

Finding repetition(const dataset::Dataset& data, const PictureSet& set)
{
    const char* code = codeOf(set.likeness);
    Finding finding{code, Severity::Note,
        std::to_string(set.members.size()) + " samples show one picture (" + std::string(dataset::name(set.likeness))
            + ").",
        subjectsOf(data, set)};
    Proposal keepFirst{"Keep the first and leave the others out.", {}};
    Proposal group{"Keep all, as one group that no split divides.", {}};
    const std::string& name = data.samples[set.members.front()].group;
    for (const std::size_t i : set.members) {
        if (i != set.members.front()) {
            keepFirst.fixes.push_back({data.samples[i].id, "exclude", {}, code});
        }
        if (data.samples[i].group != name) {
            group.fixes.push_back({data.samples[i].id, "group", name, code});
        }
    }
    if (!group.fixes.empty()) {
        finding.severity = Severity::Warning;
    }
    finding.proposals = {std::move(keepFirst)};
    if (!group.fixes.empty()) {
        finding.proposals.push_back(std::move(group));
    }
    return finding;
}

/// Samples outside of the training part whose picture stands in another part too.
std::vector<Finding> leaks(const dataset::Dataset& data, const std::vector<PictureSet>& sets)
{
    Finding finding{"leak-across-parts", Severity::Error, {}, {}};
    Proposal fromTraining{"Leave the pictures out of the training part.", {}};
    for (const PictureSet& set : sets) {
        for (const std::size_t i : set.members) {
            const Role role = data.givenRoles[i];
            const auto twin = std::find_if(
                set.members.begin(), set.members.end(), [&](std::size_t k) { return data.givenRoles[k] != role; });
            if (twin == set.members.end()) {
                break;
            }
            if (role == Role::Train) {
                fromTraining.fixes.push_back({data.samples[i].id, "exclude", {}, "leak-across-parts"});
            } else {
                finding.samples.push_back({data.samples[i].id,
                    "part " + std::string(dataset::name(role)) + "; in the "
                        + std::string(dataset::name(data.givenRoles[*twin])) + " part as "
                        + base::visibleText(data.samples[*twin].id)});
            }
        }
    }
    if (finding.samples.empty()) {
        return {};
    }
    finding.sentence = std::to_string(finding.samples.size())
        + " samples of the validation and test parts show pictures that stand in another part too: figures on them are "
          "worth nothing.";
    finding.proposals
        = {{"Leave them out of the validation and test parts.", exclusions(finding.samples, finding.code)}};
    if (!fromTraining.fixes.empty()) {
        finding.proposals.push_back(std::move(fromTraining));
    }
    return {std::move(finding)};
}

} // namespace

std::vector<Finding> duplicateFindings(const dataset::Dataset& data, const dataset::Duplicates& duplicates)
{
    const std::vector<PictureSet> sets = setsOf(duplicates);
    std::vector<Finding> findings = data.givenRoles.empty() ? std::vector<Finding>() : leaks(data, sets);
    for (const PictureSet& set : sets) {
        const auto labels = labelCounts(data, set);
        findings.push_back(labels.size() > 1 ? contradiction(data, set, labels) : repetition(data, set));
    }
    return findings;
}

} // namespace diascope::audit
