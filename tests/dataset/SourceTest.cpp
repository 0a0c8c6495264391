// SPDX-License-Identifier: GPL-3.0-or-later
#include "dataset/Dataset.h"
#include "dataset/FoldPlan.h"
#include "dataset/GroupPattern.h"
#include "dataset/ImageFinder.h"
#include "dataset/Listing.h"
#include "dataset/TinyFiles.h"
#include "decode/DecoderPool.h"
#include "support/SharedData.h"

#include <QTest>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

using namespace diascope;
using dataset::Dataset;
using dataset::Role;
using dataset::Source;
using tests::TinyFiles;

namespace {

using Names = std::vector<std::string>;

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string problemsOf(const Dataset& data)
{
    std::string text;
    for (const base::Problem& problem : data.problems) {
        text += problem.subject + ": " + problem.detail + "\n";
    }
    return text;
}

Names idsOf(const Dataset& data)
{
    Names ids;
    for (const auto& sample : data.samples) {
        ids.push_back(sample.id);
    }
    return ids;
}

Names groupsOf(const Dataset& data)
{
    std::set<std::string> groups;
    for (const auto& sample : data.samples) {
        groups.insert(sample.group);
    }
    return {groups.begin(), groups.end()};
}

QByteArray utf16(const QString& text, bool bigEndian, bool mark)
{
    QByteArray bytes;
    for (const QChar c : (mark ? QString(QChar(0xFEFF)) : QString()) + text) {
        const char high = static_cast<char>(c.unicode() >> 8), low = static_cast<char>(c.unicode() & 0xff);
        bytes += bigEndian ? high : low;
        bytes += bigEndian ? low : high;
    }
    return bytes;
}

} // namespace

class SourceTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void readsEveryWriting_data();
    void readsEveryWriting();
    void judgesLabels_data();
    void judgesLabels();
    void refusesTables_data();
    void refusesTables();
    void findsFilesByName_data();
    void findsFilesByName();
    void saysWhyAFileIsNotFound();
    void readsTheFetalPlanesTable();
    void readsFolds();
    void readsPicturesWithoutLabels();
    void takesNamesThatAreNotUtf8();
    void warnsOfClassesThatDifferInCase();
    void suggestsGroups_data();
    void suggestsGroups();
    void reportsItsGuesses();
    void readsRealTables();
    void readsRealFolders();
    void readsThePublishedFolds();
    void suggestsTheVideosOfTheLungSet();
    void labelsDicomByIdentifier_data();
    void labelsDicomByIdentifier();
    void keepsFramesTogether();

private:
    Dataset read(const Source& source) { return dataset::readDataset(source, m_pool); }
    base::Error errorOf(const Source& source)
    {
        try {
            (void)read(source);
        } catch (const base::Error& error) {
            return error;
        }
        return {base::ErrorCode::Internal, "nothing was thrown", ""};
    }
    decode::DecoderPool m_pool{decode::PoolConfig{}};
};

void SourceTest::readsEveryWriting_data()
{
    QTest::addColumn<QByteArray>("text");
    const QString plain = "img_IDs,target\na,0\nb,1\nc,1\n";
    QTest::newRow("plain") << plain.toUtf8();
    QTest::newRow("UTF-8 with mark") << QByteArray("\xEF\xBB\xBF") + plain.toUtf8();
    QTest::newRow("UTF-16LE with mark") << utf16(plain, false, true);
    QTest::newRow("UTF-16BE with mark") << utf16(plain, true, true);
    QTest::newRow("UTF-16LE") << utf16(plain, false, false);
    QTest::newRow("UTF-16BE") << utf16(plain, true, false);
    QTest::newRow("CR only") << QByteArray("img_IDs,target\ra,0\rb,1\rc,1\r");
    QTest::newRow("mixed line ends") << QByteArray("img_IDs,target\r\na,0\nb,1\rc,1");
    QTest::newRow("semicolon, decimal comma") << QByteArray("img_IDs;target;size\na;0,0;1,5\nb;1,0;2,5\nc;1,0;3,5\n");
    QTest::newRow("tab") << QByteArray("img_IDs\ttarget\na\t0\nb\t1\nc\t1\n");
    QTest::newRow("sep line") << QByteArray("sep=;\nimg_IDs;target\na;0\nb;1\nc;1\n");
    QTest::newRow("quoted")
        << QByteArray("\"img_IDs\",\"target\",\"note\"\n\"a\",\"0\",\"x, \"\"y\"\"\nz\"\n\"b\",\"1\",\n\"c\",\"1\",\n");
    QTest::newRow("blank lines and columns") << QByteArray("\n img_IDs , target ,\n\na, 0 ,\n\n b,1,\nc ,1,\n\n");
    QTest::newRow("apostrophe against formulas") << QByteArray("img_IDs,target,note\na,0,'=1+1\nb,1,\nc,1,\n");
    QTest::newRow("1 and 1.0") << QByteArray("img_IDs,target\na,0.0\nb,1\nc,+1.00\n");
}

