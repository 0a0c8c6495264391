// SPDX-License-Identifier: GPL-3.0-or-later
#include "TinyData.h"
#include "app/Application.h"
#include "app/training/TrainingController.h"
#include "support/SharedData.h"
#include "ui/common/FileChooser.h"
#include "ui/read/ReadPage.h"
#include "ui/shell/MainWindow.h"
#include "ui/train/TrainPage.h"

#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QProcess>
#include <QPushButton>
#include <QScopeGuard>
#include <QSpinBox>
#include <QTemporaryDir>
#include <QtTest>

#include <array>

#include <unistd.h>

using namespace diascope;

namespace {

constexpr int kLongMs = 240'000;

template <typename Widget> Widget& named(QWidget& root, const char* name)
{
    auto* found = root.findChild<Widget*>(QString::fromLatin1(name));
    if (found == nullptr) {
        qFatal("no widget named %s", name);
    }
    return *found;
}

} // namespace

/// What a researcher does, from a folder of pictures to a package that answers, through the whole application.
class TrainFlowTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup() { m_app.reset(); }
    void trainsFromTheDialog_data();
    void trainsFromTheDialog();
    void learnsWithoutLabelsAndStartsFromTheWeights();
    void aLossThatDoesNotFitTheClassesIsToldBeforeTheStart();
    void pausesAndGoesOn();
    void whatIsWrongWithThePlanStandsBesideStart_data();
    void whatIsWrongWithThePlanStandsBesideStart();
    void aFullDiskIsToldAndTheRunGoesOn();
    void twoApplicationsSideBySide();

private:
    ui::TrainPage& page() { return m_app->window().trainPage(); }
    void fillIn(const QString& source, const QString& run, int epochs, const QString& recipe = QStringLiteral("demonstration"));
    void runToItsEnd();
    QTemporaryDir m_folder;
    std::unique_ptr<app::Application> m_app;
};

void TrainFlowTest::initTestCase()
{
    QCoreApplication::setOrganizationName(QStringLiteral("DiascopeTest"));
    QCoreApplication::setApplicationName(QStringLiteral("DiascopeTest"));
    QVERIFY(m_folder.isValid());
}

void TrainFlowTest::init()
{
    app::StartOptions options;
    options.firstLook = QStringLiteral("unused"); // Leaves the recent list alone.
    m_app = std::make_unique<app::Application>(options);
    m_app->window().resize(1280, 800);
    m_app->start();
}

