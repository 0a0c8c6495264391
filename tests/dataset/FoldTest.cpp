// SPDX-License-Identifier: GPL-3.0-or-later
#include "dataset/FoldPlan.h"
#include "dataset/ScikitSplit.h"

#include "base/AtomicFile.h"
#include "base/Json.h"

#include <QTest>

#include <algorithm>
#include <cmath>
#include <functional>

using namespace diascope;
using base::Json;
using dataset::Dataset;
using dataset::NumpyRandom;
using dataset::Role;
using dataset::SplitConfig;

namespace {

using Rows = std::vector<std::size_t>;
using Digits = std::vector<std::string>;

/// Reference numbers of scikit-learn (tests/golden/make_splits.py).
const Json& golden()
{
    static const auto root = std::filesystem::path(qgetenv("DIASCOPE_SOURCE").toStdString());
    static const Json json = Json::parse(base::readFile(root / "tests/golden/splits.json"));
    return json;
}

std::vector<int> fromDigits(const std::string& digits)
{
    std::vector<int> values;
    std::transform(digits.begin(), digits.end(), std::back_inserter(values), [](char c) { return c - '0'; });
    return values;
}

std::uint32_t seedOf(const Json& entry) { return entry["seed"].get<std::uint32_t>(); }

/// A data set of these labels; `groups` empty: every sample a group of its own.
Dataset dataOf(const std::vector<int>& labels, const std::vector<int>& groups = {})
{
    Dataset data;
    data.groupedBy = "test";
    const int classes = *std::max_element(labels.begin(), labels.end()) + 1;
    for (int c = 0; c < classes; ++c) {
        data.classNames.push_back(std::to_string(c));
    }
    for (std::size_t i = 0; i < labels.size(); ++i) {
        std::string group = std::to_string(groups.empty() ? static_cast<int>(i) : groups[i]);
        group.insert(0, 6 - group.size(), '0'); // names sort as the numbers do
        data.samples.push_back({"s" + std::to_string(i), {}, 0, labels[i], "g" + group});
    }
    return data;
}

SplitConfig kindOf(const std::string& kind, std::uint64_t seed = 42)
{
    SplitConfig config;
    config.kind = kind;
    config.seed = seed;
    return config;
}

Rows rowsOf(const dataset::FoldPlan& plan, Role role)
{
    Rows rows;
    for (std::size_t i = 0; i < plan.roles.size(); ++i) {
        if (plan.roles[i] == role) {
            rows.push_back(i);
        }
    }
    return rows;
}

/// The fold of each row as one digit, one text a repeat.
Digits foldDigits(const dataset::FoldSet& set, Role role = Role::Validation)
{
    Digits digits;
    for (const dataset::FoldPlan& plan : set.plans) {
        if (plan.fold == 0) {
            digits.emplace_back(plan.roles.size(), '-');
        }
        for (const std::size_t row : rowsOf(plan, role)) {
            digits.back()[row] = static_cast<char>('0' + plan.fold);
        }
    }
    return digits;
}

std::string messageOf(const std::function<void()>& action)
{
    try {
        action();
    } catch (const base::Error& error) {
        return error.code() == base::ErrorCode::Plan ? error.what() : std::string("another code: ") + error.what();
    }
    return {};
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

} // namespace

class FoldTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void drawsAsNumpy();
    void splitsAsScikit_data();
    void splitsAsScikit();
    void foldsAsScikit_data();
    void foldsAsScikit();
    void keepsGroupsAsScikit_data();
    void keepsGroupsAsScikit();
    void repeatsThePublishedFolds();
    void makesThreeParts();
    void readsPercentages_data();
    void readsPercentages();
    void neverDividesAGroup_data();
    void neverDividesAGroup();
    void namesPartsOfOneClass();
    void keepsTheTestPartThatIsGiven();
    void nestsAValidationPart();
    void usesGivenFolds();
    void refusesSharedPredefinedParts();
    void writesSplits();
    void refuses_data();
    void refuses();
};