void SourceTest::readsEveryWriting()
{
    QFETCH(QByteArray, text);
    const TinyFiles files;
    for (const char* name : {"a.jpg", "b.png", "c.jpeg"}) {
        files.picture(name, 100);
    }
    const Dataset data = read({.path = files.text("t.csv", text.toStdString())});
    QVERIFY2(data.problems.empty(), problemsOf(data).c_str());
    QCOMPARE(idsOf(data), (Names{"a", "b", "c"}));
    QCOMPARE(data.classNames, (Names{"0", "1"}));
    QCOMPARE(data.classCounts(), (std::vector<int>{1, 2}));
}

void SourceTest::judgesLabels_data()
{
    QTest::addColumn<QString>("label"); // of one image; the others have 0 and 1
    QTest::addColumn<Names>("classes");
    QTest::addColumn<int>("samples");
    const Names two{"0", "1"};
    for (const char* missing : {"", "  ", "NaN", "nan", "NULL", "null", "NA", "N/A", "None", "<NA>", "inf", "-inf",
        "Infinity", "+INF"}) {
        QTest::addRow("no label: '%s'", missing) << missing << two << 2;
    }
    QTest::newRow("1.0 is 1") << "1.0" << two << 3;
    QTest::newRow("blank and 1") << " 1" << two << 3;
    QTest::newRow("1e0 is 1") << "1e0" << two << 3;
    QTest::newRow("-0 is 0") << "-0" << two << 3;
    QTest::newRow("minus one") << "-1" << Names{"-1", "0", "1"} << 3;
    QTest::newRow("large") << "999999999999" << Names{"0", "1", "999999999999"} << 3;
    QTest::newRow("true") << "true" << Names{"0", "1", "true"} << 3;
    QTest::newRow("a half as one sign") << "½" << Names{"0", "1", "½"} << 3;
    QTest::newRow("hexadecimal is a text") << "0x1" << Names{"0", "0x1", "1"} << 3;
    QTest::newRow("formula") << "=1+1" << Names{"0", "1", "=1+1"} << 3;
}

void SourceTest::judgesLabels()
{
    QFETCH(QString, label);
    QFETCH(int, samples);
    const TinyFiles files;
    for (const char* name : {"a.png", "b.png", "c.png"}) {
        files.picture(name, 100);
    }
    const Dataset data = read({.path = files.text("t.csv", "image,label\na,0\nb,1\nc,\"" + label.toStdString()
        + "\"\n")});
    QTEST(data.classNames, "classes");
    QCOMPARE(static_cast<int>(data.samples.size()), samples);
    QCOMPARE(static_cast<int>(data.problems.size()), 3 - samples); // listed, not dropped silently
    QVERIFY(samples == 3 || contains(data.problems[0].detail, "no label"));
}

void SourceTest::refusesTables_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("says");
    QTest::newRow("empty") << QByteArray() << "empty";
    QTest::newRow("header only") << QByteArray("image,label\n") << "no labelled image";
    QTest::newRow("header twice") << QByteArray("image,label\nimage,label\n") << "no labelled image";
    QTest::newRow("NUL bytes") << QByteArray("image,label\na,\0\n", 15) << "NUL";
    QTest::newRow("open quote") << QByteArray("image,label\n\"a,0\nb,1\n") << "never closed";
    QTest::newRow("one column") << QByteArray("image\na\n") << "looks like the label";
    QTest::newRow("no image column") << QByteArray("label,size\n0,1\n") << "looks like the image";
    QTest::newRow("all missing") << QByteArray("image,label\nx,0\ny,1\n") << "the first problem of 2";
    QTest::newRow("device") << QByteArray("image,label\n/dev/zero,0\n/dev/null,1\n") << "the first problem of 2";
    QTest::newRow("UNC and URL")
        << QByteArray("image,label\n\\\\server\\share\\a.png,0\nhttp://x/a.png,1\nfile:///nowhere/a.png,1\n")
        << "the first problem of 3";
    QTest::newRow("image is a folder") << QByteArray("image,label\n.,0\n..,1\n/,1\n") << "the first problem of 3";
    QByteArray wide("image,label");
    for (int i = 0; i < 10000; ++i) {
        wide += ",c" + QByteArray::number(i);
    }
    QTest::newRow("10,000 columns") << wide + "\nx,0\n" << "no labelled image";
    QTest::newRow("cell of 1 MB") << QByteArray("image,label\n") + QByteArray(1 << 20, 'x') + ",0\n"
        << "no labelled image";
    QTest::newRow("line breaks in a name") << QByteArray("image,label\n\"a\nb\",0\n") << "no labelled image";
}

