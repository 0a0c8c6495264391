// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/AtomicFile.h"
#include "base/Csv.h"
#include "base/Error.h"
#include "dataset/TinyFiles.h"
#include "decode/DecoderPool.h"
#include "nn/Safetensors.h"
#include "pipeline/Package.h"
#include "pipeline/Pretrain.h"
#include "pipeline/Split.h"
#include "pipeline/Train.h"
#include "support/ErrorOf.h"
#include "support/SharedData.h"

#include <QTest>

#include <algorithm>

using namespace diascope;
using dataset::Role;
using pipeline::Plan;
using pipeline::RunResult;
using tests::TinyFiles;
using train::RunState;

namespace {

namespace fs = std::filesystem;

class Watcher final : public train::TrainingObserver {
public:
    void onBatch(const train::BatchProgress&) override { }
    void onEpoch(const train::EpochReport& report) override
    {
        epochs.push_back(report);
        if (static_cast<int>(epochs.size()) == stopAfterEpochs) {
            stop.request_stop();
        }
    }
    void onMessage(const std::string& text) override { messages.push_back(text); }
    [[nodiscard]] bool heard(const std::string& part) const
    {
        return std::any_of(messages.begin(), messages.end(),
            [&part](const std::string& m) { return m.find(part) != std::string::npos; });
    }
    std::vector<train::EpochReport> epochs;
    std::vector<std::string> messages;
    int stopAfterEpochs = -1;
    std::stop_source stop;
};

/// Squares of different places and sizes on grey: something that a view shows in part.
void writePictures(const TinyFiles& files, const std::string& folder, int count)
{
    for (int i = 0; i < count; ++i) {
        QImage image(40, 40, QImage::Format_Grayscale8);
        image.fill(40 + 5 * (i % 9));
        const int left = (i * 7) % 25, top = (i * 11) % 25;
        for (int y = top; y < top + 8 + i % 6; ++y) {
            std::fill_n(image.scanLine(y) + left, 10, static_cast<uchar>(150 + i % 100));
        }
        const fs::path file = files.root() / folder / ("case" + std::to_string(i) + ".png");
        fs::create_directories(file.parent_path());
        QVERIFY(image.save(QString::fromStdString(file.string())));
    }
}

Plan planFor(const fs::path& source, int epochs)
{
    Plan plan;
    plan.data.source = source.string();
    plan.data.duplicates = "ignore";
    plan.preprocess = base::Json::array({{{"op", "window"}, {"mode", "file"}}, {{"op", "grey"}},
        {{"op", "resize"}, {"width", 32}, {"height", 32}}, {{"op", "normalise"}, {"mean", {0.5}}, {"std", {0.5}}}});
    plan.training.epochs = epochs;
    plan.training.batchSize = 8;
    plan.training.learningRate = plan.training.backboneLearningRate = 0.02;
    plan.training.augmentation = {{"preset", "views"}};
    plan.training.optimiser.kind = "sgd";
    plan.training.optimiser.momentum = 0.9;
    plan.training.schedule.kind = "warmup-cosine";
    plan.pretrain = {true, 16, 8, "training", -1};
    plan.device = "cpu";
    plan.threads = 1;
    return plan;
}

/// Three patients with two pictures each.
dataset::Dataset sixPictures()
{
    dataset::Dataset data;
    data.classNames = {"unlabelled"};
    for (int i = 0; i < 6; ++i) {
        dataset::Sample sample;
        sample.id = std::to_string(i);
        sample.group = "patient " + std::to_string(i / 2);
        data.samples.push_back(std::move(sample));
    }
    return data;
}

} // namespace

class PretrainTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void leavesHeldOutPicturesOut_data();
    void leavesHeldOutPicturesOut();
    void refusesToLearnFromNothing();
    void goesFromPicturesToWeightsToATraining();
    void takesATableWithoutLabels();
    void resumesToTheSameBytes();
    void aCollapsedRunFailsAndLeavesNoWeights();
    void packsNoPackage();
    void leavesLooksOfTheTestPartOut();