/// As a user does: the recipe for small machines, the data source, few epochs, where to write; waits until Start is offered.
void TrainFlowTest::fillIn(const QString& source, const QString& run, int epochs, const QString& title)
{
    auto& recipe = named<QComboBox>(page(), "recipeComboBox");
    const int index = recipe.findText(title, Qt::MatchContains);
    QVERIFY2(index >= 0, qPrintable(QStringLiteral("there is no recipe '%1'").arg(title)));
    recipe.setCurrentIndex(index);
    Q_EMIT recipe.activated(index);
    page().setFileChooser([source](QWidget*, const ui::FileQuestion&, const std::function<void(const QStringList&)>& answer) { answer({source}); });
    QTest::mouseClick(&named<QPushButton>(page(), QFileInfo(source).isDir() ? "classFolderButton" : "csvButton"), Qt::LeftButton);
    QCOMPARE(named<QLineEdit>(page(), "dataSourceEdit").text(), source);
    named<QSpinBox>(page(), "epochsSpinBox").setValue(epochs);
    page().setRunFolder(run);
    QTRY_VERIFY_WITH_TIMEOUT(named<QPushButton>(page(), "startButton").isEnabled(), 60'000);
}

void TrainFlowTest::trainsFromTheDialog_data()
{
    QTest::addColumn<QString>("source");
    QTest::addColumn<int>("classes");
    const auto real = [](const char* path) { return QString::fromStdString(tests::sharedData(path).string()); };
    QTest::newRow("class folder, two generated classes") << tests::writeTinyClasses(m_folder.filePath(QStringLiteral("classes")), 32) << 2;
    QTest::newRow("class folder of real CT, four classes") << real("data/ct_kidney4") << 4;
    QTest::newRow("table of real ultrasound") << real("data/us_lung_pocus/Train.csv") << 2;
}

void TrainFlowTest::trainsFromTheDialog()
{
    QFETCH(QString, source);
    QFETCH(int, classes);
    if (source.isEmpty()) {
        QSKIP("the real pictures are not beside this checkout");
    }
    const QString run = m_folder.filePath(QStringLiteral("run-%1").arg(QString::fromLatin1(QTest::currentDataTag()).size()));
    fillIn(source, run, 1);
    runToItsEnd();
    QVERIFY(QFileInfo::exists(run + QStringLiteral("/package.safetensors")));

    // The package opens in Read, with the classes of the folder.
    auto& open = named<QPushButton>(page(), "openPackageInReadButton");
    QVERIFY(open.isEnabled());
    open.click();
    QTRY_COMPARE_WITH_TIMEOUT(named<QComboBox>(m_app->window().readPage(), "classComboBox").count(), classes, 30'000);
}

void TrainFlowTest::runToItsEnd()
{
    QTest::mouseClick(&named<QPushButton>(page(), "startButton"), Qt::LeftButton);
    QCOMPARE(page().state(), ui::TrainPage::State::Running);
    QTRY_COMPARE_WITH_TIMEOUT(page().state(), ui::TrainPage::State::Idle, kLongMs);
}

void TrainFlowTest::learnsWithoutLabelsAndStartsFromTheWeights()
{
    const QString run = m_folder.filePath(QStringLiteral("run-unlabelled")), weights = run + QStringLiteral("/backbone.safetensors");
    // One class folder: with labels there would be nothing to tell apart.
    const QString classes = tests::writeTinyClasses(m_folder.filePath(QStringLiteral("unlabelled")), 32);
    const QString source = classes + QStringLiteral("/dark");
    fillIn(source, run, 1, QStringLiteral("without labels"));
    QVERIFY(!named<QComboBox>(page(), "lossComboBox").isEnabled());
    runToItsEnd();
    QVERIFY(QFileInfo::exists(weights));
    QVERIFY(named<QLabel>(page(), "runMessageLabel").text().contains(weights));
    QVERIFY(!named<QPushButton>(page(), "openPackageInReadButton").isVisible());

    fillIn(classes, m_folder.filePath(QStringLiteral("run-after")), 1);
    named<QLineEdit>(page(), "weightsEdit").setText(weights);
    QTRY_VERIFY(named<QPushButton>(page(), "startButton").isEnabled());
    runToItsEnd();
    QVERIFY(named<QPlainTextEdit>(page(), "trainLogEdit").toPlainText().contains(QStringLiteral("tensors from backbone.safetensors; new: ")));
}

void TrainFlowTest::aLossThatDoesNotFitTheClassesIsToldBeforeTheStart()
{
    const QString source = tests::writeTinyClasses(m_folder.filePath(QStringLiteral("three")), 32);
    QVERIFY(QDir(source).mkpath(QStringLiteral("third")));
    for (int i = 0; i < 4; ++i) {
        QVERIFY(QFile::copy(source + QStringLiteral("/dark/case%1.png").arg(2 * i, 3, 10, QLatin1Char('0')),
                            source + QStringLiteral("/third/other%1.png").arg(i)));
    }
    fillIn(source, m_folder.filePath(QStringLiteral("run-three")), 1);
    auto& loss = named<QComboBox>(page(), "lossComboBox");
    auto& start = named<QPushButton>(page(), "startButton");
    loss.setCurrentIndex(1); // binary cross entropy
    QTRY_VERIFY(!start.isEnabled());
    loss.setCurrentIndex(0);
    QTRY_VERIFY(start.isEnabled());
}

void TrainFlowTest::pausesAndGoesOn()
{
    const QString run = m_folder.filePath(QStringLiteral("run-paused"));
    fillIn(tests::writeTinyClasses(m_folder.filePath(QStringLiteral("classes")), 32), run, 3);
    auto& pause = named<QPushButton>(page(), "pauseButton");
    const auto& log = named<QPlainTextEdit>(page(), "trainLogEdit");
    QTest::mouseClick(&named<QPushButton>(page(), "startButton"), Qt::LeftButton);
    QTest::mouseClick(&pause, Qt::LeftButton);
    QTRY_COMPARE(page().state(), ui::TrainPage::State::Paused);
    QTRY_VERIFY_WITH_TIMEOUT(log.toPlainText().contains(QStringLiteral("Paused.")), kLongMs); // the engine has come to a batch
    QVERIFY(named<QPushButton>(page(), "stopButton").isEnabled());
    QTest::mouseClick(&pause, Qt::LeftButton);
    QTRY_COMPARE_WITH_TIMEOUT(page().state(), ui::TrainPage::State::Idle, kLongMs);
    QVERIFY(log.toPlainText().contains(QStringLiteral("Going on.")));
    QVERIFY(QFileInfo::exists(run + QStringLiteral("/package.safetensors")));
}

void TrainFlowTest::whatIsWrongWithThePlanStandsBesideStart_data()
{
    QTest::addColumn<QByteArray>("edit");
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("says"); // key, and what to do
    QTest::newRow("endless pattern") << QByteArray("groupPatternEdit") << QString(501, QLatin1Char('a'))
                                     << QStringLiteral("is longer than 500 bytes");
    QTest::newRow("back-reference") << QByteArray("groupPatternEdit") << QStringLiteral("(a)\\1") << QStringLiteral("is not a regular expression");
    QTest::newRow("no such part") << QByteArray("trainableEdit") << QStringLiteral("layer9+") << QStringLiteral("Use all, head, or one of these with a + behind it: ");
    QTest::newRow("endless name") << QByteArray("packageNameEdit") << QString(5000, QLatin1Char('n')) << QStringLiteral("package.name: has 5000 bytes; at most 4096 are taken");
}

void TrainFlowTest::whatIsWrongWithThePlanStandsBesideStart()
{
    QFETCH(QByteArray, edit);
    QFETCH(QString, text);
    QFETCH(QString, says);
    fillIn(tests::writeTinyClasses(m_folder.filePath(QStringLiteral("classes")), 32), m_folder.filePath(QStringLiteral("run-bad")), 1);
    auto& field = named<QLineEdit>(page(), edit.constData());
    const QString before = field.text();
    field.setText(text);
    const auto told = [this] { // of the plan, or of the data that it cannot read
        return named<QLabel>(page(), "planProblemsLabel").text() + named<QLabel>(page(), "dataSummaryLabel").text();
    };
    auto& start = named<QPushButton>(page(), "startButton");
    QTRY_VERIFY2(told().contains(says), qPrintable(told()));
    QVERIFY(!start.isEnabled());
    field.setText(before);
    QTRY_VERIFY_WITH_TIMEOUT(start.isEnabled(), 60'000);
    QVERIFY(!told().contains(says));
}

void TrainFlowTest::aFullDiskIsToldAndTheRunGoesOn()
{
    if (geteuid() != 0) {
        QSKIP("mounting a small disk needs root");
    }
    const QString disk = m_folder.filePath(QStringLiteral("disk"));
    QVERIFY(QDir().mkpath(disk));
    const auto mount = [&disk](const QString& options) {
        return QProcess::execute(QStringLiteral("mount"), {QStringLiteral("-t"), QStringLiteral("tmpfs"), QStringLiteral("-o"), options, QStringLiteral("tmpfs"), disk});
    };
    if (mount(QStringLiteral("size=12m")) != 0) {
        QSKIP("this machine does not let us mount a small disk");
    }
    const auto unmount = qScopeGuard([&] { QProcess::execute(QStringLiteral("umount"), {disk}); });
    const QString run = disk + QStringLiteral("/run");
    fillIn(tests::writeTinyClasses(m_folder.filePath(QStringLiteral("classes")), 32), run, 2);
    QTest::mouseClick(&named<QPushButton>(page(), "startButton"), Qt::LeftButton);
    QTRY_COMPARE_WITH_TIMEOUT(page().state(), ui::TrainPage::State::NoRoom, kLongMs);
    QVERIFY(!QFileInfo::exists(run + QStringLiteral("/package.safetensors")));
    QVERIFY(named<QLabel>(page(), "trainProgressLabel").text().contains(QStringLiteral("disk is full")));
    QVERIFY(named<QPlainTextEdit>(page(), "trainLogEdit").toPlainText().contains(QStringLiteral("The disk is full")));

    // With room on the disk the run goes on to its end by itself.
    QCOMPARE(mount(QStringLiteral("remount,size=200m")), 0);
    QTRY_COMPARE_WITH_TIMEOUT(page().state(), ui::TrainPage::State::Idle, kLongMs);
    QVERIFY(QFileInfo::exists(run + QStringLiteral("/package.safetensors")));
}

void TrainFlowTest::twoApplicationsSideBySide()
{
    const QString program = qEnvironmentVariable("DIASCOPE_BIN") + QStringLiteral("/diascope");
    const QString source = tests::writeTinyClasses(m_folder.filePath(QStringLiteral("classes")), 32);
    auto environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("DIASCOPE_TRACE"), QStringLiteral("1"));
    std::array<QProcess, 2> both;
    for (auto& process : both) {
        process.setProcessEnvironment(environment);
        process.start(program, {source});
    }
    for (auto& process : both) {
        QVERIFY(process.waitForStarted());
        QByteArray traced;
        QVERIFY2(QTest::qWaitFor([&] { return (traced += process.readAllStandardError()).contains("\"loaded\""); }, 60'000), traced.constData());
    }
    for (auto& process : both) {
        process.terminate();
        QVERIFY(process.waitForFinished(30'000));
        QCOMPARE(process.exitStatus(), QProcess::NormalExit);
    }
}

QTEST_MAIN(TrainFlowTest)
#include "TrainFlowTest.moc"