void SourceTest::refusesTables()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, says);
    const TinyFiles files;
    const base::Error error = errorOf({.path = files.text("t.csv", text.toStdString())});
    QVERIFY2(contains(error.what(), says.toStdString()), error.what());
    QVERIFY(contains(error.what(), "t.csv"));
    QVERIFY(!contains(error.what(), "\n"));
}

void SourceTest::findsFilesByName_data()
{
    QTest::addColumn<QString>("file"); // on the disk, UTF-8
    QTest::addColumn<QString>("name"); // in the table
    QTest::newRow("as written") << "x/a.png" << "x/a.png";
    QTest::newRow("without ending") << "x/a.png" << "x/a";
    QTest::newRow("backslash") << "x/a.png" << "x\\a.png";
    QTest::newRow("case") << "x/Img_01.PNG" << "X/img_01.png";
    QTest::newRow("case, without ending") << "IMG_01.Png" << "img_01";
    QTest::newRow("another ending") << "x/a.tiff.png" << "x/a.tiff";
    QTest::newRow("name alone, file deeper") << "deep/er/a.png" << "a.png";
    QTest::newRow("dot and slash") << "x/a.png" << "./x/../x/a.png";
    QTest::newRow("composed, decomposed on the disk") << QString::fromUtf8("Mu\xCC\x88ller.png")
        << QString::fromUtf8("M\xC3\xBCller.png");
    QTest::newRow("decomposed, composed on the disk") << QString::fromUtf8("M\xC3\xBCller.png")
        << QString::fromUtf8("Mu\xCC\x88ller.png");
    QTest::newRow("images folder") << "images/a.png" << "a";
    QTest::newRow("plus, brackets, blanks") << "Cov-Atlas+(44).gif frame0.jpg" << "Cov-Atlas+(44).gif frame0";
}

void SourceTest::findsFilesByName()
{
    QFETCH(QString, file);
    QFETCH(QString, name);
    const TinyFiles files;
    const auto path = files.picture(file.toStdString(), 50);
    files.picture("other.png", 10);
    const Dataset data = read({.path = files.text("t.csv", "image,label\n\"" + name.toStdString()
        + "\",0\nother,1\n")});
    QVERIFY2(data.problems.empty(), problemsOf(data).c_str());
    QCOMPARE(data.samples.size(), std::size_t{2});
    QVERIFY(std::filesystem::equivalent(data.samples[0].file, path));
}

void SourceTest::saysWhyAFileIsNotFound()
{
    const TinyFiles files;
    for (const char* name : {"x/a.png", "y/A.png", "b.png", "c.png"}) {
        files.picture(name, 50);
    }
    const Dataset data = read({.path = files.text("t.csv", "image,label\nA,0\nnowhere,1\nb,0\nB.PNG,1\nc,1\n")});
    QCOMPARE(data.samples.size(), std::size_t{1});
    QVERIFY2(contains(data.problems[0].detail, "fits several files"), problemsOf(data).c_str());
    QVERIFY(contains(data.problems[0].subject, "row 2"));
    QVERIFY(contains(data.problems[1].detail, "is not in "));
    QVERIFY(contains(data.problems[2].detail, "different labels")); // b and B.PNG are one file
    QCOMPARE(dataset::foldedName("\xC3\x89t\xC3\xA9\\X"), std::string("ete/x"));
    QCOMPARE(dataset::foldedName("e\xCC\x81\xFF"), std::string("e\xFF"));
}

