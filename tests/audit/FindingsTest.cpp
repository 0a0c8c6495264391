// SPDX-License-Identifier: GPL-3.0-or-later
#include "audit/Finding.h"
#include "audit/PictureMap.h"
#include "base/Rng.h"

#include <QTest>

#include <algorithm>

using namespace diascope;
using audit::Finding;
using dataset::Dataset;
using dataset::Role;

namespace {

const Finding* findingOf(const std::vector<Finding>& findings, const std::string& code)
{
    const auto found
        = std::find_if(findings.begin(), findings.end(), [&](const Finding& finding) { return finding.code == code; });
    return found == findings.end() ? nullptr : &*found;
}

Dataset dataOf(const std::vector<int>& labels)
{
    Dataset data;
    data.groupedBy = "column patient";
    data.classNames = {"a", "b"};
    for (std::size_t i = 0; i < labels.size(); ++i) {
        data.samples.push_back({"s" + std::to_string(i), {}, 0, labels[i], "g" + std::to_string(i)});
    }
    return data;
}

audit::PictureFacts plainFacts(int seed)
{
    base::Rng rng = base::Rng::stream(static_cast<std::uint64_t>(seed), "facts");
    std::vector<std::byte> pixels(64 * 48);
    for (std::byte& pixel : pixels) {
        pixel = static_cast<std::byte>(60 + rng.below(80));
    }
    return audit::factsOf(image::makeImage(64, 48, 1, image::PixelType::UInt8, std::move(pixels)));
}

} // namespace

/// Each kind of finding on hand-made facts, with the fix that goes with it.
class FindingsTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void pictures_data();
    void pictures();
    void aSetOfColouredPicturesIsNoFinding();
    void setsOfEqualPictures();
    void contradictionsNameTheLabels();
    void leaksAcrossParts();
    void groupsAcrossParts();
    void balanceOfClasses();
    void nothingToSayAboutAGoodSet();
    void mapsSayWhyThereIsNone();
};

void FindingsTest::pictures_data()
{
    QTest::addColumn<QString>("code");
    for (const char* code : {"unreadable", "blank", "burnt-in", "colour", "size", "modality", "outlier"}) {
        QTest::newRow(code) << QString::fromLatin1(code);
    }
}

void FindingsTest::pictures()
{
    QFETCH(QString, code);
    const Dataset data = dataOf({0, 1, 0, 1, 0, 1, 0, 1, 0, 1});
    std::vector<audit::PictureFacts> facts;
    for (int i = 0; i < 10; ++i) {
        facts.push_back(plainFacts(i));
        facts.back().modality = "CT";
    }
    audit::PictureFacts& odd = facts[4];
    if (code == QStringLiteral("unreadable")) {
        odd.problem = {base::ErrorCode::Malformed, "s4", "is cut off"};
    } else if (code == QStringLiteral("blank")) {
        odd.statistics = audit::statisticsOf(std::vector<std::uint8_t>(100, 7));
    } else if (code == QStringLiteral("burnt-in")) {
        odd.burntIn.characters = 9;
        odd.burntIn.textLines = {{1, 1, 90, 12}};
    } else if (code == QStringLiteral("colour")) {
        odd.colour = 0.3;
    } else if (code == QStringLiteral("size")) {
        odd.width *= 4;
        odd.height *= 4;
    } else if (code == QStringLiteral("modality")) {
        odd.modality = "US";
    } else {
        odd.statistics.mean = 250.0;
    }
    const auto findings = audit::pictureFindings(data, facts, {});
    const Finding* found = findingOf(findings, code.toStdString());
    QVERIFY(found != nullptr);
    const auto named = std::find_if(
        found->samples.begin(), found->samples.end(), [](const auto& subject) { return subject.sample == "s4"; });
    QVERIFY(named != found->samples.end() && !named->note.empty());
    QVERIFY(!found->sentence.empty());
    QCOMPARE(found->proposals.front().fixes.size(), found->samples.size());
    QVERIFY(dataset::checkFixes(found->proposals.front().fixes).empty());
    if (code != QStringLiteral("outlier")) {
        QCOMPARE(found->samples.size(), std::size_t{1});
    }
}

