// SPDX-License-Identifier: GPL-3.0-or-later
#include "dataset/FoldPlanner.h"

#include "dataset/ScikitSplit.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

namespace diascope::dataset {

namespace {

using base::Error;
using base::ErrorCode;
using Rows = std::vector<std::size_t>;

/// A share of what is left after another share was taken; 0.16 / 0.8 must be 0.2 in spite of the last bit, or a row
/// more is taken.
double shareOfRest(double fraction, double taken)
{
    return std::round(fraction / (1.0 - taken) * 1e12) / 1e12;
}

class Planner {
public:
    Planner(const Dataset& dataset, const SplitConfig& config, const SplitKind& kind)
        : m_data(dataset), m_config(config), m_kind(kind), m_base(kind.name.substr(0, kind.name.find("-as-published")))
    {
        check();
        numberGroups();
    }

    std::vector<FoldPlan> plans()
    {
        if (m_base == "holdout") {
            return {{0, 0, holdOut(m_data, m_config).roles}};
        }
        if (m_base == "predefined") {
            return predefined();
        }
        std::vector<Role> roles(m_data.samples.size(), Role::Train);
        Rows rest = keepGivenTest(roles);
        double taken = 0.0;
        if (m_config.testFraction > 0.0 && rest.size() == roles.size()) {
            taken = m_config.testFraction;
            rest = take(rest, taken, Role::Test, roles);
        }
        if (m_kind.hasFolds) {
            return folded(rest, roles);
        }
        take(rest, shareOfRest(m_config.validationFraction, taken), Role::Validation, roles);
        return {{0, 0, roles}};
    }

    [[nodiscard]] bool groupsMatter() const { return m_groupsMatter; }
    [[nodiscard]] int groupCount() const { return m_groupCount; }

private:
    void check() const
    {
        const auto refuse = [](const char* key, const std::string& detail) { throw Error(ErrorCode::Plan, key, detail);
            };
        if (m_data.samples.empty()) {
            refuse("split", "there is no sample to split");
        }
        if (m_base != "holdout" && m_config.seed > std::numeric_limits<std::uint32_t>::max()) {
            refuse("training.seed", "this kind of split takes a seed of 0 to 4294967295, as numpy does");
        }
        constexpr int kMost = 1000;
        if (m_kind.hasFolds && (m_config.folds < 2 || m_config.folds > kMost)) {
            refuse("split.folds", "is " + std::to_string(m_config.folds) + "; 2 to 1000 folds are possible");
        }
        if (m_kind.hasFolds && (m_config.repeats < 1 || m_config.repeats > kMost)) {
            refuse("split.repeats", "is " + std::to_string(m_config.repeats) + "; 1 to 1000 repeats are possible");
        }
        const bool needsValidation = !m_kind.hasFolds || m_config.nested;
        const double v = needsValidation ? m_config.validationFraction : 0.0;
        if (!(v >= 0.0) || (needsValidation && !(v > 0.0)) || !(m_config.testFraction >= 0.0)
            || !(v + m_config.testFraction < 1.0)) {
            refuse("split.validationFraction", "the fractions leave no training part or no validation part");
        }
    }

    /// Group numbers in the order of their names, as numpy.unique gives them.
    void numberGroups()
    {
        std::map<std::string, int> numbers;
        for (const Sample& sample : m_data.samples) {
            numbers.emplace(sample.group, 0);
        }
        for (auto& [name, number] : numbers) {
            number = m_groupCount++;
        }
        for (const Sample& sample : m_data.samples) {
            m_groups.push_back(numbers[sample.group]);
            m_labels.push_back(sample.label);
        }
        m_groupsMatter = !m_kind.ungrouped && numbers.size() < m_data.samples.size();
    }

    [[nodiscard]] std::uint32_t seed() const { return static_cast<std::uint32_t>(m_config.seed); }

    [[nodiscard]] std::vector<int> pick(const std::vector<int>& values, const Rows& rows) const
    {
        std::vector<int> picked;
        std::transform(rows.begin(), rows.end(), std::back_inserter(picked),
            [&values](std::size_t row) { return values[row]; });
        return picked;
    }

    /// Group numbers of the rows without gaps, in the same order.
    [[nodiscard]] std::vector<int> denseGroups(const Rows& rows) const
    {
        std::vector<int> groups = pick(m_groups, rows);
        std::vector<int> seen = groups;
        std::sort(seen.begin(), seen.end());
        seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
        for (int& group : groups) {
            group = static_cast<int>(std::lower_bound(seen.begin(), seen.end(), group) - seen.begin());
        }
        return groups;
    }

    Rows keepGivenTest(std::vector<Role>& roles) const
    {
        Rows rest;
        for (std::size_t i = 0; i < roles.size(); ++i) {
            if (!m_data.givenRoles.empty() && m_data.givenRoles[i] == Role::Test) {
                roles[i] = Role::Test;
            } else {
                rest.push_back(i);
            }
        }
        if (rest.empty()) {
            throw Error(ErrorCode::Plan, "split", "there is no training sample to split");
        }
        return rest;
    }

    [[nodiscard]] bool stratifies() const { return m_base.starts_with("stratified") || m_base == "group-kfold"; }

