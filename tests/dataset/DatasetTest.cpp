// SPDX-License-Identifier: GPL-3.0-or-later
#include "dataset/Dataset.h"
#include "dataset/Listing.h"
#include "dataset/PixelStore.h"
#include "dataset/TinyFiles.h"
#include "decode/DecoderPool.h"
#include "image/Preprocess.h"
#include "support/SharedData.h"

#include <QTest>

#include <algorithm>

using namespace diascope;
using dataset::Role;
using tests::TinyFiles;

namespace {

using Names = std::vector<std::string>;

base::Error errorOf(const std::function<void()>& action)
{
    try {
        action();
    } catch (const base::Error& error) {
        return error;
    }
    return {base::ErrorCode::Internal, "nothing was thrown", ""};
}

bool contains(const std::string& text, const std::string& part)
{
    return text.find(part) != std::string::npos;
}

image::Preprocess smallGraph(int size)
{
    return image::Preprocess::fromJson(base::Json::array({{{"op", "window"}, {"mode", "file"}}, {{"op", "grey"}},
                                                          {{"op", "resize"}, {"width", size}, {"height", size}}}), "test");
}

} // namespace

class DatasetTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void guessesColumns_data();
    void guessesColumns();
    void namesTheNearestColumn();
    void sortsClassesLikeLabelEncoder_data();
    void sortsClassesLikeLabelEncoder();
    void readsTables_data();
    void readsTables();
    void listsEveryBadRow();
    void leavesContradictionsOut();
    void readsClassFolders();
    void readsPartsAboveClasses();
    void groupsByFileNamePattern();
    void refusesFoldersWithoutClasses();
    void buildsTheSameStoreOnAnyThreads();
    void listsUnreadablePicturesAndKeepsTheRest();
    void stopsWhileDecoding();
    void readsRealTable();
    void readsRealDicomWithPatients();

private:
    dataset::Dataset read(const dataset::Source& source) { return dataset::readDataset(source, m_pool); }
    decode::DecoderPool m_pool{decode::PoolConfig{}};
};

void DatasetTest::guessesColumns_data()
{
    QTest::addColumn<Names>("header");
    QTest::addColumn<int>("image");
    QTest::addColumn<int>("label");
    QTest::addColumn<int>("group");
    QTest::addColumn<int>("split");
    QTest::newRow("RenalNet") << Names{"img_IDs", "target"} << 0 << 1 << -1 << -1;
    QTest::newRow("SENet") << Names{"Image_path", "Plane"} << 0 << 1 << -1 << -1;
    QTest::newRow("SENet upstream") << Names{"Image_name", "Patient_num", "Plane", "Brain_plane", "Operator", "US_Machine", "Train"} << 0 << 2 << 1 << 6;
    QTest::newRow("label first") << Names{"label", "image", "patient_id"} << 1 << 0 << 2 << -1;
    QTest::newRow("image before id") << Names{"id", "file", "class", "split"} << 1 << 2 << -1 << 3;
    QTest::newRow("case and blanks") << Names{"FILENAME", "Diagnosis", "Patient ID"} << 0 << 1 << 2 << -1;
}

void DatasetTest::guessesColumns()
{
    QFETCH(Names, header);
    const dataset::Columns columns = dataset::findColumns(header, {}, "t.csv");
    QTEST(columns.image, "image");
    QTEST(columns.label, "label");
    QTEST(columns.group, "group");
    QTEST(columns.split, "split");
}

void DatasetTest::namesTheNearestColumn()
{
    const Names header{"img_IDs", "target"};
    dataset::Source source;
    source.labelColumn = "targt";
    const base::Error error = errorOf([&] { (void)dataset::findColumns(header, source, "t.csv"); });
    QCOMPARE(error.code(), base::ErrorCode::Plan);
    QVERIFY(contains(error.what(), "data.labelColumn"));
    QVERIFY(contains(error.what(), "did you mean 'target'"));
    const base::Error missing = errorOf([] { (void)dataset::findColumns(Names{"img_IDs", "answer"}, {}, "t.csv"); });
    QVERIFY2(contains(missing.what(), "Set data.labelColumn"), missing.what());
}

