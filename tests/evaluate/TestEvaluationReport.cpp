// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluate/Checklists.h"
#include "evaluate/Report.h"
#include "evaluate/RunFacts.h"
#include "evaluate/Svg.h"
#include "evaluate/PredictionTables.h"
#include "evaluate/Words.h"
#include "base/AtomicFile.h"
#include "base/Json.h"
#include "support/ErrorOf.h"

#include <QTemporaryDir>

#include <algorithm>

using namespace diascope;

namespace {

const std::string& fileOf(const std::vector<evaluate::ReportFile>& files, const std::string& name)
{
    const auto found = std::find_if(files.begin(), files.end(), [&](const auto& file) { return file.name == name; });
    static const std::string none;
    return found == files.end() ? none : found->text;
}

void write(const std::filesystem::path& folder, const std::string& name, const std::string& text)
{
    base::writeFileAtomically(folder / name, text, base::Flush::Later);
}

/// A run folder as a training leaves it, three classes, without pictures.
void writeRun(const std::filesystem::path& folder)
{
    write(folder, "oof.csv", tests::threeClassRun(30, 1));
    write(folder, "splits.csv",
        "sample,group,label,repeat,fold,role\ns0,g0,cyst,0,0,validation\ns1,g1,normal,0,0,train\ns2,g1,normal,0,0,"
        "train\n");
    write(folder, "plan.yaml",
        "version: 1\nrecipe: renalnet\ntraining:\n  keep: best\n  monitor: auc\n  seed: 42\npackage:\n  name: "
        "kidneys\n  intendedUse: Teaching.\n");
    write(folder, "result.json",
        R"({"architecture":"renalnet","split":"30 samples | 0 patients shared","threshold":0.5,"thresholdLocked":false,"data":"synthetic"})");
    write(folder, "environment.json", R"({"build":"Diascope","device":"cpu"})");
}

} // namespace

