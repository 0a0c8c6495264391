// SPDX-License-Identifier: GPL-3.0-or-later
#include "dataset/Split.h"

#include <QTest>

#include <array>
#include <map>

using namespace diascope;
using dataset::Dataset;
using dataset::Role;

namespace {

struct GroupSpec {
    int label = 0;
    int size = 1;
};

Dataset dataOf(const std::vector<GroupSpec>& groups, int classes)
{
    Dataset data;
    data.groupedBy = "test";
    for (int c = 0; c < classes; ++c) {
        data.classNames.push_back(std::to_string(c));
    }
    for (std::size_t g = 0; g < groups.size(); ++g) {
        for (int i = 0; i < groups[g].size; ++i) {
            data.samples.push_back({std::to_string(g) + "-" + std::to_string(i), {}, 0, groups[g].label, std::string("g").append(std::to_string(g))});
        }
    }
    return data;
}

int countOf(const Dataset& data, const dataset::Split& split, Role role, int label)
{
    int count = 0;
    for (std::size_t i = 0; i < data.samples.size(); ++i) {
        count += split.roles[i] == role && data.samples[i].label == label ? 1 : 0;
    }
    return count;
}

} // namespace

class SplitTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void isExactForSingles_data();
    void isExactForSingles();
    void keepsPatientsTogether();
    void isTheSameForASeedAndAnotherForAnother();
    void givesEveryPartEveryClassWhereItCan();
    void usesTheSourcesOwnParts();
    void takesValidationOutOfTheGivenTraining();
    void countsSharedGroups();
    void refusesWhatCannotBeSplit();
};

void SplitTest::isExactForSingles_data()
{
    QTest::addColumn<int>("zeros");
    QTest::addColumn<int>("ones");
    QTest::addColumn<double>("validation");
    QTest::addColumn<double>("test");
    QTest::addColumn<int>("zerosInValidation");
    QTest::addColumn<int>("onesInValidation");
    QTest::newRow("100 at 20 %") << 36 << 64 << 0.2 << 0.0 << 7 << 13;
    QTest::newRow("even") << 50 << 50 << 0.2 << 0.2 << 10 << 10;
    QTest::newRow("rare class") << 95 << 5 << 0.2 << 0.0 << 19 << 1;
}

void SplitTest::isExactForSingles()
{
    QFETCH(int, zeros);
    QFETCH(int, ones);
    QFETCH(double, validation);
    QFETCH(double, test);
    std::vector<GroupSpec> groups(static_cast<std::size_t>(zeros));
    groups.resize(static_cast<std::size_t>(zeros + ones), GroupSpec{1, 1});
    const Dataset data = dataOf(groups, 2);
    const dataset::Split split = dataset::holdOut(data, {validation, test, 42});
    QTEST(countOf(data, split, Role::Validation, 0), "zerosInValidation");
    QTEST(countOf(data, split, Role::Validation, 1), "onesInValidation");
    QCOMPARE(split.groups, zeros + ones);
    QCOMPARE(split.problems.size(), std::size_t{0});
}

void SplitTest::keepsPatientsTogether()
{
    std::vector<GroupSpec> groups;
    for (int g = 0; g < 40; ++g) {
        groups.push_back({g % 2, 1 + g % 7});
    }
    const Dataset data = dataOf(groups, 2);
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        const dataset::Split split = dataset::holdOut(data, {0.2, 0.2, seed});
        QCOMPARE(dataset::countSharedGroups(data.samples, split.roles), 0);
        QCOMPARE(split.sharedGroups, 0);
        QVERIFY(split.receipt.find("0 groups shared") != std::string::npos);
        const auto total = static_cast<double>(data.samples.size());
        const int held = countOf(data, split, Role::Validation, 0) + countOf(data, split, Role::Validation, 1);
        QVERIFY(held > 0.12 * total && held < 0.28 * total);
    }
}