void DatasetTest::sortsClassesLikeLabelEncoder_data()
{
    QTest::addColumn<Names>("labels");
    QTest::addColumn<Names>("names");
    QTest::newRow("numbers by value") << Names{"10", "2", "1"} << Names{"1", "2", "10"};
    QTest::newRow("1.0 is 1") << Names{"1.0", "0", "1", "0.0"} << Names{"0", "1"};
    QTest::newRow("negative") << Names{"1", "-1"} << Names{"-1", "1"};
    QTest::newRow("texts by code point") << Names{"b", "a", "B", "é"} << Names{"B", "a", "b", "é"};
    QTest::newRow("one text makes all texts") << Names{"10", "2", "x"} << Names{"10", "2", "x"};
    QTest::newRow("Neuroflux") << Names{"PTE", "LO", "EO", "IPTE", "IO"} << Names{"EO", "IO", "IPTE", "LO", "PTE"};
}

void DatasetTest::sortsClassesLikeLabelEncoder()
{
    QFETCH(Names, labels);
    const dataset::Classes classes(labels);
    QTEST(classes.names(), "names");
    QCOMPARE(classes.names()[static_cast<std::size_t>(classes.indexOf(labels[0]))].substr(0, 1), labels[0].substr(0, 1));
}

void DatasetTest::readsTables_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<std::vector<int>>("labels");
    QTest::addColumn<Names>("groups");
    const std::vector<int> labels{0, 1, 1};
    const Names own{"a", "b", "c"};
    QTest::newRow("comma") << QByteArray("img_IDs,target\na,0\nb,1\nc,1\n") << labels << own;
    QTest::newRow("CRLF, no end") << QByteArray("img_IDs,target\r\na,0\r\nb,1\r\nc,1") << labels << own;
    QTest::newRow("byte order mark") << QByteArray("\xEF\xBB\xBFimg_IDs,target\na,0\nb,1\nc,1\n") << labels << own;
    QTest::newRow("semicolon, group") << QByteArray("Image_name;Patient_num;Plane\na;7;x\nb;7;y\nc;8;y\n") << labels << Names{"7", "7", "8"};
    QTest::newRow("tab") << QByteArray("image\tlabel\na\t0\nb\t1\nc\t1\n") << labels << own;
    QTest::newRow("quotes and blanks") << QByteArray("image,label\n\"a\", no\n b ,\"yes\"\nc,yes\n") << labels << own;
    QTest::newRow("floats") << QByteArray("image,label\na,0.0\nb,1.0\nc,1\n") << labels << own;
}

void DatasetTest::readsTables()
{
    QFETCH(QByteArray, text);
    QFETCH(std::vector<int>, labels);
    QFETCH(Names, groups);
    const TinyFiles files;
    for (const char* name : {"images/a.png", "images/b.png", "images/c.png"}) {
        files.picture(name, 100);
    }
    dataset::Source source;
    source.path = files.text("Train.csv", text.toStdString());
    const dataset::Dataset data = read(source);
    QCOMPARE(data.problems.size(), std::size_t{0});
    QCOMPARE(data.samples.size(), labels.size());
    for (std::size_t i = 0; i < labels.size(); ++i) {
        QCOMPARE(data.samples[i].label, labels[i]);
        QCOMPARE(data.samples[i].group, groups[i]);
        QCOMPARE(data.samples[i].id, (Names{"a", "b", "c"}[i]));
    }
    QCOMPARE(data.classCounts(), (std::vector<int>{1, 2}));
}

void DatasetTest::listsEveryBadRow()
{
    const TinyFiles files;
    files.picture("a.jpg", 10);
    files.picture("b.jpg", 10);
    dataset::Source source;
    source.path = files.text("t.csv", "image,label,patient\na,0,p1\nmissing,1,p2\nb,,p3\n,1,p3\nb.jpg,1,\n");
    const dataset::Dataset data = read(source);
    QCOMPARE(data.samples.size(), std::size_t{2});
    QCOMPARE(data.problems.size(), std::size_t{4});
    QVERIFY(contains(data.problems[0].subject, "row 3"));
    QVERIFY(contains(data.problems[0].detail, "missing"));
    QVERIFY(contains(data.problems[1].detail, "no label"));
    QVERIFY(contains(data.problems[2].detail, "no image name"));
    QVERIFY(contains(data.problems[3].detail, "group of its own"));
    QCOMPARE(data.samples[1].group, std::string("b.jpg"));
}

