// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/AtomicFile.h"
#include "base/Csv.h"
#include "dataset/Dataset.h"
#include "dataset/TinyFiles.h"
#include "decode/DecoderPool.h"
#include "pipeline/OutputFolder.h"
#include "pipeline/Plan.h"
#include "pipeline/Preprocess.h"
#include "support/ErrorOf.h"

#include <QImage>
#include <QProcess>
#include <QScopeGuard>
#include <QTest>

#include <algorithm>
#include <map>
#include <set>

#include <unistd.h>

using namespace diascope;
using pipeline::Plan;
using tests::TinyFiles;

namespace {

namespace fs = std::filesystem;

/// Two class folders: `dark` pictures of one, 5 bright ones; left half darker, so that a mirrored copy differs.
fs::path writeClasses(const TinyFiles& files, int dark)
{
    for (int i = 0; i < dark + 5; ++i) {
        const bool bright = i >= dark;
        QImage picture(20, 16, QImage::Format_Grayscale8);
        for (int y = 0; y < 16; ++y) {
            for (int x = 0; x < 20; ++x) {
                picture.scanLine(y)[x] = static_cast<uchar>((bright ? 120 : 30) + (x < 10 ? 0 : 60) + i);
            }
        }
        const fs::path file
            = files.root() / "data" / (bright ? "bright" : "dark") / ("case" + std::to_string(i) + ".png");
        fs::create_directories(file.parent_path());
        picture.save(QString::fromStdString(file.string()));
    }
    return files.root() / "data";
}

Plan planFor(const fs::path& source)
{
    Plan plan;
    plan.data.source = source.string();
    plan.data.duplicates = "ignore";
    plan.preprocess = base::Json::array({{{"op", "grey"}}, {{"op", "resize"}, {"width", 32}, {"height", 32}},
        {{"op", "equalise"}}, {{"op", "normalise"}, {"mean", {0.5}}, {"std", {0.5}}}});
    plan.split.validationFraction = 0.25;
    plan.threads = 1;
    return plan;
}

std::map<std::string, std::string> contentsOf(const fs::path& folder)
{
    std::map<std::string, std::string> contents;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file()) {
            contents[fs::relative(entry.path(), folder).generic_string()] = base::readFile(entry.path());
        }
    }
    return contents;
}

std::size_t columnOf(const base::CsvTable& table, const char* column)
{
    return static_cast<std::size_t>(table.column(column));
}

} // namespace

class PreprocessRunTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void writesEveryPictureAfterTheGraph();
    void balancesTheTrainingPartOnly();
    void isTheSameOnAnyNumberOfThreads();
    void drawsWithThePlansAugmentation();
    void givesATableWhereThereAreNoLabels();
    void aMisspeltLabelColumnIsNoSourceWithoutLabels();
    void listsWhatCannotBeRead();
    void keepsTwoPicturesOfOneNameApart();
    void namesLeadNowhere_data();
    void namesLeadNowhere();
    void refuses_data();
    void refuses();
    void aStopLeavesNothing();
    void aFullDiskLeavesNothing();
    void itsTableIsASource();

private:
    pipeline::PreprocessOutcome run(
        const Plan& plan, const fs::path& out, bool balance = false, std::stop_token stop = {})
    {
        return pipeline::preprocess(plan, {out, balance}, m_pool, {}, std::move(stop));
    }
    decode::DecoderPool m_pool{decode::PoolConfig{}};
};

void PreprocessRunTest::writesEveryPictureAfterTheGraph()
{
    const TinyFiles files;
    const fs::path out = files.root() / "out" / "deeper";
    const auto outcome = run(planFor(writeClasses(files, 8)), out);
    QCOMPARE(outcome.pictures, 13);
    QCOMPARE(outcome.copies, 0);
    QCOMPARE(outcome.problems.size(), std::size_t{0});
    QCOMPARE(outcome.classes.size(), std::size_t{2});
    QCOMPARE(outcome.classes[1].name, std::string("dark"));
    QCOMPARE(outcome.classes[1].pictures, 8);
    const QImage picture(QString::fromStdString((out / "dark" / "case3.png").string()));
    QCOMPARE(picture.size(), QSize(32, 32));
    QCOMPARE(qGray(picture.pixel(0, 0)), 0); // two halves, equalised: the darker level is 0, the brighter 255
    QCOMPARE(qGray(picture.pixel(31, 31)), 255);
    const base::CsvTable table = base::readCsv(out / "labels.csv");
    QCOMPARE(table.header, (std::vector<std::string>{"image", "label", "group", "sample"}));
    QCOMPARE(table.rows.size(), std::size_t{13});
    QVERIFY(!fs::exists(out / "splits.csv"));
}

