// SPDX-License-Identifier: GPL-3.0-or-later

#include "Fixtures.h"
#include "ui/read/CineClock.h"
#include "ui/read/CornerText.h"
#include "ui/read/OrientationLetters.h"
#include "ui/read/Viewport.h"

#include <QMenu>
#include <QWheelEvent>
#include <QtTest>

#include <cmath>
#include <memory>

using namespace diascope;
using namespace diascope::ui;

namespace {

void drag(QWidget& widget, Qt::MouseButton button, QPoint from, QPoint to)
{
    const auto send = [&](QEvent::Type type, QPoint at, Qt::MouseButton changed, Qt::MouseButtons held) {
        QMouseEvent event(type, QPointF(at), QPointF(widget.mapToGlobal(at)), changed, held, Qt::NoModifier);
        QApplication::sendEvent(&widget, &event);
    };
    send(QEvent::MouseButtonPress, from, button, button);
    send(QEvent::MouseMove, (from + to) / 2, Qt::NoButton, button);
    send(QEvent::MouseMove, to, Qt::NoButton, button);
    send(QEvent::MouseButtonRelease, to, button, Qt::NoButton);
}

void wheel(QWidget& widget, QPoint at, int delta, Qt::KeyboardModifiers modifiers = Qt::NoModifier)
{
    QWheelEvent event(QPointF(at), QPointF(widget.mapToGlobal(at)), {}, {0, delta}, Qt::NoButton, modifiers, Qt::NoScrollPhase, false);
    QApplication::sendEvent(&widget, &event);
}

std::unique_ptr<Viewport> viewportWith(const test::Shown& shown, int count, bool multiFrame, QSize size = {640, 480})
{
    auto viewport = std::make_unique<Viewport>();
    viewport->resize(size);
    viewport->show();
    viewport->setSeries(test::series("s", shown, count, multiFrame));
    viewport->setImage(0, shown.image, shown.info);
    return viewport;
}

} // namespace

class ViewportTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void leftDragChangesTheWindow_data()
    {
        QTest::addColumn<QPoint>("to");
        QTest::addColumn<bool>("reversed");
        QTest::addColumn<int>("width");  // sign of the change
        QTest::addColumn<int>("centre");
        QTest::newRow("right is wider") << QPoint(400, 240) << false << 1 << 0;
        QTest::newRow("left is narrower") << QPoint(240, 240) << false << -1 << 0;
        QTest::newRow("up is brighter: lower centre") << QPoint(320, 160) << false << 0 << -1;
        QTest::newRow("down is darker") << QPoint(320, 320) << false << 0 << 1;
        QTest::newRow("reversed: down is brighter") << QPoint(320, 320) << true << 0 << -1;
    }
    void leftDragChangesTheWindow()
    {
        QFETCH(QPoint, to);
        QFETCH(bool, reversed);
        QFETCH(int, width);
        QFETCH(int, centre);
        const auto viewport = viewportWith(test::ct(), 1, false);
        viewport->setLevelReversed(reversed);
        QSignalSpy changed(viewport.get(), &Viewport::windowChanged);
        const image::Window before = viewport->window();
        QCOMPARE(before.width, 400.0);
        QCOMPARE(before.centre, 40.0);
        drag(*viewport, Qt::LeftButton, {320, 240}, to);
        const image::Window after = viewport->window();
        const auto sign = [](double v) { return v > 0 ? 1 : (v < 0 ? -1 : 0); };
        QCOMPARE(sign(after.width - before.width), width);
        QCOMPARE(sign(after.centre - before.centre), centre);
        QVERIFY(changed.count() > 0);
    }

    void brighterIsBrighterOnTheScreen()
    {
        const auto viewport = viewportWith(test::ct(), 1, false);
        const QPoint middle(320, 200);
        const int before = qGray(viewport->grab().toImage().pixel(middle));
        drag(*viewport, Qt::LeftButton, {320, 240}, {320, 140});
        QVERIFY(qGray(viewport->grab().toImage().pixel(middle)) > before);
    }

    void middleDragPansWithThePointer()
    {
        const auto viewport = viewportWith(test::ct(), 1, false);
        const QPointF under = viewport->toImage({300, 200});
        drag(*viewport, Qt::MiddleButton, {300, 200}, {340, 230});
        const QPointF now = viewport->toWidget(under);
        QVERIFY2(std::abs(now.x() - 340) < 0.5 && std::abs(now.y() - 230) < 0.5, qPrintable(QString::number(now.x())));
    }

    void rightDragZoomsAndAClickOpensTheMenu()
    {
        const auto viewport = viewportWith(test::ct(), 1, false);
        const double before = viewport->zoom();
        drag(*viewport, Qt::RightButton, {300, 200}, {300, 120});
        QVERIFY(viewport->zoom() > before * 1.2);
        QVERIFY(!viewport->findChild<QMenu*>(QStringLiteral("viewportMenu")));
        QTest::mouseClick(viewport.get(), Qt::RightButton, {}, {300, 200});
        auto* menu = viewport->findChild<QMenu*>(QStringLiteral("viewportMenu"));
        QVERIFY(menu);
        QStringList texts;
        for (const QAction* action : menu->actions()) {
            texts << action->text();
        }
        QVERIFY(texts.contains(QStringLiteral("Soft tissue\t1")));
        QVERIFY(texts.contains(QStringLiteral("Brain\t3")));
        menu->close();
    }

    void controlWheelKeepsThePointUnderThePointer_data()
    {
        QTest::addColumn<QPoint>("at");
        QTest::addColumn<int>("turns");
        QTest::addColumn<bool>("flip");
        QTest::newRow("plain") << QPoint(200, 150) << 0 << false;
        QTest::newRow("corner") << QPoint(630, 470) << 0 << false;
        QTest::newRow("turned") << QPoint(200, 150) << 1 << false;
        QTest::newRow("turned and flipped") << QPoint(410, 333) << 3 << true;
    }
    void controlWheelKeepsThePointUnderThePointer()
    {
        QFETCH(QPoint, at);
        QFETCH(int, turns);
        QFETCH(bool, flip);
        const auto viewport = viewportWith(test::ct(), 1, false);
        for (int i = 0; i < turns; ++i) {
            viewport->rotateClockwise();
        }
        if (flip) {
            viewport->flipHorizontally();
        }
        const QPointF before = viewport->toImage(at);
        const double zoom = viewport->zoom();
        wheel(*viewport, at, 240, Qt::ControlModifier);
        QVERIFY(std::abs(viewport->zoom() - zoom * 1.44) < 1e-9);
        const QPointF after = viewport->toImage(at);
        QVERIFY(std::hypot(after.x() - before.x(), after.y() - before.y()) < 1e-6);
    }

    void wheelAndKeysScroll_data()
    {
        QTest::addColumn<int>("key");
        QTest::addColumn<int>("delta");
        QTest::addColumn<int>("wanted");
        QTest::newRow("wheel down") << 0 << -120 << 6;
        QTest::newRow("wheel up twice") << 0 << 240 << 3;
        QTest::newRow("right") << int(Qt::Key_Right) << 0 << 6;
        QTest::newRow("up") << int(Qt::Key_Up) << 0 << 4;
        QTest::newRow("home") << int(Qt::Key_Home) << 0 << 0;
        QTest::newRow("end") << int(Qt::Key_End) << 0 << 23;
    }
    void wheelAndKeysScroll()
    {
        QFETCH(int, key);
        QFETCH(int, delta);
        QFETCH(int, wanted);
        const test::Shown shown = test::ct();
        const auto viewport = viewportWith(shown, 24, false);
        viewport->setImage(5, shown.image, shown.info);
        QSignalSpy requested(viewport.get(), &Viewport::imageRequested);
        if (key != 0) {
            QTest::keyClick(viewport.get(), static_cast<Qt::Key>(key));
        } else {
            wheel(*viewport, {100, 100}, delta);
        }
        QCOMPARE(requested.count(), 1);
        QCOMPARE(requested.at(0).at(0).toInt(), wanted);
    }

    void scrollingGoesOnFromWhatWasAskedFor()
    {
        const auto viewport = viewportWith(test::ct(), 24, false);
        QSignalSpy requested(viewport.get(), &Viewport::imageRequested);
        wheel(*viewport, {100, 100}, -120);
        wheel(*viewport, {100, 100}, -120);
        QCOMPARE(requested.count(), 2);
        QCOMPARE(requested.at(1).at(0).toInt(), 2);
    }

    void invertTurnsGreysRound()
    {
        const auto viewport = viewportWith(test::ct(), 1, false);
        viewport->setAnnotations(Viewport::Annotations::None);
        const int before = qGray(viewport->grab().toImage().pixel(320, 130));
        QTest::keyClick(viewport.get(), Qt::Key_I);
        QVERIFY(viewport->inverted());
        QVERIFY(std::abs(qGray(viewport->grab().toImage().pixel(320, 130)) - (255 - before)) <= 1);
    }

    void orientationLettersFollowRotationAndFlip_data()
    {
        QTest::addColumn<QString>("keys");
        QTest::addColumn<QStringList>("letters"); // left, top, right, bottom
        // An axial slice: right of the image is the patient's left, down is posterior.
        QTest::newRow("as stored") << QString() << QStringList{"R", "A", "L", "P"};
        QTest::newRow("turned right") << QStringLiteral("R") << QStringList{"P", "R", "A", "L"};
        QTest::newRow("upside down") << QStringLiteral("RR") << QStringList{"L", "P", "R", "A"};
        QTest::newRow("flipped") << QStringLiteral("F") << QStringList{"L", "A", "R", "P"};
        QTest::newRow("turned, then flipped") << QStringLiteral("RF") << QStringList{"A", "R", "P", "L"};
        QTest::newRow("flipped, then turned") << QStringLiteral("FR") << QStringList{"P", "L", "A", "R"};
        QTest::newRow("flipped twice") << QStringLiteral("FF") << QStringList{"R", "A", "L", "P"};
        QTest::newRow("four turns") << QStringLiteral("RRRR") << QStringList{"R", "A", "L", "P"};
    }
    void orientationLettersFollowRotationAndFlip()
    {
        QFETCH(QString, keys);
        QFETCH(QStringList, letters);
        const auto viewport = viewportWith(test::ct(), 1, false);
        QTest::keyClicks(viewport.get(), keys);
        QCOMPARE(viewport->orientationLetters(), letters);
    }

    void orientationIsNeverGuessed_data()
    {
        QTest::addColumn<QString>("patientOrientation");
        QTest::addColumn<QStringList>("letters");
        QTest::newRow("nothing known") << QString() << QStringList{"", "", "", ""};
        QTest::newRow("from the file") << QStringLiteral("P\\F") << QStringList{"A", "H", "P", "F"};
        QTest::newRow("nonsense") << QStringLiteral("UP\\DOWN") << QStringList{"", "", "", ""};
        QTest::newRow("half") << QStringLiteral("L") << QStringList{"", "", "", ""};
    }
    void orientationIsNeverGuessed()
    {
        QFETCH(QString, patientOrientation);
        QFETCH(QStringList, letters);
        test::Shown shown = test::ultrasound();
        shown.info.patientOrientation = patientOrientation.toStdString();
        QCOMPARE(viewportWith(shown, 1, false)->orientationLetters(), letters);
    }

    void holdingHHidesTheOverlay()
    {
        const test::Shown shown = test::ultrasound();
        const auto viewport = viewportWith(shown, 20, true);
        QVERIFY(viewport->setExplanation(test::explanation(shown)));
        QVERIFY(!viewport->overlayPainted()); // off by default
        const QImage plain = viewport->grab().toImage();
        QTest::keyClick(viewport.get(), Qt::Key_G);
        QVERIFY(viewport->overlayPainted());
        const QImage with = viewport->grab().toImage();
        QVERIFY(with != plain);
        QTest::keyPress(viewport.get(), Qt::Key_H);
        QVERIFY(!viewport->overlayPainted());
        QCOMPARE(viewport->grab().toImage(), plain);
        QTest::keyRelease(viewport.get(), Qt::Key_H);
        QVERIFY(viewport->overlayPainted());
        QCOMPARE(viewport->grab().toImage(), with);
    }

    void overlayOfAnotherImageIsRefused_data()
    {
        QTest::addColumn<QString>("what");
        for (const char* what : {"uid", "frame", "pixels", "no hash"}) {
            QTest::newRow(what) << QString::fromLatin1(what);
        }
    }
    void overlayOfAnotherImageIsRefused()
    {
        QFETCH(QString, what);
        const test::Shown shown = test::ultrasound();
        const auto viewport = viewportWith(shown, 20, true);
        viewport->setOverlayVisible(true);
        QVERIFY(viewport->setExplanation(test::explanation(shown)));
        predict::Explanation other = test::explanation(shown);
        if (what == QLatin1String("uid")) {
            other.source.sopInstanceUid += "1";
        } else if (what == QLatin1String("frame")) {
            other.source.frame = 1;
        } else if (what == QLatin1String("pixels")) {
            other.source.pixelSha256 = image::pixelHash(test::ultrasound(1).image);
        } else {
            other.source.pixelSha256.clear();
        }
        QSignalSpy refused(viewport.get(), &Viewport::explanationRefused);
        QVERIFY(!viewport->setExplanation(other));
        QCOMPARE(refused.count(), 1);
        QVERIFY(!viewport->overlayPainted()); // the one before is gone too
    }

    void nothingToShowPaintsNothing()
    {
        const test::Shown shown = test::ultrasound();
        const auto viewport = viewportWith(shown, 20, true);
        const QImage plain = viewport->grab().toImage();
        predict::Explanation empty = test::explanation(shown);
        empty.map.nothingToShow = true;
        viewport->setOverlayVisible(true);
        QVERIFY(viewport->setExplanation(empty));
        QCOMPARE(viewport->grab().toImage(), plain);
    }

    void everythingGoesBeforeALoad()
    {
        const test::Shown shown = test::ultrasound();
        const auto viewport = viewportWith(shown, 20, true);
        viewport->setOverlayVisible(true);
        QVERIFY(viewport->setExplanation(test::explanation(shown)));
        QVERIFY(viewport->cornerText(0).contains(QStringLiteral("PHANTOM KIDNEY")));
        QSignalSpy shownChanged(viewport.get(), &Viewport::shownChanged);
        viewport->clear(QStringLiteral("Reading folder"));
        QCOMPARE(shownChanged.count(), 1);
        QVERIFY(!viewport->hasImage());
        QVERIFY(!viewport->overlayPainted());
        QVERIFY(!viewport->binding().has_value());
        QCOMPARE(viewport->stateText(), QStringLiteral("Reading folder"));
        for (int corner = 0; corner < 4; ++corner) {
            QVERIFY(viewport->cornerText(corner).isEmpty());
        }
        viewport->setError(QStringLiteral("Damaged"));
        QCOMPARE(viewport->stateText(), QStringLiteral("Damaged"));
        viewport->clear();
        QVERIFY(viewport->stateText().contains(QStringLiteral("Ctrl+O")));
    }

    void anErrorTakesThePictureAwayAndScrollingGoesOn()
    {
        const auto viewport = viewportWith(test::ct(), 24, false);
        QSignalSpy requested(viewport.get(), &Viewport::imageRequested);
        QTest::keyClick(viewport.get(), Qt::Key_Right);
        viewport->setError(QStringLiteral("image1.dcm: damaged"));
        QVERIFY(!viewport->hasImage());
        QTest::keyClick(viewport.get(), Qt::Key_Right);
        QCOMPARE(requested.last().at(0).toInt(), 2);
    }

    void annotationsHaveThreeLevelsAndKeepTheIdentity()
    {
        const auto viewport = viewportWith(test::ultrasound(), 20, true);
        QVERIFY(viewport->cornerText(2).first().startsWith(QStringLiteral("W 256")));
        QTest::keyClick(viewport.get(), Qt::Key_Space);
        QCOMPARE(viewport->annotations(), Viewport::Annotations::Minimal);
        QVERIFY(viewport->cornerText(2).isEmpty());
        QVERIFY(viewport->cornerText(1).contains(QStringLiteral("Lossy compressed: JPEG 10:1")));
        QTest::keyClick(viewport.get(), Qt::Key_Space);
        QCOMPARE(viewport->annotations(), Viewport::Annotations::None);
        QVERIFY(viewport->cornerText(0).contains(QStringLiteral("PHANTOM KIDNEY")));
        QTest::keyClick(viewport.get(), Qt::Key_Space);
        QCOMPARE(viewport->annotations(), Viewport::Annotations::All);
    }

    void markersSayWhatAReaderMustKnow()
    {
        test::Shown shown = test::ultrasound();
        shown.image.spacing.reset();
        shown.info.spacing.reset();
        shown.info.frameTimesMs.clear();
        shown.info.frameTimeAssumed = true;
        shown.info.patient = {};
        shown.info.problems = {{base::ErrorCode::Malformed, "a.dcm", "half of the rows are missing"}};
        const auto viewport = viewportWith(shown, 20, true);
        const QStringList corner = viewport->cornerText(1);
        QVERIFY(corner.contains(QStringLiteral("INCOMPLETE IMAGE")));
        QVERIFY(corner.contains(QStringLiteral("Uncalibrated: pixels, not mm")));
        QVERIFY(viewport->cornerText(3).contains(QStringLiteral("10.0 frames/s (assumed)")));
        QVERIFY(!viewport->cornerText(0).join(QString()).contains(QStringLiteral("PHANTOM")));
        QCOMPARE(patientLines({}), QStringList());
    }

    void theProbeTellsModalityUnits()
    {
        const auto viewport = viewportWith(test::ct(), 1, false);
        QMouseEvent move(QEvent::MouseMove, viewport->toWidget({256.5, 331.5}), viewport->mapToGlobal(QPointF(0, 0)), Qt::NoButton,
                         Qt::NoButton, Qt::NoModifier);
        QApplication::sendEvent(viewport.get(), &move);
        const double hu = test::ct().image.modality(256, 331);
        QCOMPARE(viewport->probeText(), QStringLiteral("x 256  y 331:  %1 HU").arg(hu));
    }

    void presetsByKey_data()
    {
        QTest::addColumn<int>("key");
        QTest::addColumn<double>("width");
        QTest::addColumn<double>("centre");
        QTest::newRow("second of the file") << int(Qt::Key_2) << 1500.0 << -600.0;
        QTest::newRow("brain") << int(Qt::Key_3) << 110.0 << 35.0;
        QTest::newRow("bone") << int(Qt::Key_7) << 2000.0 << 350.0;
    }
    void presetsByKey()
    {
        QFETCH(int, key);
        QFETCH(double, width);
        QFETCH(double, centre);
        const auto viewport = viewportWith(test::ct(), 1, false);
        QTest::keyClick(viewport.get(), static_cast<Qt::Key>(key));
        QCOMPARE(viewport->window().width, width);
        QCOMPARE(viewport->window().centre, centre);
        QTest::keyClick(viewport.get(), Qt::Key_Escape);
        QCOMPARE(viewport->window().width, 400.0);
    }

    void cineFollowsTheClockAndDropsFrames()
    {
        const test::Shown shown = test::ultrasound(); // 40 ms a frame, 20 frames
        const auto viewport = viewportWith(shown, 20, true);
        qint64 now = 1000;
        viewport->setTimeSource([&now] { return now; });
        QSignalSpy requested(viewport.get(), &Viewport::imageRequested);
        QTest::keyClick(viewport.get(), Qt::Key_C);
        QVERIFY(viewport->cineRunning());
        QCOMPARE(viewport->framesPerSecond(), 25.0);
        now += 45;
        viewport->tickCine();
        QCOMPARE(requested.takeFirst().at(0).toInt(), 1);
        now += 200; // decoding takes its time: nothing more is asked for meanwhile
        viewport->tickCine();
        QCOMPARE(requested.count(), 0);
        viewport->setImage(1, shown.image, shown.info);
        viewport->tickCine();
        QCOMPARE(requested.takeFirst().at(0).toInt(), 6); // 245 ms are six frames: four were dropped
        viewport->setImage(6, shown.image, shown.info);
        now = 1000 + 19 * 40 + 85; // past the end: runs round
        viewport->tickCine();
        QCOMPARE(requested.takeFirst().at(0).toInt(), 1);
        QTest::keyClick(viewport.get(), Qt::Key_C);
        QVERIFY(!viewport->cineRunning());
    }

    void clockCountsUnequalFrames()
    {
        const CineClock clock({10.0, 20.0, 30.0}, 3);
        QCOMPARE(clock.frameAt(0, 9), 0);
        QCOMPARE(clock.frameAt(0, 10), 1);
        QCOMPARE(clock.frameAt(0, 29), 1);
        QCOMPARE(clock.frameAt(0, 30), 2);
        QCOMPARE(clock.frameAt(0, 60), 0);
        QCOMPARE(clock.frameAt(2, 30), 0);
        QCOMPARE(clock.framesPerSecond(), 50.0);
        QCOMPARE(CineClock({0.0}, 4).framesPerSecond(), 10.0);
        QCOMPARE(CineClock().frameAt(3, 100), 0);
    }

    void doubleClickFitsThenMaximises()
    {
        const auto viewport = viewportWith(test::ct(), 1, false);
        QSignalSpy maximise(viewport.get(), &Viewport::maximiseRequested);
        viewport->oneToOne();
        QVERIFY(!viewport->fitted());
        QCOMPARE(viewport->zoom(), 1.0);
        QTest::mouseDClick(viewport.get(), Qt::LeftButton, {}, {300, 200});
        QVERIFY(viewport->fitted());
        QCOMPARE(maximise.count(), 0);
        QTest::mouseDClick(viewport.get(), Qt::LeftButton, {}, {300, 200});
        QCOMPARE(maximise.count(), 1);
    }
};

QTEST_MAIN(ViewportTest)
#include "ViewportTest.moc"