class TestEvaluationReport : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void thePageIsWhole()
    {
        const auto text = tests::goldenTable(",group,sex",
            [](std::size_t i) { return ",p" + std::to_string(i / 2) + (i % 2 == 0 ? ",F" : ",<b>M</b>"); });
        evaluate::ReportInput input;
        input.title = "a <script>alert(1)</script> model";
        input.parts.push_back(
            {"predictions", evaluate::evaluate(tests::read(text, {"", {"sex"}, {}}), {.resamples = 50})});
        const auto files = evaluate::reportFiles(input);
        const QString page = QString::fromStdString(fileOf(files, "index.html"));
        QVERIFY(page.contains(QStringLiteral(
            "Research and education software. Not a medical device. Not for diagnosis or treatment decisions.")));
        QVERIFY(
            !page.contains(QStringLiteral("<script"), Qt::CaseInsensitive) && !page.contains(QStringLiteral("<b>M")));
        QVERIFY(!page.contains(QStringLiteral("http://")) && !page.contains(QStringLiteral("https://"))
            && !page.contains(QStringLiteral("src=")));
        QCOMPARE(page.count(QStringLiteral("<svg")), 4);
        QCOMPARE(page.count(QStringLiteral("</svg>")), 4);
        QVERIFY(page.contains(QStringLiteral("optimistic")) && page.contains(QStringLiteral("By sex"))
            && page.contains(QStringLiteral("macro avg")));
        for (const char* name : {"metrics.csv", "confusion.csv", "report.csv", "roc.csv", "pr.csv", "calibration.csv",
                 "decision.csv", "thresholds.csv"}) {
            const auto table = base::parseCsv(fileOf(files, name), name);
            QVERIFY2(!table.rows.empty() && table.problems.empty(), name);
            QVERIFY2(page.contains(QString::fromLatin1(name)), name);
        }
        const auto json = base::parseJson(fileOf(files, "evaluation.json"), "evaluation.json");
        QVERIFY(json["parts"][0]["metrics"]["auc"]["value"].is_number());
    }

    void aReportIsNotWrittenOverOtherFiles()
    {
        QTemporaryDir folder;
        const std::filesystem::path path = folder.path().toStdString();
        evaluate::ReportInput input;
        input.title = "model";
        input.parts.push_back({"predictions", evaluate::evaluate(tests::read(tests::goldenTable()), {.resamples = 0})});
        evaluate::writeReport(path / "new", input);
        evaluate::writeReport(path / "new", input); // its own is renewed
        QVERIFY(std::filesystem::exists(path / "new" / "index.html"));
        write(path, "roc.csv", "mine");
        QCOMPARE(tests::codeName(tests::errorOf([&] { evaluate::writeReport(path, input); })), "usage");
        QCOMPARE(base::readFile(path / "roc.csv"), std::string("mine"));
        QCOMPARE(tests::codeName(tests::errorOf([&] { evaluate::writeReport(path / "roc.csv", input); })), "usage");
    }

    void aRunFolderFillsCardAndChecklists()
    {
        QTemporaryDir folder;
        const std::filesystem::path path = folder.path().toStdString();
        writeRun(path);
        const auto facts = evaluate::readRunFacts(path);
        QCOMPARE(facts.parts.at("train").samples, 2);
        QCOMPARE(facts.parts.at("train").groups, 1);
        const auto parts = evaluate::readRunParts(facts, {}, {});
        QCOMPARE(parts.size(), std::size_t{1});
        QVERIFY(parts[0].name == "out-of-fold" && parts[0].warnings.size() == 1 && parts[0].config.storedByDefault);
        evaluate::ReportInput input{.title = "kidneys", .parts = {}, .run = &facts};
        input.parts.push_back({"out-of-fold", evaluate::evaluate(parts[0].predictions, {.resamples = 20})});
        const auto files = evaluate::reportFiles(input);
        const QString card = QString::fromStdString(fileOf(files, "model-card.md"));
        QVERIFY(card.contains(QStringLiteral("renalnet")) && card.contains(QStringLiteral("Teaching."))
            && card.contains(QStringLiteral("_to be filled in:")));
        QVERIFY(card.contains(QString::fromUtf8(evaluate::kSafetyLine.data())));
        const QString tripod = QString::fromStdString(fileOf(files, "tripod-ai.md")),
                      claim = QString::fromStdString(fileOf(files, "claim-2024.md"));
        QVERIFY(tripod.contains(QStringLiteral("30 samples \\| 0 patients shared"))); // a bar does not end the cell
        QVERIFY(tripod.contains(QStringLiteral("| 18a | Open science | Funding and role of funders |  |")));
        QVERIFY(claim.contains(QStringLiteral("| 24 |")) && claim.contains(QStringLiteral("seed 42")));
    }

    /// The run's threshold was chosen on its validation rows: optimistic there, honest on the test part.
    void aTestPartIsJudgedAtTheStoredThreshold()
    {
        QTemporaryDir folder;
        const std::filesystem::path path = folder.path().toStdString();
        const std::string rows = "sample,group,label,repeat,fold,role,p_0,p_1\na,a,0,0,0,x,0.8,0.2\nb,b,1,0,0,x,0.3,0."
                                 "7\nc,c,1,0,0,x,0.4,0.6\nd,d,0,0,0,x,0.9,0.1\n";
        write(path, "oof.csv", rows);
        write(path, "test.csv", rows);
        write(path, "result.json", R"({"threshold":0.65,"thresholdLocked":true})");
        const auto parts = evaluate::readRunParts(evaluate::readRunFacts(path), {}, {});
        QCOMPARE(parts.size(), std::size_t{2});
        QVERIFY(parts[1].name == "test" && parts[1].warnings.empty());
        const auto own = evaluate::evaluate(parts[0].predictions, parts[0].config),
                   test = evaluate::evaluate(parts[1].predictions, parts[1].config);
        QVERIFY(own.threshold.source == evaluate::ThresholdSource::SameRows
            && test.threshold.source == evaluate::ThresholdSource::Stored);
        QVERIFY(test.threshold.value == 0.65 && *test.pooled.find("sensitivity")->value == 0.5);
    }

    void checklistsAreComplete()
    {
        QCOMPARE(evaluate::tripodItems().size(), std::size_t{52});
        QCOMPARE(evaluate::claimItems().size(), std::size_t{44});
        QCOMPARE(evaluate::tripodItems().back().id, std::string_view("27c"));
        const auto text = QString::fromStdString(evaluate::checklistText("CLAIM", evaluate::claimItems(), {}));
        QVERIFY(text.contains(QStringLiteral("0 of 44 items are pre-filled.")));
    }

    void damagedRuns_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QByteArray>("content");
        QTest::addColumn<QByteArray>("code");
        QTest::newRow("result cut short") << "result.json" << QByteArray("{\"threshold\":") << QByteArray("malformed");
        QTest::newRow("threshold is a text")
            << "result.json" << QByteArray("{\"threshold\":\"half\"}") << QByteArray("malformed");
        QTest::newRow("plan is no YAML") << "plan.yaml" << QByteArray("a: [1") << QByteArray("malformed");
        QTest::newRow("splits without roles")
            << "splits.csv" << QByteArray("sample,group\na,b\n") << QByteArray("malformed");
        QTest::newRow("empty predictions") << "oof.csv" << QByteArray("") << QByteArray("malformed");
    }
    void damagedRuns()
    {
        QFETCH(QString, file);
        QFETCH(QByteArray, content);
        QFETCH(QByteArray, code);
        QTemporaryDir folder;
        const std::filesystem::path path = folder.path().toStdString();
        writeRun(path);
        write(path, file.toStdString(), content.toStdString());
        const auto error = tests::errorOf([&] { (void)evaluate::readRunParts(evaluate::readRunFacts(path), {}, {}); });
        QCOMPARE(tests::codeName(error), code);
        QVERIFY2(QByteArray(error->what()).contains(file.toUtf8()), error->what());
    }

    void noRun()
    {
        QTemporaryDir folder;
        const std::filesystem::path path = folder.path().toStdString();
        QCOMPARE(tests::codeName(tests::errorOf([&] { (void)evaluate::readRunFacts(path); })), "not-found");
        QCOMPARE(tests::codeName(tests::errorOf([&] { (void)evaluate::readRunFacts(path / "nowhere"); })), "not-found");
    }

    void textsAreEscaped()
    {
        QCOMPARE(evaluate::htmlText("<a href=\"x\">&'"), std::string("&lt;a href=&quot;x&quot;&gt;&amp;&#39;"));
        QCOMPARE(evaluate::markdownCell("a|b<c"), std::string("a\\|b\\<c"));
        QCOMPARE(evaluate::shortNumber(std::nullopt), std::string("-"));
        QCOMPARE(evaluate::shortNumber(-0.0001), std::string("0.000"));
        metrics::Estimate none;
        none.reason = "no cases";
        QCOMPARE(evaluate::inWords(none), std::string("undefined: no cases"));
    }
};

QTEST_APPLESS_MAIN(TestEvaluationReport)
#include "TestEvaluationReport.moc"