private:
    RunResult train(const Plan& plan, const fs::path& folder, Watcher& watcher, bool resume = false)
    {
        return pipeline::train(plan, folder, m_pool, watcher, {}, watcher.stop.get_token(), resume);
    }
    decode::DecoderPool m_pool{decode::PoolConfig{}};
};

void PretrainTest::leavesHeldOutPicturesOut_data()
{
    QTest::addColumn<QString>(
        "roles"); // of the six pictures: r(aining), v(alidation), t(est); empty = the source does not say
    QTest::addColumn<QString>("folds");
    QTest::addColumn<QString>("pictures");
    QTest::addColumn<int>("leaveOutFold");
    QTest::addColumn<QString>("used"); // u(sed), l(eft out)
    QTest::addColumn<QString>("says");
    const QString none;
    QTest::newRow("nothing is said") << none << none << "training" << -1 << "uuuuuu"
                                     << "sees all 6 pictures";
    QTest::newRow("test part") << "rrrrtt" << none << "training" << -1 << "uuuull"
                               << "2 of a validation or test part";
    QTest::newRow("validation and test") << "vvrrtt" << none << "training" << -1 << "lluull"
                                         << "sees 2 of 6";
    QTest::newRow("half of a patient") << "rrrtrr" << none << "training" << -1 << "uulluu"
                                       << "1 of a validation or test part are left out, and 1 more";
    QTest::newRow("all on request") << "rrrrtt" << none << "all" << -1 << "uuuuuu"
                                    << "is transductive";
    QTest::newRow("a fold") << none << "001122"
                            << "training" << 1 << "uulluu"
                            << "sees 4 of 6";
    QTest::newRow("no fold") << none << "001122"
                             << "training" << -1 << "uuuuuu"
                             << "sees all 6 pictures";
    QTest::newRow("a fold and a test part") << "rrrrtt"
                                            << "001122"
                                            << "training" << 0 << "lluull"
                                            << "sees 2 of 6";
}

void PretrainTest::leavesHeldOutPicturesOut()
{
    QFETCH(QString, roles);
    QFETCH(QString, folds);
    QFETCH(QString, pictures);
    QFETCH(int, leaveOutFold);
    QFETCH(QString, used);
    QFETCH(QString, says);
    dataset::Dataset data = sixPictures();
    for (const QChar role : roles) {
        data.givenRoles.push_back(role == u't' ? Role::Test : role == u'v' ? Role::Validation : Role::Train);
    }
    for (const QChar fold : folds) {
        data.givenFolds.push_back(fold.digitValue());
    }
    const dataset::FoldSet set
        = pipeline::pretrainingPictures({true, 16, 8, pictures.toStdString(), leaveOutFold}, data);
    QCOMPARE(set.plans.size(), std::size_t{1});
    QString found;
    for (const Role role : set.plans[0].roles) {
        found += role == Role::Train ? u'u' : u'l';
    }
    QCOMPARE(found, used);
    QVERIFY2(set.receipt.find(says.toStdString()) != std::string::npos, set.receipt.c_str());
}

void PretrainTest::refusesToLearnFromNothing()
{
    dataset::Dataset data = sixPictures();
    const auto refused = [&data](const Plan::Pretrain& options) {
        const auto error = tests::errorOf([&] { (void)pipeline::pretrainingPictures(options, data); });
        return error ? error->subject() + ": " + error->detail() : std::string("nothing was thrown");
    };
    QVERIFY(
        refused({true, 16, 8, "training", 2}).find("pretrain.leaveOutFold: is 2, but the data have no column of folds")
        == 0);
    data.givenFolds = {0, 0, 0, 1, 1, 1};
    QVERIFY(refused({true, 16, 8, "training", 2}).find("no such fold") != std::string::npos);
    data.samples[2].group = data.samples[4].group; // of the middle patient one picture looks like one of the test part
    data.givenRoles = {Role::Test, Role::Train, Role::Train, Role::Train, Role::Test, Role::Train};
    QVERIFY(refused({true, 16, 8, "training", -1}).find("of 6 pictures 1 remain") != std::string::npos);
}

