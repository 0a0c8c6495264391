// SPDX-License-Identifier: GPL-3.0-or-later

#include "Fixtures.h"
#include "ui/read/CineBar.h"
#include "ui/read/ClassBars.h"
#include "ui/read/OverlayControls.h"
#include "ui/read/ReadPage.h"
#include "ui/read/ResultPanel.h"
#include "ui/read/SeriesPanel.h"
#include "ui/read/Viewport.h"

#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QListWidget>
#include <QPushButton>
#include <QSlider>
#include <QToolButton>
#include <QtTest>

#include <memory>

using namespace diascope;
using namespace diascope::ui;

namespace {

std::unique_ptr<ReadPage> pageWith(const test::Shown& shown)
{
    auto page = std::make_unique<ReadPage>();
    page->resize(1280, 760);
    page->show();
    page->viewport().setSeries(test::series("us", shown, 20, true));
    page->viewport().setImage(0, shown.image, shown.info);
    return page;
}

template <typename Widget> Widget& named(QWidget& root, const char* name)
{
    auto* found = root.findChild<Widget*>(QString::fromLatin1(name));
    if (!found) {
        qFatal("no control is named %s", name);
    }
    return *found;
}

} // namespace

class ReadPageTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void anAnswerIsShownWithItsNumbersAndItsPackage()
    {
        const test::Shown shown = test::ultrasound();
        const auto page = pageWith(shown);
        QVERIFY(page->setPrediction(test::prediction(shown)));
        QCOMPARE(page->resultPanel().state(), ResultPanel::State::Answer);
        QCOMPARE(named<QLabel>(*page, "verdictLabel").text(), QStringLiteral("Cyst"));
        QCOMPARE(named<ClassBars>(*page, "classBars").rowText(1), QStringLiteral("Cyst: 82.4 % (logit 1.54)"));
        QCOMPARE(named<QLabel>(*page, "operatingPointLabel").text(), QStringLiteral("Operating point 0.412, locked on validation data"));
        QCOMPARE(named<QLabel>(*page, "packageLabel").text(), QStringLiteral("KidneyNet 1.2 (3f9a2c1e)"));
        QVERIFY(named<QLabel>(*page, "packageDetailLabel").text().contains(QStringLiteral("310 phantoms")));
        QCOMPARE(named<QLabel>(*page, "calibrationLabel").text(), QStringLiteral("Calibrated: temperature T = 1.8"));
        QVERIFY(!named<QLabel>(*page, "networkSawPicture").pixmap().isNull());
    }

    void anUncalibratedPackageSaysSo()
    {
        const test::Shown shown = test::ultrasound();
        const auto page = pageWith(shown);
        predict::Prediction plain = test::prediction(shown);
        plain.package.calibrated = false;
        plain.thresholdLocked = false;
        QVERIFY(page->setPrediction(plain));
        QVERIFY(named<QLabel>(*page, "calibrationLabel").text().startsWith(QStringLiteral("Not calibrated")));
        QVERIFY(named<QLabel>(*page, "operatingPointLabel").text().startsWith(QStringLiteral("Default threshold")));
    }

    void anAnswerForAnotherImageIsDropped()
    {
        const test::Shown shown = test::ultrasound();
        const auto page = pageWith(shown);
        QVERIFY(!page->setPrediction(test::prediction(test::ultrasound(1))));
        QCOMPARE(page->resultPanel().state(), ResultPanel::State::NoPackage);
    }

    void anAnswerNeverOutlivesItsImage_data()
    {
        QTest::addColumn<QString>("what");
        for (const char* what : {"next image", "new series", "error", "cleared"}) {
            QTest::newRow(what) << QString::fromLatin1(what);
        }
    }
    void anAnswerNeverOutlivesItsImage()
    {
        QFETCH(QString, what);
        const test::Shown shown = test::ultrasound();
        const auto page = pageWith(shown);
        QVERIFY(page->setPrediction(test::prediction(shown)));
        QVERIFY(page->setExplanation(test::explanation(shown)));
        page->setOverlayVisible(true);
        QVERIFY(page->viewport().overlayPainted());
        QSignalSpy imageShown(page.get(), &ReadPage::imageShown);
        if (what == QLatin1String("next image")) {
            const test::Shown next = test::ultrasound(1);
            page->viewport().setImage(1, next.image, next.info);
        } else if (what == QLatin1String("new series")) {
            page->viewport().setSeries(test::series("ct", test::ct(), 3, false));
        } else if (what == QLatin1String("error")) {
            page->viewport().setError(QStringLiteral("damaged"));
        } else {
            page->viewport().clear();
        }
        QCOMPARE(imageShown.count(), what == QLatin1String("next image") ? 1 : 0);
        QCOMPARE(page->resultPanel().state(), ResultPanel::State::Ready);
        QVERIFY(named<QLabel>(*page, "verdictLabel").text().isEmpty());
        QVERIFY(named<ClassBars>(*page, "classBars").rowText(0).isEmpty());
        QVERIFY(named<QLabel>(*page, "networkSawPicture").pixmap().isNull());
        QVERIFY(!page->viewport().overlayPainted());
    }

    void overlayBoxKeyAndMenuAgree()
    {
        const test::Shown shown = test::ultrasound();
        const auto page = pageWith(shown);
        QVERIFY(page->setPrediction(test::prediction(shown)));
        QVERIFY(page->setExplanation(test::explanation(shown)));
        auto& box = named<QCheckBox>(*page, "overlayCheckBox");
        QVERIFY(!box.isChecked());
        QTest::keyClick(&box, Qt::Key_Space);
        QVERIFY(page->viewport().overlayVisible());
        QTest::keyClick(&page->viewport(), Qt::Key_G);
        QVERIFY(!box.isChecked());
    }

    void overlayControlsReachThePicture()
    {
        const test::Shown shown = test::ultrasound();
        const auto page = pageWith(shown);
        OverlayControls& controls = page->resultPanel().overlayControls();
        controls.setMethods({QStringLiteral("gradcam"), QStringLiteral("attention")});
        QVERIFY(page->setPrediction(test::prediction(shown)));
        QVERIFY(page->setExplanation(test::explanation(shown)));
        page->setOverlayVisible(true);
        QSignalSpy style(&controls, &OverlayControls::styleRequested);
        QSignalSpy asked(&controls, &OverlayControls::explanationRequested);
        const QImage before = page->viewport().grab().toImage();
        named<QSlider>(controls, "opacitySlider").setValue(90);
        QCOMPARE(style.count(), 1);
        QVERIFY(page->viewport().grab().toImage() != before);
        QCOMPARE(controls.overlayStyle().opacity, 0.9);
        named<QComboBox>(controls, "methodComboBox").setCurrentIndex(1);
        QCOMPARE(asked.count(), 1);
        QCOMPARE(asked.at(0).at(0).toString(), QStringLiteral("attention"));
        QCOMPARE(asked.at(0).at(1).toInt(), 1);
        auto& maps = named<QComboBox>(controls, "colourMapComboBox");
        QCOMPARE(maps.itemText(0), QStringLiteral("Inferno"));
        QVERIFY(maps.findText(QStringLiteral("Jet (legacy)")) > 0);
    }

    void nothingToShowIsSaid()
    {
        const test::Shown shown = test::ultrasound();
        const auto page = pageWith(shown);
        predict::Explanation empty = test::explanation(shown);
        empty.map.nothingToShow = true;
        QVERIFY(page->setExplanation(empty));
        QVERIFY(named<QLabel>(*page, "overlayStatementLabel").text().startsWith(QStringLiteral("Nothing to show")));
        QVERIFY(page->setExplanation(test::explanation(shown)));
        QVERIFY(named<QLabel>(*page, "overlayStatementLabel").text().startsWith(QStringLiteral("Relative within this image")));
    }

    void seriesAreListedAsPlainTextAndAskedForByKey()
    {
        SeriesPanel panel;
        QSignalSpy thumbnails(&panel, &SeriesPanel::thumbnailRequested);
        QSignalSpy asked(&panel, &SeriesPanel::seriesRequested);
        test::Shown hostile = test::ct();
        hostile.info.seriesDescription = "<b>bold</b>\x1b[31m";
        panel.setSeries({test::series("us", test::ultrasound(), 20, true), test::series("ct", hostile, 24, false)});
        QCOMPARE(thumbnails.count(), 2);
        auto& list = named<QListWidget>(panel, "seriesList");
        QVERIFY(list.item(0)->text().contains(QStringLiteral("US · 20 images")));
        QVERIFY(list.item(1)->text().contains(QStringLiteral("<b>bold</b>")));
        QVERIFY(!list.item(1)->text().contains(QChar(0x1b)));
        QVERIFY(list.item(1)->toolTip().contains(QStringLiteral("&lt;b&gt;")));
        panel.show();
        QTest::mouseClick(list.viewport(), Qt::LeftButton, {}, list.visualItemRect(list.item(1)).center());
        QCOMPARE(asked.count(), 1);
        QCOMPARE(asked.at(0).at(0).toString(), QStringLiteral("ct"));
        panel.setCurrent(QStringLiteral("us"));
        QCOMPARE(asked.count(), 1);
        panel.step(1);
        QCOMPARE(asked.count(), 2);
    }

    void cineBarFollowsTheViewportAndSteersIt()
    {
        const test::Shown shown = test::ultrasound();
        const auto page = pageWith(shown);
        QSignalSpy requested(&page->viewport(), &Viewport::imageRequested);
        auto& slider = named<QSlider>(*page, "imageSlider");
        QCOMPARE(slider.maximum(), 20);
        slider.setValue(8);
        QCOMPARE(requested.count(), 1);
        QCOMPARE(requested.at(0).at(0).toInt(), 7);
        QTest::mouseClick(&named<QToolButton>(*page, "playButton"), Qt::LeftButton);
        QVERIFY(page->viewport().cineRunning());
        QTest::keyClick(&page->viewport(), Qt::Key_Escape);
        QVERIFY(!named<QToolButton>(*page, "playButton").isChecked());
    }

    void keysThatAControlDoesNotWantReachTheImage()
    {
        const test::Shown shown = test::ultrasound();
        const auto page = pageWith(shown);
        QVERIFY(page->setPrediction(test::prediction(shown)));
        page->setOverlayVisible(true);
        QTest::keyClick(&named<QSlider>(*page, "opacitySlider"), Qt::Key_I);
        QVERIFY(page->viewport().inverted());
    }

    void theScreenshotCarriesTheSafetyLine()
    {
        const test::Shown shown = test::ultrasound();
        const auto page = pageWith(shown);
        const int plain = page->screenshot().height();
        QVERIFY(plain > page->viewport().height());
        QVERIFY(page->setPrediction(test::prediction(shown)));
        QVERIFY(page->screenshot().height() > plain); // one more line: who answered
    }
};

QTEST_MAIN(ReadPageTest)
#include "ReadPageTest.moc"