void FoldTest::drawsAsNumpy()
{
    for (const auto& [seed, words] : golden()["words"].items()) {
        NumpyRandom random(static_cast<std::uint32_t>(std::stoul(seed)));
        for (const Json& word : words) {
            QCOMPARE(random.next32(), word.get<std::uint32_t>());
        }
    }
    std::vector<int> ten{0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    NumpyRandom(42).shuffle(ten);
    QCOMPARE(ten, (std::vector<int>{8, 1, 5, 0, 7, 2, 9, 4, 3, 6}));
    QCOMPARE(NumpyRandom(1).interval(0), 0U);
}

void FoldTest::splitsAsScikit_data()
{
    QTest::addColumn<int>("row");
    for (int i = 0; i < static_cast<int>(golden()["trainTest"].size()); ++i) {
        const Json& entry = golden()["trainTest"][static_cast<std::size_t>(i)];
        QTest::addRow("%d rows%s", entry["n"].get<int>(), entry.contains("labels") ? ", stratified" : "") << i;
    }
}

void FoldTest::splitsAsScikit()
{
    QFETCH(int, row);
    const Json& entry = golden()["trainTest"][static_cast<std::size_t>(row)];
    const auto fraction = entry["fraction"].get<double>();
    const bool stratified = entry.contains("labels");
    const std::vector<int> labels = stratified ? fromDigits(entry["labels"])
        : std::vector<int>(entry["n"].get<std::size_t>());
    const dataset::TrainTest parts = stratified ? dataset::stratifiedTrainTestSplit(labels, fraction, seedOf(entry))
                                                : dataset::trainTestSplit(labels.size(), fraction, seedOf(entry));
    QCOMPARE(parts.train, entry["train"].get<Rows>());
    QCOMPARE(parts.test, entry["test"].get<Rows>());

    SplitConfig config = kindOf(stratified ? "stratified" : "random", seedOf(entry));
    config.validationFraction = fraction;
    Rows expected = entry["test"].get<Rows>();
    std::sort(expected.begin(), expected.end());
    QCOMPARE(rowsOf(dataset::makeFolds(dataOf(labels), config).plans.at(0), Role::Validation), expected);
}

void FoldTest::foldsAsScikit_data()
{
    QTest::addColumn<QString>("section");
    QTest::addColumn<int>("row");
    for (const char* section : {"stratified", "kfold"}) {
        for (int i = 0; i < static_cast<int>(golden()[section].size()); ++i) {
            QTest::addRow("%s %d", section, i) << section << i;
        }
    }
}

void FoldTest::foldsAsScikit()
{
    QFETCH(QString, section);
    QFETCH(int, row);
    const Json& entry = golden()[section.toStdString()][static_cast<std::size_t>(row)];
    const bool stratified = section == "stratified";
    const std::vector<int> labels = stratified ? fromDigits(entry["labels"])
        : std::vector<int>(entry["n"].get<std::size_t>());
    const auto folds = entry["folds"].get<Digits>();
    SplitConfig config = kindOf(stratified ? "stratified-kfold" : "kfold", seedOf(entry));
    config.folds = entry["k"];
    config.repeats = static_cast<int>(folds.size());
    QCOMPARE(foldDigits(dataset::makeFolds(dataOf(labels), config)), folds);
    config.kind += "-as-published";
    // groups ignored
    QCOMPARE(foldDigits(dataset::makeFolds(dataOf(labels, std::vector<int>(labels.size(), 3)), config)), folds);
}

void FoldTest::keepsGroupsAsScikit_data()
{
    QTest::addColumn<int>("row");
    for (int i = 0; i < static_cast<int>(golden()["groups"].size()); ++i) {
        QTest::addRow("case %d", i) << i;
    }
}

void FoldTest::keepsGroupsAsScikit()
{
    QFETCH(int, row);
    const Json& entry = golden()["groups"][static_cast<std::size_t>(row)];
    const std::vector<int> labels = fromDigits(entry["labels"]);
    const Dataset data = dataOf(labels, entry["groups"].get<std::vector<int>>());
    SplitConfig config = kindOf("group-kfold", seedOf(entry));
    config.folds = entry["k"];
    config.repeats = static_cast<int>(entry["stratified"].size());
    const dataset::FoldSet set = dataset::makeFolds(data, config);
    QCOMPARE(foldDigits(set), entry["stratified"].get<Digits>());
    QCOMPARE(set.sharedGroups, 0);
    QVERIFY2(contains(set.receipt, "; 0 patients shared; near-duplicates were not looked for."), set.receipt.c_str());
    config.kind = "stratified-kfold"; // groups of several samples: the same whole groups
    QCOMPARE(foldDigits(dataset::makeFolds(data, config)), entry["stratified"].get<Digits>());
    config.kind = "kfold";
    config.repeats = 1;
    QCOMPARE(foldDigits(dataset::makeFolds(data, config)), entry["plain"].get<Digits>());
    config.kind = "random";
    QCOMPARE(rowsOf(dataset::makeFolds(data, config).plans.at(0), Role::Validation), entry["held20"].get<Rows>());
}

void FoldTest::repeatsThePublishedFolds()
{
    // The RenalNet line: RepeatedStratifiedKFold(5, 3, seed 42) of 23 labels.
    SplitConfig config = kindOf("stratified-kfold");
    config.repeats = 3;
    const dataset::FoldSet set = dataset::makeFolds(dataOf(fromDigits("00011000101100100101001")), config);
    QCOMPARE(set.plans.size(), std::size_t{15});
    QCOMPARE(rowsOf(set.plans[0], Role::Validation), (Rows{2, 3, 9, 10, 12}));
    QCOMPARE(rowsOf(set.plans[4], Role::Validation), (Rows{5, 13, 19, 22}));
    QCOMPARE(rowsOf(set.plans[5], Role::Validation), (Rows{3, 5, 11, 16, 21}));
    QCOMPARE(rowsOf(set.plans[14], Role::Validation), (Rows{3, 4, 5, 16}));
    QCOMPARE(set.plans[14].repeat, 2);
    QCOMPARE(set.plans[14].fold, 4);
}

void FoldTest::makesThreeParts()
{
    for (const Json& entry : golden()["threeWay"]) {
        SplitConfig config = kindOf("random", seedOf(entry));
        dataset::setPercentages(config, "64/16/20");
        const dataset::FoldSet set = dataset::makeFolds(dataOf(std::vector<int>(entry["n"].get<std::size_t>())),
            config);
        QCOMPARE(rowsOf(set.plans[0], Role::Validation), entry["validation"].get<Rows>());
        QCOMPARE(rowsOf(set.plans[0], Role::Test), entry["test"].get<Rows>());
    }
    for (const char* kind : {"holdout", "random", "stratified"}) {
        SplitConfig config = kindOf(kind);
        dataset::setPercentages(config, "70/15/15");
        const dataset::FoldSet set = dataset::makeFolds(dataOf(fromDigits(std::string(100, '0')
            + std::string(100, '1'))), config);
        QCOMPARE(rowsOf(set.plans[0], Role::Train).size(), std::size_t{140});
        QCOMPARE(rowsOf(set.plans[0], Role::Validation).size(), std::size_t{30});
        QCOMPARE(rowsOf(set.plans[0], Role::Test).size(), std::size_t{30});
    }
}

void FoldTest::readsPercentages_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<double>("validation"); // negative: refused
    QTest::addColumn<double>("test");
    QTest::newRow("64/16/20") << "64/16/20" << 0.16 << 0.20;
    QTest::newRow("blanks") << "70 / 15 / 15" << 0.15 << 0.15;
    QTest::newRow("no test") << "80/20/0" << 0.20 << 0.0;
    for (const char* bad : {"64/16", "70/20/20", "a/b/c", "", "-10/60/50", "100/0/0", "50/25/15/10", "nan/50/50"}) {
        QTest::newRow(bad) << bad << -1.0 << 0.0;
    }
}