void PretrainTest::goesFromPicturesToWeightsToATraining()
{
    const TinyFiles files;
    writePictures(files, "pictures", 20);
    Watcher watcher;
    const Plan plan = planFor(files.root() / "pictures", 2);
    const RunResult result = train(plan, files.root() / "run", watcher);
    QVERIFY2(result.state == RunState::Finished, result.problems.empty() ? "" : result.problems.back().detail.c_str());
    QVERIFY(result.package.empty() && !fs::exists(files.root() / "run" / "package.safetensors"));
    QCOMPARE(result.weights, files.root() / "run" / "backbone.safetensors");
    QCOMPARE(result.result["kind"].get<std::string>(), std::string("pretraining"));
    QCOMPARE(result.result["n"].get<int>(), 20);
    QCOMPARE(result.result["startedFrom"].get<std::string>(), std::string("scratch"));
    QCOMPARE(result.result["metrics"]["loss"]["value"].get<double>(), watcher.epochs.back().train.loss);
    QCOMPARE(result.result["metrics"]["spread"]["value"].get<double>(), watcher.epochs.back().spread.value());
    QVERIFY(watcher.heard("from scratch") && watcher.heard("sees all 20 pictures")
        && watcher.heard("backbone.safetensors"));
    const base::CsvTable epochs = base::readCsv(files.root() / "run" / "epochs.csv");
    QCOMPARE(epochs.rows.size(), std::size_t{2});
    QVERIFY(std::find(epochs.header.begin(), epochs.header.end(), "spread") != epochs.header.end());
    QVERIFY(std::find(epochs.header.begin(), epochs.header.end(), "validationLoss") == epochs.header.end());
    const fs::path checkpoints = files.root() / "run" / "checkpoints" / "0-0";
    QVERIFY(!fs::exists(checkpoints) || fs::is_empty(checkpoints));

    const nn::TensorFile file = nn::readSafetensors(result.weights);
    QVERIFY(std::all_of(file.tensors.begin(), file.tensors.end(),
        [](const auto& entry) { return entry.first.rfind("sononet.", 0) == 0; }));
    const base::Json origin = base::parseJson(file.metadata.at("diascope.pretraining"), "metadata");
    QCOMPARE(origin["architecture"].get<std::string>(), std::string("renalnet"));
    QCOMPARE(origin["n"].get<int>(), 20);
    QCOMPARE(origin["epochs"].get<int>(), 2);

    // With labels, from these weights.
    for (int i = 0; i < 24; ++i) {
        files.picture(std::string("labelled/") + (i % 2 == 0 ? "dark/" : "bright/") + std::to_string(i) + ".png",
            i % 2 == 0 ? 60 + i : 170 + i, 40);
    }
    Plan labelled = planFor(files.root() / "labelled", 1);
    labelled.pretrain.enabled = false;
    labelled.model.weights = result.weights.string();
    Watcher second;
    const RunResult trained = train(labelled, files.root() / "second", second);
    QCOMPARE(trained.state, RunState::Finished);
    QCOMPARE(trained.result["startedFrom"].get<std::string>(), std::string("backbone.safetensors"));
    QVERIFY(second.heard(std::to_string(file.tensors.size()) + " tensors from backbone.safetensors; new: "));
    QVERIFY(!second.heard("from scratch"));
}

void PretrainTest::takesATableWithoutLabels()
{
    const TinyFiles files;
    writePictures(files, "images", 12);
    std::string table = "image,patient,part\n";
    for (int i = 0; i < 12; ++i) {
        table += "case" + std::to_string(i) + ",p" + std::to_string(i / 2) + "," + (i < 3 ? "test" : "train") + "\n";
    }
    Watcher watcher;
    const RunResult result = train(planFor(files.text("Pictures.csv", table), 1), files.root() / "run", watcher);
    QVERIFY2(result.state == RunState::Finished, result.problems.empty() ? "" : result.problems.back().detail.c_str());
    QCOMPARE(result.result["n"].get<int>(), 8); // picture 3 is of a patient of the test part
    QCOMPARE(result.result["leftOut"].get<int>(), 4);
    const base::CsvTable splits = base::readCsv(files.root() / "run" / "splits.csv");
    QCOMPARE(splits.rows[3].back(), std::string("test"));
    QCOMPARE(splits.rows[4].back(), std::string("train"));
}

