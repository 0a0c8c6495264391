// SPDX-License-Identifier: GPL-3.0-or-later
#include "dataset/Split.h"

#include "base/Rng.h"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>

namespace diascope::dataset {

namespace {

using base::Error;
using base::ErrorCode;

constexpr std::size_t kParts = 3;

struct Group {
    std::string name;
    std::vector<std::size_t> samples;
    std::vector<int> classCounts;
};

/// The groups of the given samples in a seeded order, largest first.
std::vector<Group> collectGroups(const Dataset& dataset, const std::vector<std::size_t>& members, std::uint64_t seed)
{
    std::map<std::string, Group> byName;
    for (const std::size_t index : members) {
        const Sample& sample = dataset.samples[index];
        Group& group = byName[sample.group];
        group.name = sample.group;
        group.classCounts.resize(dataset.classNames.size());
        ++group.classCounts[static_cast<std::size_t>(sample.label)];
        group.samples.push_back(index);
    }
    std::vector<Group> groups;
    for (auto& [name, group] : byName) {
        groups.push_back(std::move(group));
    }
    base::Rng rng = base::Rng::stream(seed, "dataset/holdout");
    rng.shuffle(groups);
    std::stable_sort(groups.begin(), groups.end(), [](const Group& a, const Group& b) { return a.samples.size() > b.samples.size(); });
    return groups;
}

/// Assigns groups to parts so that each part's class counts come near fraction * count.
class Apportioner {
public:
    Apportioner(const std::vector<Group>& groups, std::array<double, kParts> fractions)
        : m_groups(groups), m_fractions(fractions), m_parts(groups.size())
    {
        const std::size_t classes = groups.front().classCounts.size();
        std::vector<double> totals(classes);
        for (const Group& group : groups) {
            for (std::size_t c = 0; c < classes; ++c) {
                totals[c] += group.classCounts[c];
            }
        }
        for (std::size_t part = 0; part < kParts; ++part) {
            m_counts[part].assign(classes, 0.0);
            for (const double total : totals) {
                m_targets[part].push_back(fractions[part] * total);
            }
        }
    }

    std::vector<std::size_t> run()
    {
        for (std::size_t g = 0; g < m_groups.size(); ++g) {
            move(g, cheapestPart(m_groups[g]), false);
        }
        fillEmptyParts();
        giveMissingClasses();
        return m_parts;
    }

private:
    /// What it costs to add the group to the part: the change of sum((count - target)^2 / target). For groups of one sample this
    /// is Webster's method of apportionment, so the parts come out as near to the fractions as whole samples allow.
    std::size_t cheapestPart(const Group& group) const
    {
        std::size_t best = 0;
        double bestCost = 0.0;
        for (std::size_t part = 0; part < kParts; ++part) {
            if (m_fractions[part] <= 0.0) {
                continue;
            }
            double cost = 0.0;
            for (std::size_t c = 0; c < group.classCounts.size(); ++c) {
                const double n = group.classCounts[c];
                if (n > 0) {
                    cost += n * (2.0 * (m_counts[part][c] - m_targets[part][c]) + n) / m_targets[part][c];
                }
            }
            if (part == 0 || cost < bestCost) {
                best = part;
                bestCost = cost;
            }
        }
        return best;
    }

    void move(std::size_t g, std::size_t part, bool wasPlaced)
    {
        for (std::size_t c = 0; c < m_groups[g].classCounts.size(); ++c) {
            m_counts[m_parts[g]][c] -= wasPlaced ? m_groups[g].classCounts[c] : 0;
            m_counts[part][c] += m_groups[g].classCounts[c];
        }
        m_parts[g] = part;
    }

    std::size_t groupsIn(std::size_t part) const
    {
        return static_cast<std::size_t>(std::count(m_parts.begin(), m_parts.end(), part));
    }

    void fillEmptyParts()
    {
        for (std::size_t part = 0; part < kParts; ++part) {
            if (m_fractions[part] <= 0.0 || groupsIn(part) > 0) {
                continue;
            }
            for (std::size_t g = m_groups.size(); g-- > 0;) { // smallest first
                if (groupsIn(m_parts[g]) > 1) {
                    move(g, part, true);
                    break;
                }
            }
        }
    }

    /// A part without a class gets the smallest group that holds it, from a part that keeps another one.
    void giveMissingClasses()
    {
        for (std::size_t part = 0; part < kParts; ++part) {
            for (std::size_t c = 0; m_fractions[part] > 0.0 && c < m_counts[part].size(); ++c) {
                if (m_counts[part][c] > 0) {
                    continue;
                }
                for (std::size_t g = m_groups.size(); g-- > 0;) {
                    const double n = m_groups[g].classCounts[c];
                    if (n > 0 && m_counts[m_parts[g]][c] > n && groupsIn(m_parts[g]) > 1) {
                        move(g, part, true);
                        break;
                    }
                }
            }
        }
    }

