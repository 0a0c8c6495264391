// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/Application.h"
#include "app/Versions.h"
#include "demo/Demo.h"
#include "ui/common/MessageBar.h"
#include "ui/read/OverlayControls.h"
#include "ui/read/ReadPage.h"
#include "ui/read/ResultPanel.h"
#include "ui/read/SeriesPanel.h"
#include "ui/read/Viewport.h"

#include <QSignalSpy>
#include <QTemporaryDir>
#include <QtTest>

using namespace diascope;

/// What a clinician does, from opening to the answer, through the whole application: decoder processes, model and window.
class ReadFlowTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void opensAStudyAndAnswers();
    void theAnswerIsVoidWhenAnotherImageIsShown();
    void aFailedLoadLeavesNoPatientOnScreen();
    void openingSomethingElseClearsAtOnce();
    void theNextFileOpensAfterARefusedOne();
    void aDamagedPackageIsRefusedByName();
    void scrollsAFolderInOrder();
    void holdingHHidesTheOverlay();

private:
    ui::Viewport& viewport() { return m_app->window().readPage().viewport(); }
    ui::ResultPanel& result() { return m_app->window().readPage().resultPanel(); }
    void open(const QString& path);
    QString package() const { return QString::fromStdString((app::modelsFolder() / "demo-kidney-ultrasound.safetensors").string()); }
    bool waitForAnswer();

    QTemporaryDir m_data;
    QString m_patient, m_ct;
    std::unique_ptr<app::Application> m_app;
};

void ReadFlowTest::initTestCase()
{
    QCoreApplication::setOrganizationName(QStringLiteral("DiascopeTest"));
    QCoreApplication::setApplicationName(QStringLiteral("DiascopeTest"));
    QVERIFY(m_data.isValid());
    demo::DemoConfig config;
    config.patients = 2;
    config.imagesPerPatient = 2;
    config.cineEvery = 0;
    config.ctPatients = 0;
    demo::writeDemo(m_data.path().toStdString(), config);
    const QDir dicom(m_data.filePath(QStringLiteral("ultrasound/dicom")));
    const auto patients = dicom.entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name);
    QCOMPARE(patients.size(), 2);
    m_patient = dicom.filePath(patients.front());
    m_ct = m_data.filePath(QStringLiteral("series"));
    demo::writeCtSeries(m_ct.toStdString(), {.count = 12, .rows = 64, .columns = 64});
}

void ReadFlowTest::init()
{
    app::StartOptions options;
    options.firstLook = QStringLiteral("unused"); // Leaves the recent list alone.
    m_app = std::make_unique<app::Application>(options);
    m_app->window().resize(1280, 800);
    m_app->start();
}

void ReadFlowTest::cleanup() { m_app.reset(); }