void SourceTest::readsTheFetalPlanesTable()
{
    const TinyFiles files;
    std::string table = "Image_name;Patient_num;Plane;Brain_plane;Operator;US_Machine;Train \r\n";
    const Names planes{"Fetal brain", "Fetal thorax", "Other"};
    for (int i = 0; i < 12; ++i) {
        const std::string name = "Patient0000" + std::to_string(1 + i / 3) + "_Plane" + std::to_string(1 + i % 3)
            + "_1_of_15";
        files.picture("Images/" + name + ".png", 20 * i);
        table += name + ";" + std::to_string(1 + i / 3) + ";" + planes[static_cast<std::size_t>(i % 3)]
            + ";Not A Brain;Op. 1;Voluson E6;" + (i < 6 ? "1" : "0") + "\r\n";
    }
    const Dataset data = read({.path = files.text("FETAL_PLANES_DB_data.csv", table)});
    QVERIFY2(data.problems.empty(), problemsOf(data).c_str());
    QCOMPARE(data.samples.size(), std::size_t{12});
    QCOMPARE(data.classNames, planes);
    QCOMPARE(data.groupedBy, std::string("column Patient_num"));
    QCOMPARE(groupsOf(data), (Names{"1", "2", "3", "4"}));
    QCOMPARE(data.givenRoles[5], Role::Train);
    QCOMPARE(data.givenRoles[6], Role::Test);
    dataset::SplitConfig config;
    config.kind = "predefined";
    config.validationFraction = 0.5;
    const dataset::FoldSet set = dataset::makeFolds(data, config);
    QCOMPARE(std::count(set.plans[0].roles.begin(), set.plans[0].roles.end(), Role::Test), 6);
    QVERIFY2(contains(set.receipt, "; 0 patients shared"), set.receipt.c_str());
}

void SourceTest::readsFolds()
{
    const TinyFiles files;
    for (const char* name : {"a.png", "b.png", "c.png"}) {
        files.picture(name, 50);
    }
    const Dataset data = read({.path = files.text("t.csv", "image,label,fold\na,0,0\nb,1,1.0\nc,1,2\n")});
    QCOMPARE(data.givenFolds, (std::vector<int>{0, 1, 2}));
    // guessed, and something else
    QVERIFY(read({.path = files.text("u.csv", "image,label,fold\na,0,x\nb,1,1\nc,1,2\n")}).givenFolds.empty());
    Source named{.path = files.root() / "u.csv"};
    named.foldColumn = "fold";
    QCOMPARE(errorOf(named).code(), base::ErrorCode::Malformed);
    QVERIFY(contains(errorOf(named).what(), "row 2"));
}

void SourceTest::readsPicturesWithoutLabels()
{
    const TinyFiles files;
    for (const char* name : {"a.png", "deep/b.png", "deep/er/c.png"}) {
        files.picture(name, 50);
    }
    Source folder{.path = files.root()};
    folder.ignoreLabels = true;
    const Dataset all = read(folder);
    QCOMPARE(idsOf(all), (Names{"a.png", "deep/b.png", "deep/er/c.png"}));
    QCOMPARE(all.classNames, (Names{"unlabelled"}));
    const TinyFiles parts;
    for (const char* name : {"Testing/x/a.png", "Training/y/b.png", "Training/z/c.png"}) {
        parts.picture(name, 50);
    }
    Source divided{.path = parts.root()};
    divided.ignoreLabels = true;
    const std::vector<dataset::Role> roles{dataset::Role::Test, dataset::Role::Train, dataset::Role::Train};
    QVERIFY(read(divided).givenRoles == roles); // the parts are no labels
    parts.text("one.csv", "image\n");
    parts.text("two.csv", "image\n");
    QCOMPARE(read(divided).samples.size(), std::size_t{3}); // no table is meant where there are several
    Source table{.path = files.text("Test.csv", "img_IDs\na\ndeep/b\nnowhere\n")};
    table.ignoreLabels = true;
    const Dataset listed = read(table);
    QCOMPARE(idsOf(listed), (Names{"a", "deep/b"}));
    QCOMPARE(listed.problems.size(), std::size_t{1});
}