void FindingsTest::aSetOfColouredPicturesIsNoFinding()
{
    const Dataset data = dataOf({0, 1, 0, 1});
    std::vector<audit::PictureFacts> facts;
    for (int i = 0; i < 4; ++i) {
        facts.push_back(plainFacts(i));
        facts.back().colour = i < 2 ? 0.5 : 0.0;
    }
    QVERIFY(findingOf(audit::pictureFindings(data, facts, {}), "colour") == nullptr);
    QVERIFY(audit::pictureFindings(dataOf({}), {}, {}).empty());
}

void FindingsTest::setsOfEqualPictures()
{
    dataset::Duplicates duplicates;
    duplicates.sets = {0, -1, 0, 0, -1};
    duplicates.pairs = {{0, 2, dataset::Likeness::Exact, 0.0}, {0, 3, dataset::Likeness::Near, 0.02}};
    const auto findings = audit::duplicateFindings(dataOf({1, 0, 1, 1, 0}), duplicates);
    QCOMPARE(findings.size(), std::size_t{1});
    QCOMPARE(findings[0].code, std::string("near-duplicates")); // the least alike of the set
    QCOMPARE(findings[0].samples.size(), std::size_t{3});
    QCOMPARE(findings[0].proposals.size(), std::size_t{2});
    QCOMPARE(findings[0].proposals[0].fixes.size(), std::size_t{2}); // all but the first
    QCOMPARE(findings[0].proposals[1].fixes[0].kind, std::string("group"));
    QCOMPARE(findings[0].proposals[1].fixes[0].value, std::string("g0"));
}

void FindingsTest::contradictionsNameTheLabels()
{
    dataset::Duplicates duplicates;
    duplicates.sets = {0, 0, 0, 1, 1};
    duplicates.pairs = {{0, 1, dataset::Likeness::Exact, 0.0}, {0, 2, dataset::Likeness::Exact, 0.0},
        {3, 4, dataset::Likeness::Mirrored, 0.05}};
    const auto findings = audit::duplicateFindings(dataOf({1, 0, 1, 0, 1}), duplicates);
    QCOMPARE(findings.size(), std::size_t{2});
    QCOMPARE(findings[0].code, std::string("contradicting-labels"));
    QVERIFY2(findings[0].sentence.find("b (2), a (1)") != std::string::npos, findings[0].sentence.c_str());
    QCOMPARE(findings[0].proposals.size(), std::size_t{2});
    QCOMPARE(
        findings[0].proposals[1].fixes, (std::vector<dataset::Fix>{{"s1", "relabel", "b", "contradicting-labels"}}));
    QCOMPARE(findings[1].proposals.size(), std::size_t{1}); // one against one: no majority
}

void FindingsTest::leaksAcrossParts()
{
    Dataset data = dataOf({0, 0, 1, 1, 0, 0});
    data.givenRoles = {Role::Train, Role::Test, Role::Train, Role::Train, Role::Validation, Role::Test};
    dataset::Duplicates duplicates;
    duplicates.sets = {0, 0, 1, 1, 2, 2};
    duplicates.pairs = {{0, 1, dataset::Likeness::Exact, 0.0}, {2, 3, dataset::Likeness::Exact, 0.0},
        {4, 5, dataset::Likeness::Exact, 0.0}};
    const auto findings = audit::duplicateFindings(data, duplicates);
    const Finding* leak = findingOf(findings, "leak-across-parts");
    QVERIFY(leak != nullptr && leak->severity == audit::Severity::Error);
    std::vector<std::string> names;
    for (const auto& subject : leak->samples) {
        names.push_back(subject.sample);
    }
    QCOMPARE(names, (std::vector<std::string>{"s1", "s4", "s5"})); // not s2 and s3, both of the training part
    QCOMPARE(leak->proposals[1].fixes, (std::vector<dataset::Fix>{{"s0", "exclude", "", "leak-across-parts"}}));
}