void PreprocessRunTest::balancesTheTrainingPartOnly()
{
    const TinyFiles files;
    const fs::path out = files.root() / "out";
    const auto outcome = run(planFor(writeClasses(files, 15)), out, true);
    const base::CsvTable splits = base::readCsv(out / "splits.csv"), table = base::readCsv(out / "labels.csv");
    std::map<std::string, std::string> roles;
    std::map<std::string, int> training;
    for (const auto& row : splits.rows) {
        roles[row[columnOf(splits, "sample")]] = row[columnOf(splits, "role")];
        training[row[columnOf(splits, "label")]] += row[columnOf(splits, "role")] == "train" ? 1 : 0;
    }
    QVERIFY(training["dark"] > training["bright"]);
    std::map<std::string, int> balanced;
    int copies = 0;
    for (const auto& row : table.rows) {
        const std::string image = row[columnOf(table, "image")], sample = row[columnOf(table, "sample")];
        QVERIFY2(fs::exists(out / image), image.c_str());
        QCOMPARE(row[columnOf(table, "split")], roles[sample]);
        balanced[row[columnOf(table, "label")]] += row[columnOf(table, "split")] == "train" ? 1 : 0;
        if (image.find("_aug_") != std::string::npos) {
            ++copies;
            QCOMPARE(roles[sample], std::string("train"));
            QVERIFY(
                image.find("bright/" + fs::path(sample).stem().string() + "_aug_" + std::to_string(copies - 1)) == 0);
        }
    }
    QCOMPARE(balanced["bright"], balanced["dark"]);
    QCOMPARE(copies, training["dark"] - training["bright"]);
    QCOMPARE(outcome.copies, copies);
    QCOMPARE(outcome.classes[0].copies, copies);
    QVERIFY(outcome.receipt.find("0 patients") != std::string::npos);
    std::set<std::string> different;
    for (const auto& [name, bytes] : contentsOf(out / "bright")) {
        different.insert(bytes);
    }
    QVERIFY(different.size() > 3); // equalised, the originals are all alike; their turned copies are not
}

void PreprocessRunTest::isTheSameOnAnyNumberOfThreads()
{
    const TinyFiles files;
    Plan plan = planFor(writeClasses(files, 12));
    (void)run(plan, files.root() / "one", true);
    plan.threads = 3;
    plan.data.memoryMiB = 1;
    (void)run(plan, files.root() / "three", true);
    QVERIFY(contentsOf(files.root() / "one") == contentsOf(files.root() / "three"));
}

void PreprocessRunTest::drawsWithThePlansAugmentation()
{
    const TinyFiles files;
    Plan plan = planFor(writeClasses(files, 12));
    plan.training.augmentation = {{"preset", "none"}, {"mirror", 1.0}};
    const fs::path out = files.root() / "out";
    QVERIFY(run(plan, out, true).copies > 0);
    for (const auto& entry : fs::directory_iterator(out / "bright")) {
        const std::string name = entry.path().filename().string();
        if (const std::size_t mark = name.find("_aug_"); mark != std::string::npos) {
            const QImage copy(QString::fromStdString(entry.path().string()));
            const QImage original(QString::fromStdString((out / "bright" / (name.substr(0, mark) + ".png")).string()));
            QVERIFY(copy == original.mirrored(true, false));
        }
    }
}

void PreprocessRunTest::givesATableWhereThereAreNoLabels()
{
    const TinyFiles files;
    files.picture("data/a.png", 10);
    files.picture("data/b.png", 200);
    const fs::path out = files.root() / "out";
    const auto outcome = run(planFor(files.root() / "data"), out);
    QCOMPARE(outcome.pictures, 2);
    QVERIFY(outcome.classes.empty());
    QCOMPARE(outcome.notes.size(), std::size_t{1});
    const base::CsvTable table = base::readCsv(out / "labels.csv");
    QCOMPARE(table.header, (std::vector<std::string>{"image", "group", "sample"}));
    QCOMPARE(table.rows[1][0], std::string("b.png"));
    QVERIFY(fs::exists(out / "b.png"));
}