void FoldTest::readsPercentages()
{
    QFETCH(QString, text);
    QFETCH(double, validation);
    SplitConfig config;
    const std::string message = messageOf([&] { dataset::setPercentages(config, text.toStdString()); });
    QCOMPARE(message.empty(), validation >= 0.0);
    if (validation >= 0.0) {
        QCOMPARE(config.validationFraction, validation);
        QTEST(config.testFraction, "test");
    }
}

void FoldTest::neverDividesAGroup_data()
{
    QTest::addColumn<QString>("kind");
    QTest::addColumn<bool>("ungrouped");
    for (const dataset::SplitKind& kind : dataset::splitKinds()) {
        if (!kind.name.starts_with("predefined")) {
            QTest::newRow(kind.name.data()) << QString::fromUtf8(kind.name.data()) << kind.ungrouped;
        }
    }
}

void FoldTest::neverDividesAGroup()
{
    QFETCH(QString, kind);
    QFETCH(bool, ungrouped);
    std::vector<int> labels, groups;
    for (int i = 0; i < 120; ++i) {
        labels.push_back(i % 3 == 0 ? 1 : 0);
        groups.push_back(i / 4);
    }
    const Dataset data = dataOf(labels, groups);
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        for (const bool nested : {false, true}) {
            SplitConfig config = kindOf(kind.toStdString(), seed);
            config.testFraction = 0.2;
            config.repeats = 2;
            config.nested = nested;
            const dataset::FoldSet set = dataset::makeFolds(data, config);
            int shared = 0;
            for (const dataset::FoldPlan& plan : set.plans) {
                shared = std::max(shared, dataset::countSharedGroups(data.samples, plan.roles));
            }
            QCOMPARE(set.sharedGroups, shared);
            QCOMPARE(shared > 0, ungrouped);
            QVERIFY(contains(set.receipt, "; " + std::to_string(shared) + " patients shared"));
            QCOMPARE(contains(set.receipt, "Groups were ignored"), ungrouped);
        }
    }
}