void DatasetTest::leavesContradictionsOut()
{
    const TinyFiles files;
    for (const char* name : {"a.png", "b.png", "c.png"}) {
        files.picture(name, 10);
    }
    dataset::Source source;
    source.path = files.text("t.csv", "image,label\na,0\na.png,0\nb,0\nb,1\nc,1\n");
    const dataset::Dataset data = read(source);
    QCOMPARE(data.samples.size(), std::size_t{2});
    QCOMPARE(data.samples[0].id, std::string("a"));
    QCOMPARE(data.samples[1].id, std::string("c"));
    QCOMPARE(data.problems.size(), std::size_t{3});
}

void DatasetTest::readsClassFolders()
{
    const TinyFiles files;
    files.picture("Tumor/1.png", 10);
    files.picture("Cyst/2.png", 10);
    files.picture("Cyst/deep/3.png", 10);
    files.text("Cyst/notes.txt", "not an image");
    files.text("Cyst/broken.dcm", "not an image either");
    std::filesystem::create_directories(files.root() / "Empty");
    const dataset::Dataset data = read({.path = files.root()});
    QCOMPARE(data.classNames, (Names{"Cyst", "Tumor"}));
    QCOMPARE(data.classCounts(), (std::vector<int>{2, 1}));
    QCOMPARE(data.samples[0].id, std::string("Cyst/2.png"));
    QCOMPARE(data.problems.size(), std::size_t{2});
    QVERIFY(contains(data.problems[0].subject, "Empty"));
    QVERIFY(contains(data.problems[1].subject, "broken.dcm"));
    QCOMPARE(data.groupedBy, std::string("file"));
}

void DatasetTest::readsPartsAboveClasses()
{
    const TinyFiles files;
    files.picture("Training/a/1.png", 10);
    files.picture("Training/b/2.png", 10);
    files.picture("Testing/a/3.png", 10);
    const dataset::Dataset data = read({.path = files.root()});
    QCOMPARE(data.samples.size(), std::size_t{3});
    QCOMPARE(data.givenRoles, (std::vector<Role>{Role::Test, Role::Train, Role::Train}));
}

void DatasetTest::groupsByFileNamePattern()
{
    const TinyFiles files;
    files.picture("a/P12_1.png", 10);
    files.picture("a/P12_2.png", 10);
    files.picture("b/P13_1.png", 10);
    files.picture("b/other.png", 10);
    dataset::Source source{.path = files.root()};
    source.groupPattern = "P([0-9]+)_";
    const dataset::Dataset data = read(source);
    Names groups;
    for (const auto& sample : data.samples) {
        groups.push_back(sample.group);
    }
    QCOMPARE(groups, (Names{"12", "12", "13", "b/other.png"}));
    QCOMPARE(data.problems.size(), std::size_t{1});
    source.groupPattern = "Q([0-9]+)"; // matches nothing: said once, and the usual groups
    const dataset::Dataset without = read(source);
    QCOMPARE(without.problems.size(), std::size_t{1});
    QCOMPARE(without.groupedBy, std::string("file"));
    source.groupPattern = "P([";
    QCOMPARE(errorOf([&] { (void)read(source); }).code(), base::ErrorCode::Plan);
}

void DatasetTest::refusesFoldersWithoutClasses()
{
    const TinyFiles files;
    files.picture("images/1.png", 10);
    files.text("Train.csv", "image,label\n1,0\n");
    files.text("Test.csv", "image\n1\n");
    const base::Error error = errorOf([&] { (void)read({.path = files.root()}); });
    QCOMPARE(error.code(), base::ErrorCode::Plan);
    QVERIFY(contains(error.what(), "Test.csv, Train.csv"));
    QCOMPARE(errorOf([&] { (void)read({.path = files.root() / "nowhere"}); }).code(), base::ErrorCode::NotFound);
}