void SourceTest::takesNamesThatAreNotUtf8()
{
    const TinyFiles files;
    const std::filesystem::path plain = files.picture("a/1.png", 10);
    files.picture("b/2.png", 20);
    std::filesystem::copy_file(plain, files.root() / "a" / "M\xFCller.png"); // Latin-1
    const Dataset data = read({.path = files.root()});
    QCOMPARE(idsOf(data), (Names{"a/1.png", "a/M\xFCller.png", "b/2.png"}));
    dataset::SplitConfig config;
    config.validationFraction = 0.4;
    QVERIFY(contains(dataset::splitsCsv(data, dataset::makeFolds(data, config)), "a/M\xFCller.png,"));
    std::filesystem::remove(files.root() / "a" / "M\xFCller.png"); // QTemporaryDir cannot name it
}

void SourceTest::warnsOfClassesThatDifferInCase()
{
    const TinyFiles files;
    files.picture("Cyst/1.png", 10);
    files.picture("cyst/2.png", 20);
    const Dataset data = read({.path = files.root()});
    QCOMPARE(data.classNames.size(), std::size_t{2});
    QCOMPARE(data.problems.size(), std::size_t{1});
    QVERIFY2(contains(data.problems[0].detail, "nothing but case"), problemsOf(data).c_str());
}

void SourceTest::suggestsGroups_data()
{
    QTest::addColumn<Names>("names");
    QTest::addColumn<int>("groups"); // 0: no suggestion
    QTest::addColumn<QString>("group"); // of the first name
    const auto many = [](const std::function<std::string(int)>& name) {
        Names names;
        for (int i = 0; i < 40; ++i) {
            names.push_back(name(i));
        }
        return names;
    };
    const auto text = [](int i) { return std::to_string(i); };
    QTest::newRow("frames of a video") << many([&](int i) { return "Cov-Atlas+(" + text(i / 4) + ").gif_frame"
        + text(i % 4) + ".jpg"; }) << 10 << "Cov-Atlas+(0).gif";
    QTest::newRow("patients") << many([&](int i) { return "Patient" + text(100 + i / 5) + "_Plane" + text(i % 3) + "_"
        + text(i) + "_of_15.png"; }) << 8 << "Patient100";
    QTest::newRow("number, then number") << many([&](int i) { return "P" + text(i / 4) + "_" + text(i % 4) + ".png"; })
        << 10 << "P0";
    QTest::newRow("slices") << many([&](int i) { return "scan " + text(i / 4) + " slice " + text(i % 4) + ".png"; })
        << 10 << "scan 0";
    QTest::newRow("augmented copies")
        << many([&](int i) { return "img" + text(i / 2) + (i % 2 == 0 ? std::string() : "_aug_" + text(i)) + ".png"; })
        << 20 << "img0";
    QTest::newRow("numbers only") << many([&](int i) { return text(i) + ".png"; }) << 0 << "";
    QTest::newRow("class and number") << many([&](int i) { return std::string(i % 2 == 0 ? "Cyst- (" : "Stone- (")
        + text(i) + ").jpg"; }) << 0 << "";
}

void SourceTest::suggestsGroups()
{
    QFETCH(Names, names);
    QFETCH(int, groups);
    QFETCH(QString, group);
    Dataset data;
    data.classNames = {"0", "1"};
    for (const std::string& name : names) {
        const int label = static_cast<int>(data.samples.size() / 20); // whole groups of one class
        data.samples.push_back({name, name, 0, label, name});
    }
    const dataset::GroupSuggestion suggestion = dataset::suggestGroups(data);
    QCOMPARE(suggestion.groups, groups);
    QCOMPARE(suggestion.pattern.empty(), groups == 0);
    if (groups > 0) {
        QCOMPARE(QString::fromStdString(dataset::GroupPattern(suggestion.pattern).groupOf(names[0]).value_or("")),
            group);
        QCOMPARE(groupsOf(data).size(), std::size_t{40}); // a suggestion only
    }
}

void SourceTest::reportsItsGuesses()
{
    const TinyFiles files;
    files.picture("a.png", 50);
    files.picture("b.png", 50);
    Source source{.path = files.text("t.csv", "Image_path;Plane;Patient\na;x;1\nb;y;2\n")};
    source.labelColumn = "plane";
    const std::string text = read(source).report.text();
    QVERIFY2(contains(text, "Read as table (t.csv, cells separated by ;)."), text.c_str());
    QVERIFY2(contains(text, "Column 'Image_path' is the image (guessed)."), text.c_str());
    QVERIFY2(contains(text, "Column 'Plane' is the label."), text.c_str());
    QVERIFY2(contains(text, "Column 'Patient' is the group (guessed)."), text.c_str());
}