    const std::vector<Group>& m_groups;
    std::array<double, kParts> m_fractions;
    std::array<std::vector<double>, kParts> m_targets, m_counts;
    std::vector<std::size_t> m_parts;
};

/// Splits `members` by group into the parts of `fractions` (training, validation, test).
void assign(const Dataset& dataset, const std::vector<std::size_t>& members, const SplitConfig& config, std::vector<Role>& roles)
{
    const std::vector<Group> groups = collectGroups(dataset, members, config.seed);
    const std::array<double, kParts> fractions{1.0 - config.validationFraction - config.testFraction, config.validationFraction, config.testFraction};
    const auto wanted = static_cast<std::size_t>(std::count_if(fractions.begin(), fractions.end(), [](double f) { return f > 0.0; }));
    if (groups.size() < wanted) {
        throw Error(ErrorCode::Plan, "split", "there are " + std::to_string(groups.size()) + " groups (by " + dataset.groupedBy + ") for " +
                    std::to_string(wanted) + " parts, and a group is never divided", "Add patients, or set data.groupColumn or data.groupPattern.");
    }
    const std::vector<std::size_t> parts = Apportioner(groups, fractions).run();
    for (std::size_t g = 0; g < groups.size(); ++g) {
        for (const std::size_t index : groups[g].samples) {
            roles[index] = static_cast<Role>(parts[g]);
        }
    }
}

std::vector<Role> rolesOf(const Dataset& dataset, const SplitConfig& config)
{
    std::vector<std::size_t> members;
    std::vector<Role> roles(dataset.samples.size(), Role::Train);
    SplitConfig wanted = config;
    if (dataset.givenRoles.empty()) {
        members.resize(roles.size());
        std::iota(members.begin(), members.end(), std::size_t{0});
    } else {
        roles = dataset.givenRoles;
        if (std::find(roles.begin(), roles.end(), Role::Validation) != roles.end()) {
            return roles;
        }
        // The source names a test part only: the validation part comes out of its training part.
        wanted.testFraction = 0.0;
        for (std::size_t i = 0; i < roles.size(); ++i) {
            if (roles[i] == Role::Train) {
                members.push_back(i);
            }
        }
    }
    if (members.empty()) {
        throw Error(ErrorCode::Plan, "split", "there is no training sample to split");
    }
    assign(dataset, members, wanted, roles);
    return roles;
}

struct PartCount {
    int samples = 0;
    std::map<std::string, int> groups;
    std::vector<int> classes;
};

void describe(const Dataset& dataset, Split& split)
{
    std::array<PartCount, kParts> parts;
    std::map<std::string, int> allGroups;
    for (std::size_t i = 0; i < dataset.samples.size(); ++i) {
        PartCount& part = parts[static_cast<std::size_t>(split.roles[i])];
        part.classes.resize(dataset.classNames.size());
        ++part.samples;
        ++part.groups[dataset.samples[i].group];
        ++part.classes[static_cast<std::size_t>(dataset.samples[i].label)];
        ++allGroups[dataset.samples[i].group];
    }
    split.groups = static_cast<int>(allGroups.size());
    split.sharedGroups = countSharedGroups(dataset.samples, split.roles);
    split.receipt = std::to_string(dataset.samples.size()) + " samples of " + std::to_string(split.groups) + " groups (by " + dataset.groupedBy + "): ";
    for (std::size_t p = 0; p < kParts; ++p) {
        const PartCount& part = parts[p];
        const std::string partName(name(static_cast<Role>(p)));
        if (part.samples > 0) {
            split.receipt += partName + " " + std::to_string(part.samples) + " of " + std::to_string(part.groups.size()) + ", ";
        }
        for (std::size_t c = 0; part.samples > 0 && c < part.classes.size(); ++c) {
            if (part.classes[c] == 0) {
                split.problems.push_back({ErrorCode::Plan, "split", "the " + partName + " part holds no sample of class '" + dataset.classNames[c] +
                                          "': its groups cannot be divided further"});
            }
        }
    }
    split.sharedDuplicates = countSharedDuplicates(dataset, split.roles);
    split.receipt += std::to_string(split.sharedGroups) + " groups" +
                     (dataset.duplicateSets.empty() ? std::string() : ", " + std::to_string(split.sharedDuplicates) + " near-duplicates") + " shared.";
    for (const Role needed : {Role::Train, Role::Validation}) {
        if (parts[static_cast<std::size_t>(needed)].samples == 0) {
            throw Error(ErrorCode::Plan, "split", "the " + std::string(name(needed)) + " part would be empty");
        }
    }
}

} // namespace

std::string_view name(Role role)
{
    switch (role) {
    case Role::Train: return "train";
    case Role::Validation: return "validation";
    case Role::Test: return "test";
    }
    return "train";
}

/// How many keys of the map stand in more than one part; the values are bit sets of parts.
template <typename Key> int countShared(const std::map<Key, unsigned>& parts)
{
    return static_cast<int>(std::count_if(parts.begin(), parts.end(), [](const auto& entry) { return (entry.second & (entry.second - 1)) != 0; }));
}

int countSharedGroups(const std::vector<Sample>& samples, const std::vector<Role>& roles)
{
    std::map<std::string, unsigned> seen;
    for (std::size_t i = 0; i < samples.size(); ++i) {
        seen[samples[i].group] |= 1u << static_cast<unsigned>(roles[i]);
    }
    return countShared(seen);
}

int countSharedDuplicates(const Dataset& dataset, const std::vector<Role>& roles)
{
    std::map<int, unsigned> seen;
    for (std::size_t i = 0; i < dataset.duplicateSets.size(); ++i) {
        if (dataset.duplicateSets[i] >= 0) {
            seen[dataset.duplicateSets[i]] |= 1u << static_cast<unsigned>(roles[i]);
        }
    }
    return countShared(seen);
}

Split holdOut(const Dataset& dataset, const SplitConfig& config)
{
    if (!(config.validationFraction > 0.0) || !(config.testFraction >= 0.0) || !(config.validationFraction + config.testFraction < 1.0)) {
        throw Error(ErrorCode::Plan, "split.validationFraction", "the fractions leave no training part or no validation part");
    }
    Split split;
    split.roles = rolesOf(dataset, config);
    describe(dataset, split);
    return split;
}

} // namespace diascope::dataset