void ReadFlowTest::open(const QString& path)
{
    QSignalSpy finished(&m_app->read(), &app::ReadController::scanFinished);
    Q_EMIT m_app->window().openRequested({path});
    QTRY_COMPARE_WITH_TIMEOUT(finished.count(), 1, 30'000);
}

bool ReadFlowTest::waitForAnswer()
{
    return QTest::qWaitFor([this] { return result().state() == ui::ResultPanel::State::Answer; }, 30'000);
}

void ReadFlowTest::opensAStudyAndAnswers()
{
    m_app->read().openPackage(package());
    open(m_patient);
    QTRY_VERIFY_WITH_TIMEOUT(viewport().hasImage(), 10'000);
    QVERIFY(waitForAnswer());
    const auto& prediction = m_app->read().prediction();
    QVERIFY(prediction.has_value());
    QCOMPARE(prediction->classes.size(), std::size_t(2));
    double sum = 0.0;
    for (const auto& answer : prediction->classes) {
        QVERIFY(answer.probability >= 0.0 && answer.probability <= 1.0);
        sum += answer.probability;
    }
    QVERIFY(std::abs(sum - 1.0) < 1e-9);
    QVERIFY(!prediction->package.sha256.empty());
    QVERIFY(viewport().matches(prediction->source));
    QVERIFY(!viewport().cornerText(0).join(QLatin1Char(' ')).isEmpty());
    QVERIFY(!m_app->window().windowTitle().contains(QStringLiteral("DEMO")));
}

void ReadFlowTest::theAnswerIsVoidWhenAnotherImageIsShown()
{
    m_app->read().openPackage(package());
    open(m_patient);
    QVERIFY(waitForAnswer());
    const auto first = m_app->read().prediction()->source;
    viewport().requestImage(1);
    QTRY_COMPARE_WITH_TIMEOUT(viewport().currentIndex(), 1, 10'000);
    QVERIFY(result().state() != ui::ResultPanel::State::Answer || m_app->read().prediction()->source.sopInstanceUid != first.sopInstanceUid);
    QVERIFY(!viewport().matches(first));
    QVERIFY(waitForAnswer());
    QVERIFY(m_app->read().prediction()->source.sopInstanceUid != first.sopInstanceUid);
}

void ReadFlowTest::aFailedLoadLeavesNoPatientOnScreen()
{
    open(m_patient);
    QTRY_VERIFY_WITH_TIMEOUT(viewport().hasImage(), 10'000);
    const QString identity = viewport().cornerText(0).join(QLatin1Char(' '));
    QVERIFY(identity.contains(QStringLiteral("DEMO")));
    const QString bad = m_data.filePath(QStringLiteral("truncated.dcm"));
    QFile source(m_patient + QLatin1Char('/') + QDir(m_patient).entryList(QDir::Files).front());
    QVERIFY(source.open(QIODevice::ReadOnly));
    QFile target(bad);
    QVERIFY(target.open(QIODevice::WriteOnly));
    target.write(source.read(300));
    target.close();
    open(bad);
    QVERIFY(!viewport().hasImage());
    QVERIFY(!viewport().cornerText(0).join(QLatin1Char(' ')).contains(QStringLiteral("DEMO")));
    QVERIFY2(viewport().stateText().contains(QStringLiteral("truncated.dcm")), qPrintable(viewport().stateText()));
}

void ReadFlowTest::openingSomethingElseClearsAtOnce()
{
    open(m_patient);
    QTRY_VERIFY_WITH_TIMEOUT(viewport().hasImage(), 10'000);
    Q_EMIT m_app->window().openRequested({m_ct});
    QVERIFY(!viewport().hasImage()); // Before anything of the new study has been read.
    QTRY_VERIFY_WITH_TIMEOUT(viewport().hasImage(), 10'000);
}

void ReadFlowTest::theNextFileOpensAfterARefusedOne()
{
    const QString empty = m_data.filePath(QStringLiteral("empty.dcm"));
    QFile file(empty);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.close();
    open(empty);
    QVERIFY(m_app->window().messageBar().text().contains(QStringLiteral("empty.dcm")));
    open(m_patient);
    QTRY_VERIFY_WITH_TIMEOUT(viewport().hasImage(), 10'000);
}

void ReadFlowTest::aDamagedPackageIsRefusedByName()
{
    QFile good(package());
    QVERIFY(good.open(QIODevice::ReadOnly));
    QByteArray bytes = good.readAll();
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    const QString damaged = m_data.filePath(QStringLiteral("damaged.safetensors"));
    QFile file(damaged);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(bytes);
    file.close();
    QSignalSpy failed(&m_app->read(), &app::ReadController::answerFailed);
    m_app->read().openPackage(damaged);
    QTRY_COMPARE_WITH_TIMEOUT(failed.count(), 1, 30'000);
    QVERIFY(m_app->window().messageBar().text().contains(QStringLiteral("damaged.safetensors")));
    QCOMPARE(result().state(), ui::ResultPanel::State::NoPackage);
}

void ReadFlowTest::scrollsAFolderInOrder()
{
    open(m_ct);
    QTRY_COMPARE_WITH_TIMEOUT(viewport().imageCount(), 12, 10'000);
    QTRY_VERIFY_WITH_TIMEOUT(m_app->read().loadedCompletely(), 20'000);
    viewport().requestImage(0);
    for (int i = 1; i < 12; ++i) {
        QTest::keyClick(&viewport(), Qt::Key_Down);
        QCOMPARE(viewport().currentIndex(), i);
    }
}

void ReadFlowTest::holdingHHidesTheOverlay()
{
    m_app->read().openPackage(package());
    open(m_patient);
    QVERIFY(waitForAnswer());
    m_app->window().readPage().setOverlayVisible(true);
    if (!viewport().overlayPainted()) {
        QSKIP("this answer has no evidence to paint");
    }
    QTest::keyPress(&viewport(), Qt::Key_H);
    QVERIFY(!viewport().overlayPainted());
    QTest::keyRelease(&viewport(), Qt::Key_H);
    QVERIFY(viewport().overlayPainted());
}

QTEST_MAIN(ReadFlowTest)
#include "ReadFlowTest.moc"