void PretrainTest::resumesToTheSameBytes()
{
    const TinyFiles files;
    writePictures(files, "pictures", 18);
    const Plan plan = planFor(files.root() / "pictures", 3);
    Watcher whole, first, second, third;
    const RunResult expected = train(plan, files.root() / "whole", whole);
    QCOMPARE(expected.state, RunState::Finished);
    first.stopAfterEpochs = 1;
    const RunResult stopped = train(plan, files.root() / "parts", first);
    QCOMPARE(stopped.state, RunState::Stopped);
    QVERIFY(stopped.resumable && stopped.weights.empty());
    const RunResult resumed = train(plan, files.root() / "parts", second, true);
    QCOMPARE(resumed.state, RunState::Finished);
    QCOMPARE(second.epochs.size(), std::size_t{2});
    QCOMPARE(resumed.result.dump(), expected.result.dump());
    QVERIFY(base::readFile(resumed.weights) == base::readFile(expected.weights));
    // A finished run that is resumed gives its result again.
    const RunResult again = train(plan, files.root() / "parts", third, true);
    QCOMPARE(again.result.dump(), expected.result.dump());
    QCOMPARE(again.weights, resumed.weights);
    QVERIFY(third.epochs.empty());
}

void PretrainTest::aCollapsedRunFailsAndLeavesNoWeights()
{
    const TinyFiles files;
    for (int i = 0; i < 10; ++i) {
        files.picture("same/" + std::to_string(i) + ".png", 90, 40);
    }
    Plan plan = planFor(files.root() / "same", 2);
    plan.training.augmentation = {{"preset", "none"}, {"mirror", 0.5}};
    Watcher watcher;
    const RunResult result = train(plan, files.root() / "run", watcher);
    QCOMPARE(result.state, RunState::Failed);
    QVERIFY(!result.resumable);
    QVERIFY2(
        result.problems.back().detail.find("collapsed") != std::string::npos, result.problems.back().detail.c_str());
    QVERIFY(!fs::exists(files.root() / "run" / "backbone.safetensors"));
}

void PretrainTest::packsNoPackage()
{
    const TinyFiles files;
    writePictures(files, "pictures", 8);
    Watcher watcher;
    QCOMPARE(train(planFor(files.root() / "pictures", 1), files.root() / "run", watcher).state, RunState::Finished);
    const auto error = tests::errorOf([&] { (void)pipeline::makePackage(files.root() / "run", m_pool, {}); });
    QCOMPARE(tests::codeName(error), QByteArray("usage"));
    QVERIFY2(std::string(error->what()).find("without labels") != std::string::npos, error->what());
}

/// The parts of this set share pictures on purpose: what the test part shows must stay out of the pre-training too.
void PretrainTest::leavesLooksOfTheTestPartOut()
{
    const fs::path folder = tests::sharedData("data/ct_kidney4_leaky");
    if (folder.empty()) {
        QSKIP("the reference data are not here (set DIASCOPE_SHARED)");
    }
    Plan plan = planFor(folder, 1);
    plan.preprocess[2] = {{"op", "resize"}, {"width", 128}, {"height", 128}};
    const auto usedOf = [this, &plan] {
        const std::string csv = pipeline::split(plan, m_pool, {}, {}).csv;
        const std::string mark = ",train\n";
        int count = 0;
        for (std::size_t at = csv.find(mark); at != std::string::npos; at = csv.find(mark, at + 1)) {
            ++count;
        }
        return count;
    };
    QCOMPARE(usedOf(), 88); // the training folder
    plan.data.duplicates = "join";
    QCOMPARE(usedOf(), 48); // without the 40 files that show one of the test part's 32 pictures
    plan.pretrain.pictures = "all";
    QCOMPARE(usedOf(), 127);
}

QTEST_GUILESS_MAIN(PretrainTest)
#include "PretrainTest.moc"
