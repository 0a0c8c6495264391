// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/AtomicFile.h"
#include "dataset/Dataset.h"
#include "dataset/FoldPlan.h"
#include "dataset/GroupPattern.h"
#include "dataset/TinyFiles.h"
#include "decode/DecoderPool.h"
#include "support/ErrorOf.h"

#include <QTest>

#include <algorithm>
#include <functional>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

using namespace diascope;
using dataset::Dataset;
using dataset::Source;
using tests::TinyFiles;

namespace {

namespace fs = std::filesystem;
using Make = std::function<void(const fs::path&)>;

bool contains(const std::string& text, const std::string& part)
{
    return text.find(part) != std::string::npos;
}

void bindSocket(const fs::path& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.string().copy(address.sun_path, sizeof address.sun_path - 1);
    const int number = ::socket(AF_UNIX, SOCK_STREAM, 0);
    if (number < 0 || ::bind(number, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        qFatal("no socket can be made");
    }
    ::close(number); // its file stays
}

} // namespace

/// safety.md 2.4 and D13: sources that nobody made in good faith. None may hang, and each bad file is listed.
class HostileSourceTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void filesThatAreNoneAreListed_data();
    void filesThatAreNoneAreListed();
    void sourcesThatAreNoneAreRefused_data();
    void sourcesThatAreNoneAreRefused();
    void namesThatReachElsewhere_data();
    void namesThatReachElsewhere();
    void countsTheSameImageOnce();
    void namesClassesThatStandOutsideTheTrainingPart_data();
    void namesClassesThatStandOutsideTheTrainingPart();
    void patternsEnd_data();
    void patternsEnd();
    void patternsThatCannotBeUsed_data();
    void patternsThatCannotBeUsed();
    void stopsWhileLooking();

private:
    Dataset read(const Source& source, std::stop_token stop = {})
    {
        return dataset::readDataset(source, m_pool, {}, stop);
    }
    decode::DecoderPool m_pool{decode::PoolConfig{}};
};

void HostileSourceTest::filesThatAreNoneAreListed_data()
{
    QTest::addColumn<std::function<void(const fs::path&)>>("make");
    QTest::addColumn<QString>("says");
    const auto row
        = [](const char* name, const Make& make, const char* says) { QTest::newRow(name) << make << QString(says); };
    row(
        "pipe", [](const fs::path& file) { QCOMPARE(::mkfifo(file.c_str(), 0600), 0); }, "a pipe");
    row("socket", bindSocket, "a socket");
    row(
        "link to /dev/zero", [](const fs::path& file) { fs::create_symlink("/dev/zero", file); }, "a device");
    row(
        "link to a pipe",
        [](const fs::path& file) {
            QCOMPARE(::mkfifo((file.string() + ".txt").c_str(), 0600), 0);
            fs::create_symlink(file.string() + ".txt", file);
        },
        "a pipe");
    row(
        "link to the kernel's log", [](const fs::path& file) { fs::create_symlink("/proc/kmsg", file); }, "empty");
    row(
        "link to itself", [](const fs::path& file) { fs::create_symlink(file, file); }, "levels of symbolic links");
    row(
        "link to nowhere", [](const fs::path& file) { fs::create_symlink("nowhere", file); }, "no such file");
    row(
        "empty", [](const fs::path& file) { base::writeFileAtomically(file, std::string_view()); }, "empty");
    row(
        "a text", [](const fs::path& file) { base::writeFileAtomically(file, std::string_view("<html>")); }, "");
}

void HostileSourceTest::filesThatAreNoneAreListed()
{
    QFETCH(std::function<void(const fs::path&)>, make);
    QFETCH(QString, says);
    const TinyFiles files;
    for (const char* name : {"a/1.png", "a/2.png", "b/3.png"}) {
        files.picture(name, 100);
    }
    make(files.root() / "b" / "odd.png");
    const auto check = [&](const Dataset& data, std::size_t problems) {
        QCOMPARE(data.samples.size(), std::size_t{3});
        QVERIFY(data.problems.size() >= 1 && data.problems.size() <= problems);
        QVERIFY(std::all_of(data.problems.begin(), data.problems.end(),
            [](const base::Problem& p) { return contains(p.subject + p.detail, "odd.png"); }));
    };
    const Dataset folders = read({.path = files.root()});
    check(folders, 1);
    QVERIFY2(contains(folders.problems[0].detail, says.toStdString()), folders.problems[0].detail.c_str());
    check(read({.path = files.text("t.csv", "image,label\na/1.png,0\na/2.png,0\nb/3.png,1\nb/odd.png,1\n")}), 1);
    std::error_code ignored; // QTemporaryDir does not remove every kind
    fs::remove(files.root() / "b" / "odd.png", ignored);
}

