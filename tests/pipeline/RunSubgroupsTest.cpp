// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/AtomicFile.h"
#include "dataset/TinyDicom.h"
#include "evaluate/RunFacts.h"
#include "pipeline/TinyRuns.h"

#include <QTest>

using namespace diascope;
using tests::TinyFiles;

namespace fs = std::filesystem;

namespace {

/// One slice a patient, dark or bright, with sex and age in the headers.
fs::path writeDicomTable(const TinyFiles& files, int patients)
{
    std::string table = "image,label\n";
    for (int i = 0; i < patients; ++i) {
        const std::string number = std::to_string(10 + i), name = "slice" + number + ".dcm";
        tests::writeSlice(files.root() / "dicom" / name,
                          {.patient = "SECRET" + number, .sex = i % 4 < 2 ? "F" : "M", .age = "0" + number + "Y", .hounsfield = i % 2 * 150});
        table += name + "," + std::to_string(i % 2) + "\n";
    }
    return files.text("dicom/labels.csv", table);
}

} // namespace

/// A run keeps what DICOM headers say for figures by subgroup, so that evaluating it later needs no source file.
class RunSubgroupsTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void keepsThemWithoutTheFiles();
    void plainPicturesHaveNone();

private:
    decode::DecoderPool m_pool{decode::PoolConfig{}};
};

void RunSubgroupsTest::keepsThemWithoutTheFiles()
{
    const TinyFiles files;
    const fs::path run = files.root() / "run";
    pipeline::Plan plan = tests::planFor(writeDicomTable(files, 40), 1);
    plan.split.kind = "stratified-kfold";
    plan.split.folds = 2;
    tests::Watcher watcher;
    const auto result = pipeline::train(plan, run, m_pool, watcher, {}, watcher.stop.get_token(), false);
    QVERIFY2(result.state == train::RunState::Finished, tests::lastProblem(result).c_str());
    fs::remove_all(files.root() / "dicom");
    const std::string table = base::readFile(run / evaluate::kSubgroupsFile);
    QVERIFY2(table.starts_with("sample,sex,age,manufacturer\n"), table.c_str());
    QVERIFY(table.find("SECRET") == std::string::npos && table.find("TEST") == std::string::npos && table.find("2020") == std::string::npos);

    const auto facts = evaluate::readRunFacts(run);
    const auto parts = evaluate::readRunParts(facts, {.resamples = 0}, {});
    QCOMPARE(parts.size(), std::size_t{1});
    const auto& columns = parts[0].predictions.columns;
    QCOMPARE(columns.size(), std::size_t{3});
    QVERIFY(columns[0].name == "sex" && columns[1].name == "age" && columns[2].name == "manufacturer");
    QCOMPARE(std::count(columns[0].values.begin(), columns[0].values.end(), "F"), std::ptrdiff_t{20});
    QCOMPARE(std::count(columns[1].values.begin(), columns[1].values.end(), "0-17"), std::ptrdiff_t{8}); // 10 to 17 of 10 to 49
    const auto evaluation = evaluate::evaluate(parts[0].predictions, parts[0].config);
    QCOMPARE(evaluation.subgroups.size(), std::size_t{3});
    QCOMPARE(evaluation.subgroups[0].values.size(), std::size_t{2});
    QVERIFY(evaluation.subgroups[1].values[0].figures.front().estimate.reason.starts_with("too few: 8"));
}

void RunSubgroupsTest::plainPicturesHaveNone()
{
    const TinyFiles files;
    const fs::path run = files.root() / "run";
    tests::Watcher watcher;
    const auto result = pipeline::train(tests::planFor(tests::writeTable(files, 12), 1), run, m_pool, watcher, {}, watcher.stop.get_token(), false);
    QVERIFY2(result.state == train::RunState::Finished, tests::lastProblem(result).c_str());
    QVERIFY(!fs::exists(run / evaluate::kSubgroupsFile));
}

QTEST_GUILESS_MAIN(RunSubgroupsTest)
#include "RunSubgroupsTest.moc"