    /// Whole groups for a share of `rows`, classes as even as groups allow: holdOut() on them. Places in `rows`.
    [[nodiscard]] TrainTest evenGroups(const Rows& rows, double fraction) const
    {
        Dataset part;
        part.classNames = m_data.classNames;
        part.groupedBy = m_data.groupedBy;
        std::transform(rows.begin(), rows.end(), std::back_inserter(part.samples),
            [this](std::size_t row) { return m_data.samples[row]; });
        const std::vector<Role> roles = holdOut(part, {fraction, 0.0, m_config.seed}).roles;
        TrainTest places;
        for (std::size_t i = 0; i < roles.size(); ++i) {
            (roles[i] == Role::Validation ? places.test : places.train).push_back(i);
        }
        return places;
    }

    /// Whole groups for a share of the groups: GroupShuffleSplit. Places in `rows`.
    [[nodiscard]] TrainTest drawnGroups(const Rows& rows, double fraction) const
    {
        const std::vector<int> groups = denseGroups(rows);
        const auto count = static_cast<std::size_t>(*std::max_element(groups.begin(), groups.end())) + 1;
        const Rows out = trainTestSplit(count, fraction, seed()).test;
        const std::set<std::size_t> held(out.begin(), out.end());
        TrainTest places;
        for (std::size_t i = 0; i < groups.size(); ++i) {
            (held.contains(static_cast<std::size_t>(groups[i])) ? places.test : places.train).push_back(i);
        }
        return places;
    }

    [[nodiscard]] TrainTest divided(const Rows& rows, double fraction) const
    {
        if (m_groupsMatter) {
            return stratifies() ? evenGroups(rows, fraction) : drawnGroups(rows, fraction);
        }
        return stratifies() ? stratifiedTrainTestSplit(pick(m_labels, rows), fraction, seed())
            : trainTestSplit(rows.size(), fraction, seed());
    }

    /// Gives a share of `rows` the role and returns the others, in the order in which train_test_split hands them on to
    /// a second one.
    Rows take(const Rows& rows, double fraction, Role role, std::vector<Role>& roles) const
    {
        const TrainTest places = divided(rows, fraction);
        for (const std::size_t place : places.test) {
            roles[rows[place]] = role;
        }
        Rows rest;
        std::transform(places.train.begin(), places.train.end(), std::back_inserter(rest),
            [&rows](std::size_t place) { return rows[place]; });
        return rest;
    }

    [[nodiscard]] std::vector<int> foldsOf(const Rows& rows, NumpyRandom& random) const
    {
        const std::vector<int> labels = pick(m_labels, rows);
        if (m_groupsMatter || m_base == "group-kfold") {
            const std::vector<int> groups = denseGroups(rows);
            return m_base == "kfold" ? groupKFold(groups, m_config.folds, random) : stratifiedGroupKFold(labels, groups,
                m_config.folds, random);
        }
        return m_base == "kfold" ? kFold(rows.size(), m_config.folds, random) : stratifiedKFold(labels, m_config.folds,
            random);
    }

    std::vector<FoldPlan> folded(Rows rest, const std::vector<Role>& fixed) const
    {
        std::sort(rest.begin(), rest.end());
        NumpyRandom random(seed());
        std::vector<FoldPlan> result;
        for (int repeat = 0; repeat < m_config.repeats; ++repeat) {
            const std::vector<int> folds = foldsOf(rest, random);
            for (int fold = 0; fold < m_config.folds; ++fold) {
                result.push_back({repeat, fold, fixed});
                leaveOut(rest, folds, result.back());
            }
        }
        return result;
    }

    void leaveOut(const Rows& rows, const std::vector<int>& folds, FoldPlan& plan) const
    {
        Rows training;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            if (folds[i] == plan.fold) {
                plan.roles[rows[i]] = m_config.nested ? Role::Test : Role::Validation;
            } else {
                training.push_back(rows[i]);
            }
        }
        if (m_config.nested) {
            take(training, m_config.validationFraction, Role::Validation, plan.roles);
        }
    }

    std::vector<FoldPlan> predefined() const
    {
        if (m_data.givenFolds.empty() && m_data.givenRoles.empty()) {
            throw Error(ErrorCode::Plan, "split.kind", "the source names neither parts nor folds",
                "Set data.splitColumn, or choose another kind of split.");
        }
        if (m_data.givenFolds.empty()) {
            return {{0, 0, holdOut(m_data, m_config).roles}};
        }
        const std::set<int> numbers(m_data.givenFolds.begin(), m_data.givenFolds.end());
        if (numbers.size() < 2) {
            throw Error(ErrorCode::Plan, "split.kind", "the source's fold column names one fold only");
        }
        std::vector<Role> roles(m_data.samples.size(), Role::Train);
        const Rows rest = keepGivenTest(roles);
        const std::vector<int> folds = pick(m_data.givenFolds, rest);
        std::vector<FoldPlan> result;
        for (const int number : numbers) {
            result.push_back({0, number, roles});
            leaveOut(rest, folds, result.back());
        }
        return result;
    }

    const Dataset& m_data;
    const SplitConfig& m_config;
    const SplitKind& m_kind;
    std::string_view m_base; ///< The kind without "-as-published".
    std::vector<int> m_groups, m_labels;
    int m_groupCount = 0;
    bool m_groupsMatter = false;
};

} // namespace

PlannedFolds planFolds(const Dataset& dataset, const SplitConfig& config, const SplitKind& kind)
{
    Planner planner(dataset, config, kind);
    PlannedFolds planned;
    planned.plans = planner.plans();
    planned.groups = planner.groupCount();
    planned.wholeGroups = planner.groupsMatter();
    return planned;
}

} // namespace diascope::dataset
