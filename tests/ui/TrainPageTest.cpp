// SPDX-License-Identifier: GPL-3.0-or-later

#include "Fixtures.h"
#include "ui/plots/CurvesView.h"
#include "ui/train/PlanForm.h"
#include "ui/train/TrainPage.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFrame>
#include <QLabel>
#include <QLineEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QSpinBox>
#include <QTableWidget>
#include <QtTest>

using namespace diascope;
using namespace diascope::ui;

namespace {

template <typename Widget> Widget& named(QWidget& root, const char* name)
{
    auto* found = root.findChild<Widget*>(QString::fromLatin1(name));
    if (!found) {
        qFatal("no control is named %s", name);
    }
    return *found;
}

std::vector<pipeline::Recipe> recipes()
{
    pipeline::Recipe first;
    first.name = "renalnet";
    first.title = "RenalNet";
    first.plan.preprocess = base::Json{{"steps", base::Json::array()}};
    pipeline::Recipe second;
    second.name = "neuroflux";
    second.title = "Neuroflux";
    second.summary = "Five phases";
    second.plan.model.architecture = "resnet50";
    second.plan.training.epochs = 12;
    return {first, second};
}

DataSummary goodData()
{
    DataSummary summary;
    summary.samples = 10;
    summary.classes = {{"no", 6}, {"yes", 4}};
    summary.groups = 5;
    return summary;
}

void makeReady(TrainPage& page)
{
    page.setArchitectures({QStringLiteral("renalnet"), QStringLiteral("resnet50")});
    page.setDevices({QStringLiteral("auto"), QStringLiteral("cpu"), QStringLiteral("cuda:0")});
    page.setRecipes(recipes());
    page.setDataSource(QStringLiteral("data/train.csv"));
    page.setDataSummary(goodData());
    page.setRunFolder(QStringLiteral("runs/1"));
}

FrozenPlan lastPlan(QSignalSpy& spy)
{
    return spy.last().at(0).value<std::shared_ptr<const pipeline::Plan>>();
}

} // namespace

class TrainPageTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void startGivesThePlanThatTheFormShows()
    {
        TrainPage page;
        page.resize(1200, 760);
        page.show();
        makeReady(page);
        QSignalSpy started(&page, &TrainPage::startRequested);
        named<QSpinBox>(page, "epochsSpinBox").setValue(7);
        named<QDoubleSpinBox>(page, "learningRateSpinBox").setValue(0.0005);
        named<QComboBox>(page, "lossComboBox").setCurrentIndex(2);
        named<QComboBox>(page, "deviceComboBox").setCurrentIndex(1);
        auto& balance = named<QCheckBox>(page, "balanceCheckBox");
        QTest::keyClick(&balance, Qt::Key_Space);
        auto& name = named<QLineEdit>(page, "packageNameEdit");
        name.clear();
        QTest::keyClicks(&name, QStringLiteral("kidney"));
        QTest::mouseClick(&named<QPushButton>(page, "startButton"), Qt::LeftButton);
        QCOMPARE(started.count(), 1);
        QCOMPARE(started.at(0).at(1).toString(), QStringLiteral("runs/1"));
        const FrozenPlan plan = lastPlan(started);
        QCOMPARE(plan->training.epochs, 7);
        QCOMPARE(plan->training.learningRate, 0.0005);
        QCOMPARE(plan->training.loss, std::string("cross-entropy"));
        QCOMPARE(plan->device, std::string("cpu"));
        QCOMPARE(plan->training.balance, false);
        QCOMPARE(plan->package.name, std::string("kidney"));
        QCOMPARE(plan->data.source, std::string("data/train.csv"));
        QCOMPARE(plan->recipe, std::string("renalnet"));
        // What the form does not show goes through unchanged.
        QVERIFY(plan->preprocess == recipes().front().plan.preprocess);
        QCOMPARE(plan->training.backboneLearningRate, 1e-3);
        QCOMPARE(plan->training.seed, std::uint64_t{42});
    }

    void changesAgainstTheRecipeAreMarked()
    {
        TrainPage page;
        page.resize(1200, 760);
        page.show();
        makeReady(page);
        auto& form = named<PlanForm>(page, "planForm");
        auto& mark = named<QLabel>(page, "epochsChangedLabel");
        QVERIFY(form.changedKeys().isEmpty());
        QVERIFY(!mark.isVisible());
        named<QSpinBox>(page, "epochsSpinBox").setValue(31);
        QTRY_VERIFY(mark.isVisible());
        QCOMPARE(mark.text(), QStringLiteral("changed, recipe: 30"));
        QCOMPARE(form.changedKeys(), QStringList{QStringLiteral("training.epochs")});
        named<QSpinBox>(page, "epochsSpinBox").setValue(30);
        QVERIFY(!mark.isVisible());
    }

    void anotherRecipeFillsTheForm()
    {
        TrainPage page;
        makeReady(page);
        QSignalSpy changed(&page, &TrainPage::planChanged);
        auto& box = named<QComboBox>(page, "recipeComboBox");
        box.setFocus();
        QTest::keyClick(&box, Qt::Key_Down);
        QCOMPARE(named<QSpinBox>(page, "epochsSpinBox").value(), 12);
        QCOMPARE(named<QComboBox>(page, "architectureComboBox").currentText(), QStringLiteral("resnet50"));
        QCOMPARE(changed.count(), 1);
        QCOMPARE(lastPlan(changed)->recipe, std::string("neuroflux"));
        QCOMPARE(page.plan().data.source, std::string("data/train.csv"));
    }

    void startNeedsDataAGoodPlanAndAFolder_data()
    {
        QTest::addColumn<QString>("missing");
        QTest::addColumn<bool>("enabled");
        QTest::newRow("all there") << QString() << true;
        for (const char* missing : {"summary", "one class", "error", "plan", "folder", "busy"}) {
            QTest::newRow(missing) << QString::fromLatin1(missing) << false;
        }
    }
    void startNeedsDataAGoodPlanAndAFolder()
    {
        QFETCH(QString, missing);
        QFETCH(bool, enabled);
        TrainPage page;
        makeReady(page);
        if (missing == QLatin1String("summary")) {
            page.setDataSummary(std::nullopt);
        } else if (missing == QLatin1String("one class")) {
            DataSummary one = goodData();
            one.classes.pop_back();
            page.setDataSummary(one);
        } else if (missing == QLatin1String("error")) {
            page.setDataError(base::Error(base::ErrorCode::Malformed, "train.csv", "no column of labels"));
            QVERIFY(named<QLabel>(page, "dataSummaryLabel").text().contains(QStringLiteral("no column of labels")));
        } else if (missing == QLatin1String("plan")) {
            page.setPlanProblems({{base::ErrorCode::Plan, "training.epochs", "must be at least 1"}});
            QVERIFY(named<QLabel>(page, "planProblemsLabel").text().contains(QStringLiteral("training.epochs")));
        } else if (missing == QLatin1String("folder")) {
            page.setRunFolder({});
        } else if (missing == QLatin1String("busy")) {
            page.setDataBusy(QStringLiteral("Reading"));
        }
        QCOMPARE(named<QPushButton>(page, "startButton").isEnabled(), enabled);
        QCOMPARE(named<QLabel>(page, "startHintLabel").text().isEmpty(), enabled);
    }

    void dataAreChosenThroughTheDialog()
    {
        TrainPage page;
        QSignalSpy chosen(&page, &TrainPage::dataSourceChosen);
        FileQuestion asked;
        page.setFileChooser([&](QWidget*, const FileQuestion& question, const std::function<void(const QStringList&)>& answer) {
            asked = question;
            answer({QStringLiteral("classes")});
        });
        QTest::mouseClick(&named<QPushButton>(page, "classFolderButton"), Qt::LeftButton);
        QCOMPARE(asked.kind, FileQuestion::Kind::OpenFolder);
        QCOMPARE(chosen.count(), 1);
        QCOMPARE(named<QLineEdit>(page, "dataSourceEdit").text(), QStringLiteral("classes"));
    }

    void aRunIsFollowedAndStopped()
    {
        TrainPage page;
        page.resize(1200, 760);
        page.show();
        makeReady(page);
        QSignalSpy stopped(&page, &TrainPage::stopRequested);
        page.setState(TrainPage::State::Running);
        QVERIFY(!named<QPushButton>(page, "startButton").isEnabled());
        QVERIFY(!named<QSpinBox>(page, "epochsSpinBox").isEnabled());
        for (int epoch = 0; epoch < 14; ++epoch) {
            page.addEpoch(test::epochReport(epoch, 20));
        }
        page.setBatch({0, 0, 14, 20, 10, 20, 0.25, 400.0, 30.0});
        auto& curves = named<CurvesView>(page, "curvesView");
        QCOMPARE(curves.trainingPoints(), 14);
        QCOMPARE(curves.validationPoints(), 14);
        QCOMPARE(curves.aucPoints(), 14);
        QCOMPARE(curves.bestEpoch(), 12);
        QCOMPARE(named<QTableWidget>(page, "epochTable").rowCount(), 14);
        QCOMPARE(named<QProgressBar>(page, "trainProgressBar").value(), 725);
        QCOMPARE(named<QLabel>(page, "trainProgressLabel").text(),
                 QStringLiteral("Epoch 15 of 20, batch 10 of 20, loss 0.2500, 400 images/s, about 30 s left"));
        QTest::mouseClick(&named<QPushButton>(page, "stopButton"), Qt::LeftButton);
        QCOMPARE(stopped.count(), 1);
        QCOMPARE(page.state(), TrainPage::State::Stopping);
        QVERIFY(!named<QPushButton>(page, "stopButton").isEnabled());
        RunResult result;
        result.state = train::RunState::Stopped;
        page.setResult(result);
        QVERIFY(named<QPushButton>(page, "startButton").isEnabled());
        page.setState(TrainPage::State::Running);
        QCOMPARE(curves.trainingPoints(), 0); // a new run begins with empty curves
        QVERIFY(!named<QFrame>(page, "resultCard").isVisible());
    }

    void aRunIsPausedAndGoesOn_data()
    {
        QTest::addColumn<TrainPage::State>("held");
        QTest::addColumn<QString>("said");
        QTest::newRow("by the user") << TrainPage::State::Paused << QStringLiteral("what is done is kept");
        QTest::newRow("by a full disk") << TrainPage::State::NoRoom << QStringLiteral("goes on by itself");
    }
    void aRunIsPausedAndGoesOn()
    {
        QFETCH(TrainPage::State, held);
        QFETCH(QString, said);
        TrainPage page;
        page.resize(1200, 760);
        page.show();
        makeReady(page);
        auto& pause = named<QPushButton>(page, "pauseButton");
        const auto& text = named<QLabel>(page, "trainProgressLabel");
        QSignalSpy paused(&page, &TrainPage::pauseRequested), resumed(&page, &TrainPage::resumeRequested);
        QVERIFY(!pause.isEnabled());
        page.setState(TrainPage::State::Running);
        page.addEpoch(test::epochReport(0, 20));
        QTest::mouseClick(&pause, Qt::LeftButton);
        QCOMPARE(paused.count(), 1);
        QCOMPARE(page.state(), TrainPage::State::Running); // until the engine's side says so
        page.setState(held);
        QCOMPARE(pause.text(), QStringLiteral("Resume"));
        QVERIFY2(text.text().contains(said), qPrintable(text.text()));
        page.setBatch({0, 0, 1, 20, 10, 20, 0.25, 400.0, 30.0}); // the batch that was under way
        QVERIFY(text.text().contains(said));
        QVERIFY(!named<QSpinBox>(page, "epochsSpinBox").isEnabled());
        QVERIFY(!named<QPushButton>(page, "startButton").isEnabled());
        QTest::keyClick(&pause, Qt::Key_Space);
        QCOMPARE(resumed.count(), 1);
        page.setState(TrainPage::State::Running);
        QCOMPARE(pause.text(), QStringLiteral("Pause"));
        QCOMPARE(named<QTableWidget>(page, "epochTable").rowCount(), 1); // the same run: nothing is cleared
        page.setState(held);
        QSignalSpy stopped(&page, &TrainPage::stopRequested);
        QTest::mouseClick(&named<QPushButton>(page, "stopButton"), Qt::LeftButton);
        QCOMPARE(stopped.count(), 1);
        QCOMPARE(page.state(), TrainPage::State::Stopping);
        QVERIFY(!pause.isEnabled());
    }

    void theCardNamesTheEpochWhoseWeightsAreKept_data()
    {
        QTest::addColumn<int>("kept");
        QTest::addColumn<QString>("title");
        QTest::newRow("the best") << 11 << QStringLiteral("Finished, best epoch 12");
        QTest::newRow("not said") << -1 << QStringLiteral("Finished, best epoch 12");
        QTest::newRow("the last") << 29 << QStringLiteral("Finished, epoch 30 is kept, the best was 12");
    }
    void theCardNamesTheEpochWhoseWeightsAreKept()
    {
        QFETCH(int, kept);
        QFETCH(QString, title);
        TrainPage page;
        RunResult result;
        result.bestEpoch = 11;
        result.keptEpoch = kept;
        page.setResult(result);
        QCOMPARE(named<QLabel>(page, "runStateLabel").text(), title);
    }

    void epochsWithoutAucLeaveAGap()
    {
        CurvesView curves;
        train::EpochReport report = test::epochReport(0, 3);
        report.validation.auc.reset();
        curves.addEpoch(report);
        QCOMPARE(curves.aucPoints(), 0);
        QCOMPARE(curves.validationPoints(), 1);
    }

    void aPlanWithoutLabelsShowsWhatItUses()
    {
        TrainPage page;
        page.resize(1200, 760);
        page.show();
        makeReady(page);
        QVERIFY(named<QComboBox>(page, "lossComboBox").isEnabled());
        QVERIFY(!named<QComboBox>(page, "pretrainPicturesComboBox").isEnabled());
        pipeline::Plan plan = page.plan();
        plan.pretrain.enabled = true;
        page.setPlan(plan);
        for (const char* name : {"lossComboBox", "monitorComboBox", "splitKindComboBox"}) {
            QVERIFY2(!named<QComboBox>(page, name).isEnabled(), name);
        }
        QVERIFY(!named<QSpinBox>(page, "foldsSpinBox").isEnabled() && !named<QLineEdit>(page, "packageNameEdit").isEnabled());
        QVERIFY(named<QSpinBox>(page, "epochsSpinBox").isEnabled() && named<QComboBox>(page, "pretrainPicturesComboBox").isEnabled());

        DataSummary pictures;
        pictures.samples = 12;
        page.setDataSummary(pictures);
        QVERIFY(!named<QPushButton>(page, "startButton").isEnabled()); // no classes, and somebody looked for them
        pictures.labelled = false;
        page.setDataSummary(pictures);
        QVERIFY(named<QPushButton>(page, "startButton").isEnabled());
        QVERIFY(named<QLabel>(page, "dataSummaryLabel").text().contains(QStringLiteral("labels are not looked at")));

        page.setState(TrainPage::State::Running);
        train::EpochReport report;
        report.epochs = 2;
        report.train.loss = -0.5;
        report.spread = 0.9;
        page.addEpoch(report);
        const auto& curves = named<CurvesView>(page, "curvesView");
        QCOMPARE(curves.trainingPoints(), 1);
        QCOMPARE(curves.validationPoints(), 0);
        QVERIFY(!named<QWidget>(page, "aucPlot").isVisible());
        QCOMPARE(named<QTableWidget>(page, "epochTable").item(0, 2)->text(), QStringLiteral("–"));
        RunResult result;
        result.weights = "runs/1/backbone.safetensors";
        page.setResult(result);
        QVERIFY(named<QLabel>(page, "runMessageLabel").text().contains(QStringLiteral("runs/1/backbone.safetensors")));
        QVERIFY(!named<QPushButton>(page, "openPackageInReadButton").isVisible());
    }

    void theResultOpensInRead()
    {
        TrainPage page;
        page.resize(1200, 760);
        page.show();
        RunResult result;
        result.bestEpoch = 11;
        result.package = "runs/1/package.safetensors";
        result.figures = {{"AUC", 0.9214, 0.8841, 0.9509, "", ""}};
        page.setState(TrainPage::State::Running);
        page.setResult(result);
        QVERIFY(named<QFrame>(page, "resultCard").isVisible());
        QCOMPARE(named<QLabel>(page, "figureValueLabel").text(), QStringLiteral("0.921 (0.884 to 0.951)"));
        QSignalSpy open(&page, &TrainPage::openPackageRequested);
        QTest::mouseClick(&named<QPushButton>(page, "openPackageInReadButton"), Qt::LeftButton);
        QCOMPARE(open.count(), 1);
        QCOMPARE(open.at(0).at(0).toString(), QStringLiteral("runs/1/package.safetensors"));
    }
};

QTEST_MAIN(TrainPageTest)
#include "TrainPageTest.moc"