void PreprocessRunTest::aMisspeltLabelColumnIsNoSourceWithoutLabels()
{
    const TinyFiles files;
    files.picture("a.png", 10);
    Plan plan = planFor(files.text("table.csv", "image,target\na.png,0\n"));
    plan.data.labelColumn = "tarjet";
    const base::Error error = tests::errorOf([&] { (void)run(plan, files.root() / "out"); }).value();
    QCOMPARE(error.code(), base::ErrorCode::Plan);
    QVERIFY(error.detail().find("target") != std::string::npos);
}

void PreprocessRunTest::listsWhatCannotBeRead()
{
    const TinyFiles files;
    const fs::path data = writeClasses(files, 8);
    fs::resize_file(files.picture("data/dark/broken.png", 90, 60), 70);
    const auto plain = run(planFor(data), files.root() / "plain"),
               balanced = run(planFor(data), files.root() / "balanced", true);
    for (const auto* outcome : {&plain, &balanced}) {
        QCOMPARE(outcome->pictures, 13);
        QCOMPARE(outcome->problems.size(), std::size_t{1});
        QVERIFY(outcome->problems.front().subject.find("broken.png") != std::string::npos);
    }
    QVERIFY(!fs::exists(files.root() / "plain" / "dark" / "broken.png"));
}

void PreprocessRunTest::keepsTwoPicturesOfOneNameApart()
{
    const TinyFiles files;
    files.picture("one/x.png", 10);
    files.picture("two/x.png", 90);
    files.picture("two/X.png", 200);
    files.picture("two/y.png", 30);
    const auto table
        = files.text("table.csv", "image,target\none/x.png,k\ntwo/x.png,k\ntwo/X.png,k\ntwo/y.png,other\n");
    Plan plan = planFor(table);
    plan.preprocess[2] = {{"op", "grey"}};
    const fs::path out = files.root() / "out";
    QCOMPARE(run(plan, out).pictures, 4);
    const auto levelOf = [&](const char* name) {
        return qGray(QImage(QString::fromStdString((out / "k" / name).string())).pixel(0, 0));
    };
    QCOMPARE(levelOf("x.png"), 10);
    QCOMPARE(levelOf("x_2.png"), 90);
    QCOMPARE(levelOf("X_3.png"), 200);
}

void PreprocessRunTest::namesLeadNowhere_data()
{
    QTest::addColumn<QString>("wanted");
    QTest::addColumn<QString>("given");
    QTest::newRow("parent") << ".."
                            << "_._.png";
    QTest::newRow("path") << "../../etc/passwd"
                          << "_.._.._etc_passwd.png";
    QTest::newRow("hidden") << ".x"
                            << "_.x.png";
    QTest::newRow("control") << "a\nb\x1b[31m"
                             << "a_b_[31m.png";
    QTest::newRow("other systems") << "a:b*c?"
                                   << "a_b_c_.png";
    QTest::newRow("empty") << ""
                           << "_.png";
    QTest::newRow("accents") << QString::fromUtf8("é") << QString::fromUtf8("é.png");
    QTest::newRow("long") << QString(400, QLatin1Char('x')) << QString(160, QLatin1Char('x')) + QStringLiteral(".png");
}

void PreprocessRunTest::namesLeadNowhere()
{
    QFETCH(QString, wanted);
    QFETCH(QString, given);
    const TinyFiles files;
    pipeline::OutputFolder folder(files.root() / "out");
    QCOMPARE(QString::fromStdString(folder.reserve({}, wanted.toStdString(), ".png")), given);
    QVERIFY(folder.reserve({}, wanted.toStdString(), ".png") != given.toStdString());
}

void PreprocessRunTest::refuses_data()
{
    QTest::addColumn<QString>("what");
    QTest::addColumn<QString>("fragment");
    QTest::newRow("a folder with files") << "full"
                                         << "not an empty folder";
    QTest::newRow("a file") << "file"
                            << "not an empty folder";
    QTest::newRow("inside of the source") << "inside"
                                          << "inside of the source";
    QTest::newRow("folds") << "folds"
                           << "makes 3 trainings";
    QTest::newRow("one class to balance") << "one class"
                                          << "all images are of one class";
    QTest::newRow("nothing readable") << "broken"
                                      << "bad.png";
}