void FoldTest::namesPartsOfOneClass()
{
    // Two patients of class 1 cannot stand in three folds.
    SplitConfig config = kindOf("group-kfold");
    config.folds = 3;
    const dataset::FoldSet set = dataset::makeFolds(dataOf(fromDigits("000000000011111"),
        {0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 5, 6, 6}), config);
    QCOMPARE(set.problems.size(), std::size_t{1});
    QVERIFY2(contains(set.problems[0].subject, "repeat 0, fold "), set.problems[0].subject.c_str());
    QVERIFY2(contains(set.problems[0].detail, "the validation part holds one class only, '0'"),
        set.problems[0].detail.c_str());
    // Of three classes the rare one is missing from four folds out of five, and from one training part.
    SplitConfig rows = kindOf("kfold-as-published");
    const dataset::FoldSet rare = dataset::makeFolds(dataOf(fromDigits("0101010101010101010102")), rows);
    const auto says = [&rare](const char* text) {
        return std::count_if(rare.problems.begin(), rare.problems.end(),
            [text](const base::Problem& p) { return contains(p.detail, text); });
    };
    QCOMPARE(says("the validation part holds no sample of class '2'"), 4);
    QCOMPARE(says("the train part holds no sample of class '2', which cannot be learnt"), 1);
}

void FoldTest::keepsTheTestPartThatIsGiven()
{
    Dataset data = dataOf(fromDigits("01010101010101010101"));
    data.givenRoles.assign(20, Role::Train);
    std::fill(data.givenRoles.begin(), data.givenRoles.begin() + 6, Role::Test);
    SplitConfig config = kindOf("stratified-kfold");
    config.testFraction = 0.4; // the source's own test part counts
    const dataset::FoldSet set = dataset::makeFolds(data, config);
    QCOMPARE(set.plans.size(), std::size_t{5});
    for (const dataset::FoldPlan& plan : set.plans) {
        QCOMPARE(rowsOf(plan, Role::Test), (Rows{0, 1, 2, 3, 4, 5}));
    }
    QVERIFY(foldDigits(set)[0].substr(6).find('-') == std::string::npos);
}

void FoldTest::nestsAValidationPart()
{
    SplitConfig config = kindOf("stratified-kfold");
    config.nested = true;
    const Dataset data = dataOf(fromDigits(std::string(50, '0') + std::string(50, '1')));
    const dataset::FoldSet set = dataset::makeFolds(data, config);
    config.nested = false;
    QCOMPARE(foldDigits(set, Role::Test), foldDigits(dataset::makeFolds(data, config)));
    for (const dataset::FoldPlan& plan : set.plans) {
        QCOMPARE(rowsOf(plan, Role::Test).size(), std::size_t{20});
        QCOMPARE(rowsOf(plan, Role::Validation).size(), std::size_t{16});
    }
}

void FoldTest::usesGivenFolds()
{
    Dataset data = dataOf(fromDigits("010101"), {0, 0, 1, 1, 2, 2});
    data.givenFolds = {3, 3, 1, 1, 7, 7};
    const dataset::FoldSet set = dataset::makeFolds(data, kindOf("predefined"));
    QCOMPARE(set.plans.size(), std::size_t{3});
    QCOMPARE(set.plans[0].fold, 1);
    QCOMPARE(rowsOf(set.plans[0], Role::Validation), (Rows{2, 3}));
    QCOMPARE(rowsOf(set.plans[2], Role::Validation), (Rows{4, 5}));
}

void FoldTest::refusesSharedPredefinedParts()
{
    Dataset data = dataOf(fromDigits("01010101"), {0, 0, 1, 1, 2, 2, 3, 3});
    data.givenRoles = {Role::Train, Role::Train, Role::Train, Role::Validation, Role::Validation, Role::Test,
        Role::Test, Role::Test};
    const std::string message = messageOf([&] { (void)dataset::makeFolds(data, kindOf("predefined")); });
    QVERIFY2(contains(message, "2 patients shared") && contains(message, "predefined-as-published"), message.c_str());
    const dataset::FoldSet set = dataset::makeFolds(data, kindOf("predefined-as-published"));
    QCOMPARE(set.plans[0].roles, data.givenRoles);
    QCOMPARE(set.sharedGroups, 2);
    data = dataOf(fromDigits("01010101"));
    data.givenRoles = {Role::Train, Role::Train, Role::Train, Role::Train, Role::Validation, Role::Validation,
        Role::Test, Role::Test};
    data.duplicateSets = {0, 1, -1, -1, -1, 1, 0, -1};
    QVERIFY(contains(messageOf([&] { (void)dataset::makeFolds(data, kindOf("predefined")); }),
        "0 patients, 2 near-duplicates shared"));
}

