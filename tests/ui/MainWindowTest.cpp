// SPDX-License-Identifier: GPL-3.0-or-later

#include "Fixtures.h"
#include "ui/common/Icon.h"
#include "ui/common/MessageBar.h"
#include "ui/common/Resources.h"
#include "ui/common/SafetyStrip.h"
#include "ui/common/Theme.h"
#include "ui/read/ReadPage.h"
#include "ui/read/Viewport.h"
#include "ui/shell/MainWindow.h"
#include "ui/train/TrainPage.h"

#include <QAction>
#include <QApplication>
#include <QCheckBox>
#include <QClipboard>
#include <QDialog>
#include <QFile>
#include <QLabel>
#include <QMenu>
#include <QMimeData>
#include <QProgressBar>
#include <QPushButton>
#include <QToolButton>
#include <QTranslator>
#include <QtTest>

#include <set>

using namespace diascope;
using namespace diascope::ui;

namespace {

QAction& action(MainWindow& window, const char* name)
{
    auto* found = window.findChild<QAction*>(QString::fromLatin1(name));
    if (!found) {
        qFatal("no action is named %s", name);
    }
    return *found;
}

} // namespace

class MainWindowTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void perspectivesChangeByKeyboard()
    {
        MainWindow window;
        window.show();
        QVERIFY(QTest::qWaitForWindowActive(&window));
        QSignalSpy changed(&window, &MainWindow::perspectiveChanged);
        QTest::keyClick(&window, Qt::Key_3, Qt::ControlModifier);
        QCOMPARE(window.perspective(), MainWindow::Perspective::Train);
        QVERIFY(window.trainPage().isVisible());
        QTest::keyClick(&window, Qt::Key_1, Qt::ControlModifier);
        QVERIFY(window.readPage().isVisible());
        QCOMPARE(changed.count(), 2);
        QVERIFY(window.readPage().viewport().hasFocus());
    }

    void theSafetyStripStaysInEveryPerspective()
    {
        MainWindow window;
        window.show();
        auto* strip = window.findChild<SafetyStrip*>();
        QVERIFY(strip);
        for (const auto perspective : {MainWindow::Perspective::Read, MainWindow::Perspective::Train}) {
            window.setPerspective(perspective);
            QVERIFY(strip->isVisible());
            QVERIFY(strip->findChildren<QAbstractButton*>().isEmpty());
        }
        QCOMPARE(strip->findChild<QLabel*>()->text(),
                 QStringLiteral("Research and education software. Not a medical device. Not for diagnosis or treatment decisions."));
    }

    void theTitleNamesNobody()
    {
        MainWindow window;
        const test::Shown shown = test::ultrasound();
        window.readPage().viewport().setSeries(test::series("us", shown, 20, true));
        window.readPage().viewport().setImage(0, shown.image, shown.info);
        QCOMPARE(window.windowTitle(), QStringLiteral("Diascope"));
    }

    void filesAreOpenedByDialogRecentListAndDrop()
    {
        MainWindow window;
        window.show();
        QSignalSpy open(&window, &MainWindow::openRequested);
        window.setFileChooser([](QWidget*, const FileQuestion&, const std::function<void(const QStringList&)>& answer) {
            answer({QStringLiteral("a.dcm"), QStringLiteral("b.dcm")});
        });
        action(window, "openAction").trigger();
        QCOMPARE(open.takeFirst().at(0).toStringList(), (QStringList{QStringLiteral("a.dcm"), QStringLiteral("b.dcm")}));
        window.setRecent({QStringLiteral("folder & more")});
        auto* recent = window.findChild<QMenu*>(QStringLiteral("recentMenu"));
        QVERIFY(recent && recent->isEnabled());
        recent->actions().first()->trigger();
        QCOMPARE(open.takeFirst().at(0).toStringList(), QStringList{QStringLiteral("folder & more")});
        window.setPerspective(MainWindow::Perspective::Train);
        QMimeData data;
        data.setUrls({QUrl::fromLocalFile(QStringLiteral("/x/scan")), QUrl(QStringLiteral("http://example.org/a.dcm"))});
        QDragEnterEvent enter({200, 200}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(&window, &enter);
        QVERIFY(enter.isAccepted());
        QDropEvent drop(QPointF(200, 200), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(&window, &drop);
        QCOMPARE(open.count(), 1);
        QCOMPARE(open.takeFirst().at(0).toStringList(), QStringList{QStringLiteral("/x/scan")});
        QCOMPARE(window.perspective(), MainWindow::Perspective::Read);
    }

    void closingAsksWhileARunGoesOn()
    {
        MainWindow window;
        window.show();
        QSignalSpy asked(&window, &MainWindow::closeRequested);
        window.setCloseGuard(true);
        QVERIFY(!window.close());
        QCOMPARE(asked.count(), 1);
        QVERIFY(window.isVisible());
        window.setCloseGuard(false);
        QVERIFY(window.close());
        QCOMPARE(asked.count(), 1);
    }

    void runningWorkIsShownAndCanBeCancelled()
    {
        MainWindow window;
        window.show();
        QSignalSpy cancelled(&window, &MainWindow::workCancelRequested);
        window.setWork(base::Progress{"Decoding images", 30, 120, 12.0});
        QCOMPARE(window.findChild<QLabel*>(QStringLiteral("workLabel"))->text(), QStringLiteral("Decoding images  30 / 120, about 12 s left"));
        QCOMPARE(window.findChild<QProgressBar*>(QStringLiteral("workProgressBar"))->value(), 250);
        QTest::mouseClick(window.findChild<QPushButton*>(QStringLiteral("workCancelButton")), Qt::LeftButton);
        QCOMPARE(cancelled.count(), 1);
        window.setWork(std::nullopt);
        QVERIFY(!window.findChild<QPushButton*>(QStringLiteral("workCancelButton"))->isVisible());
    }

    void messagesNameFileReasonAndRemedyAsPlainText()
    {
        MessageBar bar;
        bar.showError(base::Error(base::ErrorCode::Malformed, "<b>scan</b>.dcm", "ends after 12 of 512 rows"));
        QVERIFY(bar.isVisible());
        QVERIFY(bar.text().contains(QStringLiteral("<b>scan</b>.dcm")));
        QVERIFY(bar.text().contains(QStringLiteral("ends after 12 of 512 rows")));
        QVERIFY(bar.text().contains(QStringLiteral("Copy or export the file again")));
        QCOMPARE(bar.findChild<QLabel*>(QStringLiteral("messageTitleLabel"))->textFormat(), Qt::PlainText);
        QTest::mouseClick(bar.findChild<QToolButton*>(QStringLiteral("messageCopyButton")), Qt::LeftButton);
        QCOMPARE(QGuiApplication::clipboard()->text(), bar.text());
        bar.showProblems(QStringLiteral("2 files were left out"), {{base::ErrorCode::Malformed, "a", "bad"}, {base::ErrorCode::NotFound, "b", "gone"}});
        QVERIFY(bar.text().contains(QStringLiteral("b: gone")));
        QTest::mouseClick(bar.findChild<QToolButton*>(QStringLiteral("messageCloseButton")), Qt::LeftButton);
        QVERIFY(!bar.isVisible());
    }

    void themeChangesAtOnce()
    {
        MainWindow window;
        window.show();
        QSignalSpy changed(&window, &MainWindow::themeChanged);
        QCOMPARE(window.palette().color(QPalette::Window), themeColours(ThemeKind::Dark).window);
        const QImage darkIcon = icon(QStringLiteral("open")).pixmap(24, 24).toImage();
        action(window, "themeAction").trigger();
        QCOMPARE(changed.count(), 1);
        QCOMPARE(window.palette().color(QPalette::Window), themeColours(ThemeKind::Light).window);
        QVERIFY(icon(QStringLiteral("open")).pixmap(24, 24).toImage() != darkIcon);
        QVERIFY(action(window, "lightThemeAction").isChecked());
        window.setTheme(ThemeKind::Dark);
        QCOMPARE(changed.count(), 1);
    }

    void textHasContrast_data()
    {
        QTest::addColumn<int>("kind");
        QTest::newRow("dark") << static_cast<int>(ThemeKind::Dark);
        QTest::newRow("light") << static_cast<int>(ThemeKind::Light);
    }
    void textHasContrast()
    {
        QFETCH(int, kind);
        const ThemeColours& c = themeColours(static_cast<ThemeKind>(kind));
        const auto readable = [](const QColor& text, const QColor& ground) { return contrastRatio(text, ground) >= 4.5; };
        for (const QColor& ground : {c.window, c.panel, c.raised, c.field, c.selection}) {
            QVERIFY2(readable(c.text, ground), qPrintable(ground.name()));
        }
        for (const QColor& ground : {c.window, c.panel, c.field, c.raised}) {
            QVERIFY2(readable(c.textMuted, ground), qPrintable(ground.name()));
        }
        for (const QColor& text : {c.good, c.warning, c.danger}) {
            QVERIFY2(readable(text, c.panel) && readable(text, c.raised), qPrintable(text.name()));
        }
        QVERIFY2(readable(c.accentText, c.accent), qPrintable(QString::number(contrastRatio(c.accentText, c.accent))));
        QVERIFY(readable(c.stripText, c.stripGround));
        QVERIFY(contrastRatio(c.focus, c.panel) >= 3.0 && contrastRatio(c.barFill, c.barTrack) >= 3.0);
        QCOMPARE(contrastRatio(Qt::white, Qt::black), 21.0);
        QVERIFY(!themeStyleSheet(static_cast<ThemeKind>(kind)).contains(QStringLiteral("@{")));
    }

    void everyControlIsNamedAndReachableByTab()
    {
        MainWindow window;
        window.show();
        QVERIFY(QTest::qWaitForWindowActive(&window));
        window.setPerspective(MainWindow::Perspective::Train);
        std::set<QWidget*> reached;
        QWidget* start = window.trainPage().findChild<QPushButton*>(QStringLiteral("csvButton"));
        QVERIFY(start);
        start->setFocus();
        for (int i = 0; i < 200 && reached.insert(QApplication::focusWidget()).second; ++i) {
            QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
        }
        for (QWidget* control : window.trainPage().findChildren<QWidget*>()) {
            const bool isControl = qobject_cast<QAbstractButton*>(control) || control->inherits("QAbstractSpinBox") || control->inherits("QComboBox");
            if (isControl && control->isVisible() && control->isEnabled() && !control->inherits("QTableCornerButton")) {
                QVERIFY2(!control->objectName().isEmpty(), control->metaObject()->className());
                QVERIFY2(reached.count(control) == 1 || control->focusPolicy() == Qt::NoFocus, qPrintable(control->objectName()));
            }
        }
    }

    void helpOpensWithoutBlocking()
    {
        MainWindow window;
        window.setVersions(QStringLiteral("Qt 6.4.2\nOpenCV 4.6"));
        window.show();
        action(window, "aboutAction").trigger();
        auto* about = window.findChild<QDialog*>(QStringLiteral("aboutDialog"));
        QVERIFY(about && about->isVisible());
        about->reject();
        action(window, "keyboardAction").trigger();
        QVERIFY(window.findChild<QDialog*>(QStringLiteral("keyboardDialog")));
    }

    void frenchIsThereWholeAndNothingIsCut()
    {
        if (!QFile::exists(QStringLiteral(":/diascope/i18n/diascope_fr.qm"))) {
            initResources();
        }
        if (!QFile::exists(QStringLiteral(":/diascope/i18n/diascope_fr.qm"))) {
            QSKIP("built without Qt's translation tools (qt6-l10n-tools)");
        }
        QFile source(qEnvironmentVariable("DIASCOPE_SOURCE") + QStringLiteral("/resources/i18n/diascope_fr.ts"));
        QVERIFY2(source.open(QIODevice::ReadOnly), qPrintable(source.fileName()));
        QVERIFY(!source.readAll().contains("unfinished"));

        QVERIFY(installLanguage(*qApp, QStringLiteral("fr")));
        {
            MainWindow window;
            window.resize(1280, 800);
            window.show();
            const test::Shown shown = test::ultrasound();
            window.readPage().viewport().setSeries(test::series("us", shown, 20, true));
            window.readPage().viewport().setImage(0, shown.image, shown.info);
            QVERIFY(window.readPage().setPrediction(test::prediction(shown)));
            QVERIFY(window.readPage().setExplanation(test::explanation(shown)));
            QVERIFY(window.readPage().viewport().cornerText(3).contains(QStringLiteral("Image 1 / 20")));
            QCOMPARE(action(window, "trainAction").text(), QStringLiteral("Entraîner"));
            for (const auto perspective : {MainWindow::Perspective::Read, MainWindow::Perspective::Train}) {
                window.setPerspective(perspective);
                QImage last;
                QVERIFY(QTest::qWaitFor([&] {
                    const QImage before = std::exchange(last, window.grab().toImage());
                    return before == last;
                }));
                if (const QString folder = qEnvironmentVariable("DIASCOPE_LOOK_DIR"); !folder.isEmpty()) {
                    QVERIFY(last.save(folder + (perspective == MainWindow::Perspective::Read ? "/french-read.png" : "/french-train.png")));
                }
                checkNothingIsCut(window);
            }
        }
        for (auto* translator : qApp->findChildren<QTranslator*>()) {
            QCoreApplication::removeTranslator(translator);
        }
        QLocale::setDefault(QLocale::c());
    }

private:
    static void checkNothingIsCut(MainWindow& window)
    {
        for (const QWidget* widget : window.findChildren<QWidget*>()) {
            const auto* label = qobject_cast<const QLabel*>(widget);
            const bool button = qobject_cast<const QPushButton*>(widget) || qobject_cast<const QCheckBox*>(widget)
                                || qobject_cast<const QToolButton*>(widget);
            if (!widget->isVisible() || !(label || button) || (label && !label->pixmap().isNull())) {
                continue;
            }
            const QString which = widget->objectName() + QStringLiteral(": ")
                                  + (label ? label->text() : qobject_cast<const QAbstractButton*>(widget)->text());
            if (label && label->wordWrap()) {
                QVERIFY2(widget->height() >= label->heightForWidth(widget->width()) - 1, qPrintable(which));
                for (const QString& word : label->text().split(QRegularExpression(QStringLiteral("\\s+")))) {
                    QVERIFY2(label->fontMetrics().horizontalAdvance(word) <= widget->width(), qPrintable(which));
                }
            } else if (button) {
                QVERIFY2(widget->width() >= widget->sizeHint().width() - 6, qPrintable(which));
            } else {
                QVERIFY2(widget->width() >= widget->sizeHint().width() - 1, qPrintable(which));
            }
        }
    }
};

QTEST_MAIN(MainWindowTest)
#include "MainWindowTest.moc"
