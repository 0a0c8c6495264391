// SPDX-License-Identifier: GPL-3.0-or-later

// Renders the window in its main states. The pictures lie in the folder named by DIASCOPE_LOOK_DIR, or else in a temporary one;
// the test itself asserts what can be told without eyes: sizes, that something is drawn, and that no label is cut.

#include "Fixtures.h"
#include "ui/common/Resources.h"
#include "ui/common/Theme.h"
#include "ui/read/OverlayControls.h"
#include "ui/read/ReadPage.h"
#include "ui/read/ResultPanel.h"
#include "ui/read/SeriesPanel.h"
#include "ui/read/Viewport.h"
#include "ui/shell/MainWindow.h"
#include "ui/train/TrainPage.h"

#include <QDir>
#include <QLabel>
#include <QTemporaryDir>
#include <QtTest>

#include <utility>

using namespace diascope;
using namespace diascope::ui;

namespace {

void showReading(MainWindow& window, const test::Shown& shown, int frames, bool multiFrame)
{
    ReadPage& page = window.readPage();
    study::Series odd = test::series("ct", test::ct(), 24, false);
    odd.problems.push_back({base::ErrorCode::Malformed, "image7.dcm", "one slice is missing"});
    page.seriesPanel().setSeries({test::series("us", shown, frames, multiFrame), odd});
    page.seriesPanel().setThumbnail(QStringLiteral("us"), shown.image);
    page.seriesPanel().setThumbnail(QStringLiteral("ct"), test::ct().image);
    page.seriesPanel().setCurrent(QStringLiteral("us"));
    page.viewport().setSeries(test::series("us", shown, frames, multiFrame));
    page.viewport().setImage(0, shown.image, shown.info);
    page.resultPanel().overlayControls().setMethods({QStringLiteral("gradcam"), QStringLiteral("attention")});
    QVERIFY(page.setPrediction(test::prediction(shown)));
    QVERIFY(page.setExplanation(test::explanation(shown)));
    page.setOverlayVisible(true);
    window.setDevice(QStringLiteral("CPU, 2 threads"));
    window.setMemory(QStringLiteral("412 MB"));
}

void showTraining(MainWindow& window)
{
    window.setPerspective(MainWindow::Perspective::Train);
    TrainPage& page = window.trainPage();
    pipeline::Recipe recipe;
    recipe.name = "renalnet";
    recipe.title = "RenalNet: kidney ultrasound, yes or no";
    recipe.summary = "Small network with attention, trained from scratch on grey images of 224 × 224 pixels.";
    page.setArchitectures({QStringLiteral("renalnet"), QStringLiteral("resnet50")});
    page.setRecipes({recipe});
    pipeline::Plan plan = recipe.plan;
    plan.training.epochs = 20;
    plan.recipe = recipe.name;
    page.setPlan(plan);
    page.setDataSource(QStringLiteral("kidney/train.csv"));
    DataSummary summary;
    summary.samples = 1240;
    summary.classes = {{"Normal", 702}, {"Cyst", 538}};
    summary.groups = 310;
    summary.grouping = "column patient";
    summary.trainingSamples = 992;
    summary.validationSamples = 248;
    summary.problems = {{base::ErrorCode::NotFound, "row 17", "image_0017.png is not in the folder; left out"}};
    page.setDataSummary(summary);
    page.setRunFolder(QStringLiteral("runs/kidney-1"));
    page.setEstimate(QStringLiteral("800,314 parameters; about 1.1 GB memory; about 3 s an epoch"));
    page.setState(TrainPage::State::Running);
    for (int epoch = 0; epoch < 14; ++epoch) {
        page.addEpoch(test::epochReport(epoch, 20));
    }
    page.setBatch({0, 0, 14, 20, 12, 31, 0.141, 412.0, 15.0});
    window.setWork(base::Progress{"Training", 14, 20, 15.0});
}

} // namespace

class Look : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        const QString wanted = qEnvironmentVariable("DIASCOPE_LOOK_DIR");
        m_folder = wanted.isEmpty() ? m_temporary.path() : wanted;
        QVERIFY(QDir().mkpath(m_folder));
    }

    void window_data()
    {
        QTest::addColumn<QString>("state");
        QTest::addColumn<QSize>("size");
        QTest::addColumn<int>("theme");
        const auto dark = static_cast<int>(ThemeKind::Dark);
        const auto light = static_cast<int>(ThemeKind::Light);
        for (const char* state : {"read", "train"}) {
            for (const QSize size : {QSize(1280, 800), QSize(2560, 1440)}) {
                for (const int theme : {dark, light}) {
                    const QByteArray name = QByteArray(state) + '-' + QByteArray::number(size.width()) + (theme == dark ? "-dark" : "-light");
                    QTest::newRow(name.constData()) << QString::fromLatin1(state) << size << theme;
                }
            }
        }
        for (const char* state : {"empty", "ct", "error", "done"}) {
            QTest::newRow(state) << QString::fromLatin1(state) << QSize(1280, 800) << dark;
        }
    }

    void window()
    {
        QFETCH(QString, state);
        QFETCH(QSize, size);
        QFETCH(int, theme);
        MainWindow window;
        window.setTheme(static_cast<ThemeKind>(theme));
        window.resize(size);
        window.show();
        QVERIFY(QTest::qWaitForWindowExposed(&window));
        if (state == QLatin1String("read")) {
            showReading(window, test::ultrasound(), 20, true);
        } else if (state == QLatin1String("ct")) {
            showReading(window, test::ct(), 1, false);
        } else if (state == QLatin1String("error")) {
            window.readPage().viewport().setSeries(test::series("ct", test::ct(), 3, false));
            window.readPage().viewport().setError(QStringLiteral("image0.dcm: the pixel data end after 12 of 512 rows.\nCopy the file again from its source."));
        } else if (state == QLatin1String("train") || state == QLatin1String("done")) {
            showTraining(window);
        }
        if (state == QLatin1String("done")) {
            RunResult result;
            result.bestEpoch = 11;
            result.runFolder = "runs/kidney-1";
            result.package = "runs/kidney-1/package.safetensors";
            result.figures = {{"AUC (validation)", 0.921, 0.884, 0.951, "", "95 % interval by DeLong; 248 images of 62 patients"},
                              {"Accuracy (validation)", 0.887, 0.842, 0.921, "", "95 % interval by Wilson"}};
            window.trainPage().setResult(result);
            window.setWork(std::nullopt);
        }
        // Nested layouts take several rounds of events; the picture is taken when it no longer changes.
        QImage picture;
        QVERIFY(QTest::qWaitFor([&] {
            const QImage last = std::exchange(picture, window.grab().toImage());
            return last == picture;
        }));
        QCOMPARE(picture.size(), size);
        QVERIFY(picture.save(m_folder + QLatin1Char('/') + QString::fromLatin1(QTest::currentDataTag()) + QStringLiteral(".png")));
        for (const QLabel* label : window.findChildren<QLabel*>()) {
            if (label->isVisible() && !label->wordWrap() && label->pixmap().isNull()) {
                QVERIFY2(label->width() >= label->sizeHint().width() - 1, qPrintable(label->objectName() + QStringLiteral(": ") + label->text()));
            }
        }
    }

private:
    QTemporaryDir m_temporary;
    QString m_folder;
};

QTEST_MAIN(Look)
#include "Look.moc"