void FindingsTest::groupsAcrossParts()
{
    Dataset data = dataOf({0, 1, 0, 1});
    data.givenRoles = {Role::Train, Role::Train, Role::Test, Role::Test};
    data.samples[2].group = data.samples[0].group;
    const auto findings = audit::balanceFindings(data, {});
    const Finding* leak = findingOf(findings, "group-across-parts");
    QVERIFY(leak != nullptr);
    QCOMPARE(leak->samples.size(), std::size_t{1});
    QCOMPARE(leak->samples[0].sample, std::string("s2"));
}

void FindingsTest::balanceOfClasses()
{
    std::vector<int> labels(40, 0);
    labels[3] = 1;
    Dataset data = dataOf(labels);
    data.groupedBy = "file";
    data.report.suggestion = {"^(p[0-9]+)", "a patient's number", 12, 40};
    auto findings = audit::balanceFindings(data, {});
    QVERIFY(findingOf(findings, "class-imbalance") != nullptr);
    QVERIFY(findingOf(findings, "small-class") != nullptr);
    const Finding* groups = findingOf(findings, "no-groups");
    QVERIFY(groups != nullptr);
    QCOMPARE(groups->proposals[0].settings.at(0).second, std::string("^(p[0-9]+)"));
    data.classNames = {"a"};
    for (auto& sample : data.samples) {
        sample.label = 0;
    }
    QVERIFY(findingOf(audit::balanceFindings(data, {}), "one-class") != nullptr);
    data.classNames = {"unlabelled"};
    QVERIFY(findingOf(audit::balanceFindings(data, {}), "one-class") == nullptr);
}

void FindingsTest::nothingToSayAboutAGoodSet()
{
    std::vector<int> labels;
    for (int i = 0; i < 60; ++i) {
        labels.push_back(i % 2);
    }
    const Dataset data = dataOf(labels);
    dataset::Duplicates duplicates;
    duplicates.sets.assign(60, -1);
    QVERIFY(audit::balanceFindings(data, {}).empty());
    QVERIFY(audit::duplicateFindings(data, duplicates).empty());
}

void FindingsTest::mapsSayWhyThereIsNone()
{
    std::vector<audit::PictureFacts> facts;
    for (int i = 0; i < 3; ++i) {
        facts.push_back(plainFacts(i));
    }
    QVERIFY(!audit::drawMap(facts, {}).reason.empty());
    for (int i = 3; i < 30; ++i) {
        facts.push_back(plainFacts(i));
    }
    facts[7].problem = {base::ErrorCode::Malformed, "s7", "is cut off"};
    facts[8].statistics = audit::statisticsOf(std::vector<std::uint8_t>(9, 1)); // no SNR
    audit::MapConfig config;
    config.kind = audit::MapKind::Quality;
    const audit::PictureMap map = audit::drawMap(facts, config);
    QCOMPARE(map.samples.size(), std::size_t{28});
    QCOMPARE(map.clusters.labels.size(), std::size_t{28});
    config.kind = audit::MapKind::Pixels;
    config.most = 10;
    QCOMPARE(audit::drawMap(facts, config).samples.size(), std::size_t{10});
    config.kind = audit::MapKind::Embedding;
    QVERIFY_THROWS_EXCEPTION(base::Error, (void)audit::drawMap(facts, config)); // no matrix
    config.embedding = audit::Matrix(30, 70);
    for (std::size_t i = 0; i < config.embedding.values.size(); ++i) {
        config.embedding.values[i] = static_cast<double>((i * 7919) % 101);
    }
    QCOMPARE(audit::drawMap(facts, config).samples.size(), std::size_t{10});
}

QTEST_GUILESS_MAIN(FindingsTest)
#include "FindingsTest.moc"