void SourceTest::readsRealTables()
{
    const std::filesystem::path folder = tests::sharedData("data/us_lung_pocus");
    if (folder.empty()) {
        QSKIP("the reference data are not here (set DIASCOPE_SHARED)");
    }
    const Dataset renal = read({.path = folder / "Train.csv"}); // img_IDs,target as RenalNet has it
    QVERIFY2(renal.problems.empty(), problemsOf(renal).c_str());
    QCOMPARE(renal.samples.size(), std::size_t{230});
    QCOMPARE(renal.classNames, (Names{"0", "1"}));
    const Dataset planes = read({.path = folder / "planes.csv"}); // Image_path,Plane as SENet has it
    QVERIFY2(planes.problems.empty(), problemsOf(planes).c_str());
    QCOMPARE(planes.samples.size(), std::size_t{457});
    QCOMPARE(planes.classNames, (Names{"covid", "pneumonia", "regular"}));
    const Dataset manifest = read({.path = folder / "manifest.csv"});
    QCOMPARE(manifest.groupedBy, std::string("column group"));
    QCOMPARE(manifest.samples.size(), std::size_t{457});
    QVERIFY(groupsOf(manifest).size() > 60 && groupsOf(manifest).size() < 100);
}

void SourceTest::readsRealFolders()
{
    const std::filesystem::path root = tests::sharedData("data");
    if (root.empty()) {
        QSKIP("the reference data are not here (set DIASCOPE_SHARED)");
    }
    const Dataset mri = read({.path = root / "mri_brain4"});
    QCOMPARE(mri.classNames, (Names{"glioma", "meningioma", "notumor", "pituitary"}));
    QCOMPARE(mri.classCounts(), (std::vector<int>{140, 140, 140, 140}));
    const Dataset ct = read({.path = root / "ct_kidney4"});
    QCOMPARE(ct.classCounts(), (std::vector<int>{110, 110, 110, 110}));
    QVERIFY(ct.report.suggestion.pattern.empty()); // "Cyst- (1).jpg" names no patient
    const Dataset leaky = read({.path = root / "ct_kidney4_leaky"});
    QCOMPARE(leaky.classNames, (Names{"Cyst", "Normal", "Stone", "Tumor"}));
    QCOMPARE(std::count(leaky.givenRoles.begin(), leaky.givenRoles.end(), Role::Test), 39);
    QCOMPARE(std::count(leaky.givenRoles.begin(), leaky.givenRoles.end(), Role::Train), 88);
    Source formats{.path = root / "formats"};
    formats.ignoreLabels = true;
    QCOMPARE(read(formats).samples.size(), std::size_t{11});
}

void SourceTest::readsThePublishedFolds()
{
    const std::filesystem::path file = tests::sharedData("bench/folds_us_lung_pocus.csv");
    if (file.empty()) {
        QSKIP("the reference data are not here (set DIASCOPE_SHARED)");
    }
    const std::filesystem::path images = tests::sharedData("data/us_lung_pocus");
    const Dataset data = read({.path = file, .imageFolder = images});
    QVERIFY2(data.problems.empty(), problemsOf(data).c_str());
    QCOMPARE(data.samples.size(), std::size_t{304});
    dataset::SplitConfig config;
    config.kind = "predefined";
    const dataset::FoldSet given = dataset::makeFolds(data, config);
    QCOMPARE(given.plans.size(), std::size_t{5});
    QCOMPARE(given.sharedGroups, 0);
    // They were made with StratifiedGroupKFold(5, shuffle, seed 42): ours must be the same.
    config.kind = "group-kfold";
    const dataset::FoldSet made = dataset::makeFolds(data, config);
    for (std::size_t fold = 0; fold < 5; ++fold) {
        QCOMPARE(made.plans[fold].roles, given.plans[fold].roles);
    }
}