void FoldTest::writesSplits()
{
    Dataset data = dataOf(fromDigits("0101"));
    data.classNames = {"=cyst", "a,b"};
    data.samples[0].id = "a \"b\".png";
    dataset::FoldSet set;
    set.plans = {{0, 0, {Role::Train, Role::Validation, Role::Test, Role::Train}},
        {1, 2, {Role::Test, Role::Train, Role::Train, Role::Validation}}};
    const std::string text = dataset::splitsCsv(data, set);
    QCOMPARE(QString::fromStdString(text.substr(0, text.find("\ns2"))),
             QString("sample,group,label,repeat,fold,role\n\"a \"\"b\"\".png\",g000000,\"'=cyst\",0,0,train\n"
                     "s1,g000001,\"a,b\",0,0,validation"));
    QCOMPARE(std::count(text.begin(), text.end(), '\n'), 9);
    QVERIFY(text.ends_with("s3,g000003,\"a,b\",1,2,validation\n"));
}

void FoldTest::refuses_data()
{
    QTest::addColumn<QString>("kind");
    QTest::addColumn<int>("folds");
    QTest::addColumn<int>("repeats");
    QTest::addColumn<double>("validation");
    QTest::addColumn<quint64>("seed");
    QTest::addColumn<QString>("says");
    const auto row = [](const char* name, const char* kind) -> QTestData& { return QTest::newRow(name) << QString(kind);
        };
    row("unknown kind", "stratified-kfolds") << 5 << 1 << 0.2 << quint64{1} << "did you mean 'stratified-kfold'";
    row("one fold", "kfold") << 1 << 1 << 0.2 << quint64{1} << "split.folds";
    row("negative folds", "kfold") << -5 << 1 << 0.2 << quint64{1} << "split.folds";
    row("more folds than images", "kfold") << 21 << 1 << 0.2 << quint64{1} << "21 folds cannot be made of 20";
    row("more folds than a class has", "stratified-kfold") << 13 << 1 << 0.2 << quint64{1} << "no class has more";
    row("more folds than groups", "group-kfold") << 21 << 1 << 0.2 << quint64{1} << "20 groups";
    row("no repeats", "kfold") << 5 << 0 << 0.2 << quint64{1} << "split.repeats";
    row("too many repeats", "kfold") << 5 << 100000 << 0.2 << quint64{1} << "split.repeats";
    row("no validation part", "random") << 5 << 1 << 0.0 << quint64{1} << "validationFraction";
    row("nothing but validation", "random") << 5 << 1 << 1.0 << quint64{1} << "validationFraction";
    row("not a number", "random") << 5 << 1 << std::nan("") << quint64{1} << "validationFraction";
    row("all of it held out", "random") << 5 << 1 << 0.99 << quint64{1} << "leaves no training part";
    row("seed beyond numpy's", "random") << 5 << 1 << 0.2 << (quint64{1} << 32) << "training.seed";
    row("no parts given", "predefined") << 5 << 1 << 0.2 << quint64{1} << "data.splitColumn";
    row("a class of one image", "stratified") << 5 << 1 << 0.2 << quint64{1} << "two images of each class";
}

void FoldTest::refuses()
{
    QFETCH(QString, kind);
    QFETCH(int, folds);
    QFETCH(int, repeats);
    QFETCH(double, validation);
    QFETCH(quint64, seed);
    QFETCH(QString, says);
    SplitConfig config = kindOf(kind.toStdString(), seed);
    config.folds = folds;
    config.repeats = repeats;
    config.validationFraction = validation;
    const Dataset data = dataOf(fromDigits("00000000000111111112"));
    const std::string message = messageOf([&] { (void)dataset::makeFolds(data, config); });
    QVERIFY2(contains(message, says.toStdString()), message.c_str());
    QVERIFY(!messageOf([&] { (void)dataset::makeFolds({}, config); }).empty());
}

QTEST_GUILESS_MAIN(FoldTest)
#include "FoldTest.moc"