void SplitTest::isTheSameForASeedAndAnotherForAnother()
{
    const Dataset data = dataOf(std::vector<GroupSpec>(60), 1);
    QCOMPARE(dataset::holdOut(data, {0.2, 0.0, 1}).roles, dataset::holdOut(data, {0.2, 0.0, 1}).roles);
    QVERIFY(dataset::holdOut(data, {0.2, 0.0, 1}).roles != dataset::holdOut(data, {0.2, 0.0, 2}).roles);
}

void SplitTest::givesEveryPartEveryClassWhereItCan()
{
    // One big and one small patient of class 1: the small one must reach the validation part.
    const Dataset data = dataOf({{0, 10}, {0, 3}, {0, 3}, {0, 3}, {1, 12}, {1, 2}}, 2);
    const dataset::Split split = dataset::holdOut(data, {0.2, 0.0, 5});
    QVERIFY(countOf(data, split, Role::Validation, 0) > 0);
    QVERIFY(countOf(data, split, Role::Validation, 1) > 0);
    QVERIFY(countOf(data, split, Role::Train, 0) > 0);
    QVERIFY(countOf(data, split, Role::Train, 1) > 0);
    // A class of one patient cannot be in both, and it is said.
    const dataset::Split short1 = dataset::holdOut(dataOf({{0, 1}, {0, 1}, {0, 1}, {1, 5}}, 2), {0.25, 0.0, 5});
    QCOMPARE(short1.problems.size(), std::size_t{1});
}

void SplitTest::usesTheSourcesOwnParts()
{
    Dataset data = dataOf(std::vector<GroupSpec>(4), 1);
    data.givenRoles = {Role::Train, Role::Validation, Role::Test, Role::Train};
    QCOMPARE(dataset::holdOut(data, {}).roles, data.givenRoles);
}

void SplitTest::takesValidationOutOfTheGivenTraining()
{
    Dataset data = dataOf(std::vector<GroupSpec>(20), 1);
    data.givenRoles.assign(20, Role::Train);
    std::fill(data.givenRoles.begin(), data.givenRoles.begin() + 10, Role::Test);
    const dataset::Split split = dataset::holdOut(data, {0.2, 0.5, 3});
    QCOMPARE(std::count(split.roles.begin(), split.roles.begin() + 10, Role::Test), 10);
    QCOMPARE(std::count(split.roles.begin() + 10, split.roles.end(), Role::Validation), 2);
    QCOMPARE(std::count(split.roles.begin() + 10, split.roles.end(), Role::Train), 8);
}

void SplitTest::countsSharedGroups()
{
    Dataset data = dataOf({{0, 2}, {0, 2}, {0, 1}}, 1);
    data.givenRoles = {Role::Train, Role::Validation, Role::Train, Role::Train, Role::Validation};
    const dataset::Split split = dataset::holdOut(data, {});
    QCOMPARE(split.sharedGroups, 1);
    QVERIFY(split.receipt.find("1 groups shared") != std::string::npos);
}

void SplitTest::refusesWhatCannotBeSplit()
{
    QVERIFY_THROWS_EXCEPTION(base::Error, (void)dataset::holdOut(dataOf({{0, 9}}, 1), {0.2, 0.0, 1}));
    QVERIFY_THROWS_EXCEPTION(base::Error, (void)dataset::holdOut(dataOf(std::vector<GroupSpec>(9), 1), {0.5, 0.5, 1}));
    QVERIFY_THROWS_EXCEPTION(base::Error, (void)dataset::holdOut(dataOf(std::vector<GroupSpec>(9), 1), {0.0, 0.1, 1}));
    const Dataset two = dataOf({{0, 90}, {0, 1}}, 1);
    const dataset::Split split = dataset::holdOut(two, {0.2, 0.0, 1});
    QCOMPARE(countOf(two, split, Role::Validation, 0), 1); // every part gets a group
}

QTEST_GUILESS_MAIN(SplitTest)
#include "SplitTest.moc"