void SourceTest::suggestsTheVideosOfTheLungSet()
{
    const std::filesystem::path folder = tests::sharedData("data/us_lung_pocus");
    if (folder.empty()) {
        QSKIP("the reference data are not here (set DIASCOPE_SHARED)");
    }
    Source source{.path = folder / "planes.csv"};
    const dataset::GroupSuggestion suggestion = read(source).report.suggestion;
    QCOMPARE(suggestion.reason, std::string("frames of one video"));
    source.groupPattern = suggestion.pattern;
    const Dataset grouped = read(source);
    // The manifest knows the videos: no group may hold two of them, and most must be whole.
    const Dataset manifest = read({.path = folder / "manifest.csv"});
    std::map<std::string, std::set<std::string>> videosOfGroup, groupsOfVideo;
    for (std::size_t i = 0; i < grouped.samples.size(); ++i) {
        QCOMPARE(grouped.samples[i].id, manifest.samples[i].id);
        videosOfGroup[grouped.samples[i].group].insert(manifest.samples[i].group);
        groupsOfVideo[manifest.samples[i].group].insert(grouped.samples[i].group);
    }
    const auto whole = std::count_if(groupsOfVideo.begin(), groupsOfVideo.end(),
        [](const auto& entry) { return entry.second.size() == 1; });
    qInfo("%d groups suggested, %zu videos known, %td of them whole", suggestion.groups, groupsOfVideo.size(),
        static_cast<std::ptrdiff_t>(whole));
    QVERIFY(std::all_of(videosOfGroup.begin(), videosOfGroup.end(),
        [](const auto& entry) { return entry.second.size() == 1; }));
    QVERIFY(whole >= static_cast<std::ptrdiff_t>(groupsOfVideo.size()) - 2);
}

void SourceTest::labelsDicomByIdentifier_data()
{
    QTest::addColumn<QByteArray>("table");
    QTest::addColumn<Names>("ids");
    const QByteArray ct = "1.3.6.1.4.1.5962.1.1.1.1.1.20040119072730.12322"; // CT_small.dcm of pydicom
    QTest::newRow("file names") << QByteArray("file,label\nCT_small.dcm,ct\nMR_small,mr\n")
        << Names{"CT_small.dcm", "MR_small"};
    QTest::newRow("SOP instance") << "SOPInstanceUID,label\n" + ct + ",ct\nMR_small,mr\n"
        << Names{ct.toStdString(), "MR_small"};
    QTest::newRow("patient") << QByteArray("PatientID,Diagnosis\n1CT1,ct\n4MR1,mr\n") << Names{};
}

void SourceTest::labelsDicomByIdentifier()
{
    QFETCH(QByteArray, table);
    QFETCH(Names, ids);
    const std::filesystem::path folder = tests::sharedData("data/dicom/pydicom");
    if (folder.empty()) {
        QSKIP("the reference data are not here (set DIASCOPE_SHARED)");
    }
    const TinyFiles files;
    std::filesystem::create_directories(files.root() / "scans");
    for (const char* name : {"CT_small.dcm", "MR_small.dcm"}) {
        std::filesystem::copy_file(folder / name, files.root() / "scans" / name);
    }
    files.text("labels.csv", table.toStdString());
    const Dataset data = read({.path = files.root()}); // the folder: its only table gives the labels
    QVERIFY2(data.problems.empty(), problemsOf(data).c_str());
    if (ids.empty()) { // found by PatientID, which must not be kept
        for (const auto& sample : data.samples) {
            QVERIFY(sample.id.starts_with("patient-") && sample.id.ends_with("_small.dcm"));
            QVERIFY(!contains(sample.id + sample.group, "1CT1") && !contains(sample.id + sample.group, "4MR1"));
        }
    } else {
        QCOMPARE(idsOf(data), ids);
    }
    QCOMPARE(groupsOf(data).size(), std::size_t{2});
    QCOMPARE(data.classNames, (Names{"ct", "mr"}));
    QCOMPARE(data.report.table, std::string("labels.csv"));
}

void SourceTest::keepsFramesTogether()
{
    const std::filesystem::path file = tests::sharedData("data/dicom/pydicom_data/emri_small.dcm");
    if (file.empty()) {
        QSKIP("the reference data are not here (set DIASCOPE_SHARED)");
    }
    const TinyFiles files;
    std::filesystem::create_directories(files.root() / "a");
    std::filesystem::copy_file(file, files.root() / "a" / "emri.dcm");
    files.picture("b/1.png", 10);
    const Dataset data = read({.path = files.root()});
    QCOMPARE(data.samples.size(), std::size_t{11});
    QCOMPARE(data.samples[9].id, std::string("a/emri.dcm#9"));
    QCOMPARE(data.samples[9].frame, 9);
    QCOMPARE(groupsOf(data).size(), std::size_t{2});
}

QTEST_GUILESS_MAIN(SourceTest)
#include "SourceTest.moc"