void DatasetTest::buildsTheSameStoreOnAnyThreads()
{
    const TinyFiles files;
    for (int i = 0; i < 9; ++i) {
        files.picture((i % 2 ? "a/" : "b/") + std::to_string(i) + ".png", 20 * i);
    }
    const dataset::Dataset data = read({.path = files.root()});
    const dataset::PixelStore one = dataset::buildPixelStore(data, smallGraph(6), m_pool, 1);
    const dataset::PixelStore four = dataset::buildPixelStore(data, smallGraph(6), m_pool, 4);
    QCOMPARE(one.count(), std::size_t{9});
    QCOMPARE(one.bytesPerImage(), std::size_t{36});
    QCOMPARE(*one.pixels, *four.pixels);
    QCOMPARE(data.samples[0].id, std::string("a/1.png"));
    QCOMPARE(static_cast<int>((*one.pixels)[0]), 20);
    QCOMPARE(static_cast<int>((*one.pixels)[8 * 36 + 35]), 160);
}

void DatasetTest::listsUnreadablePicturesAndKeepsTheRest()
{
    const TinyFiles files;
    files.picture("a/1.png", 10);
    files.text("a/2.png", "\x89PNG\r\n\x1a\n and nothing more");
    files.picture("b/3.png", 30);
    const dataset::Dataset data = read({.path = files.root()});
    QCOMPARE(data.samples.size(), std::size_t{3});
    const dataset::PixelStore store = dataset::buildPixelStore(data, smallGraph(4), m_pool, 2);
    QCOMPARE(store.samples, (std::vector<std::size_t>{0, 2}));
    QCOMPARE(store.pixels->size(), std::size_t{32});
    QCOMPARE(static_cast<int>((*store.pixels)[16]), 30);
    QCOMPARE(store.problems.size(), std::size_t{1});
    QVERIFY(contains(store.problems[0].subject, "2.png"));
}

void DatasetTest::stopsWhileDecoding()
{
    const TinyFiles files;
    files.picture("a/1.png", 10);
    files.picture("b/2.png", 10);
    const dataset::Dataset data = read({.path = files.root()});
    std::stop_source stop;
    stop.request_stop();
    QCOMPARE(errorOf([&] { (void)dataset::buildPixelStore(data, smallGraph(4), m_pool, 1, {}, stop.get_token()); }).code(), base::ErrorCode::Stopped);
}

void DatasetTest::readsRealTable()
{
    const std::filesystem::path folder = tests::sharedData("data/us_lung_pocus");
    if (folder.empty()) {
        QSKIP("the reference data are not here (set DIASCOPE_SHARED)");
    }
    const dataset::Dataset data = read({.path = folder / "Train.csv"});
    QCOMPARE(data.problems.size(), std::size_t{0});
    QCOMPARE(data.classNames, (Names{"0", "1"}));
    QVERIFY(data.samples.size() > 200);
    const dataset::Dataset planes = read({.path = folder / "manifest.csv"});
    QCOMPARE(planes.groupedBy, std::string("column group"));
    QVERIFY(planes.classNames.size() >= 3);
    const base::Error error = errorOf([&] { (void)read({.path = folder}); });
    QVERIFY(contains(error.what(), "Name one of the tables"));
}

void DatasetTest::readsRealDicomWithPatients()
{
    const std::filesystem::path folder = tests::sharedData("data/dicom");
    if (folder.empty()) {
        QSKIP("the reference data are not here (set DIASCOPE_SHARED)");
    }
    const TinyFiles files;
    std::filesystem::path found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder / "pydicom")) {
        if (entry.path().filename() == "CT_small.dcm") {
            found = entry.path();
        }
    }
    if (found.empty()) {
        QSKIP("CT_small.dcm is not among the reference data");
    }
    std::filesystem::create_directories(files.root() / "a");
    std::filesystem::copy_file(found, files.root() / "a" / "1");
    files.picture("b/2.png", 10);
    const dataset::Dataset data = read({.path = files.root()});
    QCOMPARE(data.samples.size(), std::size_t{2});
    QCOMPARE(data.groupedBy, std::string("DICOM PatientID"));
    QVERIFY(data.samples[0].group.starts_with("patient-"));
    QVERIFY(!contains(data.samples[0].group, "1CT1")); // the identifier itself stays out
}

QTEST_GUILESS_MAIN(DatasetTest)
#include "DatasetTest.moc"
