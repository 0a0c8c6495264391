// SPDX-License-Identifier: GPL-3.0-or-later
#include "dataset/Dataset.h"
#include "dataset/TinyFiles.h"
#include "decode/DecoderPool.h"

#include <QTest>

#include <algorithm>

using namespace diascope;
using dataset::Dataset;
using dataset::Fix;
using tests::TinyFiles;

namespace {

Dataset readWith(const std::filesystem::path& source, std::vector<Fix> fixes, decode::DecoderPool& pool)
{
    dataset::Source what{.path = source};
    what.fixes = std::move(fixes);
    return dataset::readDataset(what, pool);
}

const dataset::Sample* sampleOf(const Dataset& data, const std::string& id)
{
    const auto found
        = std::find_if(data.samples.begin(), data.samples.end(), [&](const auto& sample) { return sample.id == id; });
    return found == data.samples.end() ? nullptr : &*found;
}

} // namespace

/// What a user has decided about samples is applied while the source is read.
class FixesTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void excludesRelabelsAndGroups();
    void aClassThatLosesAllIsGone();
    void whatIsNotThereIsAProblem();
    void excludesWhatCannotBeRead();
    void rolesAndFoldsGoAlong();
    void refusesAClassThatIsNone();
    void jsonRoundTrip();
    void badLists_data();
    void badLists();

private:
    std::unique_ptr<TinyFiles> m_files;
    std::filesystem::path m_table;
    decode::DecoderPool m_pool{decode::PoolConfig{}};
};

void FixesTest::init()
{
    m_files = std::make_unique<TinyFiles>();
    std::string table = "image,label,patient,fold\n";
    for (int i = 0; i < 6; ++i) {
        const std::string name = "p" + std::to_string(i) + ".png";
        m_files->picture(name, 20 * i);
        table += name + "," + (i < 4 ? "cyst" : "stone") + ",patient" + std::to_string(i / 2) + ","
            + std::to_string(i % 2) + "\n";
    }
    m_table = m_files->text("table.csv", table);
}

void FixesTest::excludesRelabelsAndGroups()
{
    const Dataset plain = readWith(m_table, {}, m_pool);
    QCOMPARE(plain.samples.size(), std::size_t{6});
    QVERIFY(plain.fixed.empty());
    const Dataset data = readWith(m_table,
        {{"p0.png", "exclude", "", "blank"}, {"p1.png", "relabel", "stone", "seen again"},
            {"p4.png", "group", "patient1", ""}},
        m_pool);
    QCOMPARE(data.samples.size(), std::size_t{5});
    QVERIFY(sampleOf(data, "p0.png") == nullptr);
    QCOMPARE(data.classNames[static_cast<std::size_t>(sampleOf(data, "p1.png")->label)], std::string("stone"));
    QCOMPARE(sampleOf(data, "p4.png")->group, std::string("patient1"));
    QCOMPARE(sampleOf(data, "p5.png")->group, std::string("patient2"));
    QCOMPARE(data.fixed, std::string("1 excluded, 1 relabelled, 1 put into a named group by data.fixes."));
    QVERIFY(std::filesystem::exists(m_files->root() / "p0.png"));
}

void FixesTest::aClassThatLosesAllIsGone()
{
    const Dataset data = readWith(m_table, {{"p4.png", "exclude", "", ""}, {"p5.png", "relabel", "cyst", ""}}, m_pool);
    QCOMPARE(data.classNames, std::vector<std::string>{"cyst"});
    QCOMPARE(data.classCounts(), std::vector<int>{5});
}

void FixesTest::whatIsNotThereIsAProblem()
{
    const Dataset data = readWith(m_table, {{"gone.png", "exclude", "", ""}, {"gone2.png", "group", "x", ""}}, m_pool);
    QCOMPARE(data.samples.size(), std::size_t{6});
    QCOMPARE(data.problems.size(), std::size_t{2});
    QCOMPARE(data.problems[0].subject, std::string("gone.png"));
}