void HostileSourceTest::sourcesThatAreNoneAreRefused_data()
{
    QTest::addColumn<std::function<std::string(const TinyFiles&)>>("make");
    QTest::addColumn<QByteArray>("code");
    using MakeSource = std::function<std::string(const TinyFiles&)>;
    const auto row = [](const char* name, const MakeSource& make, const char* code) {
        QTest::newRow(name) << make << QByteArray(code);
    };
    row(
        "nothing", [](const TinyFiles& f) { return (f.root() / "nothing.csv").string(); }, "not-found");
    row(
        "empty name", [](const TinyFiles&) { return std::string(); }, "not-found");
    row(
        "URL", [](const TinyFiles&) { return std::string("https://example.org/data.csv"); }, "not-found");
    row(
        "file://", [](const TinyFiles&) { return std::string("file:///nowhere/data.csv"); }, "not-found");
    row(
        "UNC", [](const TinyFiles&) { return std::string("\\\\server\\share\\data.csv"); }, "not-found");
    row(
        "path of 4,096 characters",
        [](const TinyFiles& f) { return f.root().string() + std::string(4096, 'x') + ".csv"; }, "not-found");
    row(
        "deep path",
        [](const TinyFiles& f) {
            std::string path = f.root().string();
            for (int i = 0; i < 3000; ++i) {
                path += "/x";
            }
            return path;
        },
        "not-found");
    row(
        "pipe",
        [](const TinyFiles& f) {
            const fs::path file = f.root() / "t.csv";
            return ::mkfifo(file.c_str(), 0600) == 0 ? file.string() : std::string();
        },
        "unreadable");
    row(
        "/dev/zero", [](const TinyFiles&) { return std::string("/dev/zero"); }, "unreadable");
    row(
        "link to itself",
        [](const TinyFiles& f) {
            fs::create_symlink(f.root() / "t.csv", f.root() / "t.csv");
            return (f.root() / "t.csv").string();
        },
        "not-found");
    row(
        "empty folder", [](const TinyFiles& f) { return f.root().string(); }, "plan");
    row(
        "a folder in itself",
        [](const TinyFiles& f) {
            fs::create_directories(f.root() / "a");
            fs::create_directories(f.root() / "b");
            fs::create_directory_symlink(f.root(), f.root() / "a" / "again");
            return f.root().string();
        },
        "plan");
    row(
        "a picture", [](const TinyFiles& f) { return f.picture("x.png", 9).string(); }, "malformed");
    row(
        "3 GB",
        [](const TinyFiles& f) {
            const fs::path file = f.text("t.csv", "image,label\n");
            fs::resize_file(file, std::uintmax_t{3} << 30U); // a hole: takes no room
            return file.string();
        },
        "too-large");
}

void HostileSourceTest::sourcesThatAreNoneAreRefused()
{
    QFETCH(std::function<std::string(const TinyFiles&)>, make);
    QFETCH(QByteArray, code);
    const TinyFiles files;
    const std::string path = make(files);
    const auto error = tests::errorOf([&] { (void)read({.path = path}); });
    QCOMPARE(tests::codeName(error), code);
    QVERIFY2(contains(error->subject(), path), error->what());
    QVERIFY(!error->detail().empty());
}

void HostileSourceTest::namesThatReachElsewhere_data()
{
    QTest::addColumn<std::string>("name"); // in the table
    QTest::addColumn<bool>("found");
    const auto row
        = [](const std::string& name, bool found) { QTest::newRow(name.substr(0, 40).c_str()) << name << found; };
    row("../beside.png", true); // as the table says: a person's own file
    row("/dev/zero", false);
    row("/dev/stdin", false);
    row("file:///dev/zero", false);
    row("/proc/self/mem", false);
    row("/proc/kmsg", false);
    row("../../../../../../../../etc/passwd", false);
    row("file://server/share/beside.png", false);
    row("\\\\server\\share\\beside.png", false);
    row("\\\\?\\C:\\beside.png", false);
    row("C:\\beside.png", false);
    row("CON", false);
    row("https://example.org/beside.png", false);
    row("$(touch x).png", false);
    row("~/beside.png", false);
    row(std::string(5000, 'n'), false);
    row(std::string(3000, '/') + "x.png", false);
    row("%s%n%s.png", false);
}

void HostileSourceTest::namesThatReachElsewhere()
{
    QFETCH(std::string, name);
    QFETCH(bool, found);
    const TinyFiles files;
    files.picture("beside.png", 50);
    files.picture("data/a.png", 50);
    files.picture("data/b.png", 50);
    const Dataset data = read({.path = files.text("data/t.csv", "image,label\na,0\nb,1\n\"" + name + "\",1\n")});
    QCOMPARE(data.samples.size(), std::size_t{found ? 3U : 2U});
    QCOMPARE(data.problems.size(), std::size_t{found ? 0U : 1U});
    QVERIFY(found || !data.problems[0].detail.empty());
}

void HostileSourceTest::countsTheSameImageOnce()
{
    const TinyFiles files;
    for (const char* name : {"a.png", "b.png", "c.png"}) {
        files.picture(name, 50);
    }
    const std::string table = "image,label,patient,split\na,0,p1,train\n./"
                              "a.png,0,p1,train\nA.PNG,0,p1,train\nb,1,p2,train\nb.png,1,p2,test\nc,1,p3,test\n";
    const Dataset data = read({.path = files.text("t.csv", table)});
    QCOMPARE(data.samples.size(), std::size_t{2}); // a once; b not at all: it stands in two parts
    QCOMPARE(data.problems.size(), std::size_t{4});
    QVERIFY(contains(data.problems[0].subject, "row 3") && contains(data.problems[0].detail, "listed before"));
    QVERIFY(contains(data.problems[2].detail, "different labels, groups or parts"));
}