void PreprocessRunTest::refuses()
{
    QFETCH(QString, what);
    QFETCH(QString, fragment);
    const TinyFiles files;
    Plan plan = planFor(writeClasses(files, 8));
    fs::path out = files.root() / "out";
    if (what == "full") {
        files.text("out/thesis.txt", "mine");
    } else if (what == "file") {
        files.text("out", "mine");
    } else if (what == "inside") {
        out = files.root() / "data" / "dark" / "out";
    } else if (what == "folds") {
        plan.split.kind = "stratified-kfold";
        plan.split.folds = 3;
    } else if (what == "one class") {
        plan.data.source
            = files.text("one.csv", "image,target\ndata/dark/case0.png,k\ndata/dark/case1.png,k\n").string();
    } else {
        fs::resize_file(files.picture("bad.png", 90, 60), 70);
        plan.data.source = files.text("bad.csv", "image,target\nbad.png,k\n").string();
    }
    const bool balance = what == "folds" || what == "one class";
    const base::Error error = tests::errorOf([&] { (void)run(plan, out, balance); }).value();
    QVERIFY2(std::string(error.what()).find(fragment.toStdString()) != std::string::npos, error.what());
    if (what == "full") {
        QCOMPARE(base::readFile(out / "thesis.txt"), std::string("mine"));
    } else if (what != "file") {
        QVERIFY(!fs::exists(out));
    }
}

void PreprocessRunTest::aStopLeavesNothing()
{
    const TinyFiles files;
    const Plan plan = planFor(writeClasses(files, 30));
    std::stop_source stop;
    bool writing = false;
    const auto progress = [&](const base::Progress& step) {
        if (step.stage == "Writing images") {
            writing = true;
            stop.request_stop();
        }
    };
    const fs::path out = files.root() / "out" / "deeper";
    try {
        (void)pipeline::preprocess(plan, {out, false}, m_pool, progress, stop.get_token());
        QFAIL("was not stopped"); // the last report comes after the last picture, and stops as well
    } catch (const base::Error& error) {
        QCOMPARE(error.code(), base::ErrorCode::Stopped);
    }
    QVERIFY(writing);
    QVERIFY(!fs::exists(files.root() / "out"));
}

void PreprocessRunTest::aFullDiskLeavesNothing()
{
    if (::geteuid() != 0) {
        QSKIP("mounting a small disk needs root");
    }
    const TinyFiles files;
    Plan plan = planFor(writeClasses(files, 40));
    plan.preprocess = base::Json::array({{{"op", "grey"}}, {{"op", "resize"}, {"width", 32}, {"height", 32}}});
    const fs::path disk = files.root() / "disk";
    fs::create_directories(disk);
    if (QProcess::execute("mount", {"-t", "tmpfs", "-o", "size=64k", "tmpfs", QString::fromStdString(disk.string())})
        != 0) {
        QSKIP("this machine does not let us mount a small disk");
    }
    const auto unmount = qScopeGuard([&] { QProcess::execute("umount", {QString::fromStdString(disk.string())}); });
    const base::Error error = tests::errorOf([&] { (void)run(plan, disk / "out"); }).value();
    QCOMPARE(error.code(), base::ErrorCode::DiskFull);
    QVERIFY(fs::is_empty(disk));
}

void PreprocessRunTest::itsTableIsASource()
{
    const TinyFiles files;
    const fs::path out = files.root() / "out";
    const auto outcome = run(planFor(writeClasses(files, 12)), out, true);
    dataset::Source source;
    source.path = out / "labels.csv";
    const dataset::Dataset again = dataset::readDataset(source, m_pool);
    QCOMPARE(static_cast<int>(again.samples.size()), outcome.pictures + outcome.copies);
    QCOMPARE(again.problems.size(), std::size_t{0});
    QCOMPARE(again.givenRoles.size(), again.samples.size());
    std::map<std::string, std::set<dataset::Role>> roles; // a copy stays with its original
    for (std::size_t i = 0; i < again.samples.size(); ++i) {
        roles[again.samples[i].group].insert(again.givenRoles[i]);
    }
    QVERIFY(std::all_of(roles.begin(), roles.end(), [](const auto& entry) { return entry.second.size() == 1; }));
}

QTEST_GUILESS_MAIN(PreprocessRunTest)
#include "PreprocessRunTest.moc"