void FixesTest::excludesWhatCannotBeRead()
{
    m_files->text("folder/a/bad.tif", "II*");
    m_files->picture("folder/a/good.png", 50);
    m_files->picture("folder/b/other.png", 90);
    const auto folder = m_files->root() / "folder";
    const Dataset before = readWith(folder, {}, m_pool);
    QCOMPARE(before.problems.size(), std::size_t{1});
    const Dataset after = readWith(folder, {{"a/bad.tif", "exclude", "", "unreadable"}}, m_pool);
    QVERIFY2(after.problems.empty(), after.problems.empty() ? "" : after.problems[0].detail.c_str());
    QCOMPARE(after.samples.size(), std::size_t{2});
}

void FixesTest::rolesAndFoldsGoAlong()
{
    dataset::Source source{.path = m_table, .foldColumn = "fold"};
    source.fixes = {{"p0.png", "exclude", "", ""}};
    const Dataset data = dataset::readDataset(source, m_pool);
    QCOMPARE(data.givenFolds, (std::vector<int>{1, 0, 1, 0, 1}));
}

void FixesTest::refusesAClassThatIsNone()
{
    try {
        (void)readWith(m_table, {{"p1.png", "relabel", "stoen", ""}}, m_pool);
        QFAIL("a class was invented");
    } catch (const base::Error& error) {
        QCOMPARE(error.code(), base::ErrorCode::Plan);
        QVERIFY2(std::string(error.what()).find("did you mean 'stone'") != std::string::npos, error.what());
    }
}

void FixesTest::jsonRoundTrip()
{
    const std::vector<Fix> fixes{{"a", "exclude", "", "why"}, {"b", "relabel", "c", ""}};
    QCOMPARE(dataset::fixesFromJson(dataset::toJson(fixes), "test"), fixes);
    QVERIFY(dataset::fixesFromJson(base::Json(), "test").empty());
    for (const char* bad : {"{}", "[1]", "[{\"sample\":\"a\"}]",
             "[{\"sample\":\"a\",\"fix\":\"exclude\",\"valeu\":\"x\"}]", "[{\"sample\":1,\"fix\":\"exclude\"}]"}) {
        QVERIFY_THROWS_EXCEPTION(base::Error, (void)dataset::fixesFromJson(base::Json::parse(bad), "test"));
    }
}

void FixesTest::badLists_data()
{
    QTest::addColumn<QString>("kind");
    QTest::addColumn<QString>("value");
    QTest::addColumn<QString>("word");
    QTest::newRow("unknown kind") << QStringLiteral("exlude") << QString() << QStringLiteral("did you mean 'exclude'");
    QTest::newRow("exclude with a value")
        << QStringLiteral("exclude") << QStringLiteral("x") << QStringLiteral("no value");
    QTest::newRow("relabel without one") << QStringLiteral("relabel") << QString() << QStringLiteral("needs a value");
    QTest::newRow("contradiction") << QStringLiteral("relabel") << QStringLiteral("other")
                                   << QStringLiteral("contradicts data.fixes[0]");
}

void FixesTest::badLists()
{
    QFETCH(QString, kind);
    QFETCH(QString, value);
    QFETCH(QString, word);
    const std::vector<Fix> fixes{{"a", "relabel", "cyst", ""}, {"a", kind.toStdString(), value.toStdString(), ""}};
    const auto problems = dataset::checkFixes(fixes);
    QCOMPARE(problems.size(), std::size_t{1});
    QCOMPARE(problems[0].subject, std::string("data.fixes[1]"));
    QVERIFY2(QString::fromStdString(problems[0].detail).contains(word), problems[0].detail.c_str());
    QVERIFY_THROWS_EXCEPTION(base::Error, dataset::FixBook{fixes});
}

QTEST_GUILESS_MAIN(FixesTest)
#include "FixesTest.moc"