void HostileSourceTest::namesClassesThatStandOutsideTheTrainingPart_data()
{
    QTest::addColumn<QByteArray>("parts"); // of the labels 0 0 1 1 2 2
    QTest::addColumn<QString>("says");
    QTest::newRow("in validation alone") << QByteArray("train,val,train,val,val,val")
                                         << "the train part holds no sample of class '2', which cannot be learnt";
    QTest::newRow("in test alone") << QByteArray("train,val,train,val,test,test")
                                   << "the train part holds no sample of class '2', which cannot be learnt";
    QTest::newRow("in training alone") << QByteArray("train,val,train,val,train,train")
                                       << "the validation part holds no sample of class '2'";
    QTest::newRow("training of one class")
        << QByteArray("train,train,val,val,val,val") << "the train part holds one class only, '0'";
}

void HostileSourceTest::namesClassesThatStandOutsideTheTrainingPart()
{
    QFETCH(QByteArray, parts);
    QFETCH(QString, says);
    const TinyFiles files;
    std::string table = "image,label,split\n";
    for (int i = 0; i < 6; ++i) {
        files.picture(std::to_string(i) + ".png", 50);
        table += std::to_string(i) + "," + std::to_string(i / 2) + "," + parts.split(',')[i].toStdString() + "\n";
    }
    dataset::SplitConfig config;
    config.kind = "predefined";
    std::string all;
    const auto error = tests::errorOf([&] {
        for (const base::Problem& problem :
            dataset::makeFolds(read({.path = files.text("t.csv", table)}), config).problems) {
            all += problem.detail + "\n";
        }
    });
    all += error ? error->what() : "";
    QVERIFY2(contains(all, says.toStdString()), all.c_str());
}

void HostileSourceTest::patternsEnd_data()
{
    QTest::addColumn<std::string>("pattern");
    QTest::addColumn<QString>("group"); // of a file name of 250 a and an end; "-": no match
    const QString name = QString(250, 'a');
    QTest::newRow("plain") << std::string("^(a{3})") << QString("aaa");
    QTest::newRow("all of it") << std::string("^(a+)") << name;
    QTest::newRow("nested") << std::string("^(a+)+$") << QString("-");
    QTest::newRow("nested three times") << std::string("^(((a*)*)*)*b") << QString("-");
    QTest::newRow("two ways") << std::string("^(a|aa)+$") << QString("-");
    QTest::newRow("any and any") << std::string("(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)x$") << QString("-");
    QTest::newRow("many that may be") << std::string("^(a?){2000}$") << QString("-");
    QTest::newRow("deep") << std::string(240, '(') + "a" + std::string(240, ')') << QString("a");
}

void HostileSourceTest::patternsEnd()
{
    QFETCH(std::string, pattern);
    QFETCH(QString, group);
    const dataset::GroupPattern compiled(pattern);
    const auto found = compiled.groupOf(std::string(250, 'a') + "!.png");
    QCOMPARE(QString::fromStdString(found.value_or("-")), group);
}

void HostileSourceTest::patternsThatCannotBeUsed_data()
{
    QTest::addColumn<std::string>("pattern");
    QTest::newRow("a million brackets") << std::string(1000000, '(');
    QTest::newRow("501 characters") << std::string(501, 'a');
    QTest::newRow("too many repetitions") << std::string("((a{1000}){1000}){1000}");
    QTest::newRow("open bracket") << std::string("P(");
    QTest::newRow("open class") << std::string("[a");
    QTest::newRow("nothing to repeat") << std::string("+");
    QTest::newRow("back-reference") << std::string("(a)\\1");
    QTest::newRow("backslash at the end") << std::string("a\\");
    QTest::newRow("not UTF-8 class") << std::string("[\xFF-\xFE]");
}

void HostileSourceTest::patternsThatCannotBeUsed()
{
    QFETCH(std::string, pattern);
    const auto error = tests::errorOf([&] { dataset::GroupPattern{pattern}; });
    QCOMPARE(tests::codeName(error), "plan");
    QCOMPARE(error->subject(), std::string("data.groupPattern"));
    QVERIFY(std::string(error->what()).size() < 500);
}

void HostileSourceTest::stopsWhileLooking()
{
    const TinyFiles files;
    std::string table = "image,label\n";
    for (int i = 0; i < 100000; ++i) {
        table += "nowhere" + std::to_string(i) + ",0\n";
    }
    std::stop_source stop;
    stop.request_stop();
    const auto error = tests::errorOf([&] { (void)read({.path = files.text("t.csv", table)}, stop.get_token()); });
    QCOMPARE(tests::codeName(error), "stopped");
}

QTEST_GUILESS_MAIN(HostileSourceTest)
#include "HostileSourceTest.moc"
